"""What is made of the figures: ratios, verdicts, and what a process has used."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from shared.contracts.examples import EXAMPLES
from shared.contracts.timesheets import EntryApproved, EntryRecorded
from shared.contracts.workorders import WorkOrder
from tests.bench.registry import NAMES, Expectation, benchmark
from tests.bench.stage import Measured, lines_of, subscription_of
from tests.bench.stages import figures_of
from tests.bench.usage import Usage


def _measured(lines: int, seconds: float) -> Measured:
    return Measured(messages=lines // 2, lines=lines, seconds=seconds, cpu=seconds, peak_mb=100.0)


def test_ratios_are_of_lines_a_second() -> None:
    figures = figures_of(
        {"ours": _measured(20_000, 2.0), "raw": _measured(20_000, 1.6), "documentation": _measured(2_000, 10.0)}
    )
    assert (figures["ours_to_raw"], figures["ours_to_documentation"]) == (0.8, 50.0)
    assert figures["ours"]["lines_a_second"] == 10_000
    assert figures["ours"]["messages_a_second"] == 5_000


def test_equal_is_enough() -> None:
    assert Expectation("x", 10.0, 10).met
    assert not Expectation("x", 9.99, 10).met


def test_lines_of_events() -> None:
    order = WorkOrder.model_validate(EXAMPLES[WorkOrder.TYPE])
    assert lines_of(order) == len(order.lines) > 0
    assert lines_of(EntryApproved.model_validate(EXAMPLES[EntryApproved.TYPE])) == 1
    assert lines_of(EntryRecorded.model_validate(EXAMPLES[EntryRecorded.TYPE])) == 0


@pytest.mark.parametrize(
    ("service", "topic"),
    [
        ("workorders", "workorders.submitted.v1"),
        ("timesheets", "workorders.hours-completed.v1"),
        ("billing", "timesheets.entries.v1"),
    ],
)
def test_the_consume_stage_of_each_service(service: str, topic: str) -> None:
    assert subscription_of(service).topic.name == topic


def test_every_benchmark_is_found_by_its_name() -> None:
    assert [benchmark(name).name for name in NAMES] == list(NAMES)


def test_what_a_process_and_its_children_use() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    with Usage({"me": os.getpid()}) as usage:
        subprocess.run([sys.executable, "-c", burn], check=True)
    assert usage.cpu()["me"] >= 0.3
    assert usage.peaks()["me"] > 1

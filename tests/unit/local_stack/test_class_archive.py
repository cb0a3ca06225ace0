"""The archive of Kafka's classes: made once, and a broker starts without it where it could not be made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.local.class_archive import archive_options, ensure_archive
from deploy.local.errors import StackError

Runtime = tuple[Path, Path]


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A Java runtime and jars, in an environment of their own."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    java, modules, jars = tmp_path / "java/bin/java", tmp_path / "java/lib/modules", tmp_path / "jars"
    for folder in (java.parent, modules.parent, jars):
        folder.mkdir(parents=True)
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    modules.write_text("")
    (jars / "kafka.jar").write_text("one")
    return java, jars


def _archive_of(options: Sequence[str]) -> Path:
    return Path(options[-1].removeprefix("-XX:ArchiveClassesAtExit="))


def test_it_is_made_once_and_used(runtime: Runtime) -> None:
    runs: list[Path] = []

    def try_run(folder: Path, options: Sequence[str]) -> None:
        runs.append(folder)
        _archive_of(options).write_text("classes")

    for _ in range(2):
        ensure_archive(*runtime, try_run)
    (option,) = archive_options(*runtime)
    runtime_classes, broker_classes = option.removeprefix("-XX:SharedArchiveFile=").split(":")
    assert Path(runtime_classes).parent == Path(broker_classes).parent
    assert Path(broker_classes).read_text() == "classes"
    assert len(runs) == 1
    assert not runs[0].exists()


def test_other_jars_have_another(runtime: Runtime) -> None:
    ensure_archive(*runtime, lambda _, options: _archive_of(options).touch())
    (runtime[1] / "kafka.jar").write_text("another")
    assert archive_options(*runtime) == []


def test_a_broker_that_does_not_start_is_not_tried_again(runtime: Runtime) -> None:
    tries: list[Path] = []

    def try_run(folder: Path, _: Sequence[str]) -> None:
        tries.append(folder)
        raise StackError("no memory")

    for _ in range(2):
        ensure_archive(*runtime, try_run)
    assert len(tries) == 1
    assert archive_options(*runtime) == []


def test_a_runtime_that_cannot_dump_is_none_to_wait_for(runtime: Runtime) -> None:
    runtime[0].write_text("#!/bin/sh\nexit 1\n")
    ensure_archive(*runtime, lambda *_: pytest.fail("a broker was started"))
    assert archive_options(*runtime) == []

"""``python -m shared.contracts.generate``: what it writes, what it refuses, what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import generate
from shared.contracts.generate import ASYNCAPI, contract_documents, main, schema_path

WORK_ORDER = schema_path("workorders.submitted.v1")
LINES = schema_path("workorders.line-changed.v1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all documents as they should be; those of the HTTP APIs have a test of their own."""
    monkeypatch.setattr(generate, "openapi_documents", dict)
    assert main([], tmp_path) == 0
    return tmp_path


def change(file: Path, edit: Any) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    edit(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def test_it_writes_every_document(folder: Path) -> None:
    assert {file.relative_to(folder).as_posix() for file in folder.rglob("*.json")} == contract_documents().keys()
    assert main(["--check"], folder) == 0


def test_check_names_what_is_stale_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder / LINES, lambda schema: schema.update(description="old"))
    before = (folder / LINES).read_text(encoding="utf-8")
    (folder / "openapi-payroll.json").write_text("{}")
    assert main(["--check"], folder) == 1
    said = capsys.readouterr().err
    assert f"stale: {LINES}" in said
    assert "stale: openapi-payroll.json" in said
    assert "make contracts" in said
    assert (folder / LINES).read_text(encoding="utf-8") == before


def test_without_check_it_puts_them_right(folder: Path) -> None:
    change(folder / LINES, lambda schema: schema.update(description="old"))
    (folder / "openapi-payroll.json").write_text("{}")
    assert main([], folder) == 0
    assert main(["--check"], folder) == 0
    assert not (folder / "openapi-payroll.json").exists()


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_it_refuses_a_change_that_breaks_readers(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    change(folder / LINES, lambda schema: schema["properties"].update(place={"type": "string"}))
    before = (folder / LINES).read_text(encoding="utf-8")
    assert main(arguments, folder) == 1
    assert "breaks readers: workorders.line-changed.v1: place: the field is gone" in capsys.readouterr().err
    assert (folder / LINES).read_text(encoding="utf-8") == before


def test_it_writes_a_breaking_change_when_told_to(folder: Path) -> None:
    change(folder / LINES, lambda schema: schema["properties"].update(place={"type": "string"}))
    assert main(["--break"], folder) == 0
    assert main(["--check"], folder) == 0


def test_an_event_that_is_gone_breaks_its_readers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / schema_path("workorders.line-lost.v1")).write_text("{}")
    assert main([], folder) == 1
    assert "workorders.line-lost.v1: the event is gone" in capsys.readouterr().err


def test_a_topic_that_is_gone_breaks_its_readers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def add_topic(document: Any) -> None:
        document["channels"]["lost-v1"] = {"address": "lost.v1", "messages": {}}

    change(folder / ASYNCAPI, add_topic)
    assert main([], folder) == 1
    assert "topic lost.v1 is gone" in capsys.readouterr().err


def test_where_others_write_a_new_value_is_no_break(folder: Path) -> None:
    def one_status_less(schema: Any) -> None:
        schema["$defs"]["WorkOrderStatus"]["enum"].remove("planned")

    change(folder / WORK_ORDER, one_status_less)
    assert main([], folder) == 0

"""``uurwerk dead-letters`` against the three services, each with letters of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from tests.unit.cli.conftest import Run, Service

LETTER = {
    "id": "0198",
    "topic": "workorders.submitted.v1",
    "partition": 3,
    "offset": 17,
    "state": "open",
    "slug": "unreadable",
    "detail": "not JSON [at 1]",
    "failed_at": "2026-03-02T08:00:00Z",
}
HERE = "/v1/dead-letters"


@pytest.fixture
def uurwerk(run: Run, service: Service) -> Run:
    """Commands where all three services are the same one."""
    urls = {f"{name}_URL": service.url for name in ("WORKORDERS", "TIMESHEETS", "BILLING")}

    def uurwerk(*arguments: str) -> Result:
        return run("dead-letters", *arguments, UURWERK_TOKEN="t", **urls)

    return uurwerk


def answer(service: Service, method: str, path: str, status: int, body: Any) -> None:
    service.answers[method, HERE + path] = (status, body)


def test_the_list_asks_every_service(uurwerk: Run, service: Service) -> None:
    answer(service, "GET", "", 200, {"items": [LETTER], "next": None})
    lines = uurwerk("list", "--topic", "workorders.submitted.v1").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["workorders", "timesheets", "billing"]
    assert "workorders.submitted.v1/3/17" in lines[1]
    assert "not JSON [at 1]" in lines[1]
    assert service.asked[0][1].endswith("?state=open&topic=workorders.submitted.v1&limit=50")


def test_one_service_can_be_asked_alone(uurwerk: Run, service: Service) -> None:
    answer(service, "GET", "", 200, {"items": [], "next": None})
    assert uurwerk("list", "-s", "billing").stdout.strip() == "there are none"
    assert len(service.asked) == 1
    assert uurwerk("list", "-s", "kitchen").exit_code == 2


def test_a_letter_is_shown_whole(uurwerk: Run, service: Service) -> None:
    answer(service, "GET", "/0198", 200, LETTER)
    assert json.loads(uurwerk("show", "0198").stdout) == LETTER
    assert uurwerk("show", "0199").exit_code == 1


def test_a_replay_that_fails_again_says_so(uurwerk: Run, service: Service) -> None:
    answer(service, "GET", "/0198", 200, LETTER)
    answer(service, "POST", "/0198/replay", 200, LETTER | {"state": "replayed"})
    assert uurwerk("replay", "0198").exit_code == 0
    answer(service, "POST", "/0198/replay", 200, LETTER)
    again = uurwerk("replay", "0198")
    assert again.exit_code == 1
    assert "could not use it this time either: not JSON" in again.stderr


def test_a_letter_is_discarded_with_a_reason(uurwerk: Run, service: Service) -> None:
    answer(service, "GET", "/0198", 200, LETTER)
    answer(service, "POST", "/0198/discard", 200, LETTER | {"state": "discarded"})
    assert uurwerk("discard", "0198", "--reason", "a test of theirs").exit_code == 0
    assert json.loads(service.asked[-1][3]) == {"reason": "a test of theirs"}


def test_what_the_service_refuses_is_said(uurwerk: Run, service: Service) -> None:
    answer(service, "GET", "/0198", 200, LETTER)
    answer(service, "POST", "/0198/replay", 409, {"title": "Not open any more", "detail": "discarded by anna"})
    refused = uurwerk("replay", "0198")
    assert refused.exit_code == 1
    assert "409 Not open any more: discarded by anna" in refused.stderr

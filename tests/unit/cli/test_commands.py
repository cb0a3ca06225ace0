"""What commands do with what they are given, and with what the services answer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from deploy.cli.checks import lag_finding
from deploy.cli.token import parse_ttl
from deploy.local.keys import ensure_signing_key
from tests.unit.cli.conftest import Run, Service

REPORT = {"format": "csv", "orders": 3, "accepted": 2, "unchanged": 1, "ignored": 0, "refused": 0, "problems": []}
IMPORT = ("POST", "/v1/workorders/import")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text("source;external_id\nplanning;W1\n")
    return file


def test_a_file_goes_to_workorders_as_it_is(run: Run, service: Service, orders: Path) -> None:
    service.answers[IMPORT] = (200, REPORT)
    result = run("workorders", "import", str(orders), "--url", service.url, "--token", "t")
    assert result.exit_code == 0, result.output
    assert "3 orders: 2 accepted, 1 unchanged, 0 ignored, 0 refused" in result.stdout
    ((_, _, headers, body),) = service.asked
    assert body == orders.read_bytes()
    assert (headers["Content-Type"], headers["Authorization"]) == ("text/csv", "Bearer t")


def test_bad_orders_are_shown_with_line_and_reason(run: Run, service: Service, orders: Path) -> None:
    problem = {"line": 7, "external_id": "W9", "slug": "invalid-input", "detail": "no [such] date"}
    service.answers[IMPORT] = (200, REPORT | {"refused": 1, "problems": [problem]})
    result = run("workorders", "import", str(orders), "--token", "t", WORKORDERS_URL=service.url)
    assert result.exit_code == 1
    line = next(line for line in result.stdout.splitlines() if "W9" in line)
    assert line.split(maxsplit=3)[:3] == ["7", "W9", "invalid-input"]
    assert "no [such] date" in line


def test_a_file_that_is_refused_as_a_whole_says_why(run: Run, service: Service, orders: Path) -> None:
    service.answers[IMPORT] = (413, {"title": "Too large", "detail": "at most 64 MB"})
    result = run("workorders", "import", str(orders), "--url", service.url, "--token", "t")
    assert result.exit_code == 2
    assert "refused as a whole: 413 Too large: at most 64 MB" in result.stderr


def test_a_file_of_an_unknown_kind_needs_its_type(run: Run, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "orders.txt"
    file.write_text("{}")
    arguments = ("workorders", "import", str(file), "--url", service.url, "--token", "t")
    assert run(*arguments).exit_code == 2
    service.answers[IMPORT] = (200, REPORT)
    assert run(*arguments, "--type", "application/x-ndjson").exit_code == 0


def test_a_service_that_does_not_answer_is_named(run: Run, orders: Path) -> None:
    result = run("workorders", "import", str(orders), "--url", "http://127.0.0.1:1", "--token", "t")
    assert result.exit_code == 2
    assert "workorders does not answer at http://127.0.0.1:1" in result.stderr


def test_without_a_system_the_commands_ask_where_it_is(run: Run, orders: Path) -> None:
    result = run("workorders", "import", str(orders), "--token", "t")
    assert result.exit_code == 2
    assert "WORKORDERS_URL" in result.stderr
    assert run("topics").exit_code == 2
    assert run("doctor").exit_code == 2
    assert "UURWERK_TOKEN" in run("dead-letters", "list").stderr


def test_a_check_tells_what_is_wrong(run: Run, service: Service) -> None:
    finding = {"organisation": "acme", "what": "project P1", "id": "7", "expected": "[0]", "found": "1"}
    check = {"name": "balance-is-ledger", "invariant": 1, "description": "…", "findings": 0, "items": []}
    report = {
        "organisation": None,
        "ran_at": "2026-03-02T08:00:00Z",
        "seconds": "0.2",
        "findings": 0,
        "checks": [check],
    }
    service.answers["POST", "/v1/self-check"] = (200, report)
    good = run("check", "--url", service.url, "--token", "t")
    assert (good.exit_code, "0 findings" in good.stdout) == (0, True), good.output
    wrong = {**report, "findings": 1, "checks": [{**check, "findings": 1, "items": [finding]}]}
    service.answers["GET", "/v1/self-check"] = (200, wrong)
    told = run("check", "--last", "--token", "t", BILLING_URL=service.url)
    assert told.exit_code == 1
    line = next(line for line in told.stdout.splitlines() if "project P1" in line)
    assert line.split() == ["balance-is-ledger", "acme", "project", "P1", "[0]", "1"]
    service.answers["POST", "/v1/self-check"] = (403, {"title": "Forbidden", "detail": "not yours"})
    refused = run("check", "--url", service.url, "--token", "t")
    assert (refused.exit_code, "billing: 403 Forbidden: not yours" in refused.stderr) == (1, True)


def test_a_token_is_printed_alone(run: Run, tmp_path: Path) -> None:
    ensure_signing_key(tmp_path)
    result = run("token", "employee", "approver", "--organisation", "acme", "--employee", "E1", "--ttl", "2h")
    claims = jwt.decode(result.stdout.strip(), options={"verify_signature": False})
    assert (claims["organisation"], claims["roles"], claims["sub"]) == ("acme", ["employee", "approver"], "E1")
    assert claims["exp"] - claims["iat"] == 7200
    installation = jwt.decode(run("token", "installation").stdout.strip(), options={"verify_signature": False})
    assert "organisation" not in installation
    assert run("token", "king").exit_code == 2


def test_a_ttl_is_a_duration() -> None:
    assert parse_ttl("90s") == timedelta(seconds=90)
    assert parse_ttl("7d") == timedelta(days=7)
    for wrong in ("", "0h", "-1h", "1.5h", "1w", "h"):
        with pytest.raises(ValueError, match="no duration"):
            parse_ttl(wrong)


def test_lag_is_summed_and_judged() -> None:
    assert lag_finding("g", {"a": 0}).detail == "up to date"
    small = lag_finding("g", {"b": 2, "a": 1_000, "c": 0})
    assert (small.good, small.detail) == (True, "1,002 records behind (a 1,000, b 2)")
    assert lag_finding("g", {"a": 10_001}).good is False

"""Which stack is used: given addresses, containers, packages; never something in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import LocalStack, StackError, choose_stack
from deploy.local.containers import ContainerStack
from deploy.local.given import EnvironmentStack

GIVEN = {
    "KAFKA_BOOTSTRAP_SERVERS": "broker:9092",
    "WORKORDERS_DATABASE_URL": "postgresql://w:w@db/w",
    "TIMESHEETS_DATABASE_URL": "postgresql://t:t@db/t",
    "BILLING_DATABASE_URL": "postgresql://b:b@db/b",
}


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, LocalStack),
        ({"STACK": "packages"}, LocalStack),
        ({"STACK": "containers"}, ContainerStack),
        (GIVEN, EnvironmentStack),
        ({**GIVEN, "STACK": "containers"}, EnvironmentStack),
    ],
)
def test_the_environment_decides(environment: dict[str, str], kind: type, tmp_path: Path) -> None:
    stack = choose_stack(tmp_path, environment)
    assert type(stack) is kind
    assert stack.summary


def test_half_of_the_addresses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"not TIMESHEETS_DATABASE_URL, BILLING_DATABASE_URL"):
        choose_stack(tmp_path, {name: GIVEN[name] for name in list(GIVEN)[:2]})


def test_an_unknown_stack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="STACK=memory is not known"):
        choose_stack(tmp_path, {"STACK": "memory"})


def test_the_images_are_settings(tmp_path: Path) -> None:
    environment = {"STACK": "containers", "KAFKA_IMAGE": "mirror/kafka:1", "POSTGRES_IMAGE": "mirror/postgres:2"}
    summary = choose_stack(tmp_path, environment).summary
    assert "mirror/kafka:1" in summary
    assert "mirror/postgres:2" in summary

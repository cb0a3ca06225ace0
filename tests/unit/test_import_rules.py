"""The rule that says what pure modules may import bites, also where nobody has thought of it yet."""

from __future__ import annotations

from typing import Any

import pytest
from grimp import ImportGraph

from tests.support.import_rules import OnlyContract


@pytest.fixture
def graph() -> ImportGraph:
    """A service whose rules live in a package, with one module for now."""
    graph = ImportGraph()
    for module in ("services", "services.billing", "services.billing.domain", "services.billing.domain.rates"):
        graph.add_module(module)
    for module in ("services.billing.queries", "shared", "shared.money", "shared.database"):
        graph.add_module(module)
    for module in ("decimal", "os", "sqlalchemy", "shiny_new_package"):
        graph.add_module(module, is_squashed=True)
    return graph


def check(graph: ImportGraph, **options: Any) -> list[tuple[str, str]]:
    contract = OnlyContract(
        name="pure",
        session_options={"root_packages": ["services", "shared"]},
        contract_options={
            "modules": ["services.*.domain"],
            "allowed": ["shared.money"],
            "not_allowed": ["os"],
            **options,
        },
    )
    result = contract.check(graph, verbose=False)
    found = [(module, imported) for module, imported, _ in result.metadata["found"]]
    assert result.kept == (not found)
    return found


def add_import(graph: ImportGraph, importer: str, imported: str) -> None:
    graph.add_import(importer=importer, imported=imported, line_number=3, line_contents=f"import {imported}")


RATES = "services.billing.domain.rates"


@pytest.mark.parametrize("imported", ["decimal", "shared.money", "services.billing.domain"])
def test_the_standard_library_its_own_package_and_what_is_allowed_may_be_imported(
    graph: ImportGraph, imported: str
) -> None:
    add_import(graph, RATES, imported)
    assert check(graph) == []


@pytest.mark.parametrize(
    "imported", ["os", "sqlalchemy", "shiny_new_package", "shared.database", "services.billing.queries"]
)
def test_nothing_else_may_be_imported(graph: ImportGraph, imported: str) -> None:
    add_import(graph, RATES, imported)
    assert check(graph) == [(RATES, imported)]


def test_new_modules_and_services_are_covered(graph: ImportGraph) -> None:
    for module in ("services.billing.domain.vat", "services.payroll", "services.payroll.domain"):
        graph.add_module(module)
    add_import(graph, "services.billing.domain.vat", "sqlalchemy")
    add_import(graph, "services.payroll.domain", "services.billing.domain")
    assert check(graph) == [
        ("services.billing.domain.vat", "sqlalchemy"),
        ("services.payroll.domain", "services.billing.domain"),
    ]


def test_a_name_that_only_begins_alike_is_another(graph: ImportGraph) -> None:
    graph.add_module("shared.money_market")
    add_import(graph, RATES, "shared.money_market")
    assert check(graph) == [(RATES, "shared.money_market")]


def test_a_rule_about_nothing_is_broken(graph: ImportGraph) -> None:
    contract = OnlyContract(
        name="pure",
        session_options={"root_packages": ["services"]},
        contract_options={"modules": ["services.*.rules"], "allowed": []},
    )
    assert not contract.check(graph, verbose=False).kept

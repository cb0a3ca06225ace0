"""Given: how things are. Each creates or changes; columns that a table leaves out stay as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_bdd import given, parsers

from tests.acceptance.support.tables import Row, rows_of, yes
from tests.acceptance.support.tables import given as cell
from tests.acceptance.support.world import World

Table = Sequence[Sequence[str]]
COUNTRY_VAT_IDS = {"NL": "NL004495445B01", "BE": "BE0428759497", "DE": "DE136695976", "FR": "FR40303265045"}
REGISTRATION = {"NL": "87654321", "BE": "0428759497"}
CITIES = {
    "NL": ("1012 LG", "Amsterdam"),
    "BE": ("1000", "Brussel"),
    "DE": ("10115", "Berlin"),
    "FR": ("75001", "Paris"),
}


def _chosen(**values: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in values.items() if value is not None}


@given("employees")
def employees(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        enabled = cell(row, "timesheet enabled")
        body = _chosen(
            name=cell(row, "name") or row["code"],
            timesheet_enabled=None if enabled is None else yes(enabled),
            cost_rate=cell(row, "cost rate"),
        )
        world.act(lambda row=row, body=body: world.office.timesheets.put(f"/v1/employees/{row['code']}", body))


@given("hour types")
def hour_types(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        billable = cell(row, "billable")
        body = _chosen(
            name=cell(row, "name") or row["code"],
            kind=cell(row, "kind"),
            billable=None if billable is None else yes(billable),
            surcharge=cell(row, "surcharge"),
        )
        world.act(lambda row=row, body=body: world.office.timesheets.put(f"/v1/hour-types/{row['code']}", body))


def _customer(row: Row) -> dict[str, Any]:
    """The identifiers that a valid e-invoice needs, those of the country that the table names."""
    country = cell(row, "country") or "NL"
    postal_code, city = CITIES.get(country, ("1000", "City"))
    return _chosen(
        name=cell(row, "name") or row["code"],
        country=country,
        vat_treatment=cell(row, "vat treatment"),
        payment_term=cell(row, "payment term"),
        vat_id=COUNTRY_VAT_IDS.get(country),
        registration_number=REGISTRATION.get(country, "12345678"),
        address={"street": "Klantweg 2", "postal_code": postal_code, "city": city, "country": country},
        email="administration@example.com",
    )


@given("customers")
def customers(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        world.act(lambda row=row: world.office.billing.put(f"/v1/customers/{row['code']}", _customer(row)))


@given("projects")
def projects(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        world.projects[row["code"]] = row["customer"]
        body = _chosen(name=cell(row, "name") or row["code"], customer=row["customer"])
        world.act(lambda row=row, body=body: world.office.billing.put(f"/v1/projects/{row['code']}", body))


@given("phases")
def phases(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        body = _chosen(name=cell(row, "name") or row["code"], method=cell(row, "method"), price=cell(row, "price"))
        path = f"/v1/projects/{row['project']}/phases/{row['code']}"
        world.act(lambda path=path, body=body: world.office.billing.put(path, body))


def rate_owner(scope: str, of: str | None) -> dict[str, str]:
    """Whom a rate is for, as the API names it: a phase is `P1/F1`."""
    if scope == "organisation" or of is None:
        return {}
    if scope == "phase":
        project, phase = of.rsplit("/", 1)
        return {"project": project, "phase": phase}
    return {scope: of}


@given("bill rates")
def bill_rates(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        body = _chosen(
            scope=row["for"],
            **rate_owner(row["for"], cell(row, "of")),
            hour_type=cell(row, "hour type"),
            price=row["price"],
            until=cell(row, "until"),
        )
        body["from"] = cell(row, "from")
        world.act(lambda body=body: world.office.billing.put("/v1/rates", body))


def _seller_in(country: str) -> dict[str, Any]:
    """The identifiers that a valid e-invoice needs, also after the country changes (STEPS.md)."""
    postal_code, city = CITIES.get(country, ("1000", "City"))
    return {
        "vat_id": COUNTRY_VAT_IDS.get(country),
        "registration_number": REGISTRATION.get(country, "12345678"),
        "address": {"street": "Werkstraat 1", "postal_code": postal_code, "city": city, "country": country},
    }


SETTINGS_OF_BILLING = {"country": "country", "time zone": "time_zone"}


@given("the organisation has")
def organisation_has(world: World, datatable: Table) -> None:
    for row in rows_of(datatable):
        setting, value = row["setting"], row["value"]
        world.settings[setting] = value
        if setting in SETTINGS_OF_BILLING:
            body = {SETTINGS_OF_BILLING[setting]: value, **(_seller_in(value) if setting == "country" else {})}
            world.act(lambda body=body: world.office.billing.patch("/v1/organisation", body))
        elif setting == "own approval":
            body = {"own_approval": yes(value)}
            world.act(lambda body=body: world.office.timesheets.patch("/v1/settings", body))
        elif setting == "automatic approval":
            body = {"automatic_approval": value.replace(" ", "-")}
            world.act(lambda body=body: world.office.timesheets.patch("/v1/settings", body))
        elif setting in ("overtime", "overtime hour type"):
            body = {setting.replace(" ", "_"): value.replace(" ", "-") if setting == "overtime" else value or None}
            world.act(lambda body=body: world.office.timesheets.patch("/v1/settings", body))
        elif setting == "timesheets":
            path = f"/v1/organisations/{world.organisation}/timesheets"
            world.act(lambda path=path, v=value: world.installation.timesheets.put(path, {"timesheets": v}))
        else:
            raise NotImplementedError(f"the setting {setting!r} is not built yet")
    world.chain.catch_up()


PREFERENCES = {
    "grouping": "grouping",
    "rounding": "rounding",
    "rounding per": "rounding_per",
    "payment term": "payment_term",
    "language": "language",
    "bill surcharges": "bill_surcharges",
    "deduct advances": "deduct_advances",
}


def _set_preferences(world: World, path: str, datatable: Table) -> None:
    body: dict[str, Any] = {}
    for row in rows_of(datatable):
        value: Any = yes(row["value"]) if row["setting"] == "bill surcharges" else row["value"]
        body[PREFERENCES[row["setting"]]] = value
    world.act(lambda: world.office.billing.put(path, body))


@given("invoicing preferences of organisation")
def preferences_of_organisation(world: World, datatable: Table) -> None:
    _set_preferences(world, "/v1/preferences/organisation", datatable)


@given(parsers.re(r'invoicing preferences of (?P<kind>customer|project) "(?P<code>[^"]*)"'))
def preferences_of(world: World, kind: str, code: str, datatable: Table) -> None:
    _set_preferences(world, f"/v1/{kind}s/{code}/preferences", datatable)

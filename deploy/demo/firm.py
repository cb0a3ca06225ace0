"""The firm of the demo: an installer with its people, customers, projects and prices.

Two things are left out on purpose, as happens at every firm: an employee who started last month is not in the
timesheets yet, and nobody agreed a rate for one of the projects.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SELLER: dict[str, Any] = {
    "name": "Van Houten Installatietechniek B.V.",
    "legal_name": "Van Houten Installatietechniek B.V.",
    "country": "NL",
    "currency": "EUR",
    "time_zone": "Europe/Amsterdam",
    "language": "nl",
    "vat_id": "NL004495445B01",
    "registration_number": "12345678",
    "address": {"street": "Ambachtsweg 12", "postal_code": "3542 DG", "city": "Utrecht", "country": "NL"},
    "iban": "NL91ABNA0417164300",
    "email": "administratie@example.com",
}
"""The organisation itself, with all that its invoices must name."""


@dataclass(frozen=True, slots=True)
class Employee:
    code: str
    name: str
    cost_rate: Decimal


@dataclass(frozen=True, slots=True)
class Customer:
    code: str
    name: str
    city: str
    rate: Decimal | None
    """Bill rate of an hour for all that this customer has done."""


@dataclass(frozen=True, slots=True)
class Project:
    code: str
    name: str
    customer: str
    phases: tuple[str, ...] = ()
    rate: Decimal | None = None
    """Bill rate of this project, before the customer's."""


EMPLOYEES = (
    Employee("jan", "Jan Jansen", Decimal("31.00")),
    Employee("mia", "Mia Peeters", Decimal("33.50")),
    Employee("bas", "Bas de Boer", Decimal("29.75")),
    Employee("fatma", "Fatma Yilmaz", Decimal("34.00")),
    Employee("luuk", "Luuk Visser", Decimal("27.20")),
    Employee("sofie", "Sofie Maes", Decimal("32.10")),
    Employee("daan", "Daan Smit", Decimal("28.40")),
    Employee("noor", "Noor Bakker", Decimal("30.00")),
    Employee("piet", "Piet van Dijk", Decimal("36.80")),
)
#: Sent by the planning system, not known in the timesheets yet.
NEWCOMER = Employee("ruben", "Ruben Claes", Decimal("26.00"))

CUSTOMERS = (
    Customer("acme", "Acme Vastgoed B.V.", "Amsterdam", Decimal("72.50")),
    Customer("bakkerij", "Bakkerij De Korenaar", "Utrecht", Decimal("68.00")),
    Customer("gemeente", "Gemeente Waterdam", "Waterdam", Decimal("79.99")),
    Customer("hotel", "Hotel Zeezicht", "Zandvoort", Decimal("74.99")),
    Customer("kliniek", "Kliniek Oosterpark", "Amsterdam", Decimal("81.25")),
    Customer("school", "Stichting Scholen Zuid", "Den Haag", Decimal("66.60")),
    Customer("wijnhuis", "Wijnhuis Van Loon", "Breda", None),
)

PROJECTS = (
    Project("P-101", "Renovatie Keizersgracht", "acme", ("demolition", "piping", "finish")),
    Project("P-102", "Onderhoud 2026", "acme", rate=Decimal("69.95")),
    Project("P-201", "Ovens filiaal Noord", "bakkerij"),
    Project("P-301", "Zwembad De Plas", "gemeente", ("installation", "service")),
    Project("P-302", "Straatverlichting", "gemeente", rate=Decimal("77.77")),
    Project("P-401", "Kamers 2e verdieping", "hotel", ("electricity", "bathrooms")),
    Project("P-501", "Luchtbehandeling OK", "kliniek"),
    Project("P-502", "Noodstroom", "kliniek", rate=Decimal("92.30")),
    Project("P-601", "Warmtepompen", "school", ("survey", "installation")),
    Project("P-701", "Klimaatkast", "wijnhuis"),
)
#: Its customer has no rate either: its hours wait in suspense until somebody agrees one.
PROJECT_WITHOUT_RATE = "P-701"
RATE_AGREED_LATER = Decimal("70.00")

TRAVEL_RATE = Decimal("45.00")
KILOMETRE_PRICE = Decimal("0.40")
ADVANCE_PROJECT, ADVANCE_AMOUNT = "P-401", Decimal("2500.00")


def bill_rate(kind: str, customer: str, project: str | None) -> Decimal:
    """Price of an hour once all rates are agreed: the project's before the customer's; travel costs the same anywhere.

    Written here a second time, apart from billing, because the demo checks billing with it.
    """
    if kind == "travel":
        return TRAVEL_RATE
    by_project = {p.code: p.rate for p in PROJECTS}
    by_customer = {c.code: c.rate for c in CUSTOMERS}
    rate = (by_project[project] if project else None) or by_customer[customer]
    return rate if rate is not None else RATE_AGREED_LATER

"""An example of each event: one job of a firm called ``demo``, from the work order to the paid invoice.

They stand in the generated documents; the tests read each of them with its model.
"""

from __future__ import annotations

from typing import Any

from shared.ids import entry_id_of_line, work_order_id

JsonObject = dict[str, Any]

_ORDER = str(work_order_id("demo", "planner", "W-1001"))
_ENTRY = str(entry_id_of_line("demo", "planner", "W-1001", "1"))
_INVOICE = "01930000-0000-7000-8000-000000000001"
_CREDIT_NOTE = "01930000-0000-7000-8000-000000000002"

WORK_ORDER: JsonObject = {
    "organisation": "demo",
    "source": "planner",
    "external_id": "W-1001",
    "revision": 1,
    "status": "completed",
    "customer": "ACME",
    "project": "P1",
    "description": "Boiler serviced",
    "lines": [
        {
            "line_id": "1",
            "kind": "labour",
            "employee": "jan",
            "hour_type": "WORK",
            "start": "2026-03-02T08:00:00+01:00",
            "end": "2026-03-02T12:30:00+01:00",
            "break_minutes": 30,
        },
        {
            "line_id": "2",
            "kind": "travel",
            "employee": "jan",
            "hour_type": "TRAVEL",
            "date": "2026-03-02",
            "minutes": 40,
        },
        {"line_id": "3", "kind": "distance", "date": "2026-03-02", "kilometres": "38", "unit_price": "0.40"},
        {
            "line_id": "4",
            "kind": "material",
            "date": "2026-03-02",
            "article": "SEAL-15",
            "description": "Sealing ring 15 mm",
            "quantity": "3",
            "unit_price": "12.35",
        },
        {
            "line_id": "5",
            "kind": "expense",
            "date": "2026-03-02",
            "description": "Parking",
            "amount": "7.50",
            "extra_to": "1",
        },
    ],
}

_LINE_CHANGED: JsonObject = {
    "organisation": "demo",
    "work_order_id": _ORDER,
    "source": "planner",
    "external_id": "W-1001",
    "line_id": "1",
    "entry_id": _ENTRY,
    "version": 3,
    "state": "approved",
    "invoice": "2026-00001",
    "changed_at": "2026-03-31T09:12:44Z",
}


def _entry(version: int, at: str, **more: Any) -> JsonObject:
    return {
        "organisation": "demo",
        "entry_id": _ENTRY,
        "version": version,
        "origin": {
            "kind": "work-order",
            "work_order_id": _ORDER,
            "source": "planner",
            "external_id": "W-1001",
            "revision": 1,
            "line_id": "1",
            "position": 0,
        },
        "employee": "jan",
        "customer": "ACME",
        "project": "P1",
        "kind": "labour",
        "hour_type": "WORK",
        "day": "2026-03-02",
        "start": "2026-03-02T08:00:00+01:00",
        "end": "2026-03-02T12:30:00+01:00",
        "raw_minutes": 270,
        "break_minutes": 30,
        "minutes": 240,
        "pieces": [{"minutes": 240, "hour_type": "WORK"}],
        "actor": "mia",
        "at": at,
        **more,
    }


def _invoice(at: str, **more: Any) -> JsonObject:
    return {
        "organisation": "demo",
        "invoice_id": _INVOICE,
        "number": "2026-00001",
        "invoice_type": "regular",
        "origin": "timetracking",
        "customer": "ACME",
        "project": "P1",
        "issue_date": "2026-03-31",
        "due_date": "2026-04-30",
        "currency": "EUR",
        "net": "300.00",
        "vat": "63.00",
        "to_pay": "363.00",
        "at": at,
        **more,
    }


def _billed(sequence: int, **invoice: str) -> list[JsonObject]:
    return [{"entry_id": _ENTRY, "sequence": sequence, "work_order_id": _ORDER, **invoice}]


def _record(code: str, **more: Any) -> JsonObject:
    return {"organisation": "demo", "code": code, "version": 1, **more}


#: By CloudEvents type.
EXAMPLES: dict[str, JsonObject] = {
    "workorders.submitted.v1": WORK_ORDER,
    "workorders.hours-completed.v1": {**WORK_ORDER, "work_order_id": _ORDER},
    "workorders.line-changed.v1": _LINE_CHANGED,
    "timesheets.entry-recorded.v1": _entry(1, "2026-03-02T15:04:05Z", actor="system:workorders", state="submitted"),
    "timesheets.entry-waiting.v1": _entry(
        1, "2026-03-02T15:04:05Z", actor="system:workorders", pieces=[], reason="unknown-employee"
    ),
    "timesheets.entry-changed.v1": _entry(2, "2026-03-03T08:00:00Z", state="submitted"),
    "timesheets.entry-approved.v1": _entry(2, "2026-03-03T08:00:00Z", cost={"amount": "124.00", "currency": "EUR"}),
    "timesheets.entry-rejected.v1": _entry(2, "2026-03-03T08:00:00Z", reason="left at eleven"),
    "timesheets.entry-cancelled.v1": _entry(
        2, "2026-03-03T08:00:00Z", actor="system:workorders", reason="left out of revision 2"
    ),
    "timesheets.entry-withdrawn.v1": _entry(
        3, "2026-03-04T08:00:00Z", reverses_version=2, reason="approved by mistake"
    ),
    "timesheets.entry-reversed.v1": _entry(
        3, "2026-03-04T08:00:00Z", reverses_version=2, reason="corrected by revision 2"
    ),
    "billing.advance-requested.v1": {
        "organisation": "demo",
        "request_id": "crm-7001",
        "type": "advance-requested",
        "project": "P1",
        "amount": "200.00",
        "vat_rate": "21",
        "description": "Advance for the new boiler",
    },
    "billing.payment-received.v1": {
        "organisation": "demo",
        "request_id": "bank-2026-04-02-17",
        "type": "payment-received",
        "invoice_number": "2026-00001",
        "reference": "NL02BANK-000017",
        "amount": "363.00",
        "paid_on": "2026-04-02",
    },
    "billing.refund-paid.v1": {
        "organisation": "demo",
        "request_id": "bank-2026-04-09-3",
        "type": "refund-paid",
        "invoice_number": "C2026-00001",
        "reference": "NL02BANK-000041",
        "amount": "363.00",
        "paid_on": "2026-04-09",
    },
    "billing.deal-linked.v1": {
        "organisation": "demo",
        "request_id": "crm-7003",
        "type": "deal-linked",
        "deal": "D-2026-17",
        "project": "P1",
        "amount": "1000.00",
        "vat_rate": "21",
        "description": "New boiler",
        "reference": "crm/deals/17",
        "revision": 1,
    },
    "billing.deal-invoice-requested.v1": {
        "organisation": "demo",
        "request_id": "crm-7004",
        "type": "deal-invoice-requested",
        "deal": "D-2026-17",
        "percentage": "25",
    },
    "billing.subscription-linked.v1": {
        "organisation": "demo",
        "request_id": "crm-7005",
        "type": "subscription-linked",
        "subscription": "S-2026-4",
        "project": "P1",
        "amount": "100.00",
        "vat_rate": "21",
        "description": "Service contract",
        "period": "month",
        "start": "2026-01-31",
        "revision": 1,
    },
    "billing.subscription-ended.v1": {
        "organisation": "demo",
        "request_id": "crm-7006",
        "type": "subscription-ended",
        "subscription": "S-2026-4",
        "end": "2026-12-31",
        "revision": 2,
    },
    "billing.subscription-due.v1": {
        "organisation": "demo",
        "request_id": "crm-7007",
        "type": "subscription-due",
        "subscription": "S-2026-4",
        "period": "2026-02-28",
    },
    "billing.record-accepted.v1": {
        "organisation": "demo",
        "request_id": "crm-7003",
        "record": "deal",
        "code": "D-2026-17",
    },
    "billing.request-accepted.v1": {
        "organisation": "demo",
        "request_id": "crm-7001",
        "invoice_id": _INVOICE,
        "invoice_number": "2026-00001",
    },
    "billing.request-refused.v1": {
        "organisation": "demo",
        "request_id": "crm-7002",
        "slug": "unknown-project",
        "detail": "project 'P9' does not exist",
    },
    "billing.invoice-issued.v1": _invoice(
        "2026-03-31T09:12:44Z", entries=_billed(1, invoice_id=_INVOICE, invoice_number="2026-00001")
    ),
    "billing.invoice-credited.v1": _invoice(
        "2026-04-03T10:00:00Z",
        credit_note_id=_CREDIT_NOTE,
        credit_note_number="C2026-00001",
        credited="363.00",
        credited_total="363.00",
        state="credited",
        entries=_billed(2),
    ),
    "billing.invoice-paid.v1": _invoice(
        "2026-04-02T06:30:00Z",
        reference="NL02BANK-000017",
        amount="363.00",
        paid_total="363.00",
        state="paid",
    ),
    "timesheets.employee.v1": _record("jan", name="Jan Jansen", timesheet_enabled=True),
    "timesheets.hour-type.v1": _record("WORK", name="Work", kind="labour", billable=True, surcharge="0"),
    "billing.organisation.v1": _record(
        "demo", name="Demo Installaties B.V.", country="NL", currency="EUR", time_zone="Europe/Amsterdam"
    ),
    "billing.customer.v1": _record("ACME", name="Acme B.V."),
    "billing.project.v1": _record(
        "P1",
        name="Boilers 2026",
        customer="ACME",
        phases=[{"code": "F1", "name": "Service", "method": "time and materials"}],
    ),
}

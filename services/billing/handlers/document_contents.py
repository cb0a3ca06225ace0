"""What the documents of invoices say, put together from the database (documents/content.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.documents.content import (
    DocumentLine,
    EntryDetail,
    InvoiceContent,
    Logo,
    Party,
    Reference,
    SpecifiedEntry,
    VatLine,
)
from services.billing.documents.texts import FALLBACK
from services.billing.handlers.fixing import as_it_is_now
from services.billing.queries import document_contents as stored
from services.billing.queries.pricing import load_preferences, resolve
from shared.clock import zone
from shared.words import InvoiceState, InvoiceType

Row = Mapping[str, Any] | asyncpg.Record


async def contents(session: AsyncSession, ids: Sequence[UUID], today: date | None = None) -> list[InvoiceContent]:
    """What invoices say, in the order of ``ids``; of a draft what it would say, issued ``today``."""
    rows = {row["id"]: row for row in await stored.invoices(session, ids)}
    lines = _grouped(await stored.lines(session, ids))
    entries = _grouped(await stored.entries(session, ids))
    credited = _grouped(await stored.credited(session, ids))
    names = await _phase_names(session, rows.values())
    annexed = await _annexed(session, rows.values())
    return [
        replace(
            await _content(session, rows[key], today),
            lines=tuple(_line(line, rows[key]["time_zone"]) for line in lines[key]),
            entries=tuple(_entry(entry, rows[key]["time_zone"]) for entry in entries[key] if key in annexed),
            credits=tuple(Reference(known["number"], known["issue_date"]) for known in credited[key]),
            phase_names=names[_project(rows[key])],
        )
        for key in ids
    ]


async def _annexed(session: AsyncSession, invoices: Iterable[Row]) -> set[UUID]:
    """Which of the invoices have a time specification, as is preferred now."""
    rows = list(invoices)
    layers = await load_preferences(
        session,
        sorted({row["organisation"] for row in rows}),
        sorted({(row["organisation"], row["customer"]) for row in rows}),
        sorted({(row["organisation"], row["project"]) for row in rows if row["project"] is not None}),
    )
    return {
        row["id"]
        for row in rows
        if resolve(layers, row["organisation"], row["customer"], row["project"], FALLBACK).time_specification
    }


async def _content(session: AsyncSession, row: Row, today: date | None) -> InvoiceContent:
    """What the invoice's own row says; of a draft what issuing would write into it."""
    if row["state"] == InvoiceState.DRAFT:
        assert today is not None
        row = {**row, **await _as_if_issued(session, row, today)}
    return InvoiceContent(
        type=InvoiceType(row["type"]),
        number=row["number"],
        issue_date=row["issue_date"],
        due_date=row["due_date"],
        payment_term=row["payment_term"],
        language=row["language"] or row["buyer"]["language"],
        currency=row["currency"],
        seller=_party(row["seller"]),
        buyer=_party(row["buyer"]),
        net=row["net"],
        vat=row["vat"],
        to_pay=row["to_pay"],
        lines=(),
        vat_lines=tuple(_vat_line(line) for line in row["vat_lines"]),
        project=row["project"],
        project_name=row["project_name"],
        period_from=row["period_from"],
        period_until=row["period_until"],
        reference=row["buyer_reference"] or row["buyer"].get("reference"),
        order_reference=row["order_reference"],
        payment_reference=row["payment_reference"],
        intro=row["intro"],
        reason=row["reason"],
        footer=row["footer"] or row["seller"].get("footer"),
        logo=Logo(row["logo_format"], row["logo_content"]) if row["logo_format"] else None,
    )


async def _as_if_issued(session: AsyncSession, row: Row, today: date) -> dict[str, Any]:
    copies = await as_it_is_now(session, row)
    names = ("seller", "buyer", "payment_term", "language", "intro", "footer", "buyer_reference", "order_reference")
    said = {name: getattr(copies, name) for name in (*names, "period_from", "period_until", "vat_lines")}
    return {**said, "issue_date": today, "due_date": copies.due(today)}


def _party(record: Row) -> Party:
    address = record.get("address") or {}
    return Party(
        name=record["name"],
        country=address.get("country") or record["country"],
        street=address.get("street"),
        postal_code=address.get("postal_code"),
        city=address.get("city"),
        **{
            name: record.get(name)
            for name in ("legal_name", "code", "vat_id", "registration_number", "email", "iban", "bic")
        },
        kind=record.get("kind") or "business",
    )


def _line(row: Row, time_zone: str) -> DocumentLine:
    advance = None if row["advance_number"] is None else Reference(row["advance_number"], row["advance_date"])
    return DocumentLine(
        **{name: row[name] for name in ("position", "kind", "description", "quantity", "unit", "price", "net")},
        vat_rate=row["vat_rate"],
        vat_category=row["vat_category"],
        discount=row["discount"],
        minutes=row["minutes"],
        phase=row["phase"],
        day=row["day"],
        advance=advance,
        project=row["project_name"] or None,
        details=tuple(_detail(shown, time_zone) for shown in row["details"]),
    )


def _detail(shown: Mapping[str, Any], time_zone: str) -> EntryDetail:
    """See domain/line_details.py."""
    clock = "–".join(_clock(shown[name], time_zone) for name in ("start", "finish") if name in shown)
    return EntryDetail(
        quantity=Decimal(shown["quantity"]),
        day=date.fromisoformat(shown["day"]) if "day" in shown else None,
        clock=clock or None,
        texts=tuple(
            shown[name] for name in ("employee", "work_order", "hour_type", "phase", "notes") if name in shown
        ),
    )


def _clock(moment: str, time_zone: str) -> str:
    return datetime.fromisoformat(moment).astimezone(zone(time_zone)).strftime("%H:%M")


def _vat_line(line: Row) -> VatLine:
    return VatLine(
        Decimal(line["rate"]),
        line["category"],
        Decimal(line["net"]),
        Decimal(line["vat"]),
        reason=line.get("reason"),
        code=line.get("vatex"),
    )


def _entry(row: Row, time_zone: str) -> SpecifiedEntry:
    start: datetime | None = row["start"]
    return SpecifiedEntry(
        day=row["day"],
        employee=row["employee_name"] or row["employee"],
        clock=None if start is None else start.astimezone(zone(time_zone)).strftime("%H:%M"),
        minutes=row["minutes"],
        description=row["description"] or row["name"] or "",
        phase=row["phase"],
    )


def _grouped(rows: Iterable[Row]) -> defaultdict[UUID, list[Row]]:
    grouped: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["invoice_id"]].append(row)
    return grouped


def _project(row: Row) -> tuple[str, str | None]:
    return row["organisation"], row["project"]


async def _phase_names(
    session: AsyncSession, invoices: Iterable[Row]
) -> defaultdict[tuple[str, str | None], dict[str, str]]:
    projects = sorted({(row["organisation"], row["project"]) for row in invoices if row["project"] is not None})
    names: defaultdict[tuple[str, str | None], dict[str, str]] = defaultdict(dict)
    for row in await stored.phase_names(session, [p[0] for p in projects], [p[1] for p in projects]):
        names[row["organisation"], row["project"]][row["code"]] = row["name"]
    return names

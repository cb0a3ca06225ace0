"""The lines of an invoice and its VAT, as rows of texts."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from services.billing.documents.content import DocumentLine, EntryDetail, InvoiceContent, VatLine
from services.billing.documents.formats import Formats
from services.billing.documents.texts import line_text, reason_text, words

#: One of what has no unit: an amount, whose quantity and price say nothing more.
_AMOUNTS = ("advance", "deduction", "fixed price")


def line_groups(content: InvoiceContent, form: Formats) -> list[dict[str, Any]]:
    """Rows under the name of their project, where there are several, and phase; in the order that they have."""
    groups: list[dict[str, Any]] = []
    for (project, phase), lines in groupby(content.lines, key=lambda line: (line.project, line.phase)):
        phase_name = content.phase_names.get(phase, phase) if phase else None
        name = " · ".join(filter(None, (project, phase_name))) or None
        if name is None and groups:
            name = words(content.language)["other"]
        groups.append({"name": name, "rows": [_row(content, form, line) for line in lines]})
    return groups


def _row(content: InvoiceContent, form: Formats, line: DocumentLine) -> dict[str, Any]:
    sign = -1 if content.is_credit_note else 1
    plainly = line.kind in _AMOUNTS and not line.unit and abs(line.quantity) == 1 and not line.discount
    return {
        "text": line_text(line, content.language),
        "detail": _detail(content, form, line),
        "entries": [_entry(form, line, entry, content.language) for entry in line.details],
        "quantity": "" if plainly else form.quantity(sign * line.quantity),
        "unit": "" if plainly else _unit(line, content.language),
        "price": "" if plainly else form.unit_price(line.price),
        "vat": f"{form.quantity(line.vat_rate)}%",
        "amount": form.amount(sign * line.net),
    }


def _detail(content: InvoiceContent, form: Formats, line: DocumentLine) -> str | None:
    """The small print below a line: its day, its discount, the date of the advance."""
    texts = words(content.language)
    parts = []
    if line.day is not None:
        parts.append(form.short_day(line.day))
    if line.advance is not None:
        parts.append(form.short_day(line.advance.issue_date))
    if line.discount:
        parts.append(f"{texts['discount']}: {form.amount(-line.discount)}")
    return " · ".join(parts) or None


def _entry(form: Formats, line: DocumentLine, entry: EntryDetail, language: str) -> str:
    """What is shown of an entry; its share of the quantity only where the line has several."""
    parts = [form.short_day(entry.day)] if entry.day and entry.day != line.day else []
    parts += [entry.clock] if entry.clock else []
    parts += entry.texts
    if len(line.details) > 1:
        parts.append(f"{form.quantity(abs(entry.quantity))} {_unit(line, language)}".strip())
    return " · ".join(parts)


def _unit(line: DocumentLine, language: str) -> str:
    if line.kind in ("time", "distance"):
        return words(language)[f"unit_{line.kind}"]
    return line.unit


def vat_rows(content: InvoiceContent, form: Formats) -> list[dict[str, str | None]]:
    """VAT of each rate; where none is charged, why."""
    sign = -1 if content.is_credit_note else 1
    return [_vat_row(content, form, line, sign) for line in content.vat_lines]


def _vat_row(content: InvoiceContent, form: Formats, line: VatLine, sign: int) -> dict[str, str | None]:
    texts = words(content.language)
    label = texts["vat_over"].format(rate=form.quantity(line.rate), net=form.amount(sign * line.net))
    reason = None
    if line.category not in ("S", "Z"):
        reason = line.reason or reason_text(line.category, content.language)
    return {"label": label, "amount": form.amount(sign * line.vat), "reason": reason}

"""The time specification: an annex with each entry behind the invoice's hours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.billing.documents.content import InvoiceContent, SpecifiedEntry
from services.billing.documents.formats import Formats
from services.billing.documents.texts import words


def specification(content: InvoiceContent, form: Formats, title: str, number: str) -> dict[str, Any] | None:
    """The annex' texts; None where the invoice bills no time."""
    if not content.entries:
        return None
    texts = words(content.language)
    total = sum((entry.minutes for entry in content.entries), Decimal(0))
    return {
        "title": texts["specification"],
        "of": texts["specification_of"].format(title=title, number=number),
        "columns": [texts[name] for name in ("day", "employee", "clock", "description", "hours")],
        "rows": [_row(entry, form, content) for entry in content.entries],
        "total": [texts["total"], form.hours(total)],
    }


def _row(entry: SpecifiedEntry, form: Formats, content: InvoiceContent) -> list[str]:
    phase = content.phase_names.get(entry.phase, entry.phase) if entry.phase else None
    text = " · ".join(filter(None, (entry.description, phase)))
    return [form.short_day(entry.day), entry.employee or "", entry.clock or "", text, form.hours(entry.minutes)]

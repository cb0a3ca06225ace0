"""What the numbers of a series look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.numbers import DEFAULT_FORMATS, BadFormatError, check_format, share_a_text
from services.billing.queries import issuing, numbering
from shared.http.problems import invalid_input, not_found


async def change_format(session: AsyncSession, organisation: str, series: str, pattern: str) -> None:
    """From the next number on. Raises ``invalid-input`` for a format that would give two invoices one number."""
    if series not in DEFAULT_FORMATS:
        raise not_found("number series", series)
    try:
        check_format(pattern)
    except BadFormatError as error:
        raise invalid_input(str(error), "/format") from None
    # All series, in their order: who changes the other one at the same time waits.
    formats = {
        name: (await issuing.lock_series(session, organisation, name)).format for name in sorted(DEFAULT_FORMATS)
    }
    for name, other in formats.items():
        if name != series and share_a_text(pattern, other):
            raise invalid_input(f"{other!r} of the series {name!r} could give the same number.", "/format")
    await numbering.write_format(session, organisation, series, pattern)


async def all_series(session: AsyncSession, organisation: str) -> list[Mapping[str, Any]]:
    """Every series, also those without a number yet: series, format, fiscal_year, last_sequence, last_date."""
    known = {row["series"]: dict(row) for row in await numbering.listed(session, organisation)}
    empty = {"fiscal_year": None, "last_sequence": 0, "last_date": None}
    return [known.get(name, {"series": name, "format": DEFAULT_FORMATS[name], **empty}) for name in DEFAULT_FORMATS]

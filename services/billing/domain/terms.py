"""Payment terms: when an invoice is due (domain.md, "Invoicing preferences")."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

#: Three digits at most: a longer term is a typing error.
_DAYS: Final = re.compile(r"^(?:invoice date \+ )?(\d{1,3})(?: days?)?$")
_END_OF_MONTH: Final = re.compile(r"^end of month(?: \+ (\d{1,3})(?: days?)?)?$")

#: To be paid at once.
CASH: Final = "cash"
#: The term of who agreed on none: 30 days, as the law has it for businesses (directive 2011/7/EU, article 3).
DEFAULT_TERM: Final = "30 days"


class UnknownTermError(ValueError):
    """The text names no payment term; its message says which there are."""


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """``days`` after the invoice date, or after the end of its month."""

    days: int
    from_end_of_month: bool = False

    def due(self, issued: date) -> date:
        """The day on which an invoice of ``issued`` must be paid."""
        start = issued
        if self.from_end_of_month:
            start = issued.replace(day=calendar.monthrange(issued.year, issued.month)[1])
        return start + timedelta(days=self.days)


def parse_term(text: str) -> PaymentTerm:
    """The term that ``text`` names: ``cash``, ``30 days`` or ``end of month + 15``; raises UnknownTermError."""
    words = " ".join(text.lower().replace("+", " + ").split())
    if words == CASH:
        return PaymentTerm(0)
    if match := _DAYS.match(words):
        return PaymentTerm(int(match[1]))
    if match := _END_OF_MONTH.match(words):
        return PaymentTerm(int(match[1] or 0), from_end_of_month=True)
    raise UnknownTermError(f'{text!r} is no payment term: write "cash", "30 days" or "end of month + 15"')

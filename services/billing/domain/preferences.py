"""Invoicing preferences: project before customer before organisation before what holds for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from services.billing.domain.lines import Grouping
from services.billing.domain.rounding import Rounding, parse_rounding
from services.billing.domain.terms import DEFAULT_TERM, parse_term

#: Languages of documents (domain.md, "Invoicing preferences").
LANGUAGES: Final = ("nl", "en", "fr", "de")


class RoundingPer(StrEnum):
    """Over what minutes are added up before they are rounded."""

    ENTRY = "entry"
    EMPLOYEE_AND_DAY = "employee and day"


class DeductAdvances(StrEnum):
    """Which regular invoices deduct open advances."""

    EVERY_REGULAR_INVOICE = "every regular invoice"
    BASED_ON_PHASES = "based on phases"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What holds for one account. The texts are those of domain/rounding.py and domain/terms.py."""

    grouping: str = Grouping.ENTRY
    rounding: str | None = None
    rounding_per: str = RoundingPer.ENTRY
    payment_term: str = DEFAULT_TERM
    language: str = "nl"
    bill_surcharges: bool = True
    deduct_advances: str = DeductAdvances.EVERY_REGULAR_INVOICE
    expense_mark_up: Decimal = Decimal(0)
    #: Documents go to the customer by e-mail as soon as they are made.
    send_email: bool = False
    #: The PDF has an annex with each entry behind the hours.
    time_specification: bool = True
    reference: str | None = None
    footer: str | None = None
    intro: str | None = None
    #: What lines show of their entries (domain/line_details.py).
    details: tuple[str, ...] = ()
    #: Series of the numbers of its invoices, advances and credit notes; None: the usual ones.
    number_series: str | None = None
    advance_series: str | None = None
    credit_series: str | None = None
    #: The most that is written off of one invoice, including VAT.
    write_off_limit: Decimal = Decimal("5.00")

    @property
    def minutes_rounding(self) -> Rounding | None:
        return None if self.rounding in (None, NO_ROUNDING) else parse_rounding(self.rounding)


#: Says at a narrower place that the wider one's rounding does not hold.
NO_ROUNDING: Final = "none"

NAMES: Final = tuple(field.name for field in fields(Preferences))


def effective(layers: Iterable[Mapping[str, Any]], language: str = "nl") -> Preferences:
    """The preferences that hold, from ``layers``, the widest first; None in a layer is left to the wider ones."""
    chosen = {name: layer[name] for layer in layers for name in NAMES if layer.get(name) is not None}
    return replace(Preferences(language=language), **chosen)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return check


def _rounding(text: str) -> str:
    return NO_ROUNDING if text == NO_ROUNDING else str(parse_rounding(text))


def _term(text: str) -> str:
    parse_term(text)
    return " ".join(text.lower().split())


CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "grouping": _one_of(*Grouping),
    "rounding": _rounding,
    "rounding_per": _one_of(*RoundingPer),
    "payment_term": _term,
    "language": _one_of(*LANGUAGES),
    "deduct_advances": _one_of(*DeductAdvances),
}


def checked(name: str, value: str) -> str:
    """The value of the preference ``name`` as it is kept; ValueError says what may stand there instead."""
    check = CHECKS.get(name)
    return value if check is None else check(value)

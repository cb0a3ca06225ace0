"""Why money documents are refused: slugs that clients act on, over HTTP and in answers to requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from services.billing.domain.content import NegativeTotalError
from services.billing.domain.discounts import DiscountError
from services.billing.domain.vat import UnknownStandardRateError
from services.billing.domain.vat_rates import rates_on
from shared.http.problems import Problem, conflict, invalid_input, register_problems

register_problems(
    {
        "customer-incomplete": "The customer lacks what its invoice must say",
        "date-before-last": "The date is before that of the last invoice",
        "deal-closed": "The deal is closed",
        "deal-in-use": "The deal was billed already",
        "draft-changed": "Somebody else changed the draft",
        "draft-outdated": "The draft no longer says what holds",
        "date-before-invoice": "The date is before that of the invoice",
        "exceeds-remaining": "More is asked than is left",
        "foreign-currency": "Not the organisation's currency",
        "issue-date-in-future": "The issue date has not come yet",
        "not-a-draft": "The invoice is issued",
        "not-creditable": "A credit note cannot be credited",
        "not-editable": "The invoice cannot be changed in this way",
        "not-issued": "The invoice is not issued",
        "not-on-draft": "The draft does not bill it",
        "not-unbilled": "It is not unbilled and free",
        "nothing-to-invoice": "There is nothing to invoice",
        "organisation-incomplete": "The organisation lacks what its invoices must say",
        "outdated-revision": "A newer revision is known",
        "period-billed": "The period was billed already",
        "refund-closed": "The refund is paid or cancelled",
        "reference-conflict": "The payment's reference was used for another payment",
        "request-conflict": "The request id was used for another request",
        "subscription-in-use": "The subscription was billed already",
        "unknown-deal": "There is no such deal",
        "unknown-invoice": "There is no such invoice",
        "unknown-period": "No period begins then",
        "unknown-phase": "There is no such phase",
        "unknown-project": "There is no such project",
        "unknown-subscription": "There is no such subscription",
        "vat-rate-not-allowed": "The country has no such VAT rate",
        "vat-rate-unknown": "The VAT rate cannot be known",
        "write-off-limit": "More than is written off of an invoice",
    }
)


@contextmanager
def content_refused(country: str, discount_field: str = "/discount") -> Iterator[None]:
    """What lines, discounts and deductions can be refused for, as problems. ``country``: the seller's."""
    try:
        yield
    except UnknownStandardRateError:
        raise unknown_vat_rate(country) from None
    except NegativeTotalError:
        raise nothing_to_invoice(
            "More is to be given back than is unbilled; a credit note can do that, an invoice cannot."
        ) from None
    except DiscountError as error:
        raise invalid_input(str(error), discount_field) from None


def nothing_to_invoice(detail: str) -> Problem:
    return conflict("nothing-to-invoice", detail)


def exceeds_remaining(detail: str, remaining: Any = None) -> Problem:
    return conflict("exceeds-remaining", detail, **({} if remaining is None else {"remaining": str(remaining)}))


def not_a_draft(number: str) -> Problem:
    return conflict("not-a-draft", f"Invoice {number} is issued: it is neither changed nor deleted.", number=number)


def draft_changed(seen: int, now: int) -> Problem:
    detail = f"You have seen version {seen} of this draft, and it is version {now} by now: look at it again."
    return Problem(412, "draft-changed", detail, version=now)


def not_editable(detail: str) -> Problem:
    return conflict("not-editable", detail)


def not_on_draft() -> Problem:
    return conflict("not-on-draft", "The draft bills none of these entries.")


def not_unbilled() -> Problem:
    return conflict("not-unbilled", "None of these entries is unbilled and free on this draft's projects.")


def draft_outdated(detail: str) -> Problem:
    return conflict("draft-outdated", f"{detail} Refresh the draft, look at it, and issue it then.")


def incomplete(party: str, code: str, fields: Sequence[str]) -> Problem:
    """``customer-incomplete`` or ``organisation-incomplete``, with the fields to fill in."""
    detail = f"To be invoiced, {party} {code!r} needs: {', '.join(fields)}."
    if party == "organisation":
        detail = f"To send invoices, organisation {code!r} needs: {', '.join(fields)}."
    return conflict(f"{party}-incomplete", detail, code=code, fields=list(fields))


def date_before_last(issued: date, last: date) -> Problem:
    return conflict(
        "date-before-last",
        f"An invoice of {issued} cannot come after one of {last}: dates of a series do not decrease.",
        last_date=last.isoformat(),
    )


def before_what_it_credits(issued: date, number: str, invoiced: date) -> Problem:
    return conflict("date-before-invoice", f"A credit note of {issued} cannot credit invoice {number} of {invoiced}.")


def foreign_currency(currency: str, own: str) -> Problem:
    return conflict("foreign-currency", f"The organisation's currency is {own}, not {currency}.", currency=own)


def too_many_decimals(field: str, value: Any, currency: str) -> Problem:
    return invalid_input(f"{value} has more decimals than {currency} has.", field)


def unknown_phases(project: str | None, codes: Sequence[str]) -> Problem:
    names = ", ".join(repr(code) for code in codes)
    where = f"project {project!r} has no phase {names}" if project else "a customer's own account has no phases"
    return Problem(422, "unknown-phase", f"There is nothing to select: {where}.")


def unknown_vat_rate(country: str) -> Problem:
    return conflict(
        "vat-rate-unknown",
        f"There is no standard VAT rate for the organisation's country {country!r}: the lines must bring their own.",
    )


def rate_not_allowed(country: str, rate: Decimal, day: date | None, field: str) -> Problem:
    """A rate in a request that the seller's country does not have on ``day``."""
    rates = rates_on(country, day)
    known = ", ".join(f"{one} %" for one in rates.all) if rates else "none that are known"
    when = f" on {day}" if day else ""
    return invalid_input(f"{country} has no VAT rate of {rate} %{when}: it has {known}.", field)


def rates_not_allowed(country: str, lines: Sequence[tuple[int, Decimal]]) -> Problem:
    """Lines (position, rate) of a draft with a rate that the seller's country had on no day that counts."""
    said = ", ".join(f"line {position} has {rate} %" for position, rate in lines)
    return conflict(
        "vat-rate-not-allowed",
        f"{country} has no such VAT rate, neither when it was done nor now: {said}.",
        lines=[position for position, _ in lines],
    )

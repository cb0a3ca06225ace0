"""Texts of documents in the customer's language: nl, en, fr, de.

``words(language)`` is what stands on the PDF; the functions make sentences of values. What a user wrote is never
translated; what this service writes itself on a line (``Advance 2026-00001``, the kind of work) is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.billing.documents.catalogue import CATALOGUE
from services.billing.documents.content import DocumentLine
from services.billing.domain.terms import UnknownTermError, parse_term

FALLBACK: Final = "en"


def words(language: str) -> Mapping[str, str]:
    """All texts of a language; English for one that there is not."""
    return CATALOGUE.get(language) or CATALOGUE[FALLBACK]


def reason_text(category: str, language: str) -> str:
    """Why no VAT is charged in this category (UN/EDIFACT 5305), as the law wants it said."""
    texts = words(language)
    return texts.get(f"reason_{category}", texts["reason_E"])


def term_text(term: str, language: str) -> str:
    """A payment term as kept: ``cash``, ``30 days``, ``end of month + 15``."""
    texts = words(language)
    try:
        parsed = parse_term(term)
    except UnknownTermError:
        return term
    if parsed.from_end_of_month:
        text = texts["term_end_of_month"]
        return f"{text} + {texts['term_days'].format(days=parsed.days)}" if parsed.days else text
    return texts["term_days"].format(days=parsed.days) if parsed.days else texts["term_cash"]


def line_text(line: DocumentLine, language: str) -> str:
    """What a line says. A deduction is in our own words, and names the advance with its date."""
    texts = words(language)
    if line.advance is not None:
        return texts["deduction"].format(number=line.advance.number)
    if line.description in _OWN_WORDS:
        return texts[f"kind_{_OWN_WORDS[line.description]}"]
    return line.description


#: Descriptions that handlers and rules give a line when nobody wrote one.
_OWN_WORDS: Final = {
    "Advance": "advance",
    "advance": "advance",
    "time": "time",
    "distance": "distance",
    "km": "distance",
    "expense": "expense",
    "material": "material",
    "cost": "cost",
    "fixed price": "fixed_price",
}

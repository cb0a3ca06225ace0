"""Amounts, quantities, dates and numbers as people of a language write them (babel)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from services.billing.documents.texts import FALLBACK
from shared.http.fields import plain, price
from shared.money import decimals

#: British English: days before months, as everywhere in Europe.
_LOCALES = {"nl": "nl", "en": "en_GB", "fr": "fr", "de": "de"}


@dataclass(frozen=True, slots=True)
class Formats:
    """Of one language and currency."""

    locale: Locale
    currency: str

    def money(self, amount: Decimal) -> str:
        """With the currency: ``€ 1.234,50``."""
        return str(format_currency(amount, self.currency, locale=self.locale))

    def amount(self, amount: Decimal) -> str:
        """Without it, with its decimals: ``1.234,50``."""
        return self._number(amount, decimals(self.currency))

    def unit_price(self, value: Decimal) -> str:
        """Two decimals or more: ``0,40``, ``0,1234``."""
        return self._number(value, len(price(value).partition(".")[2]))

    def quantity(self, value: Decimal) -> str:
        """No trailing zeros."""
        return self._number(value, len(plain(value).partition(".")[2]))

    def hours(self, minutes: Decimal) -> str:
        """Minutes as hours with two decimals."""
        return self._number(minutes / 60, 2)

    def day(self, day: date) -> str:
        """``2 maart 2026``"""
        return str(format_date(day, "long", locale=self.locale))

    def short_day(self, day: date) -> str:
        """``02-03-2026`` in Dutch, ``02.03.2026`` in German."""
        separator = {"nl": "-", "de": "."}.get(self.locale.language, "/")
        return day.strftime(f"%d{separator}%m{separator}%Y")

    def country(self, code: str) -> str:
        """The country's name."""
        return str(self.locale.territories.get(code, code))

    def _number(self, value: Decimal, places: int) -> str:
        pattern = f"#,##0.{'0' * places}" if places else "#,##0"
        return str(format_decimal(value, pattern, locale=self.locale))


@cache
def formats(language: str, currency: str) -> Formats:
    """English where the language is none of the four."""
    return Formats(Locale.parse(_LOCALES.get(language, _LOCALES[FALLBACK])), currency)


def grouped_iban(iban: str) -> str:
    """In groups of four, as people read it: ``NL91 ABNA 0417 1643 00``."""
    return " ".join(re.findall(".{1,4}", iban))

"""Public holidays of a country, from the library ``holidays``, as a value that the rules can ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The days that are public holidays all over ``country`` (ISO 3166-1 alpha-2); none where it is not known."""

    country: str

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in holidays_of(self.country, day.year)


@lru_cache(maxsize=1024)
def holidays_of(country: str, year: int) -> dict[date, str]:
    """Names of the public holidays of ``year`` by their day, in English where the library has it."""
    import holidays  # noqa: PLC0415 - loads for more than a second; an organisation without rules never needs it

    try:
        language = "en_US" if "en_US" in holidays.country_holidays(country).supported_languages else None
        return dict(holidays.country_holidays(country, years=year, language=language))
    except NotImplementedError:
        return {}

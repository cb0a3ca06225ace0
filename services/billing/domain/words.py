"""Words that Uurwerk itself writes on invoice lines, in the customer's language (nl, en, fr, de)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ADVANCE: Final[Mapping[str, str]] = {"nl": "Voorschot", "en": "Advance", "fr": "Acompte", "de": "Abschlag"}
TIME: Final[Mapping[str, str]] = {"nl": "Uren", "en": "Hours", "fr": "Heures", "de": "Stunden"}
DISTANCE: Final[Mapping[str, str]] = {"nl": "Kilometers", "en": "Distance", "fr": "Kilomètres", "de": "Kilometer"}
EXPENSE: Final[Mapping[str, str]] = {"nl": "Onkosten", "en": "Expenses", "fr": "Frais", "de": "Auslagen"}
MATERIAL: Final[Mapping[str, str]] = {"nl": "Materiaal", "en": "Material", "fr": "Matériel", "de": "Material"}
COST: Final[Mapping[str, str]] = {"nl": "Externe kosten", "en": "Costs", "fr": "Coûts externes", "de": "Fremdkosten"}

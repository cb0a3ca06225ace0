"""Words that Uurwerk itself writes on invoice lines, in the customer's language (nl, en, fr, de)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ADVANCE: Final[Mapping[str, str]] = {"nl": "Voorschot", "en": "Advance", "fr": "Acompte", "de": "Abschlag"}

#: What a line of entries that have no words in common is called, by its kind (domain/lines.py).
OF_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "time": {"nl": "Uren", "en": "Hours", "fr": "Heures", "de": "Stunden"},
    "distance": {"nl": "Kilometers", "en": "Distance", "fr": "Kilomètres", "de": "Kilometer"},
    "expense": {"nl": "Onkosten", "en": "Expenses", "fr": "Frais", "de": "Auslagen"},
    "material": {"nl": "Materiaal", "en": "Material", "fr": "Matériel", "de": "Material"},
    "cost": {"nl": "Externe kosten", "en": "Costs", "fr": "Coûts externes", "de": "Fremdkosten"},
}

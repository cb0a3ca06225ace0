"""Why no VAT is charged: the words that an invoice must say, and the code of the e-invoice.

Words: directive 2006/112/EC, article 226, points 11 and 11a ("Reverse charge", in the language of the invoice).
Codes: CEF "VATEX" list (EN 16931, BT-121).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.billing.domain.vat import VatCategory, VatTreatment

DEFAULTS: Final[Mapping[VatTreatment, Mapping[str, str]]] = {
    VatTreatment.REVERSE_CHARGE: {
        "nl": "Btw verlegd",
        "en": "Reverse charge",
        "fr": "Autoliquidation",
        "de": "Steuerschuldnerschaft des Leistungsempfängers",
    },
    VatTreatment.EXEMPT: {
        "nl": "Vrijgesteld van btw",
        "en": "Exempt from VAT",
        "fr": "Exonéré de la TVA",
        "de": "Steuerfrei",
    },
}
_TREATMENTS: Final = {
    VatCategory.REVERSE_CHARGE: VatTreatment.REVERSE_CHARGE,
    VatCategory.EXEMPT: VatTreatment.EXEMPT,
}
REVERSE_CHARGE_CODE: Final = "VATEX-EU-AE"


@dataclass(frozen=True, slots=True)
class VatReason:
    """``text`` as printed; ``vatex`` is None where no code says more than the words."""

    text: str
    vatex: str | None = None


@dataclass(frozen=True, slots=True)
class VatTexts:
    """What decides about the words: ``language``, the organisation's ``own`` words, the customer's exemption."""

    language: str
    own: Mapping[tuple[VatTreatment, str], str] = field(default_factory=dict)
    exemption_code: str | None = None
    exemption_reason: str | None = None

    def reason(self, category: VatCategory) -> VatReason | None:
        """Why a line of ``category`` bears no VAT; None where it does, or is taxed at zero."""
        treatment = _TREATMENTS.get(category)
        if treatment is None:
            return None
        usual = self.own.get((treatment, self.language)) or DEFAULTS[treatment][self.language]
        if treatment is VatTreatment.REVERSE_CHARGE:
            return VatReason(usual, REVERSE_CHARGE_CODE)
        return VatReason(self.exemption_reason or usual, self.exemption_code)

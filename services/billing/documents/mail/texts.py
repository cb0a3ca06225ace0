"""What e-mails say: defaults in four languages, and an organisation's own words, with placeholders.

A placeholder is one of :data:`PLACEHOLDERS` in braces, such as ``{number}``. It is replaced as it stands, once: what a
customer is called can bring in no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.billing.documents.content import InvoiceContent
from services.billing.documents.formats import formats, grouped_iban
from services.billing.documents.texts import FALLBACK, words

INVOICE: Final = "invoice"
CREDIT_NOTE: Final = "credit note"

PLACEHOLDERS: Final = (
    "title",
    "number",
    "issue_date",
    "due_date",
    "amount",
    "customer",
    "seller",
    "iban",
    "payment_reference",
    "reference",
)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class EmailWords:
    subject: str
    body: str


class UnknownPlaceholderError(ValueError):
    """A text has a placeholder that there is not; the message says which there are."""


_INVOICE_WORDS: Final = {
    "nl": EmailWords(
        "{title} {number} van {seller}",
        "Beste {customer},\n\nIn de bijlage vindt u {title} {number} van {issue_date} voor een bedrag van {amount}.\n"
        "Wij zien uw betaling graag tegemoet op uiterlijk {due_date}, onder vermelding van {payment_reference}.\n\n"
        "Met vriendelijke groet,\n{seller}\n",
    ),
    "en": EmailWords(
        "{title} {number} from {seller}",
        "Dear {customer},\n\nPlease find attached {title} {number} of {issue_date} for an amount of {amount}.\n"
        "We look forward to your payment by {due_date}, quoting {payment_reference}.\n\nKind regards,\n{seller}\n",
    ),
    "fr": EmailWords(
        "{title} {number} de {seller}",
        "Bonjour {customer},\n\nVeuillez trouver en annexe le document « {title} {number} » du {issue_date}, d’un"
        " montant de {amount}.\nNous vous remercions de votre paiement au plus tard le {due_date}, avec la mention"
        " {payment_reference}.\n\nCordialement,\n{seller}\n",
    ),
    "de": EmailWords(
        "{title} {number} von {seller}",
        "Guten Tag {customer},\n\nanbei erhalten Sie {title} {number} vom {issue_date} über {amount}.\n"
        "Bitte zahlen Sie bis {due_date} unter Angabe von {payment_reference}.\n\nMit freundlichen Grüßen\n{seller}\n",
    ),
}
_CREDIT_WORDS: Final = {
    "nl": EmailWords(
        "{title} {number} van {seller}",
        "Beste {customer},\n\nIn de bijlage vindt u {title} {number} van {issue_date} voor een bedrag van {amount}.\n"
        "\nMet vriendelijke groet,\n{seller}\n",
    ),
    "en": EmailWords(
        "{title} {number} from {seller}",
        "Dear {customer},\n\nPlease find attached {title} {number} of {issue_date} for an amount of {amount}.\n\n"
        "Kind regards,\n{seller}\n",
    ),
    "fr": EmailWords(
        "{title} {number} de {seller}",
        "Bonjour {customer},\n\nVeuillez trouver en annexe le document « {title} {number} » du {issue_date}, d’un"
        " montant de {amount}.\n\nCordialement,\n{seller}\n",
    ),
    "de": EmailWords(
        "{title} {number} von {seller}",
        "Guten Tag {customer},\n\nanbei erhalten Sie {title} {number} vom {issue_date} über {amount}.\n\n"
        "Mit freundlichen Grüßen\n{seller}\n",
    ),
}
_DEFAULTS: Final[Mapping[str, Mapping[str, EmailWords]]] = {INVOICE: _INVOICE_WORDS, CREDIT_NOTE: _CREDIT_WORDS}


def default_words(kind: str, language: str) -> EmailWords:
    texts = _DEFAULTS[kind]
    return texts.get(language, texts[FALLBACK])


def check_placeholders(text: str) -> str:
    """``text`` itself. Raises UnknownPlaceholderError."""
    unknown = sorted({name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS})
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise UnknownPlaceholderError(f"there is no {{{unknown[0]}}}; there are {known}")
    return text


def filled(text: str, content: InvoiceContent) -> str:
    """``text`` with its placeholders replaced by what the invoice says."""
    values = _values(content)
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def _values(content: InvoiceContent) -> dict[str, str]:
    form = formats(content.language, content.currency)
    amount = -content.to_pay if content.is_credit_note else content.to_pay
    return {
        "title": words(content.language)[str(content.type)],
        "number": content.number or "",
        "issue_date": form.day(content.issue_date),
        "due_date": "" if content.due_date is None else form.day(content.due_date),
        "amount": form.money(amount).replace("\xa0", " "),
        "customer": content.buyer.name,
        "seller": content.seller.official_name,
        "iban": grouped_iban(content.seller.iban or ""),
        "payment_reference": content.payment_reference or content.number or "",
        "reference": content.reference or "",
    }

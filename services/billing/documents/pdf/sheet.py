"""What a PDF shows: texts, already in the customer's language, as the template takes them.

The template gets strings only. They are data to it and never markup, so nothing that a customer is called can change
what the page does.
"""

from __future__ import annotations

from typing import Any

from services.billing.documents.content import InvoiceContent, Party
from services.billing.documents.formats import Formats, formats, grouped_iban
from services.billing.documents.pdf.qr import payment_qr
from services.billing.documents.pdf.specification import specification
from services.billing.documents.pdf.table import line_groups, vat_rows
from services.billing.documents.texts import term_text, words
from services.billing.documents.ubl.elements import clean


def sheet(content: InvoiceContent) -> dict[str, Any]:
    """The data of ``invoice.typ``."""
    texts, form = words(content.language), formats(content.language, content.currency)
    title = texts[str(content.type)]
    number = content.number or texts["draft"]
    sign = -1 if content.is_credit_note else 1
    shown: dict[str, Any] = _cleaned(
        {
            "language": content.language,
            "title": title,
            "number": number,
            "draft": texts["draft"] if content.number is None else None,
            "seller": _seller(content, form),
            "buyer": _address(content.buyer, content, form),
            "facts": _facts(content, form),
            "intro": " ".join(filter(None, (content.intro, content.reason))) or None,
            "columns": {name: texts[name] for name in ("description", "quantity", "price", "vat_rate", "amount")},
            "groups": line_groups(content, form),
            "net": [texts["net"], form.amount(sign * content.net)],
            "vat": vat_rows(content, form),
            "total": [texts["credited" if content.is_credit_note else "to_pay"], form.money(sign * content.to_pay)],
            "payment": _payment(content, form),
            "footer": content.footer,
            "specification": specification(content, form, title, number),
        }
    )
    return shown


def _address(party: Party, content: InvoiceContent, form: Formats) -> list[str]:
    """Name, street and city; the country where the two are not in the same."""
    lines = [party.official_name, party.street, " ".join(filter(None, (party.postal_code, party.city)))]
    abroad = content.buyer.country != content.seller.country
    return [line for line in (*lines, form.country(party.country) if abroad else None) if line]


def _seller(content: InvoiceContent, form: Formats) -> dict[str, Any]:
    texts, seller = words(content.language), content.seller
    label = texts.get(f"registration_{seller.country}", texts["registration"])
    known = [
        (label, seller.registration_number),
        (texts["vat_id"], seller.vat_id),
        ("IBAN", seller.iban and grouped_iban(seller.iban)),
        ("BIC", seller.bic),
    ]
    return {
        "name": seller.official_name,
        "address": [*_address(seller, content, form)[1:], *filter(None, [seller.email])],
        "identifiers": [[name, value] for name, value in known if value],
    }


def _facts(content: InvoiceContent, form: Formats) -> list[list[str]]:
    """Number, dates and references: label and value."""
    texts, buyer = words(content.language), content.buyer
    credited = ", ".join(
        texts["of_date"].format(number=known.number, date=form.short_day(known.issue_date))
        for known in content.credits
    )
    due = None if content.is_credit_note or content.due_date is None else form.day(content.due_date)
    project = content.project_name if content.project_name == content.project else _named(content)
    facts = [
        (texts["credit_number" if content.is_credit_note else "number"], content.number or texts["draft"]),
        (texts["issue_date"], form.day(content.issue_date)),
        (texts["due_date"], due),
        (texts["term"], None if content.is_credit_note else term_text(content.payment_term, content.language)),
        (texts["credits"], credited),
        (texts["period"], _period(content, form)),
        (texts["customer_number"], buyer.code),
        (texts["customer_vat"], buyer.vat_id),
        (texts["project"], project),
        (texts["reference"], content.reference),
        (texts["order_reference"], content.order_reference),
    ]
    return [[label, value] for label, value in facts if value]


def _period(content: InvoiceContent, form: Formats) -> str | None:
    days = [form.short_day(day) for day in (content.period_from, content.period_until) if day is not None]
    return " – ".join(dict.fromkeys(days)) or None


def _named(content: InvoiceContent) -> str | None:
    return " – ".join(filter(None, (content.project, content.project_name))) or None


def _payment(content: InvoiceContent, form: Formats) -> dict[str, Any] | None:
    """How and until when to pay; None in a credit note and in a draft."""
    if content.is_credit_note or content.number is None or content.due_date is None:
        return None
    texts, seller = words(content.language), content.seller
    if content.to_pay <= 0:
        return {"text": texts["nothing_to_pay"], "qr": None, "scan": ""}
    text = texts["pay" if seller.iban else "pay_without_account"].format(
        amount=form.money(content.to_pay),
        date=form.day(content.due_date),
        iban=grouped_iban(seller.iban or ""),
        reference=content.payment_reference or content.number,
    )
    return {"text": text, "qr": payment_qr(content), "scan": texts["scan"]}


def _cleaned(value: Any) -> Any:
    """The same without control characters, which no font can show."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value

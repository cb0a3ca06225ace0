"""Small steps of writing UBL: elements in the two namespaces, amounts, texts that XML can carry."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from lxml import etree

CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

#: What XML 1.0 cannot carry, and control characters that mean nothing in a document.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")

Element = etree._Element


def add(parent: Element, name: str) -> Element:
    """A new element of parts (cac) below ``parent``."""
    return etree.SubElement(parent, f"{{{CAC}}}{name}")


def put(parent: Element, name: str, text: object, **attributes: str) -> None:
    """A value (cbc) below ``parent``; None and empty texts are left out, EN 16931 knows no empty elements."""
    value = "" if text is None else clean(str(text))
    if value:
        etree.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = value


def put_amount(parent: Element, name: str, amount: Decimal, currency: str) -> None:
    put(parent, name, decimal(amount), currencyID=currency)


def decimal(value: Decimal) -> str:
    """Plain digits, as XML schema wants them: no exponent, no minus before zero."""
    return format(value + 0 if value else abs(value), "f")


def clean(text: str) -> str:
    """``text`` without what XML cannot carry."""
    return _NOT_XML.sub("", text).strip()

"""Then: the documents of issued invoices, as the customer and its computer get them."""

from __future__ import annotations

import io

import pypdf
from pytest_bdd import parsers, then

from tests.acceptance.support.world import World
from tests.support.documents import Said, check_cents, rules


def _document(world: World, name: str, kind: str) -> bytes:
    """As soon as it is made."""
    return world.office.billing.content(f"/v1/invoices/{world.invoices[name]}/{kind}?wait=20")


@then(parsers.re(r'the e-invoice of "(?P<name>[^"]*)" is valid'))
def e_invoice_is_valid(world: World, name: str) -> None:
    """XSD, EN 16931 and Peppol BIS 3 with the official artefacts; each amount is the invoice's own."""
    document = _document(world, name, "e-invoice")
    broken = rules().broken(document)
    assert not broken, "\n".join(broken)
    invoice = world.invoice(name)
    seen = check_cents(document, Said.of_json(invoice))
    assert seen.text("/*/cbc:ID") == invoice["number"]


@then(parsers.re(r'the PDF of "(?P<name>[^"]*)" shows "(?P<words>[^"]*)"'))
def pdf_shows(world: World, name: str, words: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(_document(world, name, "pdf")))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert " ".join(words.split()) in text, f"saw {text}"

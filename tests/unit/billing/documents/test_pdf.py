"""PDFs: what they show in each language, that texts are never markup, and that the same invoice is the same bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest

from services.billing.documents.catalogue import CATALOGUE
from services.billing.documents.content import EntryDetail, InvoiceContent, Logo, Reference
from services.billing.documents.pdf.qr import payment_qr
from services.billing.documents.pdf.typesetter import Typesetter
from services.billing.documents.ubl import e_invoice
from shared.words import InvoiceType
from tests.support.documents import BELGIAN, DUTCH, SELLER, D, deduction, entries, invoice, line

TYPESETTER = Typesetter()


def pages(content: InvoiceContent) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(TYPESETTER.pdf(content)))
    return [page.extract_text().replace("\u202f", " ").replace("\xa0", " ") for page in reader.pages]


def text(content: InvoiceContent) -> str:
    return "\n".join(pages(content))


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("nl", ["Factuur", "10 maart 2026", "1.200,00", "Btw 21% over 1.000,00", "€ 1.210,00", "30 dagen", "-200,00"]),
        ("en", ["Invoice", "10 March 2026", "1,200.00", "VAT 21% on 1,000.00", "€1,210.00", "30 days", "-200.00"]),
        ("fr", ["Facture", "10 mars 2026", "1 200,00", "TVA 21 % sur 1 000,00", "1 210,00 €", "30 jours", "-200,00"]),
        (
            "de",
            ["Rechnung", "10. März 2026", "1.200,00", "MwSt. 21 % auf 1.000,00", "1.210,00 €", "30 Tage", "-200,00"],
        ),
    ],
)
def test_in_the_customers_language(language: str, shown: list[str]) -> None:
    content = invoice(line(quantity=D(16)), deduction(2, D("200.00")), language=language)
    seen = text(content)
    for words in (*shown, "2026-00012", "2026-00001", "Acme B.V.", "NL91 ABNA 0417 1643 00", "KVK 12345678"):
        assert words in seen, f"{words!r} is not in {seen}"


def test_all_languages_have_all_texts() -> None:
    assert {frozenset(texts) for texts in CATALOGUE.values()} == {frozenset(CATALOGUE["nl"])}
    for texts in CATALOGUE.values():
        for name, value in texts.items():
            fields = {part.split("}")[0] for part in value.split("{")[1:]}
            assert fields == {part.split("}")[0] for part in CATALOGUE["nl"][name].split("{")[1:]}, name


def test_texts_are_data_and_never_markup() -> None:
    evil = '#panic("x") *bold* $1/0$ ]#[ `raw` <label> @ref \\ // /* #include "/etc/passwd" {sys} "quoted"'
    content = invoice(
        line(description=evil),
        buyer=replace(DUTCH, name=evil, street=evil),
        reference=evil,
        footer=evil,
        intro=evil,
        phase_names={"F": evil},
    )
    seen = " ".join(text(content).split())
    assert seen.count('#panic("x") *bold* $1/0$ ]#[ `raw` <label> @ref') >= 5


@pytest.mark.parametrize("signs", ["漢字", "😀", "\x07\x1b", "עברית", "Ω Ж Ő", "\ud800", "a" * 5000])
def test_any_sign_gives_a_page(signs: str) -> None:
    assert "2026-00012" in text(invoice(line(description=f"x {signs} y"), buyer=replace(DUTCH, name=signs + "B")))


def test_the_same_invoice_is_the_same_bytes() -> None:
    content = invoice(line(), entries=entries(30), logo=Logo("svg", SVG))
    assert TYPESETTER.pdf(content, b"<a/>") == Typesetter().pdf(content, b"<a/>")


def test_it_is_archivable_and_carries_the_e_invoice() -> None:
    content = invoice()
    document = e_invoice(content)
    made = TYPESETTER.pdf(content, document)
    reader = pypdf.PdfReader(io.BytesIO(made))
    assert reader.attachments["e-invoice.xml"] == [document]
    assert b"<pdfaid:part>3</pdfaid:part>" in made
    assert reader.metadata is not None
    assert reader.metadata.title == "Factuur 2026-00012"
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == date(2026, 3, 10)


def test_the_annex_repeats_its_head_and_counts_pages() -> None:
    seen = pages(invoice(line(), entries=entries(100)))
    assert len(seen) >= 3
    for number, page in enumerate(seen, start=1):
        assert f"{number} / {len(seen)}" in page
    for page in seen[1:]:
        assert "Medewerker" in page
        assert "Jan Jansen" in page
    assert "08:00" in seen[1]
    hours = sum(60 + n for n in range(100)) / 60
    assert f"{hours:.2f}".replace(".", ",") in seen[-1]


def test_a_credit_note_is_positive_and_names_its_invoice() -> None:
    content = invoice(
        line(quantity=D(-8)),
        type=InvoiceType.CREDIT_NOTE,
        number="C2026-00001",
        credits=(Reference("2026-00012", date(2026, 3, 10)),),
    )
    seen = text(content)
    for words in ("Creditfactuur", "2026-00012 van 10-03-2026", "€ 726,00", "600,00"):
        assert words in seen
    assert "Scan" not in seen
    assert "Te betalen" not in seen
    assert "-6" not in seen


def test_lines_stand_under_their_phases() -> None:
    lines = (line(1), line(2, phase="F1"), line(3, phase="F2"), line(4))
    seen = text(invoice(*lines, phase_names={"F1": "Aanleg"})).splitlines()
    heads = [words for words in seen if words in ("Aanleg", "F2", "Overig")]
    assert heads == ["Aanleg", "F2", "Overig"]


def test_lines_of_several_projects_stand_under_them() -> None:
    lines = (line(1, project="Loods"), line(2, project="Loods", phase="F1"), line(3, project="Kantoor"))
    seen = text(invoice(*lines)).splitlines()
    heads = [words for words in seen if words.startswith(("Loods", "Kantoor"))]
    assert heads == ["Loods", "Loods · F1", "Kantoor"]


def test_a_line_shows_of_its_entries_what_the_customer_wants() -> None:
    one = EntryDetail(D("1.5"), date(2026, 3, 2), "08:00–09:30", ("Jan Jansen", "W-7", "ketel *gespoeld*"))
    other = EntryDetail(D("0.5"), date(2026, 3, 3), None, ("Mia Peeters",))
    seen = text(invoice(line(1, details=(one, other))))
    assert "02-03-2026 · 08:00–09:30 · Jan Jansen · W-7 · ketel *gespoeld* · 1,5 uur" in seen
    assert "03-03-2026 · Mia Peeters · 0,5 uur" in seen


@pytest.mark.parametrize(("category", "reason"), [("AE", "Btw verlegd"), ("E", "Vrijgesteld van btw")])
def test_why_there_is_no_vat(category: str, reason: str) -> None:
    assert reason in text(invoice(line(vat_rate=D(0), vat_category=category), buyer=BELGIAN))


def test_abroad_the_countries_are_named() -> None:
    seen = text(invoice(buyer=BELGIAN, language="fr"))
    assert "Belgique" in seen
    assert "Pays-Bas" in seen


def test_a_draft_says_so() -> None:
    seen = text(invoice(number=None))
    assert "CONCEPT" in seen
    assert "Scan" not in seen


def test_the_code_to_pay_with() -> None:
    assert payment_qr(invoice()) is not None
    assert "Scan en betaal" in text(invoice())
    assert payment_qr(invoice(payment_reference="RF18 5390 0754 7034")) != payment_qr(invoice())
    assert payment_qr(invoice(payment_reference="+++090/9337/55493+++")) is not None
    for without in (
        invoice(line(quantity=D(8)), deduction(2, D("600.00"))),
        invoice(currency="USD"),
        invoice(number=None),
        invoice(seller=replace(SELLER, iban=None)),
        invoice(type=InvoiceType.CREDIT_NOTE),
    ):
        assert payment_qr(without) is None
        assert "Scan" not in text(without)
    assert "Er is niets te betalen." in text(invoice(line(quantity=D(8)), deduction(2, D("600.00"))))


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#b00"/></svg>'
)


def test_a_logo_stands_on_it() -> None:
    plain, with_logo = TYPESETTER.pdf(invoice()), TYPESETTER.pdf(invoice(logo=Logo("svg", SVG)))
    assert plain != with_logo
    assert "Warm Water B.V." in text(invoice(logo=Logo("svg", SVG)))

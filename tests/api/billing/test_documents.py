"""Documents over HTTP: where they stand, their contents, previews, retries, and the logo."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pypdf
import pytest

from services.billing.documents.press import Press
from services.billing.domain.credits import Wanted
from services.billing.handlers.documents import make_waiting
from shared.clock import system_clock
from shared.database.bulk import execute
from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.documents import Said, check_cents, rules
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office
from tests.unit.billing.documents.test_logo import png, svg

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture(scope="module")
async def press() -> AsyncIterator[Press]:
    press = Press()
    yield press
    press.close()


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
def biller(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


@pytest.fixture
def admin(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.ADMIN, organisation=books.firm.code))


async def all_made(books: Office, press: Press) -> None:
    while await make_waiting(books.firm.database, system_clock, press, 100):
        pass


async def set_failed(books: Office, invoice_id: object, kind: str) -> None:
    async with books.firm.database.transaction() as session:
        await execute(session, "DELETE FROM document_queue WHERE invoice_id = $1", invoice_id)
        await execute(
            session,
            "UPDATE documents SET state = 'failed', reason = 'invalid-e-invoice', detail = '[BR-1] it is wrong'"
            " WHERE invoice_id = $1 AND kind = $2",
            invoice_id,
            kind,
        )


async def test_documents_are_made_after_issue_and_stay_the_same(books: Office, biller: Caller, press: Press) -> None:
    invoice = await books.advance("200.00", "21")
    path = f"/v1/invoices/{invoice.id}"
    assert [(d["kind"], d["state"]) for d in (await biller.get(path))["documents"]] == [
        ("pdf", "waiting"),
        ("e-invoice", "waiting"),
    ]
    for name in ("pdf", "e-invoice"):
        assert await biller.refused("GET", f"{path}/{name}") == (409, "document-waiting")
        assert await biller.refused("GET", f"{path}/{name}", wait="0.2") == (409, "document-waiting")
    await all_made(books, press)
    listed = (await biller.get(f"{path}/documents"))["items"]
    assert listed == (await biller.get(path))["documents"]
    for kind, media_type, ending in (("pdf", "application/pdf", "pdf"), ("e-invoice", "application/xml", "xml")):
        first = await biller.client.get(f"{path}/{kind}", params={"wait": "5"})
        assert first.status_code == 200
        assert first.headers["content-type"] == media_type
        assert first.headers["content-disposition"] == f'inline; filename="2026-00001.{ending}"'
        (said,) = [document for document in listed if document["kind"] == kind]
        assert said["sha256"] == hashlib.sha256(first.content).hexdigest()
        assert first.headers["etag"] == f'"{said["sha256"]}"'
        assert said["size"] == len(first.content)
        assert (await biller.client.get(f"{path}/{kind}")).content == first.content
        again = await biller.client.get(f"{path}/{kind}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await biller.client.get(f"{path}/{kind}", headers={"If-None-Match": '"x"'})
        assert other.status_code == 200
    pdf = (await biller.client.get(f"{path}/pdf")).content
    assert "242,00" in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert rules().broken((await biller.client.get(f"{path}/e-invoice")).content) == []


async def test_lines_by_hand_with_discounts_and_their_credit_notes(
    books: Office, biller: Caller, press: Press
) -> None:
    """Discounts of lines, and one on the whole that is spread over them, are allowances; credited in two steps."""
    body = {
        "customer": "ACME",
        "lines": [
            {"description": "Contract", "quantity": "2", "unit": "piece", "price": "120.00", "vat_rate": "21"},
            {"description": "Pomp", "quantity": "1.5", "price": "33.3333", "discount": {"percentage": "12.5"}},
            {"description": "Uitleg", "price": "45.5050", "vat_rate": "9", "discount": {"amount": "0.51"}},
        ],
        "discount": {"amount": "10.01"},
        "buyer_reference": "PO-7",
        "order_reference": "45001",
        "issue": False,
    }
    invoice = await books.issue(UUID((await biller.post("/v1/plain-invoices", body))["id"]))
    part = await books.credit(invoice.id, Wanted(1, Decimal("33.34")))
    rest = await books.credit(invoice.id)
    await all_made(books, press)
    for issued in (invoice.id, part.id, rest.id):
        document = (await biller.client.get(f"/v1/invoices/{issued}/e-invoice")).content
        assert rules().broken(document) == []
        seen = check_cents(document, Said.of_json(await biller.get(f"/v1/invoices/{issued}")))
        assert (await biller.client.get(f"/v1/invoices/{issued}/pdf")).status_code == 200
        assert seen.texts("//cbc:BuyerReference") == ["PO-7"]


async def test_a_person_gets_no_e_invoice(books: Office, biller: Caller, press: Press) -> None:
    await books.firm.customer("ACME", kind="person")
    invoice = await books.advance("1.00")
    await all_made(books, press)
    assert await biller.refused("GET", f"/v1/invoices/{invoice.id}/e-invoice") == (404, "no-e-invoice")
    assert (await biller.client.get(f"/v1/invoices/{invoice.id}/pdf")).status_code == 200
    document = (await biller.get(f"/v1/invoices/{invoice.id}/documents"))["items"][1]
    assert (document["state"], document["reason"]) == ("none", "customer-is-a-person")


async def test_what_failed_is_seen_and_tried_again(books: Office, biller: Caller, press: Press) -> None:
    invoices = [await books.advance("1.00") for _ in range(3)]
    for invoice in invoices:
        await set_failed(books, invoice.id, "e-invoice")
    path = f"/v1/invoices/{invoices[0].id}"
    assert await biller.refused("GET", f"{path}/e-invoice") == (409, "document-failed")
    failed = await biller.items("/v1/documents", limit=2)
    assert [(f["invoice_id"], f["kind"], f["reason"]) for f in failed] == [
        (str(invoice.id), "e-invoice", "invalid-e-invoice") for invoice in invoices
    ]
    assert failed[0]["number"] == "2026-00001"
    assert failed[0]["detail"] == "[BR-1] it is wrong"
    assert {d["kind"] for d in await biller.items("/v1/documents", state="waiting")} == {"pdf"}
    tried = await biller.post(f"{path}/documents/e-invoice/retry")
    assert tried["state"] == "waiting"
    await all_made(books, press)
    assert (await biller.client.get(f"{path}/e-invoice")).status_code == 200
    assert await biller.refused("POST", f"{path}/documents/e-invoice/retry") == (409, "document-not-failed")
    assert len(await biller.items("/v1/documents")) == 2


async def test_the_preview_of_a_draft(books: Office, biller: Caller) -> None:
    await books.work("e1", "100.00", description="Pomp")
    draft = await books.draft()
    answer = await biller.client.get(f"/v1/invoices/{draft.id}/preview")
    assert answer.status_code == 200, answer.text
    text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for words in ("CONCEPT", "Pomp", "121,00"):
        assert words in text
    assert await biller.refused("GET", f"/v1/invoices/{draft.id}/pdf") == (404, "not-found")
    issued = await books.issue(draft.id)
    assert await biller.refused("GET", f"/v1/invoices/{issued.id}/preview") == (409, "not-a-draft")


async def test_the_pdf_shows_of_entries_what_the_customer_wants(books: Office, biller: Caller) -> None:
    start, end = "2026-03-03T08:00:00+01:00", "2026-03-03T09:30:00+01:00"
    await biller.put("/v1/rates", {"scope": "organisation", "price": "60.00"})
    await books.hours("e1", start=start, end=end, minutes=90, description="Klep", day="2026-03-03")
    await books.hours("e2", day="2026-03-03")
    await biller.put("/v1/projects/P1/preferences", {"details": ["clock", "notes"], "grouping": "per day"})
    draft = await books.draft(way="phases")
    answer = await biller.client.get(f"/v1/invoices/{draft.id}/preview")
    text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "08:00–09:30 · Klep · 1,5 uur" in text


async def test_the_logo(books: Office, admin: Caller, biller: Caller, press: Press) -> None:
    path = "/v1/organisation/logo"
    assert await biller.refused("GET", path) == (404, "not-found")
    for content, media_type in ((png(), "image/png"), (svg('<rect width="5" height="5"/>'), "image/svg+xml")):
        answer = await admin.client.put(path, content=content)
        assert answer.status_code == 200, answer.text
        assert answer.json()["media_type"] == media_type
        seen = await biller.client.get(path)
        assert (seen.content, seen.headers["content-type"]) == (content, media_type)
    invoice = await books.advance("1.00")
    await all_made(books, press)
    assert (await biller.client.get(f"/v1/invoices/{invoice.id}/pdf")).status_code == 200
    assert (await admin.client.delete(path)).status_code == 204
    assert await admin.refused("DELETE", path) == (404, "not-found")


@pytest.mark.parametrize("content", [b"", b"GIF89a", png()[:40] + b"rubbish", svg("<script/>")])
async def test_what_cannot_be_a_logo(admin: Caller, content: bytes) -> None:
    answer = await admin.client.put("/v1/organisation/logo", content=content)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/bad-logo")


async def test_a_logo_that_is_too_big(admin: Caller) -> None:
    answer = await admin.client.put("/v1/organisation/logo", content=png() + bytes(600_000))
    assert answer.status_code == 413


async def test_bad_input(biller: Caller, books: Office) -> None:
    invoice = await books.advance("1.00")
    path = f"/v1/invoices/{invoice.id}"
    assert await biller.refused("GET", f"{path}/pdf", wait="-1") == (422, "invalid-input")
    assert await biller.refused("GET", f"{path}/pdf", wait="nan") == (422, "invalid-input")
    assert await biller.refused("POST", f"{path}/documents/png/retry") == (422, "invalid-input")
    assert await biller.refused("GET", "/v1/documents", state="made") == (422, "invalid-input")
    assert await biller.refused("GET", "/v1/documents", cursor="x") == (422, "invalid-input")
    for name in ("pdf", "e-invoice", "preview", "documents"):
        assert await biller.refused("GET", f"/v1/invoices/{new_id()}/{name}") == (404, "not-found")


async def test_access(api: Api, acme: object) -> None:
    invoice = new_id()
    for name in ("pdf", "e-invoice", "preview", "documents"):
        await check_access(api, "GET", f"/v1/invoices/{invoice}/{name}", roles=BILLERS)
    await check_access(api, "POST", f"/v1/invoices/{invoice}/documents/pdf/retry", roles=BILLERS)
    await check_access(api, "GET", "/v1/documents", roles=BILLERS, elsewhere=None)
    await check_access(api, "GET", "/v1/organisation/logo", roles=BILLERS)
    await check_access(api, "PUT", "/v1/organisation/logo", roles={Role.ADMIN}, content=png(), elsewhere=None)
    await check_access(api, "DELETE", "/v1/organisation/logo", roles={Role.ADMIN}, elsewhere=None)


async def test_another_organisation_sees_nothing(api: Api, books: Office, press: Press) -> None:
    invoice = await books.advance("1.00")
    await all_made(books, press)
    rival = Caller(api.client(Role.BILLING, organisation="rival"))
    for name in ("pdf", "e-invoice", "documents"):
        assert await rival.refused("GET", f"/v1/invoices/{invoice.id}/{name}") == (404, "not-found")
    assert str(invoice.id) not in str(await rival.items("/v1/documents", state="waiting"))

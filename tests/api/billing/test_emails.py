"""E-mails over HTTP: asked for, listed, sent again; senders and texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from deploy.local import Stack
from services.billing.service import billing
from services.billing.settings import BillingSettings
from shared.database.bulk import execute
from shared.http.auth import Role
from shared.ids import new_id
from shared.settings import ProcessRole
from tests.support.api import Api, check_access, service_api
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office
from tests.support.mail import mail_server

BILLERS = {Role.BILLING, Role.ADMIN}
MAIL = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_tls": "none", "smtp_sender": "invoices@uurwerk.example"}


@pytest.fixture(scope="module")
async def mailing(stack: Stack) -> AsyncIterator[Api]:
    """Billing with a mail server set up; nothing is sent here, the process has the role api only."""
    async with service_api(stack, "billing", billing, BillingSettings, **MAIL) as api:
        yield api


@pytest.fixture
async def books(mailing: Api) -> Office:
    office = await make_office(mailing.runtime.database)
    await office.firm.customer("ACME", email="administration@acme.example")
    return office


@pytest.fixture
def biller(mailing: Api, books: Office) -> Caller:
    return Caller(mailing.client(Role.BILLING, organisation=books.firm.code))


@pytest.fixture
def admin(mailing: Api, books: Office) -> Caller:
    return Caller(mailing.client(Role.ADMIN, organisation=books.firm.code))


async def set_state(books: Office, state: str, reason: str | None = "the line broke") -> None:
    async with books.firm.database.transaction() as session:
        await execute(
            session,
            "UPDATE emails SET state = $2, reason = $3 WHERE organisation = $1",
            books.firm.code,
            state,
            reason,
        )


async def test_an_email_is_queued_once_for_a_key(biller: Caller, books: Office) -> None:
    invoice = await books.advance("1.00")
    path = f"/v1/invoices/{invoice.id}"
    assert (await biller.get(path))["email"] is None
    headers = {"Idempotency-Key": "k1"}
    first = await biller.post(f"{path}/emails", {}, **headers)
    assert first == await biller.post(f"{path}/emails", {}, **headers)
    assert (first["state"], first["to"], first["number"]) == (
        "queued",
        ["administration@acme.example"],
        "2026-00001",
    )
    assert (first["automatic"], first["requested_by"], first["attempts"]) == (False, "tester", 0)
    other = await biller.post(
        f"{path}/emails", {"to": ["jan@acme.example", "jan@acme.example"], "subject": "{number}"}
    )
    assert other["to"] == ["jan@acme.example"]
    assert (await biller.get(f"{path}/emails"))["items"] == [first, other]
    assert (await biller.get(path))["email"] == "queued"
    assert datetime.fromisoformat(first["created_at"]) <= datetime.fromisoformat(other["created_at"])


async def test_what_waits_for_a_person_is_listed_and_sent_again(biller: Caller, books: Office) -> None:
    for _ in range(3):
        invoice = await books.advance("1.00")
        await biller.post(f"/v1/invoices/{invoice.id}/emails")
    assert await biller.items("/v1/emails") == []
    assert len(await biller.items("/v1/emails", state="queued", limit=2)) == 3
    await set_state(books, "unknown")
    waiting = await biller.items("/v1/emails", limit=2)
    assert [(email["state"], email["reason"]) for email in waiting] == [("unknown", "the line broke")] * 3
    again = await biller.post(f"/v1/emails/{waiting[0]['id']}/retry")
    assert (again["state"], again["reason"]) == ("queued", None)
    assert await biller.refused("POST", f"/v1/emails/{waiting[0]['id']}/retry") == (409, "email-not-failed")
    assert len(await biller.items("/v1/emails")) == 2


async def test_refusals(biller: Caller, books: Office) -> None:
    draft = await books.advance("1.00", issue=False)
    assert await biller.refused("POST", f"/v1/invoices/{draft.id}/emails") == (409, "not-issued")
    await books.firm.customer("ACME", email=None)
    issued = await books.issue(draft.id)
    assert await biller.refused("POST", f"/v1/invoices/{issued.id}/emails") == (409, "no-email-address")
    path = f"/v1/invoices/{issued.id}/emails"
    for bad in (
        {"to": []},
        {"to": ["a"]},
        {"to": ["a@example.com\nBcc: b@example.com"]},
        {"to": ["a@example.com"] * 11},
        {"to": ["a@\ud800.com"]},
        {"subject": "a\r\nBcc: b@example.com"},
        {"subject": "{nummer}"},
        {"subject": ""},
        {"body": "x\x00"},
        {"body": "{number.__class__}"},
        {"unknown": 1},
    ):
        assert await biller.refused("POST", path, bad) == (422, "invalid-input"), bad
    assert await biller.refused("GET", f"/v1/invoices/{new_id()}/emails") == (404, "not-found")
    assert await biller.refused("POST", f"/v1/emails/{new_id()}/retry") == (404, "not-found")
    assert await biller.refused("GET", "/v1/emails", state="x") == (422, "invalid-input")


async def test_without_a_mail_server_nothing_can_be_asked_for(api: Api) -> None:
    books = await make_office(api.runtime.database)
    invoice = await books.advance("1.00")
    biller = Caller(api.client(Role.BILLING, organisation=books.firm.code))
    assert await biller.refused("POST", f"/v1/invoices/{invoice.id}/emails") == (409, "email-not-set-up")


async def test_who_sends(admin: Caller, biller: Caller) -> None:
    assert await biller.get("/v1/email-settings") == dict.fromkeys(
        ("sender_name", "sender_address", "reply_to", "bcc")
    )
    said = {"sender_name": "Wärm Water", "sender_address": "me@acme.example", "bcc": "archive@acme.example"}
    assert await admin.put("/v1/email-settings", said) == {**said, "reply_to": None}
    assert (await admin.put("/v1/email-settings", {"bcc": None}))["sender_address"] == "me@acme.example"
    for bad in ({"sender_name": "a\nb"}, {"sender_address": "x"}, {"bcc": "a@b.example, c@d.example"}):
        assert await admin.refused("PUT", "/v1/email-settings", bad) == (422, "invalid-input")


async def test_own_words(admin: Caller, biller: Caller) -> None:
    usual = (await biller.get("/v1/email-texts"))["items"]
    assert len(usual) == 8
    assert not any(text["own"] for text in usual)
    said = {"subject": "Rekening {number}", "body": "Beste {customer}"}
    path = "/v1/email-texts/invoice/nl"
    assert await admin.put(path, said) == {"kind": "invoice", "language": "nl", **said, "own": True}
    assert sum(text["own"] for text in (await biller.get("/v1/email-texts"))["items"]) == 1
    await admin.delete(path)
    assert (await biller.get("/v1/email-texts"))["items"] == usual
    assert await admin.refused("DELETE", path) == (404, "not-found")
    assert await admin.refused("PUT", "/v1/email-texts/invoice/es", said) == (422, "invalid-input")
    assert await admin.refused("PUT", path, {**said, "body": "{x}"}) == (422, "invalid-input")


async def test_access(mailing: Api) -> None:
    invoice, email = new_id(), new_id()
    await check_access(mailing, "POST", f"/v1/invoices/{invoice}/emails", roles=BILLERS)
    await check_access(mailing, "GET", f"/v1/invoices/{invoice}/emails", roles=BILLERS)
    await check_access(mailing, "POST", f"/v1/emails/{email}/retry", roles=BILLERS)
    await check_access(mailing, "GET", "/v1/emails", roles=BILLERS, elsewhere=None)
    for path in ("/v1/email-settings", "/v1/email-texts"):
        await check_access(mailing, "GET", path, roles=BILLERS, elsewhere=None)
    words = {"subject": "a", "body": "b"}
    await check_access(mailing, "PUT", "/v1/email-settings", roles={Role.ADMIN}, json={})
    await check_access(mailing, "PUT", "/v1/email-texts/invoice/nl", roles={Role.ADMIN}, json=words)
    await check_access(mailing, "DELETE", "/v1/email-texts/invoice/nl", roles={Role.ADMIN})


async def test_another_organisation_sees_nothing(mailing: Api, biller: Caller, books: Office) -> None:
    invoice = await books.advance("1.00")
    email = await biller.post(f"/v1/invoices/{invoice.id}/emails")
    await set_state(books, "failed")
    rival = Caller(mailing.client(Role.BILLING, organisation="rival"))
    assert await rival.items("/v1/emails") == []
    assert await rival.refused("POST", f"/v1/emails/{email['id']}/retry") == (404, "not-found")
    assert await rival.refused("GET", f"/v1/invoices/{invoice.id}/emails") == (404, "not-found")


async def test_from_issue_to_the_customers_mailbox_by_itself(stack: Stack, tmp_path: Path) -> None:
    """The whole way in one process with the roles api and documents."""
    with mail_server(tmp_path, "starttls", "uurwerk", "geheim") as (mailbox, server):
        settings = {
            "roles": frozenset({ProcessRole.API, ProcessRole.DOCUMENTS}),
            "smtp_host": server.host,
            "smtp_port": server.port,
            "smtp_tls": server.tls,
            "smtp_user": server.user,
            "smtp_password": server.password,
            "smtp_ca_file": server.ca_file,
            "smtp_sender": "invoices@uurwerk.example",
        }
        async with service_api(stack, "billing", billing, BillingSettings, **settings) as api:
            books = await make_office(api.runtime.database)
            await books.firm.customer("ACME", email="administration@acme.example")
            clerk = Caller(api.client(Role.BILLING, organisation=books.firm.code))
            await clerk.put("/v1/customers/ACME/preferences", {"send_email": True})
            invoice = await clerk.post("/v1/advances", {"project": "P1", "amount": "200.00", "vat_rate": "21"})
            async with asyncio.timeout(60):
                while (await clerk.get(f"/v1/invoices/{invoice['id']}"))["email"] != "sent":  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert (await api.anonymous.get("/readyz")).json()["degraded"] == []
        ((_, recipients, message),) = mailbox.came
        assert recipients == ["administration@acme.example"]
        assert len(list(message.iter_attachments())) == 2

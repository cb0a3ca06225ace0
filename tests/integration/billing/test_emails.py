"""E-mails: queued, sent to a real SMTP server, and what is unknown is sent again by a person only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.billing.documents.mail.smtp import Connection, Outcome, Server
from services.billing.documents.press import Press
from services.billing.handlers.documents import make_waiting
from services.billing.handlers.emails import EmailAsked, ask, send_again
from services.billing.handlers.sending import TRIES, send_due
from services.billing.queries import email_texts
from shared.clock import Clock
from shared.database.bulk import execute
from shared.database.database import Database
from tests.support.invoicing import NOON, Office, make_office, refusal
from tests.support.mail import Mailbox, mail_server

SENDER = "invoices@uurwerk.example"
CUSTOMER = "administration@acme.example"


@pytest.fixture(scope="module")
async def press() -> AsyncIterator[Press]:
    press = Press()
    yield press
    press.close()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[tuple[Mailbox, Server]]:
    with mail_server(tmp_path) as post:
        yield post


@pytest.fixture
async def office(own_database: Database) -> Office:
    office = await make_office(own_database, email="office@acme.example")
    await office.firm.customer("ACME", email=CUSTOMER)
    return office


def at(minutes: float = 0) -> Clock:
    return lambda: NOON + timedelta(minutes=minutes)


async def issued(office: Office, press: Press) -> UUID:
    invoice = await office.advance("200.00", "21")
    await make_waiting(office.firm.database, at(), press, 10)
    return invoice.id


async def asked(office: Office, invoice_id: UUID, **given: Any) -> UUID:
    async with office.firm.database.transaction() as session:
        return await ask(session, office.firm.code, invoice_id, EmailAsked("anna", **given), NOON)


async def states(office: Office) -> list[str]:
    rows = await office.firm.query("SELECT state FROM emails WHERE organisation = $1 ORDER BY id")
    return [row["state"] for row in rows]


async def again(office: Office, email_id: UUID, clock: Clock) -> None:
    async with office.firm.database.transaction() as session:
        await send_again(session, office.firm.code, email_id, clock())


async def test_both_documents_are_sent(office: Office, press: Press, post: tuple[Mailbox, Server]) -> None:
    mailbox, server = post
    invoice_id = await issued(office, press)
    email_id = await asked(office, invoice_id)
    assert await send_due(office.firm.database, at(), server, SENDER) == 1
    assert await send_due(office.firm.database, at(), server, SENDER) == 0
    ((sender, recipients, seen),) = mailbox.came
    assert (sender, recipients) == (SENDER, [CUSTOMER])
    assert seen["Reply-To"] == "office@acme.example"
    assert seen["Message-ID"].startswith(f"<{email_id}@")
    assert "2026-00001" in seen["Subject"]
    rows = await office.firm.query("SELECT kind, content FROM documents WHERE organisation = $1 ORDER BY kind DESC")
    names = {"pdf": "2026-00001.pdf", "e-invoice": "2026-00001.xml"}
    attached = [(part.get_filename(), part.get_payload(decode=True)) for part in seen.iter_attachments()]
    assert attached == [(names[row["kind"]], row["content"]) for row in rows]
    (row,) = await office.firm.query("SELECT * FROM emails WHERE organisation = $1")
    assert (row["state"], row["sent_at"], row["attempts"]) == ("sent", NOON, 1)


async def test_it_waits_until_the_documents_are_made(
    office: Office, press: Press, post: tuple[Mailbox, Server]
) -> None:
    invoice = await office.advance("1.00")
    await asked(office, invoice.id)
    assert await send_due(office.firm.database, at(), post[1], SENDER) == 0
    await make_waiting(office.firm.database, at(), press, 10)
    assert await send_due(office.firm.database, at(), post[1], SENDER) == 1


async def test_automatically_after_issue_and_once(office: Office, press: Press, post: tuple[Mailbox, Server]) -> None:
    await office.firm.prefers("organisation", send_email=True)
    await issued(office, press)
    await office.firm.prefers("customer", "ACME", send_email=False)
    await issued(office, press)
    assert await states(office) == ["queued"]
    await send_due(office.firm.database, at(), post[1], SENDER)
    async with office.firm.database.transaction() as session:
        await execute(
            session,
            "INSERT INTO document_queue (invoice_id, organisation, rows)"
            " SELECT invoice_id, organisation, 1 FROM emails",
        )
    await office.firm.prefers("customer", "ACME", send_email=True)
    await make_waiting(office.firm.database, at(), press, 10)
    assert await states(office) == ["sent"]
    assert len(post[0].came) == 1


async def test_a_customer_without_address_is_seen(office: Office, press: Press, post: tuple[Mailbox, Server]) -> None:
    await office.firm.prefers("organisation", send_email=True)
    await office.firm.customer("ACME", email=None)
    invoice_id = await issued(office, press)
    (row,) = await office.firm.query("SELECT * FROM emails WHERE organisation = $1")
    assert row["state"] == "failed"
    assert "no e-mail address" in row["reason"]
    assert await refusal(again(office, row["id"], at())) == "no-email-address"
    assert await refusal(asked(office, invoice_id)) == "no-email-address"
    await asked(office, invoice_id, recipients=["jan@acme.example"])
    await send_due(office.firm.database, at(), post[1], SENDER)
    assert post[0].came[0][1] == ["jan@acme.example"]


async def test_own_words_and_sender(office: Office, press: Press, post: tuple[Mailbox, Server]) -> None:
    async with office.firm.database.transaction() as session:
        code = office.firm.code
        await email_texts.put_words(session, code, "invoice", "nl", subject="Rekening {number}", body="{amount}!")
        settings = {"sender_name": "Ünal", "sender_address": "me@acme.example", "bcc": "archive@acme.example"}
        await email_texts.change_settings(session, code, settings)
    invoice_id = await issued(office, press)
    await asked(office, invoice_id)
    await asked(office, invoice_id, subject="Herinnering {number}", body="Nog eens {amount}")
    await send_due(office.firm.database, at(), post[1], SENDER)
    first, second = post[0].came
    assert (first[0], first[1]) == ("me@acme.example", [CUSTOMER, "archive@acme.example"])
    assert first[2]["Subject"] == "Rekening 2026-00001"
    assert "Ünal" in first[2]["From"]
    assert _body(first[2]) == "€ 242,00!"
    assert (second[2]["Subject"], _body(second[2])) == ("Herinnering 2026-00001", "Nog eens € 242,00")


def _body(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content()).strip()


async def test_what_may_pass_is_tried_later_and_what_is_refused_is_not(
    office: Office, press: Press, post: tuple[Mailbox, Server]
) -> None:
    mailbox, server = post
    email_id = await asked(office, await issued(office, press))
    mailbox.replies["RCPT"] = "450 busy"
    assert await send_due(office.firm.database, at(), server, SENDER) == 1
    assert await states(office) == ["queued"]
    assert await send_due(office.firm.database, at(0.4), server, SENDER) == 0, "not at once"
    assert await send_due(office.firm.database, at(0.6), server, SENDER) == 1
    mailbox.replies["RCPT"] = "550 no such user"
    assert await send_due(office.firm.database, at(10), server, SENDER) == 1
    assert await states(office) == ["failed"]
    assert await send_due(office.firm.database, at(10_000), server, SENDER) == 0
    mailbox.replies.clear()
    await again(office, email_id, at(10_000))
    await send_due(office.firm.database, at(10_000), server, SENDER)
    assert await states(office) == ["sent"]
    assert len(mailbox.came) == 1
    assert await refusal(again(office, email_id, at())) == "email-not-failed"


async def test_a_server_that_is_away_for_days_is_given_up(office: Office, press: Press) -> None:
    await asked(office, await issued(office, press))
    nowhere = Server("127.0.0.1", 1, "none", timeout=1)
    tries = [await send_due(office.firm.database, at(n * 60), nowhere, SENDER) for n in range(TRIES + 2)]
    assert sum(tries) == TRIES
    assert await states(office) == ["failed"]


@pytest.mark.parametrize("step", ["MIDDLE", "MESSAGE"])
async def test_what_is_unknown_is_sent_by_a_person_only(
    office: Office, press: Press, post: tuple[Mailbox, Server], step: str
) -> None:
    mailbox, server = post
    email_id = await asked(office, await issued(office, press))
    mailbox.replies[step] = "DROP"
    await send_due(office.firm.database, at(), server, SENDER)
    assert await states(office) == ["unknown"]
    mailbox.replies.clear()
    assert await send_due(office.firm.database, at(10_000), server, SENDER) == 0
    await again(office, email_id, at())
    assert await send_due(office.firm.database, at(), server, SENDER) == 1
    assert await states(office) == ["sent"]


async def test_a_sender_that_dies_leaves_what_nobody_knows(
    office: Office, press: Press, post: tuple[Mailbox, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended between the server's answer and our note: it has arrived, and is not sent again by itself."""
    mailbox, server = post
    await asked(office, await issued(office, press))
    await asked(office, await issued(office, press))

    async def dies(self: Connection, *arguments: Any) -> Outcome:
        await send(self, *arguments)
        raise asyncio.CancelledError

    send = Connection.send
    monkeypatch.setattr(Connection, "send", dies)
    with pytest.raises(asyncio.CancelledError):
        await send_due(office.firm.database, at(), server, SENDER)
    assert await states(office) == ["sending", "queued"]
    monkeypatch.undo()
    assert await send_due(office.firm.database, at(10_000), server, SENDER) == 1
    assert await states(office) == ["unknown", "sent"]
    assert len(mailbox.came) == 2


async def test_who_was_thought_dead_still_tells_the_truth(
    office: Office, press: Press, post: tuple[Mailbox, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another sender calls it unknown while the first one, whose lock was lost, is still sending."""
    await asked(office, await issued(office, press))
    database, server = office.firm.database, post[1]

    async def slow(self: Connection, *arguments: Any) -> Outcome:
        monkeypatch.undo()
        assert await send_due(database, at(), server, SENDER) == 0
        assert await states(office) == ["unknown"]
        return await send(self, *arguments)

    send = Connection.send
    monkeypatch.setattr(Connection, "send", slow)
    await send_due(database, at(), server, SENDER)
    assert await states(office) == ["sent"]


async def test_drafts_are_not_sent(office: Office) -> None:
    draft = await office.advance("1.00", issue=False)
    assert await refusal(asked(office, draft.id)) == "not-issued"

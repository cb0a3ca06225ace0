"""E-mail: addresses, texts, the message, and what becomes of it at a real SMTP server."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from services.billing.documents.mail.addresses import BadAddressError, checked_address
from services.billing.documents.mail.message import Attachment, Letter, message
from services.billing.documents.mail.smtp import Connection, Fate, Outcome, Server
from services.billing.documents.mail.texts import (
    CREDIT_NOTE,
    INVOICE,
    UnknownPlaceholderError,
    check_placeholders,
    default_words,
    filled,
)
from shared.ids import new_id
from tests.support.documents import D, invoice, line
from tests.support.mail import mail_server

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("office@example.com", "office@example.com"),
        (" a.b+c@sub.example.co.uk ", "a.b+c@sub.example.co.uk"),
        ("x@bücher.example", "x@xn--bcher-kva.example"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert checked_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@example.com",
        "a@",
        "a@b",
        "a@@example.com",
        "a b@example.com",
        "a@exa mple.com",
        "a@example.com\nBcc: x@example.com",
        "a\r\nBcc: x@example.com <a@example.com>",
        "Jan <a@example.com>",
        "a@example.com, b@example.com",
        "a..b@example.com",
        ".a@example.com",
        '"a"@example.com',
        "ü@example.com",
        "a@-example.com",
        "a@example..com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + "b." * 130 + "com",
        "a@\ud800.com",
        "a@example.com\x00",
    ],
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(BadAddressError):
        checked_address(text)


def letter(**given: object) -> Letter:
    fields: dict[str, object] = {
        "id": new_id(),
        "sender_name": "Wärm Water B.V.",
        "sender_address": "office@example.com",
        "recipients": ("a@example.org", "b@example.org"),
        "subject": "Factuur 2026-00012",
        "body": "Beste klant,\n\n€ 10,00\n.\nGroet",
        "language": "nl",
        "attachments": [
            Attachment("2026-00012.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),
            Attachment("2026-00012.xml", "application/xml", b"<Invoice>\xc3\xab</Invoice>"),
        ],
        "reply_to": "answers@example.com",
        "bcc": "archive@example.com",
        **given,
    }
    return Letter(**fields)  # type: ignore[arg-type]


def read(written: bytes) -> EmailMessage:
    seen = email.message_from_bytes(written, policy=default)
    assert isinstance(seen, EmailMessage)
    return seen


def test_the_message_carries_both_documents() -> None:
    sent = letter()
    seen = read(message(sent, NOW))
    assert seen["Subject"] == "Factuur 2026-00012"
    assert seen["From"] == '"Wärm Water B.V." <office@example.com>'
    assert seen["To"] == "a@example.org, b@example.org"
    assert seen["Message-ID"] == f"<{sent.id}@example.com>"
    assert "archive" not in str(seen)
    attached = {part.get_filename(): part.get_payload(decode=True) for part in seen.iter_attachments()}
    assert attached == {a.name: a.content for a in sent.attachments}
    body = seen.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == sent.body + "\n"
    assert message(sent, NOW).isascii()


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com\n\nhello", "\r\n.\r\n", "\0"]
)
def test_no_text_becomes_a_header(evil: str) -> None:
    seen = read(message(letter(subject=evil, sender_name=evil, body=evil, language="nl"), NOW))
    assert seen["Bcc"] is None
    assert len(seen.get_all("From")) == 1
    assert sorted(seen.keys()) == sorted(read(message(letter(), NOW)).keys())


@pytest.mark.parametrize("language", ["nl", "en", "fr", "de"])
@pytest.mark.parametrize("kind", [INVOICE, CREDIT_NOTE])
def test_usual_words_in_each_language(language: str, kind: str) -> None:
    content = invoice(line(quantity=D(16)), language=language, payment_reference="RF18539007547034")
    words = default_words(kind, language)
    for text in (words.subject, words.body):
        assert check_placeholders(text) == text
        seen = filled(text, content)
        assert "2026-00012" in seen
        assert "{" not in seen
    assert ("RF18539007547034" in filled(words.body, content)) == (kind == INVOICE)


def test_a_placeholder_is_replaced_once() -> None:
    content = invoice(reference="{iban} {number}")
    assert filled("{reference}|{number}|{nothing}|{}", content) == "{iban} {number}|2026-00012|{nothing}|{}"
    for wrong in ("{nummer}", "{number.__class__}", "{}", "{0}"):
        with pytest.raises(UnknownPlaceholderError):
            check_placeholders(wrong)


async def send(server: Server, recipients: tuple[str, ...] = ("a@example.org",)) -> Outcome:
    connection = Connection(server)
    try:
        return await connection.send("office@example.com", list(recipients), message(letter(), NOW))
    finally:
        await connection.close()


async def test_sent_and_taken(tmp_path: Path) -> None:
    with mail_server(tmp_path) as (mailbox, server):
        connection = Connection(server)
        for _ in range(3):
            sent = letter()
            outcome = await connection.send("office@example.com", sent.envelope, message(sent, NOW))
            assert outcome == Outcome(Fate.SENT)
        await connection.close()
        assert mailbox.connections == 1
        sender, recipients, seen = mailbox.came[0]
        assert sender == "office@example.com"
        assert recipients == ["a@example.org", "b@example.org", "archive@example.com"]
        assert [part.get_filename() for part in seen.iter_attachments()] == ["2026-00012.pdf", "2026-00012.xml"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_through_tls_and_with_a_password(tmp_path: Path, tls: str) -> None:
    with mail_server(tmp_path, tls, "uurwerk", "geheim") as (mailbox, server):  # type: ignore[arg-type]
        assert await send(server) == Outcome(Fate.SENT)
        assert len(mailbox.came) == 1
        wrong = Server(server.host, server.port, server.tls, "uurwerk", "wrong", server.ca_file, timeout=5)
        outcome = await send(wrong)
        assert outcome.fate is Fate.LATER
        assert "geheim" not in repr(server)
        stranger = Server(server.host, server.port, server.tls, "uurwerk", "geheim", None, timeout=5)
        outcome = await send(stranger)
        assert outcome.fate is Fate.LATER
        assert "certificate" in outcome.reason.lower()
    assert len(mailbox.came) == 1


async def test_starttls_is_never_done_without(tmp_path: Path) -> None:
    with mail_server(tmp_path) as (mailbox, server):
        outcome = await send(Server(server.host, server.port, "starttls", timeout=5))
        assert outcome.fate is Fate.LATER
        assert mailbox.came == []


@pytest.mark.parametrize(
    ("step", "reply", "fate"),
    [
        ("MAIL", "550 who are you", Fate.REFUSED),
        ("RCPT", "550 no such user", Fate.REFUSED),
        ("RCPT", "450 busy", Fate.LATER),
        ("RCPT b@example.org", "550 no such user", Fate.REFUSED),
        ("DATA", "554 spam", Fate.REFUSED),
        ("DATA", "554 \x00 sp\x07am", Fate.REFUSED),
        ("DATA", "451 try later", Fate.LATER),
        ("MAIL", "DROP", Fate.LATER),
        ("RCPT", "DROP", Fate.LATER),
        ("MIDDLE", "DROP", Fate.UNKNOWN),
        ("MESSAGE", "DROP", Fate.UNKNOWN),
    ],
)
async def test_what_becomes_of_it(tmp_path: Path, step: str, reply: str, fate: Fate) -> None:
    with mail_server(tmp_path) as (mailbox, server):
        mailbox.replies[step] = reply
        connection = Connection(server)
        arguments = ("office@example.com", ["a@example.org", "b@example.org"], message(letter(), NOW))
        outcome = await connection.send(*arguments)
        assert outcome.fate is fate
        assert outcome.reason
        assert outcome.reason.isprintable(), "the database takes it"
        assert mailbox.came == [], "to all, or to none"
        mailbox.replies.clear()
        assert await connection.send(*arguments) == Outcome(Fate.SENT), "the next one goes on"
        await connection.close()


async def test_no_server() -> None:
    outcome = await send(Server("127.0.0.1", 1, "none", timeout=2))
    assert outcome.fate is Fate.LATER
    assert (await send(Server("no-such-host.invalid", 25, "none", timeout=2))).fate is Fate.LATER

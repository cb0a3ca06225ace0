"""A real SMTP server in the test's process (aiosmtpd): it keeps what it gets, and can be told to misbehave."""

from __future__ import annotations

import datetime
import email
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.billing.documents.mail.smtp import Server, Tls


@dataclass
class Mailbox:
    """What came: (sender, recipients, message). ``replies`` answers a step (``RCPT``, ``DATA`` …) otherwise; DROP
    breaks the line there, DROP-MESSAGE after the message came and before it is answered.
    """

    came: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    connections: int = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._reply("MAIL", server):
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._reply("RCPT", server) or self._reply(f"RCPT {address}", server):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if reply := self._reply("DATA", server) or self._reply("MESSAGE", server):
            return reply
        message = email.message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.came.append((envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return "250 taken"

    def _reply(self, step: str, server: Any) -> str | None:
        reply = self.replies.get(step)
        if reply == "DROP":
            server.transport.abort()
        return reply


class _DropsInTheMiddle(SMTP):
    """Asks for the message and breaks the line while it is being sent."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.event_handler.replies.get("MIDDLE") != "DROP":
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.read(100)
        self.transport.abort()


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Makes the server's factory run; the port is known only now."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def factory(self) -> SMTP:
        return _DropsInTheMiddle(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(
    folder: Path, tls: Tls = "none", user: str | None = None, password: str | None = None
) -> Iterator[tuple[Mailbox, Server]]:
    """A server on a free port of this machine, and how to reach it."""
    mailbox = Mailbox()
    certificate = make_certificate(folder) if tls != "none" else None
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    options: dict[str, Any] = {}
    if user is not None:
        options |= {
            "auth_required": True,
            "authenticator": lambda *args: AuthResult(success=_right(args[-1], user, password or "")),
        }
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    elif tls == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}
    controller = _Controller(mailbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield mailbox, Server("127.0.0.1", controller.port, tls, user, password, certificate, timeout=5)
    finally:
        controller.stop()


def _right(given: Any, user: str, password: str) -> bool:
    return bool(given.login == user.encode() and given.password == password.encode())


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path

"""Sending through SMTP (RFC 5321), and knowing what became of it.

What matters is when a connection breaks. Before DATA nothing was sent: it can be tried again. From DATA on, until the
server has answered, nobody knows: the state is unknown, and a person decides. A message goes to all of its recipients
or to none: when one is refused, the others are not sent to.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from services.billing.documents.ubl.elements import clean

Tls = Literal["starttls", "tls", "none"]
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is given in. ``tls``: starttls (asked for, never done without), tls (from the first byte), none."""

    host: str
    port: int
    tls: Tls = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout: float = 30

    def client(self) -> aiosmtplib.SMTP:
        context = None if self.tls == "none" else ssl.create_default_context(cafile=self.ca_file)
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "tls",
            start_tls=self.tls == "starttls",
            username=self.user,
            password=self.password,
            tls_context=context,
            timeout=self.timeout,
        )


class Fate(StrEnum):
    SENT = "sent"
    LATER = "later"  # nothing was sent, and it may work later
    REFUSED = "refused"  # nothing was sent, and it will not work
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    reason: str = ""


class Connection:
    """One conversation with the server, for several messages; opened with the first. Not for two tasks at once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, sender: str, recipients: list[str], message: bytes) -> Outcome:
        """Give a message in. Never raises what the server or the line does: the outcome says it."""
        try:
            client = await self._open()
        except (SMTPException, OSError, ValueError) as error:
            await self.close()
            return Outcome(Fate.LATER, f"the mail server cannot be reached: {_told(error)}")
        try:
            await client.mail(sender, options=[f"SIZE={len(message)}"] if client.supports_extension("size") else [])
            for recipient in recipients:
                await client.rcpt(recipient)
        except (SMTPException, OSError) as error:
            await self._start_anew()
            return _refused(error)
        return await self._data(client, message)

    async def _data(self, client: aiosmtplib.SMTP, message: bytes) -> Outcome:
        try:
            await client.data(message)
        except SMTPResponseException as error:
            await self._start_anew()
            return _refused(error)
        except BaseException as error:
            await self.close()
            if not isinstance(error, SMTPException | OSError):
                raise  # we are being ended: what is left "sending" becomes unknown
            return Outcome(Fate.UNKNOWN, f"the line broke while it was being sent: {_told(error)}")
        return Outcome(Fate.SENT)

    async def _open(self) -> aiosmtplib.SMTP:
        if self._client is None or not self._client.is_connected:
            client = self._server.client()
            await client.connect()
            self._client = client
        return self._client

    async def _start_anew(self) -> None:
        """The server forgets the message it was told of; a line that is gone is opened again with the next."""
        try:
            if self._client is not None:
                await self._client.rset()
        except (SMTPException, OSError):
            await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit()
            except (SMTPException, OSError):
                client.close()


def _refused(error: Exception) -> Outcome:
    """A reply of 5xx is final; everything else before the message itself can be tried again."""
    permanent = isinstance(error, SMTPResponseException) and error.code >= _PERMANENT
    return Outcome(Fate.REFUSED if permanent else Fate.LATER, _told(error))


def _told(error: BaseException) -> str:
    text = " ".join(clean(str(error)).split()) or type(error).__name__
    return text[:500]

"""E-mail addresses: what an envelope and a header take, and nothing that could become another header."""

from __future__ import annotations

import re
from typing import Final

#: RFC 5321: a dot-string of at most 64 characters, and a host name. No quoted local parts: nobody has one.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
LONGEST: Final = 254


class BadAddressError(ValueError):
    """Not an address that mail can be sent to; the message says which."""


def checked_address(text: str) -> str:
    """``text`` as an address, its host name in ASCII (IDNA). Raises BadAddressError."""
    local, at, host = text.strip().rpartition("@")
    try:
        host = host.encode("idna").decode("ascii") if host else ""
    except UnicodeError:
        host = ""
    labels = host.split(".")
    right = (
        at
        and len(local) <= 64
        and _LOCAL.fullmatch(local)
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and len(local) + 1 + len(host) <= LONGEST
    )
    if not right:
        raise BadAddressError(f"{text[:LONGEST]!r} is no e-mail address")
    return f"{local}@{host}"


def address_or_none(text: str | None) -> str | None:
    """The address in ``text``, if that is one."""
    try:
        return checked_address(text or "")
    except BadAddressError:
        return None

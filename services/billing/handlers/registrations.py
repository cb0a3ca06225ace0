"""The number under which a firm is registered, checked against its country."""

from __future__ import annotations

import re
from typing import Final

from stdnum.be import vat as enterprise_number

from shared.http.problems import invalid_input

#: KVK number (Handelsregisterwet), or OIN of Dutch government.
_DUTCH: Final = re.compile(r"[0-9]{8}|[0-9]{20}")


def check_registration(number: str | None, country: str) -> None:
    """Raises ``invalid-input`` for what is no number of ``country``; those of others are taken as they are.

    Belgium: the enterprise number, with its check digits.
    """
    if number is None:
        return
    written = re.sub(r"[\s.\-]", "", number).upper()
    if country == "NL" and not _DUTCH.fullmatch(written):
        raise _wrong("A Dutch registration number is a KVK number of 8 digits, or an OIN of 20.")
    if country == "BE" and not enterprise_number.is_valid(written.removeprefix("BE")):
        raise _wrong("A Belgian registration number is an enterprise number: 10 digits, with right check digits.")


def _wrong(detail: str) -> Exception:
    return invalid_input(detail, "/registration_number")

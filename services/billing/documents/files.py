"""Documents as files: what they are called, and what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from services.billing.documents.content import DocumentKind

MEDIA_TYPES: Final[Mapping[DocumentKind, str]] = {
    DocumentKind.PDF: "application/pdf",
    DocumentKind.E_INVOICE: "application/xml",
}
_ENDINGS: Final = {DocumentKind.PDF: "pdf", DocumentKind.E_INVOICE: "xml"}


def file_name(number: str, kind: DocumentKind) -> str:
    """A number can hold spaces and slashes; a file's name here only what every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', number)}.{_ENDINGS[kind]}"

"""What is typeset while somebody waits: previews of drafts, and a logo on trial. In a thread, one after the other."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from functools import cache

from services.billing.documents.content import InvoiceContent, Logo
from services.billing.documents.logo import BadLogoError
from services.billing.documents.pdf.typesetter import NotTypesetError, Typesetter

_ONE = threading.Lock()


@cache
def _typesetter() -> Typesetter:
    return Typesetter()


def _draw(content: InvoiceContent) -> bytes:
    with _ONE:
        return _typesetter().pdf(content)


async def preview(content: InvoiceContent) -> bytes:
    """The PDF as it would be. Raises NotTypesetError."""
    return await asyncio.to_thread(_draw, content)


async def check_drawable(logo: Logo, sample: InvoiceContent) -> None:
    """Raises BadLogoError when Typst cannot draw the logo."""
    try:
        await preview(replace(sample, logo=logo))
    except NotTypesetError as error:
        raise BadLogoError(f"it cannot be drawn: {error}") from None

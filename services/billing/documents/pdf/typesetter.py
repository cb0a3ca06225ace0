"""Typesets PDFs with Typst, in this process; one typesetter is used for many invoices, one after the other.

Typst gets a folder of its own, with the template and logos, and the fonts that come with it: nothing of the machine
changes a page, and no text can reach a file. The creation time is the issue date, so that the same invoice gives the
same bytes.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final, Literal

import typst

from services.billing.documents.content import InvoiceContent, Logo
from services.billing.documents.pdf.sheet import sheet

_TEMPLATE: Final = Path(__file__).with_name("invoice.typ")
#: Tags, for who listens to a page, make most of a long table's file: ten times as big with 3,000 rows.
_MOST_TAGGED_ROWS: Final = 500
#: Archivable, with attachments (ISO 19005-3).
_ARCHIVABLE: Final[list[typst.PDFStandard]] = ["a-3b"]


class NotTypesetError(Exception):
    """Typst refused; the message says why."""


class Typesetter:
    """Not for two threads at once."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="uurwerk-typst-")
        self._root = Path(self._folder.name)
        (self._root / _TEMPLATE.name).write_bytes(_TEMPLATE.read_bytes())
        self._compiler = typst.Compiler(
            input=str(self._root / _TEMPLATE.name),
            root=str(self._root),
            font_paths=typst.Fonts(include_system_fonts=False),
            package_path=str(self._root),
            package_cache_path=str(self._root),
        )

    def pdf(self, content: InvoiceContent, e_invoice: bytes | None = None) -> bytes:
        """PDF/A-3 with the e-invoice attached; plain PDF where a text has signs that no font of ours has.

        Raises NotTypesetError.
        """
        inputs = self._inputs(content, e_invoice)
        try:
            return self._compile(inputs, content, _ARCHIVABLE)
        except typst.TypstError:
            try:
                return self._compile(inputs, content, [])
            except typst.TypstError as error:
                raise NotTypesetError(error.message) from None

    def pages(self, content: InvoiceContent, ppi: float = 110) -> list[bytes]:
        """Each page as PNG, to be looked at."""
        return self._run(self._inputs(content, None), content, "png", [], ppi)

    def _compile(self, inputs: dict[str, str], content: InvoiceContent, standards: list[typst.PDFStandard]) -> bytes:
        return self._run(inputs, content, "pdf", standards)[0]

    def _run(
        self,
        inputs: dict[str, str],
        content: InvoiceContent,
        format: Literal["pdf", "png"],  # noqa: A002 - Typst's name
        standards: list[typst.PDFStandard],
        ppi: float | None = None,
    ) -> list[bytes]:
        issued = datetime.combine(content.issue_date, time(), UTC)
        made = self._compiler.compile(
            sys_inputs=inputs,
            format=format,
            ppi=ppi,
            pdf_standards=standards,
            timestamp=issued,
            pdf_tags=len(content.lines) + len(content.entries) <= _MOST_TAGGED_ROWS,
        )
        assert made is not None
        return made if isinstance(made, list) else [made]

    def _inputs(self, content: InvoiceContent, e_invoice: bytes | None) -> dict[str, str]:
        inputs = {"data": json.dumps(sheet(content))}
        if e_invoice is not None:
            inputs["xml"] = e_invoice.decode()
        if content.logo is not None:
            inputs["logo"] = self._logo(content.logo)
        return inputs

    def _logo(self, logo: Logo) -> str:
        """The logo as a file beside the template, named by its content; its name is ours."""
        name = f"{hashlib.sha256(logo.content).hexdigest()}.{logo.format}"
        path = self._root / name
        if not path.exists():
            path.write_bytes(logo.content)
        return name

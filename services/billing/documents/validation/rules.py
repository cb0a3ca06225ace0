"""XSD, EN 16931 and Peppol BIS Billing 3.0: every failed assertion counts, warnings too.

Compiling takes about a second and 240 MB, so that one :class:`Rules` checks many documents, in a process of its own
(press.py). An e-invoice of ours is some milliseconds.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

from services.billing.documents.validation.artefacts import schema, stylesheets

_SVRL: Final = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
#: More say nothing new.
_MOST: Final = 20


class Rules:
    """The compiled rules. Not for two threads at once."""

    def __init__(self) -> None:
        self._saxon = PySaxonProcessor(license=False)
        compiler = self._saxon.new_xslt30_processor()
        self._stylesheets: list[PyXsltExecutable] = [
            compiler.compile_stylesheet(stylesheet_file=str(path)) for path in stylesheets()
        ]

    def broken(self, document: bytes) -> list[str]:
        """What ``document`` breaks, each as ``BR-CO-15: …``; empty for a valid one."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        try:
            root = etree.fromstring(document, parser)
        except etree.XMLSyntaxError as error:
            return [f"XML: {error}"]
        broken = _of_schema(root)
        if not broken:
            source = self._saxon.parse_xml(xml_text=document.decode())
            for stylesheet in self._stylesheets:
                report = stylesheet.transform_to_string(xdm_node=source)
                broken += _failed(report)
        return broken[:_MOST]


def _of_schema(root: etree._Element) -> list[str]:
    name = etree.QName(root).localname
    if name not in ("Invoice", "CreditNote"):
        return [f"XSD: {name} is no invoice"]
    known = _schema(name)
    return [] if known.validate(root) else [f"XSD: {error}" for error in str(known.error_log).splitlines()]


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schema(name))))


def _failed(report: str | None) -> list[str]:
    if not report:
        return ["the stylesheet gave no report"]
    failed = etree.fromstring(report.encode()).iterfind(".//svrl:failed-assert", _SVRL)
    return [_told(assertion) for assertion in failed]


def _told(assertion: etree._Element) -> str:
    text = " ".join("".join(str(part) for part in assertion.itertext()).split())
    name = assertion.get("id") or ""
    return text if not name or name in text else f"[{name}]-{text}"

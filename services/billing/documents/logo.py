"""What an organisation sends as its logo: PNG, JPEG or SVG, told by its content, and harmless.

A picture is drawn once before it is taken, so that no invoice fails on it later. An SVG may hold nothing that reaches
outside it: no DOCTYPE (entities), script, style sheet of elsewhere, or link to another file.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from lxml import etree

from services.billing.documents.content import Logo

MAX_BYTES: Final = 512 * 1024
#: Pixels of a side: more is a photograph, and memory.
MAX_SIDE: Final = 4000
MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_SVG: Final = "{http://www.w3.org/2000/svg}"
#: Elements that run, or bring in something else.
_FORBIDDEN: Final = ("script", "foreignObject", "iframe", "audio", "video", "animate", "set", "handler")
#: Inside the picture, or a picture that is carried in it.
_INNER: Final = re.compile(r"#|data:image/(png|jpeg);base64,", re.IGNORECASE)
_OUTER_URL: Final = re.compile(r"url\(\s*['\"]?(?!#)|@import|expression\(|javascript:", re.IGNORECASE)


class BadLogoError(ValueError):
    """Not a picture that can stand on an invoice; the message says why."""


def checked_logo(content: bytes) -> Logo:
    """The logo in ``content``. Raises BadLogoError."""
    if content.startswith(_PNG):
        _check_side(*_png_size(content))
        return Logo("png", content)
    if content.startswith(_JPEG):
        _check_side(*_jpeg_size(content))
        return Logo("jpg", content)
    _check_svg(content)
    return Logo("svg", content)


def _check_side(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise BadLogoError(f"the picture is {width} × {height}; a side can be 1 to {MAX_SIDE} pixels")


def _png_size(content: bytes) -> tuple[int, int]:
    if len(content) < 33 or content[12:16] != b"IHDR":
        raise BadLogoError("the PNG is broken")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """From the first frame header (SOF)."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise BadLogoError("the JPEG is broken")


def _check_svg(content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BadLogoError("an SVG with a DOCTYPE is not taken: save it as plain SVG")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadLogoError("this is no PNG, JPEG or SVG") from None
    if root.tag != f"{_SVG}svg":
        raise BadLogoError("this is no PNG, JPEG or SVG")
    for element in root.iter():
        _check_element(element)


def _check_element(element: etree._Element) -> None:
    if not isinstance(element.tag, str):
        raise BadLogoError("an SVG with processing instructions is not taken")
    name = etree.QName(element).localname
    if name in _FORBIDDEN:
        raise BadLogoError(f"an SVG with {name} is not taken: a logo is only drawn")
    for attribute, value in element.attrib.items():
        local = etree.QName(str(attribute)).localname
        if local == "href" and not _INNER.match(str(value).strip()):
            raise BadLogoError("an SVG that refers to another file is not taken: put everything into it")
        if local.lower().startswith("on") or _OUTER_URL.search(str(value)):
            raise BadLogoError("an SVG that reaches outside itself is not taken")
    if element.text and _OUTER_URL.search(element.text):
        raise BadLogoError("an SVG that reaches outside itself is not taken")

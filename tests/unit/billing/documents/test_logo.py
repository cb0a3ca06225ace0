"""Logos: taken are pictures that only draw."""

from __future__ import annotations

import struct
import zlib

import pytest

from services.billing.documents.logo import BadLogoError, checked_logo


def png(width: int = 2, height: int = 2) -> bytes:
    """A real PNG, grey."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\x00" + b"\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def svg(inner: str, attributes: str = "") -> bytes:
    links = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {links} width="10" height="10" {attributes}>{inner}</svg>'.encode()


def test_what_it_is_its_content_says() -> None:
    assert checked_logo(png()).format == "png"
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 20, 30) + b"\x01\x01\x11\x00"
    assert checked_logo(jpeg).format == "jpg"
    assert checked_logo(svg('<rect id="a"/><use xlink:href="#a"/><g fill="url(#a)"/>')).format == "svg"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"%PDF-1.7",
        b"<html/>",
        b"\xff\xfe<",
        png()[:20],
        png(5000, 1),
        png(0, 1),
        b"\xff\xd8\xff",
        svg("<script>alert(1)</script>"),
        svg("", 'onload="alert(1)"'),
        svg('<image xlink:href="file:///etc/passwd"/>'),
        svg('<image href="http://example.com/x.png"/>'),
        svg('<a href="javascript:alert(1)"/>'),
        svg('<use xlink:href="other.svg#a"/>'),
        svg("<style>@import url(http://example.com/a.css)</style>"),
        svg('<rect style="fill:url(http://example.com/a)"/>'),
        svg("<foreignObject/>"),
        svg('<image href="data:image/svg+xml;base64,AAAA"/>'),
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg("&x;"),
        b'<?xml-stylesheet href="http://example.com/a.css"?>' + svg("<?php x ?>"),
    ],
)
def test_refused_is_what_is_more_than_a_picture(content: bytes) -> None:
    with pytest.raises(BadLogoError):
        checked_logo(content)

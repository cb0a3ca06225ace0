"""Asking a broker that we did not start which Kafka it is.

Kafka's protocol does not carry the release's name.  What it does carry is the finalized feature
``metadata.version`` in the answer to ApiVersions (KIP-584), and its level says which release the cluster
was made for (org.apache.kafka.server.common.MetadataVersion).
"""

from __future__ import annotations

import asyncio
import struct

API_VERSIONS, REQUEST_VERSION, CORRELATION = 18, 3, 1
NO_TAGS = b"\x00"
FINALIZED_FEATURES = 2  # tag of the field in the response
# first level of each release line
RELEASES = {21: "3.9", 22: "4.0", 26: "4.1", 28: "4.2", 30: "4.3"}


async def ask_kafka_version(bootstrap: str) -> str:
    """Such as "4.3 (metadata.version 30)"; "unknown" for a broker that does not say."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        name = b"\x08uurwerk" + b"\x020"  # compact strings: length + 1, then the bytes
        header = struct.pack(">hhih", API_VERSIONS, REQUEST_VERSION, CORRELATION, -1) + NO_TAGS
        request = header + name + NO_TAGS
        writer.write(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        level = metadata_level(await reader.readexactly(size))
    finally:
        writer.close()
    return release_of(level) if level is not None else "unknown"


def release_of(level: int) -> str:
    """The release line that a level of ``metadata.version`` belongs to."""
    known = [release for first, release in RELEASES.items() if first <= level]
    return f"{known[-1]} (metadata.version {level})" if known else f"metadata.version {level}"


def metadata_level(response: bytes) -> int | None:
    """The finalized level of ``metadata.version`` in an ApiVersions response (version 3)."""
    answer = _Bytes(response)
    answer.skip(4 + 2)  # correlation id, error
    for _ in range(answer.varint() - 1):
        answer.skip(6)  # key, lowest, highest version
        answer.skip_tags()
    answer.skip(4)  # throttle time
    for _ in range(answer.varint()):
        tag, size = answer.varint(), answer.varint()
        field = _Bytes(answer.take(size))
        if tag == FINALIZED_FEATURES:
            for _ in range(field.varint() - 1):
                name = field.take(field.varint() - 1)
                (highest,) = struct.unpack(">h2x", field.take(4))
                field.skip_tags()
                if name == b"metadata.version":
                    return int(highest)
    return None


class _Bytes:
    """A cursor over Kafka's compact encoding."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def skip(self, count: int) -> None:
        self._at += count

    def varint(self) -> int:
        value = shift = 0
        while True:
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def skip_tags(self) -> None:
        for _ in range(self.varint()):
            self.varint()
            self.skip(self.varint())

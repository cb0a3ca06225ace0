"""The version of a broker that we did not start."""

from __future__ import annotations

import struct

import pytest

from deploy.local.kafka_version import metadata_level, release_of


def compact(text: bytes) -> bytes:
    return bytes([len(text) + 1]) + text


def response(features: dict[bytes, int]) -> bytes:
    """An answer to ApiVersions 3 as KIP-584 lays it out: two APIs, an epoch, the finalized features."""
    apis = b"".join(struct.pack(">hhh", key, 0, 9) + b"\x00" for key in (0, 18))
    finalized = b"".join(
        compact(name) + struct.pack(">hh", level, level) + b"\x00" for name, level in features.items()
    )
    tagged = {1: struct.pack(">q", 7), 2: bytes([len(features) + 1]) + finalized}
    tags = b"".join(bytes([tag, len(field)]) + field for tag, field in tagged.items())
    return struct.pack(">ih", 1, 0) + b"\x03" + apis + struct.pack(">i", 0) + bytes([len(tagged)]) + tags


def test_the_level_is_found_among_other_features() -> None:
    assert metadata_level(response({b"kraft.version": 1, b"metadata.version": 30})) == 30


def test_a_broker_without_it_does_not_say() -> None:
    assert metadata_level(response({b"kraft.version": 1})) is None


@pytest.mark.parametrize(("level", "release"), [(25, "4.0"), (27, "4.1"), (30, "4.3")])
def test_a_level_belongs_to_a_release(level: int, release: str) -> None:
    assert release_of(level) == f"{release} (metadata.version {level})"


def test_an_old_level_is_said_as_it_is() -> None:
    assert release_of(3) == "metadata.version 3"

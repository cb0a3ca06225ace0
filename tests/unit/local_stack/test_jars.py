"""Kafka's jars are the locked ones, or the start says what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import StackError, jars


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, and a lock file that names two small jars."""
    lock = tmp_path / "kafka.lock"
    lock.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("a.jar", "b.jar")))
    monkeypatch.setattr(jars, "LOCK_FILE", lock)
    monkeypatch.setenv("UURWERK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def arriving(monkeypatch: pytest.MonkeyPatch, contents: dict[str, str]) -> list[int]:
    """Let a download bring these files; how many downloads there were."""
    downloads: list[int] = []

    def resolve(work: Path) -> Iterator[Path]:
        downloads.append(1)
        for name, content in contents.items():
            path = work / name
            path.write_text(content)
            yield path

    monkeypatch.setattr(jars, "_resolve", resolve)
    return downloads


def test_they_are_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = arriving(monkeypatch, {"a.jar": "a.jar", "b.jar": "b.jar"})
    folder = jars.kafka_jars()
    assert sorted(path.name for path in folder.iterdir()) == ["a.jar", "b.jar"]
    assert jars.kafka_jars() == folder
    assert len(downloads) == 1


def test_a_damaged_jar_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = arriving(monkeypatch, {"a.jar": "a.jar", "b.jar": "b.jar"})
    (jars.kafka_jars() / "b.jar").write_text("half of i")
    assert (jars.kafka_jars() / "b.jar").read_text() == "b.jar"
    assert len(downloads) == 2


@pytest.mark.parametrize(
    "contents",
    [
        {"a.jar": "a.jar"},
        {"a.jar": "a.jar", "b.jar": "tampered"},
        {"a.jar": "a.jar", "b.jar": "b.jar", "c.jar": "not asked for"},
    ],
    ids=["missing", "tampered", "extra"],
)
def test_what_is_not_as_locked_is_not_used(
    contents: dict[str, str], monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    arriving(monkeypatch, contents)
    with pytest.raises(StackError, match=r"not arrive as locked.*: [bc]\.jar"):
        jars.kafka_jars()
    assert not list(cache.rglob("*.jar"))


def test_a_download_that_fails_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(work: Path) -> Iterator[Path]:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(jars, "_resolve", resolve)
    with pytest.raises(StackError, match=r"(?s)no route to host.*What to do: .*HTTPS_PROXY.*KAFKA_BOOTSTRAP_SERVERS"):
        jars.kafka_jars()

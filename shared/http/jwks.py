"""Public keys of the tokens' issuer, kept fresh: from a JWKS file or URL (RFC 7517)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import jwt
import structlog

if TYPE_CHECKING:
    import httpx

#: Asymmetric only: a service that can check a token must not be able to make one.
ALGORITHMS: Final = ("EdDSA", "ES256", "RS256")
#: Seconds for which keys of a URL are taken as they are.
FRESH: Final = 600
#: Seconds between two looks at the source when tokens name keys that are not in it.
PATIENCE: Final = 5
_MIN_RSA_BITS: Final = 2048

log = structlog.get_logger(__name__)
Monotonic = Callable[[], float]


class Source(Protocol):
    """Where a JWKS document comes from."""

    async def read(self) -> str:
        """The document. Raises OSError when it cannot be had."""
        ...

    def stamp(self) -> object:
        """Changes when the document may have changed; None where one cannot know without reading."""
        ...


class FileSource:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> str:
        return await asyncio.to_thread(self._path.read_text)

    def stamp(self) -> object:
        try:
            stat = self._path.stat()
        except OSError:
            return "missing"
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def __str__(self) -> str:
        return str(self._path)


class UrlSource:
    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._transport = transport

    async def read(self) -> str:
        import httpx  # noqa: PLC0415 - most processes have a file, and it takes long to import

        try:
            async with httpx.AsyncClient(timeout=5, transport=self._transport, follow_redirects=False) as client:
                response = await client.get(self._url, headers={"Accept": "application/json"})
                return response.raise_for_status().text
        except httpx.HTTPError as error:
            raise OSError(str(error) or type(error).__name__) from error

    def stamp(self) -> object:
        return None

    def __str__(self) -> str:
        return self._url


class KeySet:
    """The keys of a source. When it cannot be read, the keys that are known stay in use."""

    def __init__(self, source: Source, monotonic: Monotonic = time.monotonic) -> None:
        self._source = source
        self._monotonic = monotonic
        self._keys: list[jwt.PyJWK] = []
        self._stamp: object = None
        self._read_at: float | None = None  # with success
        self._looked_at: float | None = None
        self._reading = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key ``kid`` for ``algorithm``, or the only key for it where the token names none."""
        if self._stale():
            await self._refresh(self._stale)
        key = self._pick(kid, algorithm)
        if key is None and self._may_look_again():
            await self._refresh(self._may_look_again)
            key = self._pick(kid, algorithm)
        return key

    def _pick(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        fitting = [k for k in self._keys if k.algorithm_name == algorithm and (kid is None or k.key_id == kid)]
        return fitting[0] if len(fitting) == 1 or (fitting and kid is not None) else None

    def _stale(self) -> bool:
        stamp = self._source.stamp()
        if self._read_at is not None and stamp is not None:
            return stamp != self._stamp
        old = self._read_at is None or self._monotonic() - self._read_at > FRESH
        return old and self._may_look_again()

    def _may_look_again(self) -> bool:
        return self._looked_at is None or self._monotonic() - self._looked_at > PATIENCE

    async def _refresh(self, needed: Callable[[], bool]) -> None:
        async with self._reading:
            if not needed():  # another request did it meanwhile
                return
            now, stamp = self._monotonic(), self._source.stamp()
            try:
                keys = _usable(json.loads(await self._source.read()))
            except (OSError, ValueError) as error:
                log.warning("the keys of access tokens cannot be read", source=str(self._source), error=str(error))
            else:
                self._keys, self._read_at = keys, now
            # Only now: a request that comes while this one reads must wait for it, not go on with what was there.
            self._looked_at, self._stamp = now, stamp


def _usable(document: Any) -> list[jwt.PyJWK]:
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError('a JWKS document has a list of "keys"')
    keys = []
    for entry in entries:
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            log.warning("a key is left out", error=str(error))
            continue
        if _for_signatures(entry, key):
            keys.append(key)
    return keys


def _for_signatures(entry: dict[str, Any], key: jwt.PyJWK) -> bool:
    if entry.get("use", "sig") != "sig" or key.algorithm_name not in ALGORITHMS:
        return False
    return getattr(key.key, "key_size", _MIN_RSA_BITS) >= _MIN_RSA_BITS or entry["kty"] != "RSA"

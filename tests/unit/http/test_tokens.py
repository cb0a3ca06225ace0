from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from shared.http.auth import Principal, Role
from shared.http.jwks import FRESH, PATIENCE, FileSource, KeySet, UrlSource
from shared.http.problems import Problem
from shared.http.tokens import TokenVerifier
from tests.support.api import AUDIENCE, ISSUER, TestKey

KEY = TestKey()


def verifier(keys: KeySet | None = None) -> TokenVerifier:
    return TokenVerifier(keys or KeySet(FileSource(KEY.jwks_file)), issuer=ISSUER, audience=AUDIENCE)


async def refusal(token: str, keys: KeySet | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await verifier(keys).principal(token)
    assert (caught.value.status, caught.value.slug) == (401, "unauthenticated")
    assert "WWW-Authenticate" in caught.value.headers
    return caught.value


async def test_a_token_speaks_for_its_subject() -> None:
    principal = await verifier().principal(KEY.token("billing", "employee", "cook", employee="jan", subject="anna"))
    assert principal == Principal("anna", "acme", frozenset({Role.BILLING, Role.EMPLOYEE}), "jan")
    assert principal.org == "acme"


async def test_the_installation_belongs_to_no_organisation_and_all_others_to_one() -> None:
    installation = await verifier().principal(KEY.token(Role.INSTALLATION))
    assert (installation.organisation, installation.roles) == (None, {Role.INSTALLATION})
    both = await verifier().principal(KEY.token("installation", "admin"))
    assert (both.organisation, both.roles) == ("acme", {Role.ADMIN})
    nowhere = await verifier().principal(KEY.token("installation", "admin", organisation=None))
    assert nowhere.roles == {Role.INSTALLATION}
    with pytest.raises(Problem) as caught:
        _ = installation.org
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iss": "somebody"},
        {"iss": None},
        {"aud": "others"},
        {"aud": None},
        {"sub": None},
        {"nbf": 99999999999},
        {"organisation": "a b"},
        {"organisation": ""},
        {"organisation": "acme\n"},
        {"organisation": "x" * 65},
        {"organisation": 7},
        {"employee": "../jan"},
        {"roles": "admin"},
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(claims: dict[str, Any]) -> None:
    await refusal(KEY.token("admin", **claims))


async def test_clocks_may_differ_a_little() -> None:
    import time

    assert await verifier().principal(KEY.token("admin", exp=int(time.time()) - 10))


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é.é.é", "\x00", "x" * 20_000, "e30.e30.e30", "[].[].[]"])
async def test_what_is_no_token_is_refused(token: str) -> None:
    await refusal(token)


def _public_pem() -> bytes:
    return KEY.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _forged(header: dict[str, Any], claims: str) -> str:
    parts = [json.dumps(header).encode(), base64.urlsafe_b64decode(claims + "==")]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


async def test_other_algorithms_are_refused() -> None:
    claims = KEY.token("admin").split(".")[1]
    await refusal(_forged({"alg": "none", "kid": "tests"}, claims))
    # The public key as the secret of a symmetric algorithm: PyJWT itself refuses to make it, so by hand.
    import hashlib
    import hmac

    unsigned = _forged({"alg": "HS256", "kid": "tests"}, claims)[:-1]
    signature = base64.urlsafe_b64encode(hmac.digest(_public_pem(), unsigned.encode(), hashlib.sha256)).decode()
    await refusal(f"{unsigned}.{signature.rstrip('=')}")


async def test_a_key_of_somebody_else_is_refused() -> None:
    await refusal(TestKey("tests").token("admin"))
    await refusal(TestKey("unknown").token("admin"))


async def test_each_of_the_pinned_algorithms_works(tmp_path: Path) -> None:
    keys: dict[str, tuple[Any, Any]] = {
        "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
        "RS256": (rsa.generate_private_key(65537, 2048), RSAAlgorithm),
        "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    }
    entries = [{**cls.to_jwk(key.public_key(), as_dict=True), "kid": name} for name, (key, cls) in keys.items()]
    rubbish = [{"kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256"}, {"kty": "what"}, 7]
    weak = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [*rubbish, {**weak, "kid": "weak"}, *entries]}))
    found = KeySet(FileSource(file))
    payload = jwt.decode(KEY.token("admin"), options={"verify_signature": False})
    for name, (key, _) in keys.items():
        token = jwt.encode(payload, key, algorithm=name, headers={"kid": name})
        assert (await verifier(found).principal(token)).organisation == "acme"
        without = jwt.encode(payload, key, algorithm=name)
        assert (await verifier(found).principal(without)).organisation == "acme"
    assert await found.find("weak", "RS256") is None
    assert await found.find("oct", "HS256") is None


async def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    old, new = TestKey("old"), TestKey("new")
    file.write_text(json.dumps(old.jwks))
    keys = KeySet(FileSource(file))
    assert await keys.find("old", "ES256")
    file.write_text(json.dumps(new.jwks))
    os.utime(file, ns=(1, 1))
    assert await keys.find("new", "ES256")
    assert await keys.find("old", "ES256") is None
    file.unlink()  # while somebody replaces it, what is known stays in use
    assert await keys.find("new", "ES256")


class _Issuer:
    """A JWKS address that can fail, and a clock that can be moved."""

    def __init__(self) -> None:
        self.keys = TestKey("first")
        self.status = 200
        self.asked = 0
        self.now = 0.0

    def key_set(self) -> KeySet:
        return KeySet(UrlSource("https://issuer.test/jwks", httpx.MockTransport(self._answer)), lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, json=self.keys.jwks)


async def test_keys_of_an_address_are_kept_and_looked_at_again() -> None:
    issuer = _Issuer()
    keys = issuer.key_set()
    for _ in range(5):
        assert await keys.find("first", "ES256")
    assert issuer.asked == 1
    issuer.keys = TestKey("second")
    assert await keys.find("second", "ES256") is None, "too soon to look again"
    issuer.now += PATIENCE + 1
    assert await keys.find("second", "ES256")
    for _ in range(5):
        assert await keys.find("third", "ES256") is None
    assert issuer.asked == 2, "tokens with unknown keys don't make the service ask at each"


async def test_keys_stay_in_use_while_their_address_is_away() -> None:
    issuer = _Issuer()
    keys = issuer.key_set()
    assert await keys.find("first", "ES256")
    issuer.status = 500
    issuer.now += FRESH + 1
    assert await keys.find("first", "ES256")
    assert await keys.find("first", "ES256")
    assert issuer.asked == 2
    issuer.status, issuer.keys = 200, TestKey("next")
    issuer.now += PATIENCE + 1
    assert await keys.find("next", "ES256")


async def test_without_any_key_everybody_is_refused() -> None:
    issuer = _Issuer()
    issuer.status = 500
    problem = await refusal(KEY.token("admin"), issuer.key_set())
    assert "key" in problem.detail


@pytest.mark.parametrize("subject", ["", "x" * 201, "anna\x00", "anna\nroot", "anna\ud800"])
async def test_a_subject_that_no_event_could_carry_is_refused(subject: str) -> None:
    await refusal(KEY.token("billing", subject=subject))


async def test_requests_that_come_while_the_keys_are_read_wait_for_them() -> None:
    keys = KeySet(FileSource(KEY.jwks_file))

    found = await asyncio.gather(*[keys.find(None, "ES256") for _ in range(10)])

    assert None not in found

"""Tokens of the local stack: what they say, and that its public key alone proves them."""

from __future__ import annotations

import json
import stat
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from deploy.local import StackError, mint_token
from deploy.local.keys import ensure_signing_key


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    ensure_signing_key(tmp_path)
    return tmp_path


def read(token: str, data_dir: Path) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_json((data_dir / "jwks.json").read_text())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"], audience="uurwerk", issuer="uurwerk-local")
    return claims


def test_it_says_who_and_for_whom(data_dir: Path) -> None:
    token = mint_token(
        data_dir,
        organisation="demo",
        roles=["employee", "approver"],
        subject="anna",
        employee="E1",
        ttl=timedelta(hours=2),
    )
    claims = read(token, data_dir)
    assert (claims["sub"], claims["organisation"], claims["employee"]) == ("anna", "demo", "E1")
    assert claims["roles"] == ["employee", "approver"]
    assert claims["exp"] - claims["iat"] == 7200
    assert claims["exp"] == pytest.approx(time.time() + 7200, abs=5)


def test_the_installation_belongs_to_no_organisation(data_dir: Path) -> None:
    claims = read(mint_token(data_dir, organisation=None, roles=["installation"], subject="i"), data_dir)
    assert "organisation" not in claims
    assert "employee" not in claims


@pytest.mark.parametrize(
    ("organisation", "roles"),
    [("demo", ["installation"]), (None, ["billing"]), ("demo", ["billing", "installation"]), ("demo", ["king"])],
)
def test_what_no_service_would_accept_is_not_made(organisation: str | None, roles: list[str], data_dir: Path) -> None:
    with pytest.raises(ValueError, match=r"installation|unknown roles"):
        mint_token(data_dir, organisation=organisation, roles=roles, subject="x")


def test_without_a_stack_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="start the stack first"):
        mint_token(tmp_path, organisation="demo", roles=["billing"], subject="x")


def test_the_private_key_stays_private(data_dir: Path) -> None:
    assert stat.S_IMODE((data_dir / "signing-key.json").stat().st_mode) == 0o600
    (published,) = json.loads((data_dir / "jwks.json").read_text())["keys"]
    assert "d" not in published
    before = (data_dir / "jwks.json").read_text()
    ensure_signing_key(data_dir)
    assert (data_dir / "jwks.json").read_text() == before

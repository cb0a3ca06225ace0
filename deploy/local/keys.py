"""The local stack's own signing key: it exists in the data folder only and signs nothing elsewhere."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ALGORITHM = "ES256"


def ensure_signing_key(data_dir: Path) -> Path:
    """Make the key pair if there is none; the path of the public JWKS file."""
    private, public = data_dir / "signing-key.json", data_dir / "jwks.json"
    if not private.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        identity = {"kid": f"local-{secrets.token_hex(4)}", "alg": ALGORITHM, "use": "sig"}
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        published = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), **identity}
        public.write_text(json.dumps({"keys": [published]}, indent=1))
        write_secret(private, json.dumps({"kid": identity["kid"], "pem": pem}))
    return public


def signing_key(data_dir: Path) -> tuple[str, str]:
    """The key's id and its PEM.  Raises FileNotFoundError where no local stack was ever started."""
    stored = json.loads((data_dir / "signing-key.json").read_text())
    return stored["kid"], stored["pem"]


def ensure_passwords(data_dir: Path, names: list[str]) -> dict[str, str]:
    """The stack's database passwords, made at random the first time."""
    path = data_dir / "passwords.json"
    if not path.exists():
        write_secret(path, json.dumps({name: secrets.token_urlsafe(18) for name in names}))
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)

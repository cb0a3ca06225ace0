"""Where a running stack is found: what services get as environment, what tests and commands pass on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["packages", "containers", "given"]

ISSUER = "uurwerk-local"
AUDIENCE = "uurwerk"


@dataclass(frozen=True)
class Addresses:
    """A stack's addresses.  Database URLs are ``postgresql://role:password@host:port/database``."""

    kind: Kind
    kafka_bootstrap: str
    database_urls: dict[str, str]
    jwks_file: Path
    data_dir: Path
    kafka_version: str
    postgres_version: str
    admin_url: str | None = None  # for making databases; no service gets it

    def environment(self) -> dict[str, str]:
        """The variables that a service reads; tokens are the local stack's, whoever runs the servers."""
        urls = {f"{service.upper()}_DATABASE_URL": url for service, url in self.database_urls.items()}
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap,
            **urls,
            "AUTH_JWKS_FILE": str(self.jwks_file),
            "AUTH_ISSUER": ISSUER,
            "AUTH_AUDIENCE": AUDIENCE,
        }

    def describe(self) -> str:
        """One line that says which broker and which database these are."""
        return f"Apache Kafka {self.kafka_version} ({self.kind}) and PostgreSQL {self.postgres_version} ({self.kind})"

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Addresses:
        fields = json.loads(text)
        for name in ("jwks_file", "data_dir"):
            fields[name] = Path(fields[name])
        return cls(**fields)

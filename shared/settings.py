"""What the environment configures, the same for every service.

A service's own class adds the name of its database variable, and whatever else it needs:

    class BillingSettings(ServiceSettings):
        database_url: DatabaseUrl = Field(validation_alias="BILLING_DATABASE_URL")

    settings = load_settings(BillingSettings)       # says what is missing and ends the process
    settings = BillingSettings(database_url=…)      # in tests
"""

from __future__ import annotations

import ssl
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from shared.messaging.settings import MessagingSettings

DRIVER = "postgresql+asyncpg"


class ProcessRole(StrEnum):
    """What a process does. By default all of it; apart, so that each can be scaled alone."""

    API = "api"
    CONSUMERS = "consumers"
    RELAY = "relay"
    DOCUMENTS = "documents"


def _asyncpg_url(value: object) -> str:
    try:
        url = make_url(str(value))
    except ArgumentError:
        raise ValueError("must look like postgresql://user:password@host:5432/database") from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError("must be a PostgreSQL URL: postgresql://user:password@host:5432/database")
    if not url.database:
        raise ValueError("names no database: postgresql://user:password@host:5432/database")
    query = dict(url.query)
    if "sslmode" in query:  # libpq's name; asyncpg through SQLAlchemy calls it ssl
        query["ssl"] = query.pop("sslmode")
    return url.set(drivername=DRIVER, query=query).render_as_string(hide_password=False)


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


DatabaseUrl = Annotated[str, BeforeValidator(_asyncpg_url)]
Roles = Annotated[frozenset[ProcessRole], NoDecode, BeforeValidator(_split)]


class ServiceSettings(BaseSettings):
    """Settings of a service's process. The names in capitals are the environment variables."""

    model_config = SettingsConfigDict(
        populate_by_name=True, extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    #: PostgreSQL of this service; each service names its own variable (``<SERVICE>_DATABASE_URL``).
    database_url: DatabaseUrl = Field(repr=False)
    database_pool_size: int = Field(10, ge=1, le=200)
    #: ``host:port``, with commas between several. Needed by the roles consumers and relay.
    kafka_bootstrap_servers: str = ""
    #: Options of aiokafka for a secured cluster.
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = Field(None, repr=False)
    kafka_ssl_cafile: Path | None = None
    #: Distinguishes this process among its equals, for static membership in consumer groups.
    kafka_instance_id: str | None = None
    roles: Roles = frozenset(ProcessRole)

    #: Public keys of the tokens' issuer: a JWKS file or its URL, one of the two. Needed by the role api.
    auth_jwks_file: Path | None = None
    auth_jwks_url: str | None = Field(None, pattern="^https?://")
    auth_issuer: str = ""
    auth_audience: str = "uurwerk"

    #: ``auto`` is readable on a terminal, JSON elsewhere.
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    #: Bytes of a request body; routes for files name their own limit.
    max_body_size: int = Field(4 * 1024 * 1024, ge=1024)
    #: Seconds that requests and batches get to finish when the process is asked to end.
    shutdown_seconds: float = Field(15, gt=0, le=600)
    #: OpenTelemetry is on when its exporter has an address.
    otel_exporter_otlp_endpoint: str | None = None

    @field_validator("roles")
    @classmethod
    def _some_role(cls, roles: frozenset[ProcessRole]) -> frozenset[ProcessRole]:
        if not roles:
            raise ValueError(f"name at least one of {', '.join(ProcessRole)}")
        return roles

    @model_validator(mode="after")
    def _what_the_roles_need(self) -> Self:
        if self.roles & {ProcessRole.CONSUMERS, ProcessRole.RELAY} and not self.kafka_bootstrap_servers:
            raise ValueError("KAFKA_BOOTSTRAP_SERVERS is needed for the roles consumers and relay")
        if bool(self.auth_jwks_file) == bool(self.auth_jwks_url):
            raise ValueError("set one of AUTH_JWKS_FILE and AUTH_JWKS_URL: the public keys of access tokens")
        if not self.auth_issuer:
            raise ValueError("AUTH_ISSUER is needed: the issuer (iss) that access tokens must have")
        return self

    def messaging(self) -> MessagingSettings:
        """What messaging needs of these settings."""
        return MessagingSettings(
            bootstrap_servers=self.kafka_bootstrap_servers,
            security=self._kafka_security(),
            instance_id=self.kafka_instance_id,
            finish_within=timedelta(seconds=self.shutdown_seconds),
        )

    def _kafka_security(self) -> dict[str, object]:
        if self.kafka_security_protocol == "PLAINTEXT":
            return {}
        options: dict[str, object] = {"security_protocol": self.kafka_security_protocol}
        if "SSL" in self.kafka_security_protocol.split("_")[-1]:
            options["ssl_context"] = ssl.create_default_context(cafile=self.kafka_ssl_cafile)
        if self.kafka_security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = self.kafka_sasl_mechanism or "PLAIN"
            options["sasl_plain_username"] = self.kafka_sasl_username
            options["sasl_plain_password"] = self.kafka_sasl_password
        return options

    @classmethod
    def for_documents(cls) -> Self:
        """Settings of a service that is never run: enough to make its application and print its documents."""
        return cls(
            database_url="postgresql://nobody@localhost/nothing",
            kafka_bootstrap_servers="localhost:9092",
            roles=frozenset(ProcessRole),
            auth_jwks_file=Path("jwks.json"),
            auth_jwks_url=None,
            auth_issuer="nobody",
        )


S = TypeVar("S", bound=ServiceSettings)


def load_settings(cls: type[S]) -> S:
    """The settings from the environment; what is missing or wrong is said on stderr, and the process ends (2)."""
    try:
        return cls()
    except ValidationError as error:
        sys.stderr.write(f"The settings of this service are not right:\n{explain(error)}\n")
        raise SystemExit(2) from None


def explain(error: ValidationError) -> str:
    """One line for each setting that is missing or wrong, without its value (it may be a secret)."""
    return "\n".join(f"  {_variable(e['loc'])}{_message(e)}" for e in error.errors(include_input=False))


def _variable(location: tuple[int | str, ...]) -> str:
    return f"{str(location[0]).upper()}: " if location else ""


def _message(error: Any) -> str:
    return "is not set" if error["type"] == "missing" else str(error["msg"]).removeprefix("Value error, ")

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from shared.settings import DatabaseUrl, ProcessRole, ServiceSettings, load_settings

GOOD = {
    "DEMO_DATABASE_URL": "postgresql://demo:s3cret@db:5432/demo",
    "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "AUTH_JWKS_FILE": "keys.json",
    "AUTH_ISSUER": "me",
}


class DemoSettings(ServiceSettings):
    database_url: DatabaseUrl = Field(validation_alias="DEMO_DATABASE_URL", repr=False)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [*GOOD, "ROLES", "AUTH_JWKS_URL", "LOG_FORMAT", "AUTH_AUDIENCE", "OTEL_EXPORTER_OTLP_ENDPOINT"]:
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_environment_configures_a_process(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ROLES", "consumers, relay")
    settings = load_settings(DemoSettings)
    assert settings.database_url == "postgresql+asyncpg://demo:s3cret@db:5432/demo"
    assert settings.roles == {ProcessRole.CONSUMERS, ProcessRole.RELAY}
    assert settings.auth_jwks_file == Path("keys.json")
    assert "s3cret" not in repr(settings)


def test_all_roles_by_default_and_when_empty(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ROLES", "")
    assert load_settings(DemoSettings).roles == frozenset(ProcessRole)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEMO_DATABASE_URL", None, "DEMO_DATABASE_URL: is not set"),
        ("DEMO_DATABASE_URL", "mysql://root:s3cret@h/d", "must be a PostgreSQL URL"),
        ("DEMO_DATABASE_URL", "s3cret", "must look like postgresql://"),
        ("DEMO_DATABASE_URL", "postgresql://u:s3cret@h", "names no database"),
        ("KAFKA_BOOTSTRAP_SERVERS", None, "KAFKA_BOOTSTRAP_SERVERS is needed"),
        ("ROLES", "api,cook", "ROLES: "),
        ("ROLES", ",", "name at least one of api, consumers, relay"),
        ("AUTH_JWKS_FILE", None, "AUTH_JWKS_FILE and AUTH_JWKS_URL"),
        ("AUTH_JWKS_URL", "https://issuer/jwks", "AUTH_JWKS_FILE and AUTH_JWKS_URL"),
        ("AUTH_ISSUER", None, "AUTH_ISSUER is needed"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: "),
    ],
)
def test_what_is_wrong_is_said_and_the_process_ends(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str | None, message: str
) -> None:
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings(DemoSettings)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in said
    assert "s3cret" not in said
    assert "Traceback" not in said


def test_an_api_process_needs_no_kafka(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("KAFKA_BOOTSTRAP_SERVERS")
    environment.setenv("ROLES", "api")
    assert load_settings(DemoSettings).kafka_bootstrap_servers == ""


def test_sslmode_is_translated_for_asyncpg() -> None:
    settings = DemoSettings.for_documents().model_copy()
    assert settings.roles == frozenset(ProcessRole)
    url = DemoSettings(
        database_url="postgres://u:p@h/d?sslmode=require",
        kafka_bootstrap_servers="k:9092",
        auth_jwks_file=Path("k"),
        auth_issuer="i",
    ).database_url
    assert url == "postgresql+asyncpg://u:p@h/d?ssl=require"


def test_a_secured_cluster_gets_its_options() -> None:
    settings = DemoSettings(
        database_url="postgresql://u:p@h/d",
        kafka_bootstrap_servers="k:9092",
        auth_jwks_file=Path("k"),
        auth_issuer="i",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="SCRAM-SHA-256",
        kafka_sasl_username="me",
        kafka_sasl_password="s3cret",
    )
    security = settings.messaging().security
    assert security["security_protocol"] == "SASL_SSL"
    assert security["sasl_plain_username"] == "me"
    assert "ssl_context" in security
    assert "s3cret" not in repr(settings)

"""How this process speaks to Kafka: addresses, security, and what of aiokafka's log is worth a reader's time."""

from __future__ import annotations

import logging
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.messaging.settings import MessagingSettings

_SASL: dict[object, type[SASLPlaintext] | type[SASLScram256] | type[SASLScram512]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}
#: What aiokafka says while Kafka starts, is away or rebalances; that Kafka is away is said by ourselves, once.
_NORMAL = (
    "GroupCoordinatorNotAvailable",
    "CoordinatorNotAvailable",
    "CoordinatorLoadInProgress",
    "NotCoordinatorForGroup",
    "NodeNotReady",
    "RebalanceInProgress",
    "Unable connect to",
    "Unable to connect to",
    "Unable to request metadata",
    "Unable to update metadata",
    "Failed fetch messages",
    "Failed to fetch",
    "Heartbeat failed",
    "Heartbeat send request failed",
    "Got error produce response",
    "Could not send",
    "Cannot send",
    "is not available during auto-create initialization",
    "Topic %s not found in cluster metadata",
    "Connection closed",
)


def client_options(settings: MessagingSettings, client_id: str) -> dict[str, Any]:
    """Options that every aiokafka client of this process has."""
    return {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "client_id": client_id,
        # Not lower: aiokafka uses it for JoinGroup too, and a consumer would never join.
        "request_timeout_ms": 40_000,
        "retry_backoff_ms": 200,
        "metadata_max_age_ms": round(settings.metadata_max_age.total_seconds() * 1000),
        **settings.security,
    }


def consuming_broker(settings: MessagingSettings, client_id: str) -> KafkaBroker:
    """FastStream's broker, for consumers only: what they send goes through the outbox."""
    return KafkaBroker(
        settings.bootstrap_servers.split(","),
        client_id=client_id,
        request_timeout_ms=40_000,
        retry_backoff_ms=200,
        metadata_max_age_ms=round(settings.metadata_max_age.total_seconds() * 1000),
        security=_security(settings.security),
        consumer_only=True,
        allow_auto_create_topics=False,
        graceful_timeout=settings.finish_within.total_seconds(),
        apply_types=False,
        # No line per message. What matters is logged where it is decided.
        logger=None,
    )


def _security(options: dict[str, Any]) -> BaseSecurity | None:
    """aiokafka's options in FastStream's form."""
    protocol = str(options.get("security_protocol", "PLAINTEXT"))
    if protocol == "PLAINTEXT":
        return None
    use_ssl, context = protocol.endswith("SSL"), options.get("ssl_context")
    if not protocol.startswith("SASL"):
        return BaseSecurity(ssl_context=context, use_ssl=use_ssl)
    sasl = _SASL[options["sasl_mechanism"]]
    return sasl(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=context,
        use_ssl=use_ssl,
    )


class _Normal(logging.Filter):
    """Lets through what is not normal."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.INFO:
            return record.levelno < logging.INFO and logging.getLogger("aiokafka").isEnabledFor(record.levelno)
        said = record.getMessage()
        return not any(normal in said or normal in str(record.msg) for normal in _NORMAL)


_normal = _Normal()


def quieten_aiokafka() -> None:
    """Keep what is normal off the log. A filter counts for its own logger only, so each of aiokafka's gets it."""
    for name in [*logging.Logger.manager.loggerDict]:
        if name.partition(".")[0] == "aiokafka":
            logging.getLogger(name).addFilter(_normal)  # once: the same filter is not added again

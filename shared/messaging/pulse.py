"""Whether Kafka answers at all: a round trip every now and then, on a connection of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from aiokafka.admin import AIOKafkaAdminClient

from shared.messaging.apart import apart
from shared.messaging.kafka import client_options
from shared.messaging.settings import MessagingSettings

log = logging.getLogger(__name__)

_EVERY = 3.0
_PATIENCE = 5.0


class Pulse:
    """Asks Kafka until it is stopped. ``answers_for``: seconds since it began to answer, 0 when it does not."""

    def __init__(
        self, settings: MessagingSettings, client_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = client_options(settings, f"{client_id}-pulse")
        self._monotonic = monotonic
        self._since: float | None = None
        self._asked = False

    @property
    def answers(self) -> bool:
        return self._since is not None

    @property
    def answers_for(self) -> float:
        return 0.0 if self._since is None else self._monotonic() - self._since

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            client = AIOKafkaAdminClient(**self._options)
            try:
                async with asyncio.timeout(_PATIENCE):
                    await client.start()
                while True:
                    async with asyncio.timeout(_PATIENCE):
                        await client.describe_cluster()
                    self._answered()
                    await asyncio.sleep(_EVERY)
            except Exception as error:
                self._silent(error)
            finally:
                with suppress(Exception):
                    await apart(client.close(), _PATIENCE)
            await asyncio.sleep(1)

    def _answered(self) -> None:
        if self._since is None:
            self._since = self._monotonic()
            log.info("Kafka answers")
        self._asked = True

    def _silent(self, error: Exception) -> None:
        if self._since is not None or not self._asked:
            log.warning("Kafka does not answer: %s", str(error) or type(error).__name__)
        self._asked = True
        self._since = None

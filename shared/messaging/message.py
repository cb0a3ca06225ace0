"""A message: a record that could be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.contracts.base import Event
from shared.messaging.envelope import Envelope
from shared.messaging.record import Record

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class Message(Generic[E_co]):
    """``data`` is the contract that ``envelope.type`` names. Compared and hashed by identity.

    ``identity`` is the key of its claim in the inbox.
    """

    record: Record
    envelope: Envelope
    data: E_co
    identity: bytes

    @property
    def organisation(self) -> str:
        return self.envelope.organisation

    @property
    def traceparent(self) -> str | None:
        return self.envelope.traceparent

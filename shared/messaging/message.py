"""A message: a record that could be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.contracts.base import Event
from shared.messaging.envelope import Envelope
from shared.messaging.record import Record

E = TypeVar("E", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class Message(Generic[E]):
    """``data`` is the contract that ``envelope.type`` names. Compared and hashed by identity.

    ``identity`` is the key of its claim in the inbox.
    """

    record: Record
    envelope: Envelope
    data: E
    identity: bytes

    @property
    def organisation(self) -> str:
        return self.envelope.organisation

    @property
    def traceparent(self) -> str | None:
        return self.envelope.traceparent

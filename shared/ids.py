"""Ids: those that follow from a business key, and those that are new.

A derived id is the same in every service, process and replay, so that nobody has to ask for it. The parts are
encoded as a JSON array: ids of other systems may hold any character and are never joined with a separator.
"""

from __future__ import annotations

import json
from uuid import UUID

import uuid_utils.compat

_NAMESPACE = UUID("6f1d0f0a-4b1e-5c55-9b0b-7d3c1f1e5a11")
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _derived(kind: str, *parts: str) -> UUID:
    return uuid_utils.compat.uuid5(_NAMESPACE, _as_json((kind, *parts)))


def work_order_id(organisation: str, source: str, external_id: str) -> UUID:
    """Id of the work order that ``source`` calls ``external_id``."""
    return _derived("work-order", organisation, source, external_id)


def entry_id_of_line(organisation: str, source: str, external_id: str, line_id: str) -> UUID:
    """Id of the time entry that a line of a work order becomes."""
    return _derived("entry", organisation, source, external_id, line_id)


def entry_id_of_ref(organisation: str, ref: str) -> UUID:
    """Id of the time entry that a client entered by hand under its own reference."""
    return _derived("manual-entry", organisation, ref)


def new_id() -> UUID:
    """A new id, ordered by time (UUID version 7)."""
    return uuid_utils.compat.uuid7()

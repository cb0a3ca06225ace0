"""Rows as the HTTP shapes of documents."""

from __future__ import annotations

from typing import Any

import asyncpg

from services.billing.schemas.documents import DocumentOut


def document_out(row: asyncpg.Record) -> DocumentOut:
    return DocumentOut(**shown_document(row))


def shown_document(row: asyncpg.Record) -> dict[str, Any]:
    names = ("kind", "state", "reason", "detail", "size", "made_at")
    return {**{name: row[name] for name in names}, "sha256": row["sha256"].hex() if row["sha256"] else None}

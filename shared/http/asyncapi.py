"""``/asyncapi.json``: what a service reads from and writes to Kafka."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from shared.contracts.asyncapi import SERVICES, asyncapi_document
from shared.http.runtime import runtime_of

router = APIRouter(include_in_schema=False)


@router.get("/asyncapi.json")
async def asyncapi(request: Request) -> dict[str, Any]:
    """The AsyncAPI 3 document of this service, or of the whole system where it is none of its services."""
    name = runtime_of(request.app).service.name
    return asyncapi_document(name if name in SERVICES else None)

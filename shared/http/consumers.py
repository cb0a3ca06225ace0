"""Consumers that have stopped for a person to look: started again by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from shared.http.auth import Principal, Role, require
from shared.http.problems import not_found
from shared.http.runtime import runtime_of

router = APIRouter(prefix="/v1/consumers", tags=["operations"])


@router.post("/{group}/resume", summary="Start a stopped consumer again", status_code=204)
async def resume(
    group: Annotated[str, Path(max_length=200)],
    request: Request,
    _: Annotated[Principal, require(Role.INSTALLATION)],
) -> None:
    """In the process that answers; its `/readyz` says which have stopped, and why. One that runs goes on."""
    try:
        runtime_of(request.app).messaging.resume(group)
    except KeyError:
        raise not_found("consumer", group) from None

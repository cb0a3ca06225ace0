"""Idempotency-Key: a request that creates money documents or payments has its effect once, however often it is sent.

The key is kept with the answer in the transaction of the change. A second request with the same key waits for the
first to end (it meets its row in the unique index) and gets the same answer; with another body it is refused. A
refusal rolls back and leaves no key, so that the request can be put right and sent again.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import typing
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Header, Request, Response
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import TEXT_PATTERN
from shared.database.bulk import affected, execute, fetch
from shared.http.auth import Principal
from shared.http.problems import Problem

#: How long a key is remembered.
RETENTION: Final = timedelta(days=7)
REPLAYED: Final = "Idempotency-Replayed"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=TEXT_PATTERN,
        description="Any text that is unique to this change: sent again with the same body, it gets the same answer.",
    ),
]


def idempotent(route: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Honour the header ``Idempotency-Key`` on a route. It stands below the router's decorator:

        @router.post("/v1/invoices", status_code=201)
        @idempotent
        async def create(body: InvoiceIn, principal: Annotated[…], session: Session) -> InvoiceOut: …

    The route must have the parameters ``principal`` and ``session`` and say what it returns.
    """
    signature = inspect.signature(route, eval_str=True)
    if not {"principal", "session"} <= signature.parameters.keys():
        raise TypeError(f"{route.__qualname__}: an idempotent route needs the parameters principal and session")
    answer: TypeAdapter[Any] = TypeAdapter(typing.get_type_hints(route)["return"])

    # FastAPI fills one parameter of these types only, so the route's own is used where it has one.
    its_response = _named(signature, Response)
    its_request = _named(signature, Request)
    response_name, request_name = its_response or "_response", its_request or "_request"

    @functools.wraps(route)
    async def once(*, _key: str | None, **arguments: Any) -> Any:
        request, response = arguments[request_name], arguments[response_name]
        call = functools.partial(route, **{n: v for n, v in arguments.items() if n in signature.parameters})
        if _key is None:
            return await call()
        keeper = _Keeper(arguments["session"], arguments["principal"], request, _key)
        if stored := await keeper.claim():
            return stored
        body = answer.dump_json(await call(), by_alias=True)
        return await keeper.keep(_status(request, response), body)

    added = [inspect.Parameter("_key", inspect.Parameter.KEYWORD_ONLY, annotation=IdempotencyKey, default=None)]
    for name, given, kind in ((request_name, its_request, Request), (response_name, its_response, Response)):
        if given is None:
            added.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind))
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in signature.parameters.values()]
    once.__signature__ = signature.replace(parameters=[*keyword_only, *added])  # type: ignore[attr-defined]
    del once.__wrapped__  # FastAPI would look for the parameters there
    return once


def _named(signature: inspect.Signature, kind: type) -> str | None:
    """The route's own parameter of this type, if it has one."""
    return next((name for name, p in signature.parameters.items() if p.annotation is kind), None)


class _Keeper:
    """One key of one request."""

    def __init__(self, session: AsyncSession, principal: Principal, request: Request, key: str) -> None:
        self._session = session
        self._request = request
        self._organisation = principal.organisation or ""
        self._key = key

    async def claim(self) -> Response | None:
        """Take the key (None), or the answer that it got before; waits for who is using it just now."""
        fingerprint = await _fingerprint(self._request)
        route = f"{self._request.method} {self._request.scope['route'].path}"
        taken = await fetch(
            self._session,
            """
            INSERT INTO idempotency_keys (organisation, key, route, fingerprint) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING RETURNING key
            """,
            self._organisation,
            self._key,
            route,
            fingerprint,
        )
        return None if taken else await self._answer_before(fingerprint)

    async def keep(self, status: int, body: bytes) -> Response:
        """Store the answer beside the change that it tells of."""
        await execute(
            self._session,
            "UPDATE idempotency_keys SET status = $3, body = $4 WHERE organisation = $1 AND key = $2",
            self._organisation,
            self._key,
            status,
            body,
        )
        return Response(body, status, media_type="application/json")

    async def _answer_before(self, fingerprint: bytes) -> Response:
        (row,) = await fetch(
            self._session,
            "SELECT fingerprint, status, body FROM idempotency_keys WHERE organisation = $1 AND key = $2",
            self._organisation,
            self._key,
        )
        if row["fingerprint"] != fingerprint:
            raise Problem(
                422,
                "idempotency-key-reused",
                f"The Idempotency-Key {self._key!r} came with another request before: use a new one for each change.",
            )
        return Response(row["body"], row["status"], {REPLAYED: "true"}, "application/json")


async def _fingerprint(request: Request) -> bytes:
    """Hash of what is asked: method, path, query and body; the order of a JSON object's members does not count."""
    body = await request.body()
    with suppress(ValueError):
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    parts = [request.method, request.url.path, request.url.query]
    return hashlib.sha256(b"\n".join([*(part.encode("utf-8", "replace") for part in parts), body])).digest()


def _status(request: Request, response: Response) -> int:
    chosen: int | None = response.status_code
    declared: int | None = request.scope["route"].status_code
    return chosen or declared or 200


async def prune_idempotency_keys(session: AsyncSession, limit: int = 5000) -> int:
    """Forget keys older than :data:`RETENTION`, at most ``limit`` of them; how many it were."""
    answer = await execute(
        session,
        """
        DELETE FROM idempotency_keys WHERE (organisation, key) IN (
            SELECT organisation, key FROM idempotency_keys WHERE created_at < now() - $1::interval LIMIT $2
        )
        """,
        RETENTION,
        limit,
    )
    return affected(answer)

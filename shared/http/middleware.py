"""What surrounds every request: its id, its log context, the limit of its body, its time, and the last net for errors.

Plain ASGI: nothing is buffered, and exceptions are seen as they are.
"""

from __future__ import annotations

import re
import time
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.errors import BodyTooLarge, problem_of, too_large
from shared.http.problems import MEDIA_TYPE, Problem, invalid_input, problem_response
from shared.ids import new_id
from shared.telemetry.logging import bind_context, clear_context
from shared.telemetry.metrics import HTTP_SECONDS
from shared.telemetry.tracing import attached, tracing_on

REQUEST_ID: Final = "X-Request-Id"
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class RequestMiddleware:
    """``max_body_size``: bytes; a route that names its own limit is left to FastAPI."""

    def __init__(self, app: ASGIApp, max_body_size: int) -> None:
        self._app = app
        self._max_body_size = max_body_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        exchange = _Exchange(scope, receive, send, _request_id(headers), self._max_body_size)
        clear_context()
        bind_context(request_id=exchange.request_id)
        # With tracing on, FastAPI has made the span of this request already.
        with attached(None if tracing_on() else headers.get("traceparent")):
            await exchange.run(self._app)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: str, max_body_size: int) -> None:
        self.request_id = request_id
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limit = max_body_size
        self._received = 0
        self._status = 0
        self._replaced = False

    async def run(self, app: ASGIApp) -> None:
        self._scope.setdefault("state", {})["request_id"] = self.request_id
        started = time.perf_counter()
        try:
            _refuse_nul(self._scope)
            await app(self._scope, self.receive, self.send)
        except Exception as error:
            if self._status:  # too late to say it: the server cuts the connection
                raise
            await self._answer(problem_of(error))
        finally:
            HTTP_SECONDS.labels(self._scope["method"], _route(self._scope), str(self._status or 500)).observe(
                time.perf_counter() - started
            )

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and getattr(self._scope.get("route"), "max_body_size", None) is None:
            self._received += len(message.get("body", b""))
            if self._received > self._limit:
                raise BodyTooLarge(self._limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            if self._status == 413 and headers.get("content-type") != MEDIA_TYPE:
                # The limit of a single route answers in plain text.
                self._replaced, self._status = True, 0
                await self._answer(too_large(getattr(self._scope.get("route"), "max_body_size", None) or self._limit))
                return
            headers[REQUEST_ID] = self.request_id
        if not self._replaced:
            await self._send(message)

    async def _answer(self, problem: Problem) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = self.request_id
            await self._send(message)

        await problem_response(problem, self.request_id)(self._scope, self._receive, send)


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) else new_id().hex


def _refuse_nul(scope: Scope) -> None:
    """No text in PostgreSQL can hold NUL, so no path or query that holds it can name anything."""
    if "\x00" in scope["path"]:
        raise invalid_input("The path holds a NUL character.", "", place="path")
    query = scope.get("query_string", b"")
    if b"%00" in query or b"\x00" in query:
        raise invalid_input("The query holds a NUL character.", "", place="query")


def _route(scope: Scope) -> str:
    """The template of the route, so that metrics don't grow with every id; ``none`` where no route matched."""
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "none"

"""A client for tests that says what it expects: an answer, or a refusal with its slug."""

from __future__ import annotations

import json
from typing import Any

import httpx


class Caller:
    """Calls an API as one user; anything but what is expected fails the test with the answer's text."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **params: Any) -> Any:
        return self._right(await self.client.get(path, params=params))

    async def put(self, path: str, body: Any) -> Any:
        return self._right(await self.client.put(path, json=body))

    async def patch(self, path: str, body: Any) -> Any:
        return self._right(await self.client.patch(path, json=body))

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._right(await self.client.post(path, json=body, headers=headers))

    async def delete(self, path: str) -> None:
        self._right(await self.client.delete(path))

    async def items(self, path: str, **params: Any) -> list[Any]:
        """All items of a list, page by page."""
        found: list[Any] = []
        page = await self.get(path, **params)
        found += page["items"]
        while page["next"]:
            page = await self.get(path, **{**params, "cursor": page["next"]})
            found += page["items"]
        return found

    async def refused(self, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, str]:
        """Status and slug of a refusal."""
        content = None if body is None else json.dumps(body)  # a lone surrogate goes out escaped, as others send it
        headers = {"content-type": "application/json"} if content else {}
        answer = await self.client.request(method, path, content=content, headers=headers, params=params)
        assert answer.status_code >= 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["type"].rpartition("/")[2]

    def _right(self, answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

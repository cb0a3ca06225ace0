"""The HTTP APIs as a user of an organisation sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx


class Refused(Exception):  # noqa: N818 - an answer, in the words of the features
    """The API said no: a problem (RFC 9457)."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.problem: dict[str, Any] = response.json()
        self.slug = str(self.problem["type"]).rsplit("/", 1)[-1]
        super().__init__(f"{response.request.method} {response.request.url} → {self.status} {self.problem}")


class Api:
    """One service, for one user. Answers are decoded JSON; a refusal is raised as `Refused`."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )

    def close(self) -> None:
        self._client.close()

    def request(self, method: str, path: str, **kwargs: Any) -> Any:
        """Decoded JSON.  Raises Refused (4xx) or RuntimeError (what the service answers for)."""
        response = self._answer(method, path, **kwargs)
        return response.json() if response.content else None

    def content(self, path: str) -> bytes:
        """A file, as it is."""
        return self._answer("GET", path).content

    def _answer(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        response = self._client.request(method, path, **kwargs)
        if 400 <= response.status_code < 500:
            raise Refused(response)
        if not response.is_success:
            raise RuntimeError(f"{method} {path} → {response.status_code} {response.text}")
        return response

    def get(self, path: str, **params: Any) -> Any:
        return self.request("GET", path, params={k: v for k, v in params.items() if v is not None})

    def put(self, path: str, body: Any) -> Any:
        return self.request("PUT", path, json=body)

    def patch(self, path: str, body: Any) -> Any:
        return self.request("PATCH", path, json=body)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """``key``: the Idempotency-Key, so that asking again does it once."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.request("POST", path, json=body if body is not None else {}, headers=headers)

    def delete(self, path: str) -> Any:
        return self.request("DELETE", path)

    def all(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **params, limit=500, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return


class Apis:
    """The three services for one user."""

    def __init__(self, urls: Mapping[str, str], token: str) -> None:
        self.workorders = Api(urls["workorders"], token)
        self.timesheets = Api(urls["timesheets"], token)
        self.billing = Api(urls["billing"], token)

    def close(self) -> None:
        for api in (self.workorders, self.timesheets, self.billing):
            api.close()

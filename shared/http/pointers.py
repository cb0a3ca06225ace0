"""Where in a request an error is: pydantic's locations as JSON pointers (RFC 6901)."""

from __future__ import annotations

Location = tuple[int | str, ...]

_PLACES = ("body", "query", "path", "header", "cookie")


def place_of(location: Location) -> str:
    """The part of the request: body, query, path, header or cookie."""
    return str(location[0]) if location and location[0] in _PLACES else "body"


def json_pointer(location: Location, body: object) -> str:
    """``("body", "lines", 0, "labour", "start")`` → ``/lines/0/start``.

    pydantic also names the branch of a union that it tried; a step that the body does not have is such a branch,
    unless it is the last one: then it is the field that is missing.
    """
    steps = location[1:] if location and location[0] in _PLACES else location
    if place_of(location) != "body":
        return _join(steps)
    found: list[int | str] = []
    current = body
    for position, step in enumerate(steps):
        if _has(current, step):
            current = current[step]  # type: ignore[index]
        elif not (position == len(steps) - 1 and isinstance(current, dict) and isinstance(step, str)):
            continue
        found.append(step)
    return _join(found)


def _has(value: object, step: int | str) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _join(steps: tuple[int | str, ...] | list[int | str]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)

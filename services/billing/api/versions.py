"""ETags of drafts: a change says which version it is based on (RFC 9110, If-Match)."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Header

from shared.http.problems import Problem, invalid_input, register_problems

_ETAG: Final = re.compile(r'"?(\d{1,9})"?')
_SAID: Final = "The version that you have seen, as the ETag or `version` of the draft says it; * for any."

register_problems({"version-required": "Say which version you have seen"})

_Header = Annotated[str | None, Header(alias="If-Match", description=_SAID)]


def etag(version: int) -> str:
    return f'"{version}"'


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise invalid_input('If-Match names one version, such as "3".', "/If-Match", place="header")
    return int(match[1])


def _required(if_match: _Header = None) -> int | None:
    if if_match is None:
        raise Problem(428, "version-required", "Send If-Match with the ETag of the draft that you have seen.")
    return _version(if_match)


def _optional(if_match: _Header = None) -> int | None:
    return _version(if_match)


#: What a change is based on; None: on whatever there is (If-Match: *).
SeenVersion = Annotated[int | None, Depends(_required)]
#: The same where it may be left out.
MaybeSeenVersion = Annotated[int | None, Depends(_optional)]

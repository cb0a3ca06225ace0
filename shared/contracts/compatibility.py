"""Does a change of a contract break somebody who reads?

Two promises are checked between the committed JSON Schema of an event (``old``) and the one that the model gives now
(``new``), both as ``schemas.schema_of`` makes them:

* who reads with the old version can read what is written now (``OLD_READERS``): other services during a release,
  other systems until they look again;
* who reads with the new version can read what was written before (``OLD_MESSAGES``): what still stands on the
  topics, in dead letters and in other systems.

Readers ignore fields that they do not know, so a new field with a default breaks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

Schema = dict[str, Any]


class Breaks(Enum):
    OLD_READERS = "who reads with the committed version cannot read what is written now"
    OLD_MESSAGES = "what was written with the committed version can no longer be read"
    BOTH = "old messages and old readers"


@dataclass(frozen=True)
class Change:
    """One breaking change: where in the data (``lines[].kind``), what, and whom it breaks."""

    path: str
    what: str
    breaks: Breaks

    def __str__(self) -> str:
        return f"{self.path or 'the event'}: {self.what} ({self.breaks.value})"


#: Limits that let fewer values through when they are raised, and those that do when they are lowered.
_FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
#: Keywords whose values cannot be compared: any change may break both sides.
_OPAQUE = ("pattern", "format", "uniqueItems", "multipleOf", "contentEncoding")


def breaking_changes(old: Schema, new: Schema, *, open_to_others: bool = False) -> list[Change]:
    """What of ``new`` breaks somebody who relies on ``old``; empty when nothing does.

    ``open_to_others``: others write these messages and we alone read them, so only old messages matter.
    """
    changes = _Comparison(old, new).simple(old, new, "")
    return [change for change in changes if not (open_to_others and change.breaks is Breaks.OLD_READERS)]


@dataclass(frozen=True)
class _Comparison:
    """Both documents, whose parts refer to each other by ``$ref``."""

    old_root: Schema
    new_root: Schema

    def values(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        """Compare which values two schemas let through, alternative by alternative."""
        olds = {_label(s): s for s in _alternatives(old, self.old_root)}
        news = {_label(s): s for s in _alternatives(new, self.new_root)}
        for label in olds.keys() - news.keys():
            yield Change(path, f"may no longer be {label}", Breaks.OLD_MESSAGES)
        for label in news.keys() - olds.keys():
            yield Change(path, f"may now be {label}", Breaks.OLD_READERS)
        for label in sorted(olds.keys() & news.keys()):
            yield from self.simple(olds[label], news[label], path)

    def simple(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        """Compare two schemas of one type."""
        yield from _words(old, new, path)
        yield from _limits(old, new, path)
        yield from _opaque(old, new, path)
        if "items" in old and "items" in new:
            yield from self.values(old["items"], new["items"], f"{path}[]")
        elif ("items" in old) != ("items" in new):
            yield Change(path, "what its items are has changed", Breaks.BOTH)
        yield from self._fields(old, new, path)

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[Change]:
        olds, news = old.get("properties", {}), new.get("properties", {})
        was, needed = set(old.get("required", ())), set(new.get("required", ()))
        for name in olds:
            place = f"{path}.{name}".lstrip(".")
            if name not in news:
                yield Change(place, "the field is gone or has another name", Breaks.BOTH)
                continue
            if name in was - needed:
                yield Change(place, "may now be left out", Breaks.OLD_READERS)
            elif name in needed - was:
                yield Change(place, "may no longer be left out", Breaks.OLD_MESSAGES)
            elif olds[name].get("default") != news[name].get("default"):
                yield Change(place, "means something else when it is left out", Breaks.BOTH)
            yield from self.values(olds[name], news[name], place)
        for name in sorted(needed - olds.keys()):
            yield Change(f"{path}.{name}".lstrip("."), "is new and may not be left out", Breaks.OLD_MESSAGES)


def _alternatives(schema: Schema, root: Schema) -> Iterator[Schema]:
    """``schema`` as the simple schemas of which a value fits one, references followed."""
    if "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from _alternatives(target, root)
        return
    for keyword in ("anyOf", "oneOf", "allOf"):  # allOf: a reference with a description beside it
        if keyword in schema:
            for branch in schema[keyword]:
                yield from _alternatives(branch, root)
            return
    yield from _by_kind(schema)


def _by_kind(schema: Schema) -> Iterator[Schema]:
    """An object that stands for several values of ``kind``, as one schema for each of them."""
    kind = schema.get("properties", {}).get("kind", {})
    if "enum" not in kind:
        yield schema
        return
    for value in kind["enum"]:
        yield {**schema, "properties": {**schema["properties"], "kind": {"type": "string", "const": value}}}


def _label(schema: Schema) -> str:
    kind = schema.get("properties", {}).get("kind", {}).get("const")
    return str(schema.get("type", "anything")) + (f" of kind {kind!r}" if kind is not None else "")


def _words(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = _listed(old), _listed(new)
    if before is None and after is None:
        return
    if before is None or after is None:
        narrower = before is None
        what = "only listed values are left" if narrower else "any value is let through"
        yield Change(path, what, Breaks.OLD_MESSAGES if narrower else Breaks.OLD_READERS)
        return
    for value in sorted(before - after, key=str):
        yield Change(path, f"the value {value!r} is gone", Breaks.OLD_MESSAGES)
    for value in sorted(after - before, key=str):
        yield Change(path, f"the value {value!r} is new", Breaks.OLD_READERS)


def _listed(schema: Schema) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _limits(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for keyword in (*_FLOORS, *_CEILINGS):
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        if before is None or after is None:
            narrower = before is None
        else:
            narrower = after > before if keyword in _FLOORS else after < before
        what = f"{keyword} was {_said(before)}, is {_said(after)}"
        yield Change(path, what, Breaks.OLD_MESSAGES if narrower else Breaks.OLD_READERS)


def _opaque(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for keyword in _OPAQUE:
        if old.get(keyword) != new.get(keyword):
            yield Change(path, f"{keyword} was {_said(old.get(keyword))}, is {_said(new.get(keyword))}", Breaks.BOTH)


def _said(value: Any) -> str:
    return "not given" if value is None else repr(value)

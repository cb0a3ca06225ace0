"""What the rules refuse."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - it says what the rules do
    """The rules say no; ``slug`` says which one, ``detail`` what about it, ``field`` where in the input."""

    def __init__(self, slug: str, detail: str, field: str | None = None) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
        self.field = field

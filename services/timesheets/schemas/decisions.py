"""What is asked of entries: which ones, and why."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.timesheets.domain.access import User
from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.words import EntryState
from shared.contracts.base import TEXT_PATTERN, Code, Day, ExternalId, Text
from shared.http.fields import Body
from shared.words import EntryKind

#: Entries named one by one in one request.
MOST_IDS = 10_000

Reason = Annotated[Text, Field(min_length=1, pattern=TEXT_PATTERN, examples=["left at four"])]


class FilterIn(Body):
    """The fields of the list of entries; what is left out does not count."""

    state: EntryState | None = None
    employee: Code | None = None
    project: Code | None = None
    customer: Code | None = Field(None, description="Also finds what is on this customer's projects.")
    no_project: bool | None = Field(None, description="True: only what is on a customer's own account, no project.")
    phase: Code | None = None
    work_order: ExternalId | None = Field(None, description="The order's id in its own system.")
    source: ExternalId | None = None
    hour_type: Code | None = None
    kind: EntryKind | None = None
    first_day: Day | None = Field(None, alias="from")
    last_day: Day | None = Field(None, alias="until", description="Inclusive.")
    flagged: bool | None = None

    def seen_by(self, user: User, states: tuple[EntryState, ...]) -> EntryFilter:
        """As a query has it, where ``states`` are those that count if none is named.

        Employees find their own entries, whatever they ask for; one who is no employee finds none.
        """
        named = (self.state,) if self.state is not None else states
        return EntryFilter(
            states=[state.value for state in named],
            own=user.employee or "" if user.own_only else None,
            kind=self.kind.value if self.kind is not None else None,
            **{name: getattr(self, name) for name in FilterIn.model_fields if name not in ("state", "kind")},
        )


class FilterQuery(FilterIn):
    """The filter as query parameters, which stand beside those of paging."""

    model_config = ConfigDict(extra="ignore")


class ManyIn(Body):
    """Entries by their ids, or all that match a filter."""

    ids: Annotated[list[UUID], Field(max_length=MOST_IDS)] | None = None
    filter: FilterIn | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self


class RejectManyIn(ManyIn):
    reason: Reason


class CommentIn(Body):
    """What may be said with a decision that needs no reason."""

    reason: Text | None = None


class ReasonIn(Body):
    reason: Reason

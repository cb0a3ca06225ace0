"""Surcharge rules, and why an entry's pieces are what they are."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Admin, Reader, reader, time_zone_of
from services.timesheets.handlers.by_hand import visible_entry
from services.timesheets.handlers.working_times import put_rule, take_rule_away
from services.timesheets.queries.working_times import rules_of
from services.timesheets.schemas.working_times import ExplanationOut, RuleIn, RuleList, RuleOut
from services.timesheets.showing_times import explanation_out, read_rule, rule_out
from shared.contracts.base import Name
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1", tags=["surcharge rules"])

RuleName = Annotated[Name, Path(description="What the organisation calls it.", examples=["night"])]


@router.get("/surcharge-rules", summary="Surcharge rules, by name")
async def get_list(principal: Reader, session: ReadSession) -> RuleList:
    rules = (await rules_of(session, [principal.org])).get(principal.org, ())
    return RuleList(items=[rule_out(rule) for rule in rules])


@router.put(
    "/surcharge-rules/{name}",
    summary="Make or change a surcharge rule",
    responses=problems({422: ["invalid-days"]}),
)
async def put(name: RuleName, body: RuleIn, principal: Admin, session: Session, clock: CurrentClock) -> RuleOut:
    """Labour is cut where its surcharge changes. Hours that are not approved are classified again: at once where they
    are few, otherwise within seconds."""
    return rule_out(await put_rule(session, principal.org, read_rule(name, body), clock()))


@router.delete("/surcharge-rules/{name}", status_code=204, summary="Take a surcharge rule away")
async def delete(name: RuleName, principal: Admin, session: Session, clock: CurrentClock) -> None:
    """What is approved keeps its pieces; the rest is classified again."""
    await take_rule_away(session, principal.org, name, clock())


@router.get("/entries/{entry_id}/explanation", summary="Why an entry's pieces are what they are")
async def explain(entry_id: UUID, principal: Reader, session: Session, log: ReadLog) -> ExplanationOut:
    """Which surcharge rule, hour type or overtime gave each piece what it is. Employees see their own."""
    entry = await visible_entry(session, reader(principal), entry_id)
    await log.note(principal, "explanation", 1, employee=entry.work.employee, asked={"entry": entry.name})
    return explanation_out(entry, await time_zone_of(session, principal.org))

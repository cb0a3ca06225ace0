"""Milestones of a fixed-price phase: planned, changed, deleted until they are billed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers import refusals
from services.billing.handlers.drafts import locked_account
from services.billing.handlers.fixed_price import find_fixed_price
from services.billing.queries import fixed_price
from services.billing.queries.fixed_price import Phase
from shared.http.problems import conflict, invalid_input, not_found, register_problems
from shared.ids import new_id
from shared.money import as_money

register_problems({"milestone-exists": "The phase has a milestone of this name"})


async def plan_milestone(
    session: AsyncSession, organisation: str, project: str, code: str, given: Mapping[str, Any]
) -> asyncpg.Record:
    """A new milestone. Raises ``not-found``, ``not-fixed-price``, ``milestone-exists``, ``invalid-input``."""
    account = await locked_account(session, organisation, project=project, customer=None)
    phase = await find_fixed_price(session, organisation, project, code)
    row = {"percentage": None, "amount": None, "day": None, **given, "id": new_id()}
    return await _save(session, phase, row, account.currency)


async def change_milestone(
    session: AsyncSession, organisation: str, place: tuple[str, str, UUID], given: Mapping[str, Any]
) -> asyncpg.Record:
    """Change the fields that are given, until it is billed. ``place``: project, phase and milestone."""
    phase, row, currency = await _changeable(session, organisation, place)
    changed = {**dict(row), **given}
    if given.get("percentage") is not None:
        changed["amount"] = given.get("amount")
    elif given.get("amount") is not None:
        changed["percentage"] = None
    return await _save(session, phase, changed, currency)


async def delete_milestone(session: AsyncSession, organisation: str, place: tuple[str, str, UUID]) -> None:
    """Until it is billed."""
    _, row, _ = await _changeable(session, organisation, place)
    await fixed_price.delete_milestone(session, row["id"])


async def _changeable(
    session: AsyncSession, organisation: str, place: tuple[str, str, UUID]
) -> tuple[Phase, asyncpg.Record, str]:
    project, code, milestone_id = place
    account = await locked_account(session, organisation, project=project, customer=None)
    phase = await find_fixed_price(session, organisation, project, code)
    row = await fixed_price.milestone(session, phase.key, milestone_id)
    if row is None:
        raise not_found("milestone", milestone_id)
    if row["billed"] > 0:
        raise conflict("milestone-billed", f"The milestone {row['name']!r} is billed, or in a draft, already.")
    return phase, row, account.currency


async def _save(session: AsyncSession, phase: Phase, row: dict[str, Any], currency: str) -> asyncpg.Record:
    if row["name"] is None:
        raise invalid_input("name cannot be empty", "/name")
    if (row["percentage"] is None) == (row["amount"] is None):
        raise invalid_input("a milestone is a percentage of the price, or an amount", "/percentage")
    if row["amount"] is not None and as_money(row["amount"], currency) != row["amount"]:
        raise refusals.too_many_decimals("/amount", row["amount"], currency)
    organisation, project, code = phase.key
    placed = {**row, "organisation": organisation, "project": project, "phase": code}
    if not await fixed_price.save_milestone(session, placed):
        raise conflict("milestone-exists", f"{project}/{code} has a milestone {row['name']!r} already.")
    saved = await fixed_price.milestone(session, phase.key, row["id"])
    assert saved is not None, "it was written just now"
    return saved

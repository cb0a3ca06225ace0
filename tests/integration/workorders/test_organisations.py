"""The local copy of the organisations."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.handlers.organisations import copy_organisations
from services.workorders.queries.organisations import time_zones
from shared.ids import new_id
from tests.support.workorders import batch, organisation_record


async def test_the_newest_record_counts_whatever_the_order(session: AsyncSession) -> None:
    code = f"org-{new_id().hex}"
    newest = organisation_record(code, 3, time_zone="Europe/Brussels")

    await copy_organisations(session, batch(organisation_record(code, 1), newest, organisation_record(code, 2)))
    await copy_organisations(session, batch(organisation_record(code, 2, time_zone="UTC")))

    assert await time_zones(session, [code]) == {code: "Europe/Brussels"}


async def test_a_deleted_organisation_is_not_known(session: AsyncSession) -> None:
    code = f"org-{new_id().hex}"

    await copy_organisations(session, batch(organisation_record(code, 1), organisation_record(code, 2, deleted=True)))

    assert await time_zones(session, [code]) == {}


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "Europe", "", "a" * 300])
async def test_a_time_zone_that_is_none_is_a_dead_letter(session: AsyncSession, name: str) -> None:
    code = f"org-{new_id().hex}"
    incoming = batch(
        organisation_record(code).model_copy(update={"time_zone": name}), organisation_record(f"{code}-2")
    )

    await copy_organisations(session, incoming)

    assert [incoming.refused[m].slug for m in incoming.refused] == ["unknown-time-zone"]
    assert await time_zones(session, [code, f"{code}-2"]) == {f"{code}-2": "Europe/Amsterdam"}

"""Re-pricing on request: what is unbilled from a day on takes the rates, price list and preferences of now.

The ledger only grows: the old row goes out together with its reversal, and the entry is accrued again. Rows that a
draft reserved make it outdated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.pricing import Account
from services.billing.domain.repricing import Repriced, Standing, groups_of, reprice
from services.billing.handlers.drafts import locked_account
from services.billing.queries import accounts, pricing, repricing
from services.billing.queries.invoicing import BilledAccount
from services.billing.queries.organisations import load_terms
from services.billing.queries.repricing import RepricingRow
from services.billing.queries.reversing import reverse_rows
from shared.database.locks import lock_organisations_shared
from shared.ids import new_id
from shared.money import sum_parts


@dataclass(frozen=True, slots=True)
class Outcome:
    """``drafts`` held rows that were priced anew: each must be refreshed before it can be issued."""

    row: RepricingRow
    drafts: list[UUID]
    currency: str


async def reprice_unbilled(
    session: AsyncSession,
    organisation: str,
    *,
    project: str | None,
    customer: str | None,
    from_day: date,
    by: str,
    now: datetime,
) -> Outcome:
    """Price what is unbilled of an account, of ``from_day`` and later, anew. Raises ``not-found``."""
    await lock_organisations_shared(session, [organisation])  # nobody enters a rate meanwhile
    account = await locked_account(session, organisation, project=project, customer=customer)
    rows = await repricing.unbilled_accruals(session, organisation, account.id, from_day)
    standings = [repricing.standing_of(row, account.customer, account.project) for row in rows]
    priced = await _price(session, account, standings)
    done = _counted(account, from_day, priced, by, now)
    await repricing.add(session, done)
    by_id = {row["id"]: row for row in rows}
    changed = [(by_id[standing.row_id], price) for standing, price in priced.changed]
    await reverse_rows(session, {row["id"]: row["traceparent"] for row, _ in changed}, now, done.id)
    await repricing.accrue_again(session, changed, done.id, now)
    await accounts.add_to_balances(session, {account.id: done.parts_after - done.parts_before})
    drafts = {row["draft_id"] for row, _ in changed if row["draft_id"] is not None}
    return Outcome(done, sorted(drafts), account.currency)


async def _price(session: AsyncSession, account: BilledAccount, standings: list[Standing]) -> Repriced:
    if not standings:
        return Repriced([], 0, 0)
    organisation = account.organisation
    terms = await load_terms(session, [organisation])
    books = (await pricing.load_books(session, ((organisation, row.work) for row in standings), terms))[organisation]
    found: Account | None = books.account(standings[0].work)
    assert found is not None, "the account is locked"
    so_far = await pricing.load_so_far(session, groups_of(standings, found))
    return reprice(standings, found, books, so_far)


def _counted(account: BilledAccount, from_day: date, priced: Repriced, by: str, now: datetime) -> RepricingRow:
    return RepricingRow(
        id=new_id(),
        organisation=account.organisation,
        account_id=account.id,
        from_day=from_day,
        repriced=len(priced.changed),
        unchanged=priced.unchanged,
        without_price=priced.without_price,
        parts_before=sum_parts(standing.parts for standing, _ in priced.changed),
        parts_after=sum_parts(price.parts for _, price in priced.changed),
        asked_by=by,
        asked_at=now,
    )

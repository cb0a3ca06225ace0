"""How accounts, ledger rows and prices are shown: exact amounts are rounded here, and nowhere before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg

from services.billing.domain.price_list import ListPrice
from services.billing.domain.proposals import is_proposed
from services.billing.domain.rates import RateKey, RateScope
from services.billing.models import Account, LedgerRow, SuspendedEntry, UnpricedEntry
from services.billing.queries.kept import listed_of
from services.billing.queries.past import PastBalance
from services.billing.schemas.accounts import (
    AccountOut,
    LedgerRowOut,
    PieceOut,
    PriceOfEntry,
    RepricedOut,
    SuspendedOut,
    UnbilledEntryOut,
)
from services.billing.schemas.price_list import ListPriceOwner, list_owner
from services.billing.schemas.rates import RateOwner, owner
from shared.money import as_money, parts_as_money

_NOTHING = Decimal(0)


def account_out(account: Account, reserved: Decimal | None) -> AccountOut:
    """``reserved``: exact parts that drafts hold."""
    currency, held = account.currency, reserved or _NOTHING
    return AccountOut(
        customer=account.customer,
        project=account.project,
        unbilled=parts_as_money(account.unbilled_parts, currency),
        reserved=parts_as_money(held, currency),
        advance_open=as_money(account.advance_open, currency),
        proposed=is_proposed(account.unbilled_parts, held, account.advance_open, currency),
        currency=currency,
    )


def past_account_out(account: Account, past: PastBalance, at: date) -> AccountOut:
    """As it was at the end of the day ``at``."""
    return AccountOut(
        customer=account.customer,
        project=account.project,
        unbilled=parts_as_money(past.unbilled_parts, account.currency),
        reserved=None,
        advance_open=as_money(past.advance_open, account.currency),
        proposed=None,
        currency=account.currency,
        at=at,
    )


def unbilled_entry_out(row: asyncpg.Record, currency: str) -> UnbilledEntryOut:
    return UnbilledEntryOut(
        entry_id=row["entry_id"],
        external_cost_id=row["external_cost_id"],
        name=row["name"],
        ledger_row=row["id"],
        day=row["day"],
        kind=row["entry_kind"] or "cost",
        phase=row["phase"],
        employee=row["employee"],
        hour_type=row["hour_type"],
        description=row["description"],
        minutes=row["minutes"],
        billed_minutes=row["billed_minutes"],
        quantity=row["quantity"],
        unit=row["unit"],
        price=row["unit_price"],
        amount=parts_as_money(row["parts"], currency),
        currency=currency,
        to_give_back=row["parts"] < 0,
        draft=row["draft_id"],
    )


def ledger_row_out(row: LedgerRow, currency: str) -> LedgerRowOut:
    assert row.id is not None
    return LedgerRowOut(
        id=row.id,
        kind=row.kind,
        entry_id=row.entry_id,
        entry_version=row.entry_version,
        external_cost_id=row.external_cost_id,
        name=row.name,
        day=row.day,
        phase=row.phase,
        minutes=row.minutes,
        billed_minutes=row.billed_minutes,
        quantity=row.quantity,
        price=row.unit_price,
        amount=parts_as_money(row.parts, currency),
        exact=row.parts,
        reverses=row.reverses_row_id,
        repricing=row.repricing_id,
        invoice=row.invoice_id,
        at=row.created_at,
    )


def suspended_out(row: SuspendedEntry) -> SuspendedOut:
    event = row.event
    return SuspendedOut(
        entry_id=row.entry_id,
        name=row.name,
        version=row.version,
        reason=row.reason,
        since=row.since,
        customer=row.customer,
        project=row.project,
        employee=row.employee,
        **{name: event.get(name) for name in ("day", "kind", "phase", "hour_type", "minutes", "quantity", "currency")},
    )


def price_of_accrual(row: LedgerRow, currency: str, why: asyncpg.Record | None = None) -> PriceOfEntry:
    """How an accrued entry came to its price: by the rates that its pieces took, by the price list, or by what the
    line brought. ``why`` is the re-pricing that gave it, if one did (queries/repricing.py)."""
    assert row.entry_id is not None
    listed = listed_of(row.list_price)
    pieces = [_piece_out(piece, currency) for piece in row.pieces]
    owners = {piece.rate.model_dump_json(): piece.rate for piece in pieces}
    return PriceOfEntry(
        entry_id=row.entry_id,
        name=row.name or str(row.entry_id),
        state="accrued",
        explanation=_explanation(list(owners.values()), listed, why),
        price=row.unit_price,
        currency=currency,
        amount=parts_as_money(row.parts, currency),
        minutes=row.minutes,
        billed_minutes=row.billed_minutes,
        quantity=row.quantity,
        unit=row.unit,
        mark_up=row.mark_up,
        rate=next(iter(owners.values())) if len(owners) == 1 else None,
        list_price=ListPriceOwner(**list_owner(listed.key)) if listed else None,
        pieces=pieces,
        repriced=_repriced(why, currency),
    )


def _repriced(why: asyncpg.Record | None, currency: str) -> RepricedOut | None:
    if why is None:
        return None
    return RepricedOut(
        from_day=why["from_day"],
        asked_by=why["asked_by"],
        asked_at=why["asked_at"],
        price_before=why["unit_price"],
        amount_before=None if why["parts"] is None else parts_as_money(why["parts"], currency),
    )


def _piece_out(piece: dict[str, Any], currency: str) -> PieceOut:
    scope, code, phase, hour_type = piece["rate_for"]
    return PieceOut(
        minutes=piece["minutes"],
        billed_minutes=piece["billed_minutes"],
        hour_type=piece["hour_type"],
        surcharge=Decimal(piece["surcharge"]),
        price=Decimal(piece["price"]),
        amount=parts_as_money(Decimal(piece["parts"]), currency),
        rate=RateOwner(**owner(RateKey(RateScope(scope), code, phase, hour_type))),
    )


def _explanation(owners: list[RateOwner], listed: ListPrice | None, why: asyncpg.Record | None) -> str:
    """``from the rate for project P1``, or where else the price is from."""
    text = "from the line itself"
    if owners:
        text = "from the rate for " + " and ".join(_owner_text(rate) for rate in owners)
    elif listed is not None:
        text = f"from the price list: {listed.key}"
    return text if why is None else f"{text}; re-priced from {why['from_day']} on by {why['asked_by']}"


def _owner_text(rate: RateOwner) -> str:
    code = rate.customer or rate.employee or rate.project
    of = f"{code}/{rate.phase}" if rate.phase else code
    text = f"{rate.scope} {of}" if of else f"the {rate.scope}"
    return f"{text}, {rate.hour_type}" if rate.hour_type else text


def price_of_suspended(row: SuspendedEntry, currency: str) -> PriceOfEntry:
    return PriceOfEntry(
        entry_id=row.entry_id,
        name=row.name,
        state="suspended",
        explanation=f"it has no price yet: {row.reason}",
        currency=currency,
        minutes=row.event.get("minutes"),
    )


def price_of_unpriced(row: UnpricedEntry, currency: str) -> PriceOfEntry:
    return PriceOfEntry(
        entry_id=row.entry_id,
        name=row.name,
        state=row.why,
        explanation=f"it is billed by nothing of its own: {row.why}",
        currency=currency,
        minutes=row.minutes,
    )

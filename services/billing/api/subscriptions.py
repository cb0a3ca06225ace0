"""Routes of subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Response

from services.billing.api.billing_roles import Biller
from services.billing.domain.asked import AskedLine
from services.billing.domain.subscriptions import Price
from services.billing.handlers.subscriptions import free_period, save_subscription, saved
from services.billing.queries import subscriptions
from services.billing.schemas.subscriptions import (
    FailureOut,
    PeriodOut,
    SubscriptionIn,
    SubscriptionLineOut,
    SubscriptionOut,
    SubscriptionPriceOut,
)
from shared.contracts.base import Code, Day
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])

#: As the API names what the database calls otherwise.
_COLUMNS: Final = {"period": "unit", "start": "start_day", "end": "end_day"}


@router.put(
    "/{code}",
    summary="Link a subscription, or change it",
    responses=problems({409: ["subscription-in-use", "period-billed"], 422: ["unknown-project", "unknown-customer"]}),
)
async def put_subscription(code: Code, body: SubscriptionIn, principal: Biller, session: Session) -> SubscriptionOut:
    """Make a subscription, or change the fields that are sent. What was billed stays as it was billed."""
    given = {_COLUMNS.get(name, name): value for name, value in body.given().items()}
    if given.get("lines") is not None:
        given["lines"] = tuple(AskedLine(**line.model_dump()) for line in given["lines"])
    done = await save_subscription(session, principal.org, code, given, principal.subject)
    return _shown(done.row, done.prices)


@router.get("/{code}", summary="A subscription")
async def get_subscription(code: Code, principal: Biller, session: ReadSession) -> SubscriptionOut:
    """With its prices, what is due next, and why the last try failed, if it did."""
    found = await saved(session, principal.org, code)
    return _shown(found.row, found.prices)


@router.get("", summary="Subscriptions")
async def list_subscriptions(
    *,
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    project: Code | None = None,
    customer: Code | None = None,
    failing: bool | None = None,
) -> Page[SubscriptionOut]:
    """By code; `failing` shows those whose last try made no invoice."""
    after = paging.key(str)
    rows = await subscriptions.listed(
        session,
        principal.org,
        project=project,
        customer=customer,
        failing=failing,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    prices = await subscriptions.prices(session, principal.org, [row["code"] for row in rows])
    return page(rows, paging, lambda row: (row["code"],), lambda row: _shown(dict(row), prices[row["code"]]))


@router.get("/{code}/periods", summary="What was billed of a subscription")
async def list_periods(code: Code, principal: Biller, session: ReadSession, paging: Paging) -> Page[PeriodOut]:
    """The latest period first."""
    await saved(session, principal.org, code)
    after = paging.key(date)
    rows = await subscriptions.periods(session, principal.org, code, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row["day"],), lambda row: _period(dict(row)))


@router.delete(
    "/{code}/periods/{day}",
    status_code=204,
    summary="Let a period be billed again",
    responses=problems({409: ["period-billed"]}),
)
async def delete_period(code: Code, day: Day, principal: Biller, session: Session) -> Response:
    """One whose draft was deleted: it stays as it is until somebody says so."""
    await free_period(session, principal.org, code, day)
    return Response(status_code=204)


def _period(row: Mapping[str, Any]) -> PeriodOut:
    net = None if row["net"] is None else as_money(row["net"], row["currency"])
    return PeriodOut(**{**row, "net": net})


def _shown(row: Mapping[str, Any], prices: Sequence[Price]) -> SubscriptionOut:
    return SubscriptionOut(
        **{**row, **{name: row[column] for name, column in _COLUMNS.items()}},
        next=row["next_day"],
        failure=_failure(row),
        prices=[_price(price, row["currency"]) for price in prices],
    )


def _failure(row: Mapping[str, Any]) -> FailureOut | None:
    if row["failure_slug"] is None:
        return None
    return FailureOut(
        slug=row["failure_slug"],
        detail=row["failure_detail"],
        at=row["failed_at"],
        times=row["failures"],
        retry_at=row["retry_at"],
    )


def _price(price: Price, currency: str) -> SubscriptionPriceOut:
    lines = None if price.lines is None else [SubscriptionLineOut.model_validate(line) for line in price.lines]
    amount = None if price.amount is None else as_money(price.amount, currency)
    return SubscriptionPriceOut(
        valid_from=price.valid_from,
        amount=amount,
        vat_rate=price.vat_rate,
        description=price.description,
        lines=lines,
    )

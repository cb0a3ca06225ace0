"""Open ledger rows for tests of invoice lines, and what Hypothesis makes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.billing.domain.lines import LineKind, OpenRow, RowPiece
from services.billing.domain.vat import Vat, VatBasis, VatCategory, VatTreatment
from shared.money import quantity_parts, time_parts

DUTCH = VatBasis("NL", VatTreatment.STANDARD)
_ids = count(1)


def vat(rate: int | str) -> Vat:
    return Vat(Decimal(rate), VatCategory.STANDARD if Decimal(rate) > 0 else VatCategory.ZERO)


def piece(minutes: int, price: str, surcharge: int = 0, hour_type: str = "WORK", sign: int = 1) -> RowPiece:
    parts = time_parts(minutes, Decimal(price), Decimal(surcharge)) * sign
    raised = Decimal(price) * (100 + surcharge) / 100
    return RowPiece(Decimal(minutes * sign), raised, Decimal(surcharge), parts, hour_type)


def time_row(minutes: int, price: str, *, gives_back: bool = False, **fields: Any) -> OpenRow:
    own = {"pieces": [piece(minutes, price, sign=-1 if gives_back else 1)], "unit": "hour", "gives_back": gives_back}
    return row(LineKind.TIME, **{**own, **fields})


def unit_row(kind: LineKind, quantity: str, price: str, **fields: Any) -> OpenRow:
    parts = quantity_parts(Decimal(quantity), Decimal(price))
    own = {"pieces": [RowPiece(Decimal(quantity), Decimal(price), Decimal(0), parts)]}
    return row(kind, **{**own, **fields})


def row(kind: LineKind, **fields: Any) -> OpenRow:
    number = next(_ids)
    return OpenRow(**{"row_id": number, "kind": kind, "day": date(2026, 3, 2), "name": f"E{number:06}", **fields})


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


_prices = st.decimals(min_value=0, max_value=500, places=2)
_phases = st.sampled_from([None, "F1", "F2"])
_orders = st.sampled_from([None, UUID(int=1), UUID(int=2)])


@st.composite
def open_rows(draw: st.DrawFn) -> OpenRow:
    """Time in one to three pieces, or units; some of it to give back."""
    kind = draw(
        st.sampled_from([LineKind.TIME, LineKind.DISTANCE, LineKind.EXPENSE, LineKind.MATERIAL, LineKind.COST])
    )
    gives_back = draw(st.booleans()) and kind is not LineKind.COST
    sign = -1 if gives_back else 1
    if kind is LineKind.TIME:
        pieces = [
            piece(
                draw(st.integers(0, 600)),
                str(draw(_prices)),
                draw(st.sampled_from([0, 25, 50])),
                draw(st.sampled_from(["WORK", "TRAVEL"])),
                sign,
            )
            for _ in range(draw(st.integers(1, 3)))
        ]
    else:
        quantity, price = draw(st.decimals(min_value="0.01", max_value=100, places=2)), draw(_prices)
        pieces = [RowPiece(sign * quantity, price, Decimal(0), sign * quantity_parts(quantity, price))]
    hour = draw(st.none() | st.integers(0, 23))
    return row(
        kind,
        pieces=pieces,
        gives_back=gives_back,
        day=date(2026, 3, draw(st.integers(1, 5))),
        phase=draw(_phases),
        start=None if hour is None else at(hour),
        work_order_id=draw(_orders),
        position=draw(st.integers(0, 3)),
        employee=draw(st.sampled_from(["jan", "mia"])),
        description=draw(st.sampled_from(["valve", "pipe"])),
        vat_rate=draw(st.sampled_from([None, Decimal(9), Decimal(21), Decimal(0)])),
        unit="hour" if kind is LineKind.TIME else "",
    )

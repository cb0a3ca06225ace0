"""What an invoice is made for: the account, who sells and who pays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.vat import VatBasis, VatTreatment
from shared.database.bulk import fetch


@dataclass(frozen=True, slots=True)
class BilledAccount:
    """A project, or a customer's work without project, with what decides about its invoices."""

    id: UUID
    organisation: str
    customer: str
    project: str | None
    currency: str
    advance_open: Decimal
    basis: VatBasis
    time_zone: str


_ACCOUNT = """
SELECT a.id, a.organisation, a.customer, a.project, a.currency, a.advance_open,
       o.country, o.time_zone, c.vat_treatment
FROM accounts a
JOIN organisations o ON o.code = a.organisation
JOIN customers c ON c.organisation = a.organisation AND c.code = a.customer
"""


_OF_INVOICE = "SELECT account_id FROM invoice_accounts WHERE invoice_id = $2"


_LOCK = " FOR UPDATE OF a"


async def find_account(
    session: AsyncSession, organisation: str, *, project: str | None, customer: str | None, lock: str = ""
) -> BilledAccount | None:
    """The account of a project, or of a customer's own work; None where there is no such record."""
    where = "a.project = $2" if project is not None else "a.customer = $2 AND a.project IS NULL"
    rows = await fetch(
        session, f"{_ACCOUNT} WHERE a.organisation = $1 AND {where}{lock}", organisation, project or customer
    )
    return _account(rows[0]) if rows else None


async def lock_account(
    session: AsyncSession, organisation: str, *, project: str | None, customer: str | None
) -> BilledAccount | None:
    """The same, locked."""
    return await find_account(session, organisation, project=project, customer=customer, lock=_LOCK)


async def lock_accounts(session: AsyncSession, organisation: str, ids: Iterable[UUID]) -> list[BilledAccount]:
    """Lock these accounts in the order of their ids; returned: the customer's own first, then by project."""
    rows = await fetch(
        session,
        f"{_ACCOUNT} WHERE a.organisation = $1 AND a.id = ANY($2::uuid[]) ORDER BY a.id FOR UPDATE OF a",
        organisation,
        list(ids),
    )
    return sorted((_account(row) for row in rows), key=lambda account: account.project or "")


async def lock_accounts_of(session: AsyncSession, organisation: str, invoice_id: UUID) -> list[BilledAccount]:
    """Lock all accounts that an invoice bills, in the order of their ids; none where there is no such invoice.

    Returned: the customer's own first, then by project.
    """
    rows = await fetch(
        session,
        f"{_ACCOUNT} WHERE a.organisation = $1 AND a.id IN ({_OF_INVOICE}) ORDER BY a.id FOR UPDATE OF a",
        organisation,
        invoice_id,
    )
    return sorted((_account(row) for row in rows), key=lambda account: account.project or "")


async def lock_projects(session: AsyncSession, projects: list[tuple[str, str]]) -> None:
    """Lock the accounts of (organisation, project) in the order of their ids, before several are billed in one go."""
    await fetch(
        session,
        """
        SELECT id FROM accounts
        WHERE (organisation, project) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY id FOR UPDATE
        """,
        [organisation for organisation, _ in projects],
        [project for _, project in projects],
    )


def _account(row: asyncpg.Record) -> BilledAccount:
    return BilledAccount(
        id=row["id"],
        organisation=row["organisation"],
        customer=row["customer"],
        project=row["project"],
        currency=row["currency"],
        advance_open=row["advance_open"],
        basis=VatBasis(row["country"], VatTreatment(row["vat_treatment"])),
        time_zone=row["time_zone"],
    )


async def phases_of(session: AsyncSession, organisation: str, project: str) -> set[str]:
    """Codes of the phases of a project."""
    rows = await fetch(
        session, "SELECT code FROM phases WHERE organisation = $1 AND project = $2", organisation, project
    )
    return {row["code"] for row in rows}


_SELLER = ("code", "name", "legal_name", "country", "vat_id", "registration_number", "address", "iban", "bic", "email")
_BUYER = ("code", "name", "kind", "country", "vat_treatment", "vat_id", "registration_number", "address", "email")


async def seller(session: AsyncSession, organisation: str) -> dict[str, Any]:
    """The organisation as its invoices name it."""
    (row,) = await fetch(session, f"SELECT {', '.join(_SELLER)} FROM organisations WHERE code = $1", organisation)  # noqa: S608
    return dict(row)


async def buyer(session: AsyncSession, organisation: str, customer: str) -> dict[str, Any]:
    """The customer as its invoices name it."""
    (row,) = await fetch(
        session,
        f"SELECT {', '.join(_BUYER)} FROM customers WHERE organisation = $1 AND code = $2",  # noqa: S608
        organisation,
        customer,
    )
    return dict(row)


async def time_zone_of(session: AsyncSession, organisation: str) -> str | None:
    """The organisation's time zone; None where billing does not know the organisation."""
    rows = await fetch(session, "SELECT time_zone FROM organisations WHERE code = $1", organisation)
    return rows[0]["time_zone"] if rows else None


async def currency_of(session: AsyncSession, organisation: str) -> str:
    """The organisation's currency."""
    (row,) = await fetch(session, "SELECT currency FROM organisations WHERE code = $1", organisation)
    return str(row["currency"])

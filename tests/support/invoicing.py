"""An office that invoices: what tests of drafts, issuing, advances and payments do, and the invariants they keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.billing.api.shown import invoice_out
from services.billing.domain.credits import Wanted
from services.billing.domain.way import Selection, Way
from services.billing.handlers import drafts, issuing
from services.billing.handlers.advances import AdvanceAsked, draft_advance
from services.billing.handlers.articles import refresh_articles
from services.billing.handlers.crediting import CreditAsked, credit_invoice, give_back
from services.billing.handlers.payments import Booked, Received, receive
from services.billing.queries.self_check import CHECKS
from services.billing.queries.self_check.run import run_check
from services.billing.schemas.invoices import InvoiceOut
from services.billing.schemas.organisations import Address
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import Firm, make_firm

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
#: By then, facts that were under way have met.
LATER = datetime(2199, 1, 1, tzinfo=UTC)
EARLIER = datetime(1999, 1, 1, tzinfo=UTC)
ADDRESS = Address(street="Kade 1", postal_code="2611 AA", city="Delft")
#: What an e-invoice needs besides of an organisation.
SELLER = {"vat_id": "NL123456782B90", "registration_number": "12345678", "iban": "NL91ABNA0417164300"}


@dataclass(frozen=True)
class Office:
    """The back office of a firm whose customer ACME and project P1 can be invoiced."""

    firm: Firm
    by: str = "anna"

    async def work(self, ref: str, amount: str = "75.00", **changed: Any) -> None:
        """An approved expense of ``amount`` (no rate is needed for it)."""
        fields = {"kind": "expense", "quantity": "1", "unit_price": amount, **changed}
        await self.firm.post(self.firm.approved(ref, **fields))

    async def hours(self, ref: str, minutes: int = 60, **changed: Any) -> None:
        await self.firm.post(self.firm.approved(ref, minutes=minutes, **changed))

    async def draft(
        self,
        project: str | None = "P1",
        way: str = "timetracking",
        up_to: date | None = None,
        phases: Sequence[str] | None = None,
        *,
        issue: bool = False,
        customer: str = "ACME",
    ) -> InvoiceOut:
        """A regular invoice as the API makes it, in one transaction."""
        selection = Selection(Way(way), up_to, None if phases is None else tuple(phases))
        async with self.firm.database.transaction() as session:
            account = await drafts.locked_account(
                session, self.firm.code, project=project, customer=None if project else customer
            )
            invoice_id = await drafts.draft_regular(session, account, selection, self.by)
            if issue:
                await issuing.issue(session, self.firm.code, invoice_id, issuing.Order(self.by, NOON))
            return await invoice_out(session, self.firm.code, invoice_id, NOON)

    async def invoice(self, project: str | None = "P1", way: str = "timetracking", **chosen: Any) -> InvoiceOut:
        return await self.draft(project, way, issue=True, **chosen)

    async def advance(
        self, amount: str, rate: str | None = None, project: str | None = "P1", *, issue: bool = True
    ) -> InvoiceOut:
        async with self.firm.database.transaction() as session:
            account = await drafts.locked_account(
                session, self.firm.code, project=project, customer=None if project else "ACME"
            )
            asked = AdvanceAsked(Decimal(amount), None if rate is None else Decimal(rate))
            invoice_id = await draft_advance(session, account, asked, self.by)
            if issue:
                await issuing.issue(session, self.firm.code, invoice_id, issuing.Order(self.by, NOON))
            return await invoice_out(session, self.firm.code, invoice_id, NOON)

    async def issue(self, invoice_id: UUID, on: date | None = None, now: datetime = NOON) -> InvoiceOut:
        async with self.firm.database.transaction() as session:
            await issuing.issue(session, self.firm.code, invoice_id, issuing.Order(self.by, now, on))
            return await invoice_out(session, self.firm.code, invoice_id, now)

    async def refresh(self, invoice_id: UUID) -> InvoiceOut:
        async with self.firm.database.transaction() as session:
            invoice = await drafts.locked_draft(session, self.firm.code, invoice_id)
            if invoice.is_by_hand:
                await refresh_articles(session, invoice)
            else:
                await drafts.refresh_regular(session, invoice)
            return await invoice_out(session, self.firm.code, invoice_id, NOON)

    async def delete(self, invoice_id: UUID) -> None:
        async with self.firm.database.transaction() as session:
            await drafts.delete_draft(session, self.firm.code, invoice_id)

    async def pay(self, invoice_id: UUID, amount: str, reference: str, on: date | None = None) -> Booked:
        async with self.firm.database.transaction() as session:
            return await receive(session, self.firm.code, invoice_id, Received(reference, Decimal(amount), on), NOON)

    async def credit(self, invoice_id: UUID, *lines: Wanted, **asked: Any) -> InvoiceOut:
        """A credit note for an invoice: whole, or of these lines."""
        order = CreditAsked(self.by, asked.pop("now", NOON), lines=lines or None, **asked)
        async with self.firm.database.transaction() as session:
            note_id = await credit_invoice(session, self.firm.code, invoice_id, order)
            return await invoice_out(session, self.firm.code, note_id, NOON)

    async def give_back(self, project: str | None = "P1", **asked: Any) -> InvoiceOut:
        """A credit note for what is to be given back."""
        order = CreditAsked(self.by, NOON, **asked)
        async with self.firm.database.transaction() as session:
            note_id = await give_back(session, self.firm.code, project, None if project else "ACME", order)
            return await invoice_out(session, self.firm.code, note_id, NOON)

    async def show(self, invoice_id: UUID) -> InvoiceOut:
        async with self.firm.database.transaction() as session:
            return await invoice_out(session, self.firm.code, invoice_id, NOON)

    async def advance_open(self, project: str | None = "P1") -> Decimal:
        (row,) = await self.firm.query(
            "SELECT advance_open FROM accounts WHERE organisation = $1 AND customer = 'ACME'"
            " AND project IS NOT DISTINCT FROM $2",
            project,
        )
        return Decimal(row["advance_open"])

    async def check_invariants(self, *, under_way: bool = False) -> None:
        """All that the self-check looks at, over all that this firm has.

        ``under_way``: approvals and reversals may still come that make whole what has come before them.
        """
        settled = EARLIER if under_way else LATER
        await self.firm.check_balances()
        async with self.firm.database.transaction() as session:
            for check in CHECKS:
                found = await run_check(session, check, self.firm.code, settled)
                assert not found, (check.description, found)


async def make_office(database: Database, **given: Any) -> Office:
    """An office of its own for a test, whose customer and organisation are complete."""
    firm = await make_firm(database, address=ADDRESS, **{**SELLER, **given})
    await firm.customer("ACME", address=ADDRESS)
    return Office(firm)


async def refusal(call: Any) -> str:
    """The slug of the problem that ``call`` is refused with."""
    try:
        await call
    except Problem as problem:
        return problem.slug
    raise AssertionError("it was not refused")


def summary(invoice: InvoiceOut) -> tuple[str, str, str]:
    return str(invoice.net), str(invoice.vat), str(invoice.to_pay)

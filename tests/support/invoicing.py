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
from services.billing.schemas.invoices import InvoiceOut
from services.billing.schemas.organisations import Address
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import Firm, make_firm

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
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

    async def check_invariants(self) -> None:
        """Invariants 1 to 4 of domain.md, over all that this firm has."""
        await self.firm.check_balances()
        for statement in _INVARIANTS:
            broken = [dict(row) for row in await self.firm.query(statement)]
            assert not broken, (statement, broken)


_INVARIANTS = (
    # What is open follows from the ledger and its claims.
    """
    SELECT r.id FROM ledger_rows r
    LEFT JOIN ledger_claims c ON c.row_id = r.id LEFT JOIN open_rows o ON o.row_id = r.id
    WHERE r.organisation = $1 AND (o.row_id IS NOT NULL) <> (r.kind <> 'billed' AND c.row_id IS NULL)
    """,
    """
    SELECT a.id FROM accounts a LEFT JOIN open_balances b ON b.account_id = a.id
    LEFT JOIN (SELECT account_id, count(*) AS rows, sum(parts) AS parts FROM open_rows GROUP BY account_id) o
        ON o.account_id = a.id
    WHERE a.organisation = $1
      AND (coalesce(b.rows, 0), coalesce(b.parts, 0)) <> (coalesce(o.rows, 0), coalesce(o.parts, 0))
    """,
    # A claim is of the invoice whose lines take the row, whole; drafts hold, issued invoices have billed.
    """
    SELECT c.row_id FROM ledger_claims c JOIN invoices i ON i.id = c.invoice_id JOIN ledger_rows r ON r.id = c.row_id
    LEFT JOIN (SELECT invoice_id, row_id, sum(parts) AS parts FROM line_shares GROUP BY 1, 2) s
        ON s.invoice_id = c.invoice_id AND s.row_id = c.row_id
    WHERE c.organisation = $1
      AND ((c.how = 'draft') <> (i.state = 'draft') OR s.parts IS DISTINCT FROM r.parts)
    """,
    """
    SELECT i.id FROM invoices i
    LEFT JOIN (SELECT c.invoice_id, sum(r.parts) AS parts FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
               WHERE c.how = 'issued' GROUP BY 1) claimed ON claimed.invoice_id = i.id
    LEFT JOIN (SELECT invoice_id, sum(parts) AS parts FROM ledger_rows WHERE kind = 'billed' GROUP BY 1) billed
        ON billed.invoice_id = i.id
    WHERE i.organisation = $1 AND coalesce(claimed.parts, 0) + coalesce(billed.parts, 0) <> 0
    """,
    # Deductions + open + credited = net; what is open of the account is that of its advances.
    """
    SELECT v.invoice_id FROM advances v
    LEFT JOIN (SELECT d.advance_id, d.vat_rate, d.vat_category, sum(d.amount + coalesce(c.credited, 0)) AS amount
               FROM deductions d JOIN invoices i ON i.id = d.invoice_id
               LEFT JOIN credited_lines c ON c.line_id = d.line_id WHERE i.state <> 'draft' GROUP BY 1, 2, 3) d
        ON (d.advance_id, d.vat_rate, d.vat_category) = (v.invoice_id, v.vat_rate, v.vat_category)
    LEFT JOIN (SELECT invoice_id, vat_rate, vat_category, credited_net FROM credited_rates) c
        ON (c.invoice_id, c.vat_rate, c.vat_category) = (v.invoice_id, v.vat_rate, v.vat_category)
    WHERE v.organisation = $1 AND (coalesce(d.amount, 0) <> v.settled OR v.settled + v.credited > v.net
                                   OR v.credited <> coalesce(c.credited_net, 0))
    """,
    """
    SELECT a.id FROM accounts a
    LEFT JOIN (SELECT account_id, sum(net - settled - credited) AS open FROM advances GROUP BY 1) v
        ON v.account_id = a.id
    WHERE a.organisation = $1 AND a.advance_open <> coalesce(v.open, 0)
    """,
    # Numbers 1…n of each series and year, dates that do not decrease, and the series says where it stands.
    """
    SELECT number FROM (
        SELECT *, row_number() OVER w AS place, lag(issue_date) OVER w AS before FROM invoices
        WHERE organisation = $1 AND number IS NOT NULL
        WINDOW w AS (PARTITION BY series, fiscal_year ORDER BY sequence)
    ) i WHERE sequence <> place OR issue_date < before
    """,
    """
    SELECT s.series FROM number_series s
    LEFT JOIN (SELECT series, fiscal_year, max(sequence) AS last FROM invoices
               WHERE organisation = $1 GROUP BY 1, 2) i USING (series, fiscal_year)
    WHERE s.organisation = $1 AND s.last_sequence <> coalesce(i.last, 0)
    """,
    # Sums: of the lines, of the payments; nothing is negative.
    """
    SELECT i.id FROM invoices i WHERE i.organisation = $1 AND (
        i.net <> (SELECT coalesce(sum(net), 0) FROM invoice_lines WHERE invoice_id = i.id)
        OR i.paid <> (SELECT coalesce(sum(amount), 0) FROM payments WHERE invoice_id = i.id)
        OR (i.type <> 'credit note'
            AND i.vat <> (SELECT coalesce(sum(round(net * vat_rate / 100, 2)), 0) FROM (
                SELECT vat_rate, vat_category, sum(net) AS net FROM invoice_lines WHERE invoice_id = i.id
                GROUP BY 1, 2) s))
        OR (i.type <> 'credit note' AND (i.net < 0 OR i.to_pay < 0)))
    """,
    """
    SELECT i.id FROM invoices i
    LEFT JOIN customer_credits c ON c.invoice_id = i.id AND c.why IN ('overpaid', 'credited')
    WHERE i.organisation = $1 AND i.type <> 'credit note'
    GROUP BY i.id HAVING coalesce(sum(c.amount), 0) <> greatest(i.paid - i.to_pay + i.credited, 0)
    """,
    # The customer's credit is the sum of its movements; refunds that are not cancelled are out of it.
    """
    SELECT b.customer FROM customer_balances b WHERE b.organisation = $1 AND b.amount <> (
        SELECT sum(amount) FROM customer_credits c WHERE c.organisation = b.organisation AND c.customer = b.customer)
    """,
    """
    SELECT r.id FROM refunds r WHERE r.organisation = $1
        AND (SELECT sum(amount) FROM customer_credits WHERE refund_id = r.id)
        <> CASE r.state WHEN 'cancelled' THEN 0 ELSE -r.amount END
    """,
    # What is credited of an invoice is what its credit notes say, at each rate; VAT of all of them is rounded once.
    """
    SELECT i.id FROM invoices i LEFT JOIN invoice_credits c ON c.invoice_id = i.id WHERE i.organisation = $1
    GROUP BY i.id HAVING i.credited <> coalesce(sum(c.net + c.vat), 0)
    """,
    """
    SELECT n.id FROM invoices n LEFT JOIN invoice_credits c ON c.credit_note_id = n.id
    WHERE n.organisation = $1 AND n.type = 'credit note'
    GROUP BY n.id HAVING (n.net, n.vat) <> (-coalesce(sum(c.net), 0), -coalesce(sum(c.vat), 0))
    """,
    """
    SELECT invoice_id FROM credited_rates WHERE organisation = $1
        AND credited_vat <> round(credited_net * vat_rate / 100, 2)
    """,
    # A row came back from an invoice that bills nothing of it any more.
    """
    SELECT r.id FROM ledger_rows r JOIN ledger_claims c ON c.row_id = r.releases_row_id
    JOIN line_shares s ON s.row_id = c.row_id AND s.invoice_id = c.invoice_id
    LEFT JOIN share_credits k ON k.line_id = s.line_id AND k.row_id = s.row_id
    WHERE r.organisation = $1 AND r.kind = 'released'
    GROUP BY r.id, s.line_id, s.row_id HAVING coalesce(sum(k.whole), 0) <> 1
    """,
    # Σ of what lines of credit notes undo; a share is undone whole or not, never twice.
    """
    SELECT c.line_id FROM credited_lines c WHERE c.organisation = $1 AND c.credited <> (
        SELECT sum(amount) FROM line_credits l WHERE l.line_id = c.line_id)
    """,
    """
    SELECT line_id FROM share_credits WHERE organisation = $1
    GROUP BY line_id, row_id HAVING sum(whole) NOT IN (0, 1)
    """,
)


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

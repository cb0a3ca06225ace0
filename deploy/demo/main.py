"""`uurwerk demo`: the main job on input as it comes, from work orders to invoices, and a check to the cent."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaProducer
from rich.console import Console

from deploy.client.api import Apis
from deploy.client.chain import Chain
from deploy.client.ends import log_ends
from deploy.demo import check, firm
from deploy.demo.generator import Record, generate
from deploy.demo.office import Item, Office
from deploy.demo.show import Show
from deploy.local import Addresses, choose_stack, mint_token
from deploy.local.system import System

TOPIC = "workorders.submitted.v1"
REJECTED = 5
OFFICE_ROLES = ("source", "approver", "billing", "admin", "operator")


def run(console: Console | None = None) -> int:
    """Run the demo on a stack of its own, and leave nothing running.  Returns the exit code: 0 if all is right."""
    show = Show(console or Console())
    started = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="uurwerk-demo-"))
    try:
        with _system(show, folder) as (addresses, urls):
            result = _Demo(show, addresses, urls).play()
    except BaseException:
        show.say(f"[red]The demo stopped; its logs are in {folder / 'logs'}[/]")
        raise
    shutil.rmtree(folder, ignore_errors=True)  # the logs: all is well
    for line in result.passed:
        show.say(f"[green]✓[/] {line}")
    for line in result.failures:
        show.say(f"[red]✗ {line}[/]")
    verdict = "[bold green]All is right[/]" if result.ok else "[bold red]Something is off[/]"
    show.say(f"{verdict}, {time.perf_counter() - started:.1f} s in all.")
    return 0 if result.ok else 1


@contextmanager
def _system(show: Show, folder: Path) -> Iterator[tuple[Addresses, dict[str, str]]]:
    """A stack with the three services, stopped at the end."""
    with ExitStack() as stop:
        with show.step("Start Apache Kafka and PostgreSQL"):
            stack = choose_stack(folder)
            addresses = stack.start()
            stop.callback(stack.discard_data)
            stop.callback(stack.stop)
        show.say(f"  {addresses.describe()}")
        with show.step("Start workorders, timesheets and billing"):
            urls = stop.enter_context(System(stack)).urls
        yield addresses, urls


class _Demo:
    def __init__(self, show: Show, addresses: Addresses, urls: dict[str, str]) -> None:
        self._show = show
        self._addresses = addresses
        # An organisation of its own, so that the demo can run again and again on a stack that stays.
        self._organisation = f"demo-{uuid.uuid4().hex[:8]}"
        self._installation = Apis(urls, self._token(None, "installation"))
        self._office = Office(Apis(urls, self._token(self._organisation, *OFFICE_ROLES)))
        self._chain = Chain(partial(log_ends, addresses.kafka_bootstrap), self._installation)

    def _token(self, organisation: str | None, *roles: str) -> str:
        return mint_token(self._addresses.data_dir, organisation=organisation, roles=roles, subject="demo")

    def play(self) -> check.Check:
        show, office = self._show, self._office
        with show.step("Set up the firm: employees, customers, projects, rates"):
            self._installation.billing.put(f"/v1/organisations/{self._organisation}", firm.SELLER)
            self._chain.catch_up()
            office.set_up()
            self._chain.catch_up()
        records = generate(self._organisation)
        expected = check.expected_of(records)
        self._send(records)
        self._show_orders()
        rejected = self._decide()
        approved = set(expected.value) - rejected
        with show.step(f"Issue an advance of {firm.ADVANCE_AMOUNT} on {firm.ADVANCE_PROJECT}"):
            advance = office.issue_advance(firm.ADVANCE_PROJECT, firm.ADVANCE_AMOUNT)
        result = check.Check()
        accounts = office.accounts()
        check.check_unbilled(result, expected, approved, accounts)
        show.accounts("Unbilled before", accounts)
        self._invoice()
        accounts, invoices = office.accounts(), office.invoices()
        show.invoices(invoices)
        show.accounts("Unbilled after", accounts)
        check.check_invoices(result, expected, approved, invoices)
        check.check_settlement(result, advance, accounts, invoices)
        left = {check.account_of(item): item["unbilled"] for item in accounts if float(item["unbilled"])}
        result.equal("nothing is left unbilled", left, {})
        self._check_followed(result, expected, approved, rejected)
        return result

    def _dead_letters(self) -> list[Item]:
        """The installation's view: nobody can say whose a message is that cannot be read at all."""
        letters = self._installation.workorders.all("/v1/dead-letters", state="open")
        return [item for item in letters if item["organisation"] in (None, self._organisation)]

    def _send(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        what = f"{len(records)} messages of the planning system become hours"
        with self._show.step(what):
            asyncio.run(_produce(self._addresses.kafka_bootstrap, records))
            self._chain.catch_up()
        seconds = time.perf_counter() - started
        self._show.say(f"  {len(records) / seconds:,.0f} messages a second, from Kafka into timesheets")

    def _show_orders(self) -> None:
        orders, show, office = self._office.orders(), self._show, self._office
        show.counts("Work orders", ("status", "orders"), Counter(order["status"] for order in orders))
        show.counts("Revisions", ("revision", "orders"), Counter(str(order["revision"]) for order in orders))
        show.dead_letters(self._dead_letters())
        show.counts("Entries", ("state", "entries"), Counter(entry["state"] for entry in office.entries()))
        show.counts("Waiting", ("reason", "lines"), Counter(item["reason"] for item in office.waiting()))

    def _decide(self) -> set[str]:
        """Reject a few, approve the rest, put right what waits, approve that too.  Returns what was rejected."""
        show, office = self._show, self._office
        longest = sorted(office.entries(kind="labour", state="submitted"), key=lambda e: (-e["minutes"], e["name"]))[
            :REJECTED
        ]
        with show.step(f"Reject {len(longest)} entries"):
            for entry in longest:
                office.reject(entry, "too long for this job")
        started = time.perf_counter()
        with show.step("Approve the others in one request, up to their balances"):
            approval = office.approve_all()
            self._chain.catch_up()
        seconds = time.perf_counter() - started
        show.say(f"  {approval.done} approved, {approval.done / seconds:,.0f} a second")
        waits = Counter(item["reason"] for item in office.suspense())
        show.counts("Approved, without a price", ("reason", "entries"), waits)
        with show.step(f"Add {firm.NEWCOMER.name}, agree a rate for {firm.PROJECT_WITHOUT_RATE}: what waited goes on"):
            office.add_employee(firm.NEWCOMER)
            office.agree_rate(firm.PROJECT_WITHOUT_RATE, firm.RATE_AGREED_LATER)
            self._chain.catch_up()
            office.approve_all()
            self._chain.catch_up()
        return {entry["name"] for entry in longest}

    def _invoice(self) -> None:
        started = time.perf_counter()
        with self._show.step("Invoice everything that is proposed"):
            invoices = list(self._office.invoice_proposals())
            self._chain.catch_up()
        seconds = time.perf_counter() - started
        self._show.say(f"  {len(invoices)} invoices, {len(invoices) / seconds:.1f} a second")

    def _check_followed(
        self, result: check.Check, expected: check.Expected, approved: set[str], rejected: set[str]
    ) -> None:
        """The sending system sees what became of each line."""
        seen: dict[str, str] = {}
        for order in self._office.orders():
            whole: Item = self._office.order(order["id"])
            seen |= {f"{whole['external_id']}/{line['line_id']}": line["state"] for line in whole["lines"]}
        wanted = {
            **dict.fromkeys(approved, "invoiced"),
            **dict.fromkeys(rejected, "rejected"),
            **dict.fromkeys(expected.taken_back, "cancelled"),
        }
        result.equal(f"each of {len(wanted)} lines shows at its work order what became of it", seen, wanted)
        result.equal("three messages are dead letters", len(self._dead_letters()), 3)
        result.equal("nothing waits any more", (self._office.waiting(), self._office.suspense()), ([], []))


async def _produce(bootstrap: str, records: Sequence[Record]) -> None:
    """As any other system would: a plain producer, without one of our headers."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        await asyncio.gather(
            *[await producer.send(TOPIC, key=record.key.encode(), value=record.value) for record in records]
        )
    finally:
        await producer.stop()

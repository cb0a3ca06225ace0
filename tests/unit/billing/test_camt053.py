"""Reading bank statements, as banks send them and as nobody should."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.bank.camt053 import BadStatementError, parse
from services.billing.domain.bank import Direction
from tests.support.bank_statements import IBAN, credit, statement

VERSIONS = pytest.mark.parametrize("version", ["02", "08"])


@VERSIONS
def test_a_statement_in_both_versions(version: str) -> None:
    structured = credit("484.00", "thanks", ref="R1", references=["RF18539007547034"], end_to_end="E-1")
    out = {"amount": "12.10", "direction": "DBIT", "name": "Energy", "text": "power"}
    pending = credit("1.00", status="PDNG")
    (found,) = parse(statement(structured, out, pending, version=version))
    assert (found.account, found.reference, found.first_day, found.last_day) == (
        IBAN,
        "S1",
        date(2026, 6, 1),
        date(2026, 6, 1),
    )
    came, went = found.transactions
    assert (came.amount, came.currency, came.direction) == (Decimal("484.00"), "EUR", Direction.CREDIT)
    assert (came.name, came.counter_account) == ("Acme B.V.", "NL02RABO0123456789")
    assert (came.references, came.text, came.end_to_end_id) == (["RF18539007547034"], "thanks", "E-1")
    assert (went.direction, went.name, went.returned) == (Direction.DEBIT, "Energy", False)


@VERSIONS
def test_an_entry_that_divides_is_its_parts(version: str) -> None:
    batch = {"amount": "30.00", "details": [credit("10.00", "a"), credit("20.00", "b")]}
    (found,) = parse(statement(batch, version=version))
    assert [(t.amount, t.text) for t in found.transactions] == [(Decimal(10), "a"), (Decimal(20), "b")]
    broken = {"amount": "31.00", "details": [credit("10.00", "a"), credit("20.00", "b")]}
    (found,) = parse(statement(broken, version=version))
    assert [t.amount for t in found.transactions] == [Decimal(31)], "what does not add up stays one"


def keys(*entries: dict[str, object], reference: str = "S1") -> list[str]:
    (found,) = parse(statement(*entries, reference=reference))
    return [transaction.key for transaction in found.transactions]


def test_the_banks_own_reference_tells_transactions_apart() -> None:
    assert keys(credit("1.00", ref="A")) == keys(credit("1.00", ref="A"), reference="S2")
    assert keys(credit("1.00", ref="A")) != keys(credit("1.00", ref="B"))
    assert keys(credit("1.00", ref="A")) != keys(credit("2.00", ref="A")), "used again for something else"
    assert keys(credit("1.00", number="1")) != keys(credit("1.00", number="1"), reference="S2"), "of its statement"
    equal = keys(credit("1.00"), credit("1.00"))
    assert len(set(equal)) == 2, "a bank without references can have two that are equal"
    assert equal == keys(credit("1.00"), credit("1.00"), reference="S2")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no XML"),
        (b"<Document", "no XML"),
        (b"\x00\xff", "no XML"),
        (b"<Document/>", "no camt.053"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.02"/>', "no camt.053"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "BkToCstmrStmt is missing"),
        (statement(head='<!DOCTYPE Document [<!ENTITY a "b">]>'), "document type"),
        (statement(head='<!DOCTYPE Document SYSTEM "file:///etc/passwd">'), "document type"),
        (statement(credit("1e3")), "no amount"),
        (statement(credit("-1.00")), "no amount"),
        (statement(credit("1.00", currency="EURO")), "no amount"),
        (statement(credit("1.00", day="2026-02-30")), "no date"),
        (statement(credit("1.00", day="1026-02-03")), "no date"),
        (statement(credit("1.00", direction="BOTH")), "CRDT or DBIT"),
        (statement(account=""), "Acct/Id/IBAN"),
        (statement(reference=""), "Id is empty"),
    ],
)
def test_what_is_no_statement_is_refused_with_why(content: bytes, why: str) -> None:
    with pytest.raises(BadStatementError, match=why):
        parse(content)


def test_an_entity_bomb_does_nothing() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = statement(credit("1.00", "x"), head=f'<!DOCTYPE d [<!ENTITY l0 "lol">{lol}]>').replace(b">x<", b">&l9;<")
    with pytest.raises(BadStatementError):
        parse(bomb)


@given(st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 50))
def test_a_damaged_file_is_refused_or_read(noise: bytes, place: int, gone: int) -> None:
    whole = statement(credit("484.00", "2026-00001", ref="R1"))
    damaged = whole[:place] + noise + whole[place + gone :]
    with suppress(BadStatementError):
        assert all(statement.account for statement in parse(damaged))

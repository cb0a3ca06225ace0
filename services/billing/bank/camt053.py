"""Bank statements as banks send them: ISO 20022 camt.053, versions 02 to 08.

The file comes from outside: no entity is resolved, no document type taken, nothing fetched, and what does not look as
the standard says is refused with where.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from lxml import etree

from services.billing.domain.bank import Direction, Transaction
from shared.contracts.base import FIRST_DAY, LAST_DAY

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.0[2-8]")
_AMOUNT: Final = re.compile(r"[0-9]{1,13}(\.[0-9]{1,5})?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: What texts are cut to: the standard allows 140 characters a line, and any number of lines.
_LONGEST: Final = 2000

Element = etree._Element


class BadStatementError(ValueError):
    """The file is no bank statement that can be read; the text says why and in which line."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account: its transactions that are booked, in their order."""

    account: str
    reference: str
    first_day: date | None
    last_day: date | None
    transactions: Sequence[Transaction]


def parse(content: bytes) -> list[Statement]:
    """The statements in a file. Raises BadStatementError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadStatementError(f"this is no XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadStatementError("a document type declaration is not taken")
    name = etree.QName(root)
    if name.localname != "Document" or not _NAMESPACE.fullmatch(name.namespace or ""):
        raise BadStatementError("this is no camt.053 (camt.053.001.02 to 08)")
    found = [_statement(node) for node in _Node(root).needed("BkToCstmrStmt").all("Stmt")]
    if not found:
        raise BadStatementError("there is no statement in it")
    return found


class _Node:
    """An element, and its children by their names in the standard's namespace."""

    def __init__(self, element: Element) -> None:
        self._element = element
        self._prefix = f"{{{etree.QName(element).namespace}}}"

    def all(self, path: str) -> Iterator[_Node]:
        steps = "/".join(self._prefix + step for step in path.split("/"))
        return (_Node(element) for element in self._element.iterfind(steps))

    def first(self, *paths: str) -> _Node | None:
        """What the first of the paths leads to."""
        return next((node for path in paths for node in self.all(path)), None)

    def needed(self, *paths: str) -> _Node:
        node = self.first(*paths)
        if node is None:
            raise self.wrong(f"{' or '.join(paths)} is missing")
        return node

    def text(self, *paths: str) -> str | None:
        """Its text without the white space around; None where there is none."""
        node = self.first(*paths) if paths else self
        text = " ".join((node._element.text or "").split()) if node is not None else ""
        if _CONTROL.search(text):
            raise self.wrong("a control character")
        return text[:_LONGEST] or None

    def needed_text(self, *paths: str) -> str:
        text = self.needed(*paths).text()
        if text is None:
            raise self.wrong(f"{' or '.join(paths)} is empty")
        return text

    def amount(self, path: str) -> tuple[Decimal, str]:
        """Amount and currency."""
        node = self.needed(path)
        text, currency = node.text() or "", node._element.get("Ccy", "")
        if not _AMOUNT.fullmatch(text) or not re.fullmatch("[A-Z]{3}", currency):
            raise node.wrong(f"no amount with a currency: {text!r} {currency!r}")
        return Decimal(text), currency

    def day(self, path: str) -> date | None:
        """Of ``Dt`` or ``DtTm``: as it is written, in the bank's time zone."""
        text = self.text(f"{path}/Dt", f"{path}/DtTm")
        return None if text is None else self._day(text)

    def moment(self, path: str) -> date | None:
        text = self.text(path)
        return None if text is None else self._day(text)

    def _day(self, text: str) -> date:
        try:
            found = date.fromisoformat(text[:10])
            if len(text) > 10:
                datetime.fromisoformat(text)
        except ValueError:
            raise self.wrong(f"no date: {text!r}") from None
        if not FIRST_DAY <= found <= LAST_DAY:
            raise self.wrong(f"no date between {FIRST_DAY} and {LAST_DAY}: {text!r}")
        return found

    def wrong(self, detail: str) -> BadStatementError:
        where = etree.QName(self._element).localname
        return BadStatementError(f"line {self._element.sourceline}, {where}: {detail}")


def _statement(node: _Node) -> Statement:
    account = node.needed_text("Acct/Id/IBAN", "Acct/Id/Othr/Id").replace(" ", "").upper()
    reference = node.needed_text("Id")
    keys: dict[str, int] = {}
    transactions = [
        transaction
        for entry in node.all("Ntry")
        if (entry.text("Sts/Cd", "Sts") or "BOOK") == "BOOK"
        for transaction in _transactions(entry, reference, keys)
    ]
    period = node.first("FrToDt")
    first, last = (period.moment("FrDtTm"), period.moment("ToDtTm")) if period else (None, None)
    return Statement(account, reference, first, last, transactions)


def _transactions(entry: _Node, statement: str, keys: dict[str, int]) -> Iterator[Transaction]:
    """An entry's transactions; the entry as one where it does not say how it divides."""
    amount, currency = entry.amount("Amt")
    if not amount:
        return  # a message of the bank
    details = list(entry.all("NtryDtls/TxDtls"))
    amounts = [_amount_of(detail) for detail in details]
    divided = sum((each[0] for each in amounts if each), Decimal(0)) == amount and all(
        each is not None and each[0] > 0 and each[1] == currency for each in amounts
    )
    if len(details) > 1 and divided:
        for detail, each in zip(details, amounts, strict=True):
            assert each is not None
            yield _transaction(entry, detail, each, statement, keys)
    else:
        yield _transaction(entry, details[0] if len(details) == 1 else None, (amount, currency), statement, keys)


def _amount_of(detail: _Node) -> tuple[Decimal, str] | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if detail.first(path) is not None:
            return detail.amount(path)
    return None


def _transaction(
    entry: _Node, detail: _Node | None, money: tuple[Decimal, str], statement: str, keys: dict[str, int]
) -> Transaction:
    amount, currency = money
    direction = _direction(entry)
    party = "Dbtr" if direction is Direction.CREDIT else "Cdtr"
    booked = entry.day("BookgDt") or entry.day("ValDt")
    if booked is None:
        raise entry.wrong("BookgDt is missing")
    info = detail if detail is not None else entry
    lines = [line for node in info.all("RmtInf/Ustrd") if (line := node.text())]
    found = Transaction(
        key="",
        booked_on=booked,
        amount=amount,
        currency=currency,
        direction=direction,
        returned=entry.text("RvslInd") in ("true", "1") or info.first("RtrInf") is not None,
        name=info.text(f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm"),
        counter_account=info.text(f"RltdPties/{party}Acct/Id/IBAN", f"RltdPties/{party}Acct/Id/Othr/Id"),
        end_to_end_id=info.text("Refs/EndToEndId"),
        references=[text for node in info.all("RmtInf/Strd/CdtrRefInf/Ref") if (text := node.text())],
        text=" ".join(lines)[:_LONGEST] or entry.text("AddtlNtryInf") or "",
    )
    return _with_key(found, _own_reference(entry, detail, statement), keys)


def _direction(entry: _Node) -> Direction:
    match entry.needed_text("CdtDbtInd"):
        case "CRDT":
            return Direction.CREDIT
        case "DBIT":
            return Direction.DEBIT
        case other:
            raise entry.wrong(f"CdtDbtInd is CRDT or DBIT, not {other!r}")


def _own_reference(entry: _Node, detail: _Node | None, statement: str) -> str:
    """How the bank names it: its own reference, which is unique on the account; else the entry's on its statement."""
    parts = [entry.text("AcctSvcrRef") or ""]
    if not parts[0] and (number := entry.text("NtryRef")):
        parts = [statement, number]
    if detail is not None:
        parts += [detail.text("Refs/AcctSvcrRef") or "", detail.text("Refs/TxId") or ""]
    return "|".join(parts)


def _with_key(found: Transaction, own: str, keys: dict[str, int]) -> Transaction:
    """The bank's reference with what it is about: a reference that is used again for something else is another one.

    Equal ones on a statement (a bank without references) are told apart by how often they stand there.
    """
    about = (own, found.booked_on, found.amount, found.currency, found.direction, found.end_to_end_id, found.name)
    digest = hashlib.sha256(repr((*map(str, about), *found.references, found.text)).encode()).hexdigest()[:40]
    keys[digest] = keys.get(digest, 0) + 1
    return replace(found, key=f"{digest}-{keys[digest]}")

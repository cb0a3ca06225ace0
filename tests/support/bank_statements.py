"""Bank statements as banks send them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

IBAN = "NL91ABNA0417164300"


def credit(amount: str, text: str = "", **given: Any) -> dict[str, Any]:
    """Money that came in, with ``text`` as its message."""
    return {"amount": amount, "text": text, "name": "Acme B.V.", **given}


def statement(
    *entries: dict[str, Any], version: str = "02", reference: str = "S1", account: str = IBAN, head: str = ""
) -> bytes:
    """A camt.053 of one statement. ``ref``: the bank's own reference of an entry (none by default)."""
    booked = "".join(_entry(entry, version) for entry in entries)
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-06-02T04:00:00</CreDtTm></GrpHdr>
    <Stmt>
      <Id>{reference}</Id><CreDtTm>2026-06-02T04:00:00</CreDtTm>
      <FrToDt><FrDtTm>2026-06-01T00:00:00</FrDtTm><ToDtTm>2026-06-01T23:59:59</ToDtTm></FrToDt>
      <Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>
      {booked}
    </Stmt>
  </BkToCstmrStmt>
</Document>""".encode()


def _entry(entry: dict[str, Any], version: str) -> str:
    details: Sequence[dict[str, Any]] = entry.get("details") or [entry]
    status = entry.get("status", "BOOK")
    return f"""
      <Ntry>
        {_tag("NtryRef", entry.get("number"))}
        <Amt Ccy="{entry.get("currency", "EUR")}">{entry["amount"]}</Amt>
        <CdtDbtInd>{entry.get("direction", "CRDT")}</CdtDbtInd>
        {"<RvslInd>true</RvslInd>" if entry.get("returned") else ""}
        <Sts>{status if version == "02" else f"<Cd>{status}</Cd>"}</Sts>
        <BookgDt><Dt>{entry.get("day", "2026-06-01")}</Dt></BookgDt>
        {_tag("AcctSvcrRef", entry.get("ref"))}
        <BkTxCd><Prtry><Cd>544</Cd></Prtry></BkTxCd>
        <NtryDtls>{"".join(_details(detail, version, len(details) > 1) for detail in details)}</NtryDtls>
      </Ntry>"""


def _details(detail: dict[str, Any], version: str, divided: bool) -> str:
    amount = f'<Amt Ccy="EUR">{detail["amount"]}</Amt>'
    in_version = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>" if version == "02" else amount
    name = _tag("Nm", detail.get("name"))
    party = "Dbtr" if detail.get("direction", "CRDT") == "CRDT" else "Cdtr"
    structured = "".join(
        f"<Strd><CdtrRefInf><Ref>{escape(reference)}</Ref></CdtrRefInf></Strd>"
        for reference in detail.get("references", ())
    )
    return f"""
      <TxDtls>
        <Refs>{_tag("EndToEndId", detail.get("end_to_end"))}</Refs>
        {in_version if divided else ""}
        <RltdPties>
          <{party}>{name if version == "02" else f"<Pty>{name}</Pty>"}</{party}>
          <{party}Acct><Id><IBAN>NL02RABO0123456789</IBAN></Id></{party}Acct>
        </RltdPties>
        <RmtInf>{_tag("Ustrd", detail.get("text"))}{structured}</RmtInf>
      </TxDtls>"""


def _tag(name: str, value: str | None) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""

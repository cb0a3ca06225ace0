"""Receipts of expenses: files that are taken for what they hold, and handed out so that no browser runs them."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import StringConstraints
from starlette.datastructures import UploadFile

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Reader, Writer, reader, writer
from services.timesheets.domain.receipts import MAX_RECEIPT_SIZE, MediaType
from services.timesheets.handlers.by_hand import visible_entry
from services.timesheets.handlers.receipts import add_receipt, take_receipt_away
from services.timesheets.queries.receipts import ReceiptRow, read_content, receipts_of
from services.timesheets.schemas.receipts import ReceiptList, ReceiptOut
from shared.contracts.base import TEXT_PATTERN
from shared.http.openapi import problems
from shared.http.problems import invalid_input, not_found
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/entries/{entry_id}/receipts", tags=["receipts"])

_FORM: Final = "multipart/form-data"
#: A form has borders and headers around the file.
_MAX_BODY: Final = MAX_RECEIPT_SIZE + 64 * 1024
_NAME: Final = re.compile(TEXT_PATTERN)
_LONGEST_NAME: Final = 200
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_ENDINGS: Final = {MediaType.PDF: "pdf", MediaType.PNG: "png", MediaType.JPEG: "jpg"}
#: The file is kept, never shown as a page of ours: no sniffing, no scripts, no copy in a shared cache.
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}

NameQuery = Annotated[
    str | None,
    StringConstraints(min_length=1, max_length=_LONGEST_NAME, pattern=TEXT_PATTERN),
    Query(description="The file's name, where the body is the file itself."),
]


@router.post(
    "",
    status_code=201,
    summary="Add a receipt to an expense",
    max_body_size=_MAX_BODY,
    responses=problems(
        {
            409: ["wrong-state", "too-many-receipts"],
            413: ["too-large", "receipt-too-large"],
            415: ["receipt-type"],
            422: ["invalid-input", "no-expense", "receipt-empty", "receipt-cut"],
        }
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                **{str(kind): _BINARY for kind in MediaType},
                _FORM: {"schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY["schema"]}}},
            },
        }
    },
)
async def post(
    entry_id: UUID,
    request: Request,
    principal: Writer,
    session: Session,
    clock: CurrentClock,
    *,
    response: Response,
    name: NameQuery = None,
) -> ReceiptOut:
    """PDF, PNG or JPEG, 10 MiB at most, told by its content; as the body itself (`?name=`) or as the part `file` of a
    form. The same file again is kept once (200)."""
    content, said = await _received(request)
    receipt, new = await add_receipt(
        session, writer(principal), entry_id, name=_plain_name(name or said), content=content, now=clock()
    )
    if not new:
        response.status_code = 200
    return _shown(receipt)


@router.get("", summary="Receipts of an expense")
async def get_list(entry_id: UUID, principal: Reader, session: Session, log: ReadLog) -> ReceiptList:
    user = reader(principal)
    entry = await visible_entry(session, user, entry_id)
    found = await receipts_of(session, user.organisation, entry_id)
    await log.note(principal, "receipts", len(found), employee=entry.work.employee, asked={"entry": entry.name})
    return ReceiptList(items=[_shown(one) for one in found])


@router.get(
    "/{receipt_id}",
    summary="The file of a receipt",
    response_class=Response,
    responses={200: {"content": {str(kind): _BINARY for kind in MediaType}, "description": "The file."}},
)
async def get(entry_id: UUID, receipt_id: UUID, principal: Reader, session: Session, log: ReadLog) -> Response:
    """To be kept, not to be shown as a page: `Content-Disposition: attachment`."""
    user = reader(principal)
    entry = await visible_entry(session, user, entry_id)
    row = await read_content(session, user.organisation, entry_id, receipt_id)
    if row is None:
        raise not_found("receipt", receipt_id)
    asked = {"entry": entry.name, "receipt": str(receipt_id)}
    await log.note(principal, "receipt", 1, employee=entry.work.employee, asked=asked)
    kind = MediaType(row["media_type"])
    headers = {"Content-Disposition": _attachment(row["name"], kind), **_SAFE}
    return Response(row["content"], media_type=kind.value, headers=headers)


@router.delete(
    "/{receipt_id}", status_code=204, summary="Take a receipt away", responses=problems({409: ["wrong-state"]})
)
async def delete(entry_id: UUID, receipt_id: UUID, principal: Writer, session: Session) -> None:
    """Until the expense is approved."""
    await take_receipt_away(session, writer(principal), entry_id, receipt_id)


async def _received(request: Request) -> tuple[bytes, str | None]:
    """The file, and the name that the form gives it."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        return await request.body(), None
    async with request.form(max_files=1, max_fields=10) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise invalid_input("The form has no file: send it as the part `file`.", "/file")
        return await upload.read(), upload.filename


def _plain_name(name: str | None) -> str:
    """The name without folders; one that no text can carry is no name."""
    plain = (name or "").replace("\\", "/").rpartition("/")[2].strip()[:_LONGEST_NAME]
    try:
        plain.encode()
    except UnicodeEncodeError:
        return "receipt"
    return plain if plain and _NAME.match(plain) and not re.search(r"[\r\n\t]", plain) else "receipt"


def _attachment(name: str, kind: MediaType) -> str:
    """RFC 6266: a name in ASCII for all, and the whole one (RFC 8187). The ending is that of the content."""
    ending = _ENDINGS[kind]
    stem = re.sub(r"\.(pdf|png|jpe?g)$", "", name, flags=re.IGNORECASE) or "receipt"
    ascii_stem = re.sub(r"[^A-Za-z0-9._ -]", "_", stem)
    return f"attachment; filename=\"{ascii_stem}.{ending}\"; filename*=UTF-8''{quote(f'{stem}.{ending}', safe='')}"


def _shown(receipt: ReceiptRow) -> ReceiptOut:
    return ReceiptOut(
        id=receipt.id,
        entry_id=receipt.entry_id,
        name=receipt.name,
        media_type=receipt.media_type,
        size=receipt.size,
        sha256=receipt.digest.hex(),
        added_by=receipt.added_by,
        added_at=receipt.added_at,
    )

"""Routes of the documents of an invoice: where they stand, their contents, previews, and those that failed."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Final, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Header, Query, Request, Response

from services.billing.api.billing_roles import Biller
from services.billing.api.shown_documents import document_out, shown_document
from services.billing.documents.content import DocumentKind
from services.billing.documents.drawing import preview
from services.billing.documents.files import MEDIA_TYPES, file_name
from services.billing.documents.outcomes import DocumentState
from services.billing.documents.pdf.typesetter import NotTypesetError
from services.billing.handlers import document_refusals as refusals
from services.billing.handlers.document_contents import contents
from services.billing.handlers.refusals import not_a_draft
from services.billing.queries import documents, invoices
from services.billing.schemas.documents import DocumentOut, DocumentsOut, Kind, UnmadeDocumentOut
from shared.clock import zone
from shared.database.database import Database
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock, runtime_of
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["documents"])

_LOOK_AGAIN: Final = 0.1  # seconds, while a client waits for a document
_PROBLEMS: Final = problems({404: ["not-found", "no-e-invoice"], 409: ["document-waiting", "document-failed"]})
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}

Wait = Annotated[float, Query(ge=0, le=30, description="Seconds to wait for a document that is being made.")]
Match = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]


@router.get("/v1/invoices/{invoice_id}/documents", summary="Documents of an invoice, and where they stand")
async def of_invoice(invoice_id: UUID, principal: Biller, session: ReadSession) -> DocumentsOut:
    """Its PDF and its e-invoice. A draft has none: they are made after issue."""
    if await invoices.find(session, principal.org, invoice_id) is None:
        raise not_found("invoice", invoice_id)
    rows = await documents.listed(session, principal.org, invoice_id)
    return DocumentsOut(items=[document_out(row) for row in rows])


@router.get("/v1/documents", summary="Documents that failed, or wait, over all invoices")
async def unmade(
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    state: Annotated[Literal["failed", "waiting"], Query()] = "failed",
) -> Page[UnmadeDocumentOut]:
    """In the order of the invoices."""
    rows = await documents.unmade(session, principal.org, state, _after(paging.key(UUID, str)), paging.limit + 1)
    return page(rows, paging, lambda row: (UUID(str(row["invoice_id"])), row["kind"]), _unmade_out)


def _after(key: tuple[object, ...] | None) -> tuple[UUID, str] | None:
    return None if key is None else (UUID(str(key[0])), str(key[1]))


def _unmade_out(row: asyncpg.Record) -> UnmadeDocumentOut:
    return UnmadeDocumentOut(
        **shown_document(row),
        invoice_id=row["invoice_id"],
        number=row["number"],
        customer=row["customer"],
        since=row["changed_at"],
    )


@router.post(
    "/v1/invoices/{invoice_id}/documents/{kind}/retry",
    status_code=202,
    summary="Make a document that failed again",
    responses=problems({409: ["document-not-failed"]}),
)
async def retry(invoice_id: UUID, kind: Kind, principal: Biller, session: Session, clock: CurrentClock) -> DocumentOut:
    """It waits to be made; a document that was made is never made anew."""
    again = await documents.retry(session, principal.org, invoice_id, kind, clock())
    row = await documents.find(session, principal.org, invoice_id, kind)
    if not again or row is None:
        raise refusals.not_failed(row, DocumentKind(kind))
    return document_out(row)


@router.get(
    "/v1/invoices/{invoice_id}/pdf",
    summary="The PDF",
    response_class=Response,
    responses={200: {"content": {"application/pdf": _BINARY}}, 304: {}, **_PROBLEMS},
)
async def pdf(invoice_id: UUID, principal: Biller, request: Request, wait: Wait = 0, match: Match = None) -> Response:
    """For people. The same bytes every time; its hash is its ETag."""
    return await _content(request, principal.org, invoice_id, DocumentKind.PDF, wait=wait, match=match)


@router.get(
    "/v1/invoices/{invoice_id}/e-invoice",
    summary="The e-invoice",
    response_class=Response,
    responses={200: {"content": {"application/xml": _BINARY}}, 304: {}, **_PROBLEMS},
)
async def e_invoice(
    invoice_id: UUID, principal: Biller, request: Request, wait: Wait = 0, match: Match = None
) -> Response:
    """Peppol BIS Billing 3.0 (UBL 2.1), valid. The same bytes every time; its hash is its ETag."""
    return await _content(request, principal.org, invoice_id, DocumentKind.E_INVOICE, wait=wait, match=match)


async def _content(
    request: Request, organisation: str, invoice_id: UUID, kind: DocumentKind, *, wait: float, match: str | None
) -> Response:
    database = runtime_of(request.app).ready_database()
    row = await _found(database, organisation, invoice_id, kind, wait)
    if row["state"] != DocumentState.MADE:
        raise refusals.not_there(row, kind)
    headers = {"ETag": f'"{row["sha256"].hex()}"', "Cache-Control": "private, max-age=31536000, immutable"}
    if match is not None and headers["ETag"] in match:
        return Response(status_code=304, headers=headers)
    async with database.transaction() as session:
        content = await documents.content(session, organisation, invoice_id, kind)
    headers["Content-Disposition"] = f'inline; filename="{file_name(row["number"], kind)}"'
    headers["X-Content-Type-Options"] = "nosniff"
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


async def _found(
    database: Database, organisation: str, invoice_id: UUID, kind: DocumentKind, wait: float
) -> asyncpg.Record:
    """The document's row; waits, without holding a connection, while it is being made."""
    until = time.monotonic() + wait
    while True:
        async with database.transaction() as session:
            row = await documents.find(session, organisation, invoice_id, kind)
        if row is None:
            raise refusals.not_there(row, kind)
        if row["state"] != DocumentState.WAITING or time.monotonic() >= until:
            return row
        await asyncio.sleep(_LOOK_AGAIN)


@router.get(
    "/v1/invoices/{invoice_id}/preview",
    summary="What the PDF of a draft would be",
    response_class=Response,
    responses={
        200: {"content": {"application/pdf": _BINARY}},
        **problems({409: ["not-a-draft"], 503: ["preview-failed"]}),
    },
)
async def draft_preview(invoice_id: UUID, principal: Biller, request: Request, clock: CurrentClock) -> Response:
    """If it were issued today; marked as a draft."""
    database = runtime_of(request.app).ready_database()
    async with database.transaction() as session:
        row = await invoices.find(session, principal.org, invoice_id)
        if row is None:
            raise not_found("invoice", invoice_id)
        if row["number"] is not None:
            raise not_a_draft(row["number"])
        (content,) = await contents(session, [invoice_id], clock().astimezone(zone(row["time_zone"])).date())
    try:
        made = await preview(content)
    except NotTypesetError as error:
        raise refusals.preview_failed(str(error)) from None
    return Response(made, media_type="application/pdf", headers={"Cache-Control": "no-store"})

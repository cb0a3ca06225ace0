"""Routes of the organisation's logo, which stands on its invoices."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response

from services.billing.api.billing_roles import Biller
from services.billing.documents.drawing import check_drawable
from services.billing.documents.logo import MAX_BYTES, MEDIA_TYPES, BadLogoError, checked_logo
from services.billing.documents.specimen import specimen
from services.billing.handlers.document_refusals import bad_logo
from services.billing.queries import logos, organisations
from services.billing.schemas.documents import LogoOut
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["documents"])
Admin = Annotated[Principal, require(Role.ADMIN)]

_PICTURES: Final = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()}


@router.put(
    "/v1/organisation/logo",
    summary="Set the logo",
    max_body_size=MAX_BYTES,
    responses=problems({413: ["too-large"], 422: ["bad-logo"]}),
    openapi_extra={"requestBody": {"required": True, "content": _PICTURES}},
)
async def put(request: Request, principal: Admin, session: Session, clock: CurrentClock) -> LogoOut:
    """PNG, JPEG or SVG as the body, at most 512 KiB; what it is, its content says. For invoices from now on."""
    content = await request.body()
    try:
        logo = checked_logo(content)
        await check_drawable(logo, specimen())
    except BadLogoError as error:
        raise bad_logo(str(error)) from None
    if await organisations.find(session, principal.org) is None:
        raise not_found("organisation", principal.org)
    now = clock()
    await logos.put(session, principal.org, logo.format, content, now)
    return LogoOut(media_type=MEDIA_TYPES[logo.format], size=len(content), changed_at=now)


@router.get(
    "/v1/organisation/logo",
    summary="The logo",
    response_class=Response,
    responses={200: {"content": _PICTURES}},
)
async def get(principal: Biller, session: ReadSession) -> Response:
    row = await logos.find(session, principal.org)
    if row is None:
        raise not_found("logo", principal.org)
    # Shown by no browser as a page of ours: an SVG could be more than a picture.
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return Response(row["content"], media_type=MEDIA_TYPES[row["format"]], headers=headers)


@router.delete("/v1/organisation/logo", status_code=204, summary="Take the logo off")
async def delete(principal: Admin, session: Session) -> Response:
    """Invoices that are made carry the name instead; those that were made stay as they are."""
    if not await logos.delete(session, principal.org):
        raise not_found("logo", principal.org)
    return Response(status_code=204)

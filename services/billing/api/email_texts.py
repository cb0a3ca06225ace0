"""Routes of what an organisation's e-mails say, and from whom they come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from services.billing.api.billing_roles import Biller
from services.billing.documents.mail.texts import CREDIT_NOTE, INVOICE, default_words
from services.billing.domain.preferences import LANGUAGES
from services.billing.queries import email_texts, organisations
from services.billing.schemas.emails import (
    AllEmailWords,
    EmailKind,
    EmailLanguage,
    EmailSettingsIn,
    EmailSettingsOut,
    EmailWordsIn,
    EmailWordsOut,
)
from shared.http.auth import Principal, Role, require
from shared.http.problems import not_found
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["documents"])
Admin = Annotated[Principal, require(Role.ADMIN)]


@router.get("/v1/email-settings", summary="From whom e-mails come")
async def get_settings(principal: Biller, session: ReadSession) -> EmailSettingsOut:
    return EmailSettingsOut.model_validate(await email_texts.find_settings(session, principal.org))


@router.put("/v1/email-settings", summary="Change from whom e-mails come")
async def put_settings(body: EmailSettingsIn, principal: Admin, session: Session) -> EmailSettingsOut:
    await _own_organisation(session, principal.org)
    return EmailSettingsOut.model_validate(await email_texts.change_settings(session, principal.org, body.given()))


@router.get("/v1/email-texts", summary="What e-mails say")
async def get_texts(principal: Biller, session: ReadSession) -> AllEmailWords:
    """For invoices and credit notes, in each language; the organisation's own words where it has some."""
    own = {(row["kind"], row["language"]): row for row in await email_texts.own_words(session, principal.org)}
    items = []
    for kind in (INVOICE, CREDIT_NOTE):
        for language in LANGUAGES:
            usual, said = default_words(kind, language), own.get((kind, language))
            subject, body = (said["subject"], said["body"]) if said else (usual.subject, usual.body)
            items.append(
                {"kind": kind, "language": language, "subject": subject, "body": body, "own": said is not None}
            )
    return AllEmailWords.model_validate({"items": items})


@router.put("/v1/email-texts/{kind}/{language}", summary="Say it in own words")
async def put_text(
    kind: EmailKind, language: EmailLanguage, body: EmailWordsIn, principal: Admin, session: Session
) -> EmailWordsOut:
    """For e-mails that are sent from now on."""
    await _own_organisation(session, principal.org)
    await email_texts.put_words(session, principal.org, kind, language, subject=body.subject, body=body.body)
    return EmailWordsOut(kind=kind, language=language, subject=body.subject, body=body.body, own=True)


@router.delete("/v1/email-texts/{kind}/{language}", status_code=204, summary="Say the usual again")
async def delete_text(kind: EmailKind, language: EmailLanguage, principal: Admin, session: Session) -> Response:
    if not await email_texts.delete_words(session, principal.org, kind, language):
        raise not_found("own text", f"{kind}/{language}")
    return Response(status_code=204)


async def _own_organisation(session: Session, code: str) -> None:
    if await organisations.find(session, code) is None:
        raise not_found("organisation", code)

"""Routes of the words that say why no VAT is charged."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.domain.vat_texts import DEFAULTS
from services.billing.handlers.records import locked_organisation
from services.billing.queries import vat_texts
from services.billing.schemas.vat_texts import VatTextIn, VatTextOut, VatTextsOut
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["preferences"])
Treatment = Annotated[Literal["reverse-charge", "exempt"], Path()]
Language = Annotated[Literal["nl", "en", "fr", "de"], Path()]


@router.get("/v1/vat-texts", summary="Why no VAT is charged, in every language")
async def listed(principal: Biller, session: ReadSession) -> VatTextsOut:
    """The usual words, or the organisation's own."""
    return await _all(session, principal.org)


@router.put("/v1/vat-texts/{treatment}/{language}", summary="Say it in your own words")
async def change(
    treatment: Treatment, language: Language, body: VatTextIn, principal: Biller, session: Session
) -> VatTextsOut:
    """From the next invoice on; those that are issued keep theirs."""
    await locked_organisation(session, principal.org)
    await vat_texts.write(session, principal.org, treatment.replace("-", " "), language, body.text)
    return await _all(session, principal.org)


async def _all(session: AsyncSession, organisation: str) -> VatTextsOut:
    own = {(row["treatment"], row["language"]): row["text"] for row in await vat_texts.listed(session, organisation)}
    return VatTextsOut(
        items=[
            VatTextOut(
                treatment=treatment.value,
                language=language,
                text=own.get((treatment.value, language), usual),
                own=(treatment.value, language) in own,
            )
            for treatment, words in DEFAULTS.items()
            for language, usual in words.items()
        ]
    )

"""Things: they have a name, unique in their organisation, and an amount."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, UploadFile
from pydantic import BaseModel, Field
from sqlalchemy import MetaData

from shared.contracts.base import Amount, Quantity, UnitPrice
from shared.database.bulk import fetch
from shared.database.core_tables import core_tables
from shared.http.auth import Principal, Role, require
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut, PriceOut
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import Problem, conflict, not_found, register_problems
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.service import Service, Sweep
from shared.settings import ServiceSettings
from shared.telemetry.tracing import current_traceparent

metadata = MetaData()
core_tables(metadata)
router = APIRouter(prefix="/v1", tags=["things"])
register_problems({"thing-too-dear": "The thing is too dear"})

Writer = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]
Reader = Annotated[Principal, require(Role.BILLING, Role.ADMIN, Role.EMPLOYEE)]


class TooDear(Exception):  # noqa: N818 - named as the rule
    """A rule of the domain, which knows nothing of HTTP."""


class ThingIn(Body):
    # Bare types on purpose: what they let through must not become a 500.
    name: str
    amount: Decimal = Decimal(1)
    parent: int | None = None


class Labour(Body):
    kind: Literal["labour"]
    minutes: int


class Goods(Body):
    kind: Literal["goods"]
    quantity: Quantity
    price: UnitPrice


class Document(Body):
    lines: list[Annotated[Labour | Goods, Field(discriminator="kind")]]
    note: str | int | None = None
    total: Amount | None = None


class Thing(Answer):
    id: int
    name: str
    amount: MoneyOut


class Numbers(BaseModel):
    quantity: DecimalStr
    price: PriceOut
    money: MoneyOut


@router.post("/things", status_code=201, responses=problems({409: ["conflict", "thing-too-dear"]}))
@idempotent
async def create(body: ThingIn, principal: Writer, session: Session) -> Thing:
    """Make a thing."""
    if body.amount > 1000:
        raise TooDear(f"{body.amount} is more than 1000")
    (row,) = await fetch(
        session,
        "INSERT INTO things (organisation, name, amount, parent) VALUES ($1, $2, $3, $4) RETURNING id, name, amount",
        principal.org,
        body.name,
        body.amount,
        body.parent,
    )
    if body.name == "refused":
        raise conflict("conflict", "This name is refused after it was written.")
    if body.name == "crash":
        raise RuntimeError("secret detail")
    return Thing(**row)


@router.get("/things")
async def list_(principal: Reader, session: ReadSession, paging: Paging, name: str | None = None) -> Page[Thing]:
    born, last = paging.key(date, int) or (None, None)
    rows = await fetch(
        session,
        """
        SELECT id, name, amount, born FROM things
        WHERE organisation = $1 AND ($2::date IS NULL OR (born, id) > ($2, $3)) AND ($5::text IS NULL OR name = $5)
        ORDER BY born, id LIMIT $4
        """,
        principal.org,
        born,
        last,
        paging.limit + 1,
        name,
    )
    return page(rows, paging, lambda row: (row["born"], row["id"]), lambda row: Thing(**row))


@router.get("/things/{thing_id}")
async def get(thing_id: int, principal: Reader, session: ReadSession) -> Thing:
    rows = await fetch(session, "SELECT * FROM things WHERE organisation = $1 AND id = $2", principal.org, thing_id)
    if not rows:
        raise not_found("thing", thing_id)
    return Thing(**rows[0])


@router.get("/called/{name}")
async def called(name: str, principal: Reader, session: ReadSession) -> Thing:
    rows = await fetch(session, "SELECT * FROM things WHERE organisation = $1 AND name = $2", principal.org, name)
    if not rows:
        raise not_found("thing", name)
    return Thing(**rows[0])


@router.post("/reading")
async def write_while_reading(principal: Writer, session: ReadSession) -> dict[str, str]:
    await fetch(session, "DELETE FROM things RETURNING id")
    return {}


@router.post("/documents")
async def document(body: Document, _: Writer) -> dict[str, Any]:
    return {"lines": len(body.lines)}


@router.post("/files", max_body_size=20_000)
async def upload(file: UploadFile, _: Writer) -> dict[str, int]:
    return {"size": len(await file.read())}


@router.get("/numbers")
async def numbers(_: Reader) -> Numbers:
    return Numbers(quantity=Decimal("61.5000"), price=Decimal("0.4000"), money=Decimal("682.25"))


@router.get("/now")
async def now(_: Reader, clock: CurrentClock) -> dict[str, str]:
    return {"now": clock().isoformat()}


@router.get("/trace")
async def trace(_: Reader) -> dict[str, str | None]:
    return {"traceparent": current_traceparent()}


@router.get("/organisations")
async def organisations(_: Annotated[Principal, require(Role.INSTALLATION)]) -> list[str]:
    return []


def too_dear(error: Exception) -> Problem:
    return conflict("thing-too-dear", str(error))


def demo(settings: ServiceSettings, sweeps: tuple[Sweep, ...] = ()) -> Service:
    return Service(
        name="demo",
        title="Demo",
        description="Things.",
        settings=settings,
        migrations="tests.integration.http.demo.migrations",
        routers=(router,),
        sweeps=sweeps,
        errors={TooDear: too_dear},
    )

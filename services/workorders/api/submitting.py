"""Orders over HTTP: one, and many."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from fastapi import APIRouter

from services.workorders.api.refusals import problem_of, refusal_out
from services.workorders.domain.refusal import FORBIDDEN, REVISION_CONFLICT, UNKNOWN_ORGANISATION, Refusal
from services.workorders.domain.revisions import Outcome
from services.workorders.intake import Arrival, How, Receipt, take
from services.workorders.schemas.incoming import BatchIn, WorkOrderIn, external_id_in, read_order
from services.workorders.schemas.outgoing import BatchOut, BatchResultOut, ReceiptOut
from shared.contracts.workorders import WorkOrder
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import Session
from shared.telemetry.tracing import current_traceparent

router = APIRouter(tags=["work orders"])

Sender = Annotated[Principal, require(Role.SOURCE, Role.ADMIN)]
#: A thousand orders of a dozen lines, with room.
MAX_BATCH_BYTES: Final = 32 * 1024 * 1024


@router.post(
    "/v1/workorders",
    summary="Send a work order",
    responses=problems(
        {
            403: [FORBIDDEN],
            409: [REVISION_CONFLICT, UNKNOWN_ORGANISATION],
            413: ["too-large"],
            422: ["invalid-input", "end-before-start", "line-too-long"],
        }
    ),
)
async def submit(body: WorkOrderIn, principal: Sender, session: Session, clock: CurrentClock) -> ReceiptOut:
    """Take one revision of a work order. Sent again it changes nothing (`unchanged`); an older one is `ignored`.

    Codes that are not known (employee, project, customer, hour type) are no reason to refuse: their lines wait.
    """
    order = body.as_order(principal.org)
    if isinstance(order, Refusal):
        raise problem_of(order)
    (receipt,) = await take(session, [_arrival(order, principal)], clock())
    if receipt.refusal is not None:
        raise problem_of(receipt.refusal)
    return ReceiptOut.model_validate(receipt)


@router.post(
    "/v1/workorders/batch",
    summary="Send many work orders",
    max_body_size=MAX_BATCH_BYTES,
    responses=problems({409: [UNKNOWN_ORGANISATION], 413: ["too-large"], 422: ["invalid-input"]}),
)
async def submit_many(body: BatchIn, principal: Sender, session: Session, clock: CurrentClock) -> BatchOut:
    """Take up to 1,000 orders, in their order; each is taken whole or refused by itself."""
    read = [read_order(value, principal.org) for value in body.orders]
    arrivals = [_arrival(order, principal) for order in read if isinstance(order, WorkOrder)]
    receipts = iter(await take(session, arrivals, clock()))
    results = [
        _refused(index, value, content) if isinstance(content, Refusal) else _result(index, content, next(receipts))
        for index, (value, content) in enumerate(zip(body.orders, read, strict=True))
    ]
    counts = Counter(result.outcome for result in results)
    return BatchOut(
        results=results,
        accepted=counts[Outcome.ACCEPTED],
        unchanged=counts[Outcome.UNCHANGED],
        ignored=counts[Outcome.IGNORED],
        refused=counts[Outcome.REFUSED],
    )


def _arrival(order: WorkOrder, principal: Principal) -> Arrival:
    return Arrival(order, How.HTTP, principal.subject, current_traceparent())


def _refused(index: int, value: object, refusal: Refusal) -> BatchResultOut:
    return BatchResultOut(
        index=index,
        external_id=external_id_in(value),
        outcome=Outcome.REFUSED,
        problem=refusal_out(refusal),
    )


def _result(index: int, order: WorkOrder, receipt: Receipt) -> BatchResultOut:
    if receipt.refusal is not None and receipt.refusal.slug == UNKNOWN_ORGANISATION:
        raise problem_of(receipt.refusal)  # the token's: it holds for all of the batch
    return BatchResultOut(
        index=index,
        external_id=order.external_id,
        outcome=receipt.outcome,
        work_order_id=receipt.work_order_id,
        revision=receipt.revision,
        problem=refusal_out(receipt.refusal),
    )

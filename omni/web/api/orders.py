"""Order facts as they happen: each recorded once, the rest never blocked by one that is wrong."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from omni.domain.member_identity import member_hash
from omni.domain.order_report import OrderReport, ReportedLine
from omni.domain.people import Scope
from omni.domain.redemption import Redemption
from omni.domain.redemption_id import redemption_id
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.shop import OrderEvent, OrderFact
from omni.services import bridging, ordering
from omni.services.bridging import Settled
from omni.services.ordering import Reported, Reporting
from omni.web.api.fields import (
    Answer,
    Body,
    Currency,
    FieldError,
    Instant,
    Minor,
    Reference,
    Sealed,
    Slug,
    Text,
)
from omni.web.api.known import known_number
from omni.web.api.operation import Asked, Operation, Reply, client_name
from omni.web.api.schemas import Lines

MOST_ORDERS = 1000
"""How many events one call may report."""

_REFUSED = "refused"


class OrderIn(Body):
    """One event of one order; `at` is when it happened, however late it is told."""

    order_ref: Reference
    event: OrderEvent
    at: Instant
    voucher: Sealed | None = Field(None, description="What was entered: ours, or the shop's own code.")
    total_minor: Minor | None = Field(None, description="The whole order.")
    amount_minor: Minor | None = Field(None, description="The money this event is about, such as a refund.")
    currency: Currency | None = None
    lines: Lines | None = None
    placement: Slug | None = None
    member_ref: Reference | None = None
    postal_area: Annotated[Text, Field(max_length=32)] | None = None
    method: Annotated[Text, Field(max_length=64)] | None = None
    promised_until: Instant | None = None
    costs: Annotated[dict[Annotated[str, StringConstraints(max_length=32)], Minor], Field(max_length=20)] = {}


_AnOrder = Annotated[OrderIn | dict[str, Any], Field(union_mode="left_to_right")]


class OrdersIn(Body):
    """Events of orders, in any order; what cannot be read as one is refused, and the rest is recorded."""

    orders: Annotated[list[_AnOrder], Field(min_length=1, max_length=MOST_ORDERS)]


class OrderKnown(Answer):
    """An event as it was recorded first."""

    order_ref: str
    event: str
    at: datetime
    currency: str | None
    details: dict[str, Any]
    recorded_at: datetime


class OrderResult(Answer):
    """What became of one event.

    `code` says why it was refused, or why a recorded order spent nothing. In a conflict `recorded` is what
    stands, and `sent` the details that were sent now.
    """

    status: str = Field(examples=["recorded", "replayed", "conflict", "refused"])
    code: str | None = None
    errors: list[FieldError] = []
    redemptions: list[str] = []
    reversed_minor: int | None = None
    recorded: OrderKnown | None = None
    sent: dict[str, Any] | None = None


class OrdersOut(Answer):
    """How many events were new, known already, known otherwise and refused; and each, in the order sent."""

    recorded: int
    replayed: int
    conflicts: int
    refused: int
    results: list[OrderResult]


def report_orders(asked: Asked, body: OrdersIn) -> Reply:
    """Record what happened to orders; telling it again changes nothing.

    In editions whose shop takes its own codes, an order that names one spends the claim behind it, and what
    comes back is reversed.
    """
    results = [_result(asked, sent) for sent in body.orders]
    counts = {status: sum(one.status == status for one in results) for status in (*Reporting, _REFUSED)}
    answer = OrdersOut(
        recorded=counts[Reporting.RECORDED],
        replayed=counts[Reporting.REPLAYED],
        conflicts=counts[Reporting.CONFLICT],
        refused=counts[_REFUSED],
        results=results,
    )
    return Reply(200, answer)


def _result(asked: Asked, sent: OrderIn | dict[str, Any]) -> OrderResult:
    if not isinstance(sent, OrderIn):
        return _unreadable(sent)
    report, client = _report(asked, sent), client_name(asked.client)
    opened = asked.place.keyring.open(report.voucher) if report.voucher else None
    try:
        with asked.place.db.writing() as tx:
            reported = ordering.record(
                tx, asked.now, report=report, opened=opened, client=client, origin=asked.client.origin
            )
    except BadInput as wrong:
        return _refused(wrong.reason, [FieldError(field=wrong.where, message=wrong.message)])
    if isinstance(reported, Refused):
        return _refused(reported.reason)
    settled = Settled()
    if reported.is_to_settle:
        with asked.place.db.writing() as tx:
            settled = bridging.settle(tx, asked.now, client=client, order_ref=report.order_ref)
    return _told(asked, report, reported, settled)


def _report(asked: Asked, sent: OrderIn) -> OrderReport:
    return OrderReport(
        order_ref=sent.order_ref,
        event=sent.event,
        at=sent.at,
        voucher=sent.voucher,
        total_minor=sent.total_minor,
        amount_minor=sent.amount_minor,
        currency=sent.currency,
        lines=tuple(ReportedLine(line.sku, line.qty, line.amount_minor) for line in sent.lines or ()),
        placement=sent.placement,
        member_hash=member_hash(asked.place.keyring, sent.member_ref) if sent.member_ref else None,
        postal_area=sent.postal_area,
        method=sent.method,
        promised_until=sent.promised_until,
        costs=sent.costs,
    )


def _unreadable(sent: dict[str, Any]) -> OrderResult:
    try:
        OrderIn.model_validate_json(json.dumps(sent))
    except ValidationError as wrong:
        listed = wrong.errors(include_input=False, include_url=False, include_context=False)
    errors = [FieldError(field=".".join(map(str, error["loc"])), message=error["msg"]) for error in listed]
    return _refused(Reason.INVALID_INPUT, errors)


def _refused(reason: Reason, errors: list[FieldError] | None = None) -> OrderResult:
    return OrderResult(status=_REFUSED, code=reason.value, errors=errors or [])


def _told(asked: Asked, report: OrderReport, reported: Reported, settled: Settled) -> OrderResult:
    is_conflict = reported.reporting is Reporting.CONFLICT
    return OrderResult(
        status=reported.reporting.value,
        code=settled.refused.reason.value if settled.refused is not None else None,
        redemptions=[_id(asked, spent) for spent in settled.redemptions],
        reversed_minor=sum(back.refund_minor for back in settled.reversals) if settled.reversals else None,
        recorded=_known(reported.fact) if is_conflict else None,
        sent=report.kept() if is_conflict else None,
    )


def _id(asked: Asked, spent: Redemption) -> str:
    key_id = known_number(asked, spent.number).batch.key_id
    return redemption_id(asked.place.keyring, spent.number, spent.seq, key_id)


def _known(fact: OrderFact) -> OrderKnown:
    return OrderKnown(
        order_ref=fact.order_ref,
        event=fact.event.value,
        at=fact.at,
        currency=fact.currency,
        details=fact.details,
        recorded_at=fact.recorded_at,
    )


OPERATIONS = (
    Operation(
        "POST",
        "/orders",
        "Report what happened to orders",
        report_orders,
        (Scope.SHOP,),
        {200: OrdersOut},
        body=OrdersIn,
    ),
)
"""What this module answers, for the table of operations."""

"""Reserving what a voucher may still spend while an order is being made, and letting it go."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from omni.domain.code import Purpose
from omni.domain.people import Scope
from omni.domain.refusal import Reason, Refused, Unknown
from omni.present.paper import printed_code
from omni.services import holding
from omni.web.api.fields import Answer, Body, Minutes, Reference
from omni.web.api.known import KnownCode, known_code, voucher_of
from omni.web.api.operation import Asked, KeyUse, Operation, Reply
from omni.web.api.schemas import LeftLine

NOTHING = ""
"""The media type of an answer without a body."""


class HoldIn(Body):
    """An order in the making; without minutes the reservation lasts as the edition says, else 15."""

    order_ref: Reference
    minutes: Minutes | None = None


class HoldOut(Answer):
    """What is reserved and until when. When that passes the reservation ends, the voucher does not."""

    voucher: str
    order_ref: str
    held_until: datetime
    lines: list[LeftLine]


def hold_voucher(asked: Asked, voucher: str, body: HoldIn) -> Reply | Refused:
    """Reserve what a voucher may still spend for an order; the same order again renews it (200)."""
    known = known_code(asked, voucher, Reason.UNKNOWN_CLAIM)
    identity = {**body.model_dump(mode="json"), "voucher": known.number}
    with asked.place.db.writing() as tx:
        outcome = holding.hold(
            tx,
            asked.now,
            batch=known.batch,
            number=known.number,
            caller=asked.caller("hold", identity),
            order_ref=body.order_ref,
            minutes=body.minutes,
        )
    if isinstance(outcome, Refused):
        return _with_way_on(asked, known, outcome)
    answer = HoldOut(
        voucher=voucher_of(asked, known.batch, known.number),
        order_ref=outcome.hold.order_ref,
        held_until=outcome.hold.until,
        lines=[LeftLine(**line) for line in outcome.lines],
    )
    is_known = outcome.is_renewed or outcome.is_replay
    return Reply(200 if is_known else 201, answer, outcome.is_replay)


def free_voucher(asked: Asked, voucher: str) -> Response | Refused:
    """Let a reservation go before its time; where there is none, nothing happens. The voucher stays good."""
    known = known_code(asked, voucher, Reason.UNKNOWN_CLAIM)
    with asked.place.db.writing() as tx:
        outcome = holding.free(
            tx, asked.now, batch=known.batch, number=known.number, caller=asked.caller("free", {})
        )
    return outcome if isinstance(outcome, Refused) else Response(status=204)


def _with_way_on(asked: Asked, known: KnownCode, refused: Refused) -> Refused:
    """A code that is not unlocked says where it can be; a voucher of nobody is not ours."""
    if refused.reason is not Reason.NOT_UNLOCKED:
        return refused
    if known.purpose is Purpose.VOUCHER:
        raise Unknown(Reason.UNKNOWN_CLAIM)
    url = printed_code(asked.place.keyring, known.batch, known.number).url
    return Refused(Reason.NOT_UNLOCKED, {"unlock_url": url})


OPERATIONS = (
    Operation(
        "POST",
        "/vouchers/<voucher>/hold",
        "Reserve what a voucher may still spend",
        hold_voucher,
        (Scope.SHOP,),
        {201: HoldOut, 200: HoldOut},
        body=HoldIn,
        key=KeyUse.WELCOME,
        refusals=(
            Reason.UNKNOWN_CLAIM,
            Reason.NOT_UNLOCKED,
            Reason.VOIDED,
            Reason.PAUSED,
            Reason.EXPIRED,
            Reason.EXHAUSTED,
            Reason.OUT_OF_STOCK,
            Reason.KEY_REUSED,
            Reason.TEST_LIVE_MISMATCH,
        ),
    ),
    Operation(
        "DELETE",
        "/vouchers/<voucher>/hold",
        "Let a reservation go",
        free_voucher,
        (Scope.SHOP,),
        {204: NOTHING},
        refusals=(Reason.UNKNOWN_CLAIM, Reason.TEST_LIVE_MISMATCH),
    ),
)

"""What a till printed while its line was down."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError

from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.people import Scope
from omni.domain.pool import Pool
from omni.domain.refusal import BadInput, Reason, Refused
from omni.services import pooling, uploading
from omni.services.ordering import Reporting
from omni.web.api.binding import HandedOut, purchase_of
from omni.web.api.fields import Answer, Body, FieldError, Instant, Sealed
from omni.web.api.known import must_meet
from omni.web.api.operation import Asked, Operation, Reply, client_name
from omni.web.api.pools import Side, pool_id_of, side_of

MOST_RECEIPTS = 1000
"""How many receipts one call may tell."""

_REFUSED = "refused"


class OfflineIn(HandedOut):
    """A receipt that carries a code of the pool; `printed_at` is what the device's own clock said."""

    code: Sealed
    printed_at: Instant
    receipt_no: Sealed | None = Field(None, examples=["000453"])


_AReceipt = Annotated[OfflineIn | dict[str, Any], Field(union_mode="left_to_right")]


class UploadIn(Body):
    """What a device printed, in any order; what cannot be read is refused, and the rest is recorded."""

    receipts: Annotated[list[_AReceipt], Field(min_length=1, max_length=MOST_RECEIPTS)]


class UploadResult(Answer):
    """What became of one receipt: `stands` is the one that it disagrees with, `reason` why, or why not."""

    code: str
    status: str = Field(examples=["recorded", "replayed", "conflict", "refused"])
    reason: str | None = None
    errors: list[FieldError] = []
    stands: Side | None = None


class UploadOut(Answer):
    """How many receipts were new, known already, known otherwise and refused; and each, in the order sent."""

    recorded: int
    replayed: int
    conflicts: int
    refused: int
    results: list[UploadResult]


def upload_receipts(asked: Asked, id: str, body: UploadIn) -> Reply:  # noqa: A002
    """Record what a device printed while its line was down; telling it again changes nothing.

    Each receipt stands or falls alone.
    """
    with asked.place.db.reading() as session:
        pool, batch = pooling.pool_numbered(session, pool_id_of(id))
    must_meet(asked, batch)
    results = [_result(asked, pool, batch, sent) for sent in body.receipts]
    counts = {status: sum(one.status == status for one in results) for status in (*Reporting, _REFUSED)}
    answer = UploadOut(
        recorded=counts[Reporting.RECORDED],
        replayed=counts[Reporting.REPLAYED],
        conflicts=counts[Reporting.CONFLICT],
        refused=counts[_REFUSED],
        results=results,
    )
    return Reply(200, answer)


def _result(asked: Asked, pool: Pool, batch: Batch, sent: OfflineIn | dict[str, Any]) -> UploadResult:
    if not isinstance(sent, OfflineIn):
        return _unreadable(sent)
    opened = asked.place.keyring.open(sent.code)
    if opened is None or opened.purpose is not Purpose.CODE:
        return _refused(sent.code, Reason.UNKNOWN_CODE)
    if opened.key_id != batch.key_id:
        return _refused(sent.code, Reason.NOT_IN_POOL)
    purchase = purchase_of(asked, batch.placement_id, sent.receipt_no, sent.printed_at, sent)
    try:
        with asked.place.db.writing() as tx:
            reported = uploading.record(
                tx,
                asked.now,
                pool=pool,
                number=opened.number,
                purchase=purchase,
                client=client_name(asked.client),
            )
    except BadInput as wrong:
        return _refused(sent.code, wrong.reason, [FieldError(field=wrong.where, message=wrong.message)])
    if isinstance(reported, Refused):
        return _refused(sent.code, reported.reason)
    clash = reported.conflict
    return UploadResult(
        code=sent.code,
        status=reported.reporting.value,
        reason=clash.reason.value if clash else None,
        stands=side_of(asked, clash.stands) if clash else None,
    )


def _unreadable(sent: dict[str, Any]) -> UploadResult:
    try:
        OfflineIn.model_validate_json(json.dumps(sent))
    except ValidationError as wrong:
        listed = wrong.errors(include_input=False, include_url=False, include_context=False)
    errors = [FieldError(field=".".join(map(str, error["loc"])), message=error["msg"]) for error in listed]
    code = sent.get("code")
    return _refused(code if isinstance(code, str) else "", Reason.INVALID_INPUT, errors)


def _refused(code: str, reason: Reason, errors: list[FieldError] | None = None) -> UploadResult:
    return UploadResult(code=code, status=_REFUSED, reason=reason.value, errors=errors or [])


OPERATIONS = (
    Operation(
        "POST",
        "/pools/<id>/receipts",
        "What a device printed while its line was down",
        upload_receipts,
        (Scope.POS,),
        {200: UploadOut},
        body=UploadIn,
        refusals=(Reason.UNKNOWN_POOL, Reason.TEST_LIVE_MISMATCH),
    ),
)
"""What this module adds to the API."""

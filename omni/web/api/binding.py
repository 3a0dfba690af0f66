"""A code that was printed before meets its receipt at the till."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from omni.domain.member_identity import member_hash
from omni.domain.people import Scope
from omni.domain.receipt_identity import receipt_hashes
from omni.domain.refusal import Reason, Refused
from omni.present.paper import printed_code
from omni.services import binding, naming
from omni.services.receipting import Purchase
from omni.web.api.fields import Answer, Body, Currency, Instant, Minor, Reference, Sealed, Slug
from omni.web.api.known import known_code, known_number
from omni.web.api.operation import Asked, Operation, Reply
from omni.web.api.schemas import PrintedOn


class HandedOut(Body):
    """What a till says of the purchase a printed code was handed out with."""

    total_minor: Minor | None = Field(None, examples=[8540])
    currency: Currency | None = Field(None, examples=["EUR"])
    member_ref: Reference | None = None


class BindIn(HandedOut):
    """The receipt a printed code was handed out with, and where."""

    placement: Slug = Field(examples=["fr-paris-till-1"])
    receipt_no: Sealed = Field(examples=["000452"])
    printed_at: Instant | None = None


class BoundOut(Answer):
    """A code and the receipt it has now, for good."""

    code: str = Field(examples=["XXXXX-XXXXX-XXXXX"])
    batch: int
    receipt: PrintedOn
    total_minor: int | None
    currency: str | None
    recorded_at: datetime


def bind_code(asked: Asked, code: str, body: BindIn) -> Reply | Refused:
    """Give a pre-printed code its receipt; the same receipt again changes nothing."""
    known, place = known_code(asked, code), asked.place
    with place.db.writing() as tx:
        placement = naming.placement_named(tx, body.placement)
        outcome = binding.bind(
            tx,
            asked.now,
            batch=known.batch,
            number=known.number,
            placement=placement,
            purchase=purchase_of(asked, placement.id or 0, body.receipt_no, body.printed_at, body),
            caller=asked.caller("bind", {}),
        )
    if isinstance(outcome, Refused):
        return _naming_the_code(asked, outcome)
    receipt = outcome.receipt
    answer = BoundOut(
        code=printed_code(place.keyring, known.batch, known.number).code,
        batch=receipt.batch_id,
        receipt=PrintedOn(placement=placement.slug, printed_at=receipt.printed_at),
        total_minor=receipt.total_minor,
        currency=receipt.currency,
        recorded_at=receipt.recorded_at,
    )
    return Reply(200 if outcome.is_replay else 201, answer, outcome.is_replay)


def purchase_of(
    asked: Asked, placement_id: int, receipt_no: str | None, printed_at: datetime | None, said: HandedOut
) -> Purchase:
    """A purchase at a place as the services know it: its receipt number and member as keyed hashes."""
    keyring, origin = asked.place.keyring, asked.client.origin
    return Purchase(
        hashes=receipt_hashes(keyring, placement_id, receipt_no, origin) if receipt_no else (),
        has_number=bool(receipt_no),
        total_minor=said.total_minor,
        currency=said.currency,
        printed_at=printed_at,
        member_hash=member_hash(keyring, said.member_ref) if said.member_ref else None,
    )


def _naming_the_code(asked: Asked, refused: Refused) -> Refused:
    """Where the receipt has another code, which one it is."""
    number = refused.details.get("number")
    if number is None:
        return refused
    code = printed_code(asked.place.keyring, known_number(asked, number).batch, number).code
    return Refused(refused.reason, {"field": "receipt_no", "stands": code})


OPERATIONS = (
    Operation(
        "POST",
        "/codes/<code>/bind",
        "A pre-printed code meets its receipt",
        bind_code,
        (Scope.POS,),
        {201: BoundOut, 200: BoundOut},
        body=BindIn,
        refusals=(
            Reason.UNKNOWN_CODE,
            Reason.UNKNOWN_PLACEMENT,
            Reason.ALREADY_BOUND,
            Reason.KEY_REUSED,
            Reason.WRONG_MARKET,
            Reason.VOIDED,
            Reason.EXCHANGED,
            Reason.NOT_LAUNCHED,
            Reason.NOT_STARTED,
            Reason.PAUSED,
            Reason.ENDED,
            Reason.TEST_LIVE_MISMATCH,
        ),
    ),
)
"""What this module adds to the API."""

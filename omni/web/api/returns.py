"""The purchase that a code was printed for comes back to the till."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from omni.domain.people import Scope
from omni.domain.receipt import OriginOutcome, Receipt
from omni.domain.receipt_identity import receipt_hashes
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.present.locales import SOURCE, speaking
from omni.present.paper import printed_code
from omni.present.return_words import words_of_purchase_back
from omni.services import naming, returning
from omni.services.returning import Goods, PurchaseBack
from omni.web.api.fields import Answer, Body, Positive, Quantity, Sealed, Slug, Text
from omni.web.api.known import known_code, known_number
from omni.web.api.operation import Asked, KeyUse, Operation, Reply
from omni.web.api.schemas import PrintedOn

if TYPE_CHECKING:
    from sqlmodel import Session

_NO_REASON = "the purchase came back"


class ReturnedItem(Body):
    """One item of the purchase that came back."""

    sku: Sealed
    qty: Quantity


class PurchaseBackIn(Body):
    """What came back: the receipt, by its number and place or by its code, and how much of it.

    An amount of its total, or items, or (neither) all of it. The same told again is the same return, under
    whatever key; two that look alike are told apart by their `reason`.
    """

    placement: Slug | None = Field(None, examples=["fr-paris-till-1"])
    receipt_no: Sealed | None = Field(None, examples=["000451"])
    code: Sealed | None = None
    amount_minor: Positive | None = None
    lines: Annotated[list[ReturnedItem], Field(min_length=1, max_length=1000)] | None = None
    reason: Annotated[Text, Field(max_length=200)] | None = None


class PurchaseBackOut(Answer):
    """What became of the code of that purchase, and a sentence for whoever stands at the counter.

    `unchanged`: it still earns its code, or that was withdrawn before; `voided`: the code was withdrawn;
    `claim-ended`: it was unlocked and ends; a code in use is `kept`, `flagged` or `charged-back`.
    """

    code: str = Field(examples=["XXXXX-XXXXX-XXXXX"])
    outcome: OriginOutcome
    receipt: PrintedOn
    amount_minor: int | None
    lines: list[dict[str, str | int]] = Field(examples=[[{"sku": "shoes-38", "qty": 1}]])
    sentence: str
    returned_at: datetime


def bring_purchase_back(asked: Asked, body: PurchaseBackIn) -> Reply | Refused:
    """The purchase came back: its code is withdrawn, unless it was used or is still earned."""
    if body.lines and body.amount_minor is not None:
        raise BadInput("amount_minor", "name lines or an amount, not both")
    place, items = asked.place, tuple((line.sku, line.qty) for line in body.lines or ())
    goods = Goods(body.reason or _NO_REASON, body.amount_minor, items)
    with place.db.reading() as session:
        number = _receipt(session, asked, body).number
    identity = body.model_dump(mode="json", include={"amount_minor", "lines", "reason"})
    caller = asked.caller("bring-back", {"number": number, **identity})
    with place.db.writing() as tx:
        outcome = returning.bring_back(tx, asked.now, number=number, caller=caller, goods=goods)
    if not isinstance(outcome, PurchaseBack):
        return outcome
    place.catalogue.fresh()
    return Reply(200 if outcome.is_replay else 201, _out(asked, outcome), outcome.is_replay)


def _receipt(session: Session, asked: Asked, body: PurchaseBackIn) -> Receipt:
    """The receipt spoken of. Raises Unknown, and BadInput when it is named in no way or in two."""
    if (body.code is None) == (body.receipt_no is None) or (body.code is None) == (body.placement is None):
        raise BadInput("code", "name the code, or the placement and the number of the receipt")
    if body.code is None:
        return receipt_at(session, asked, body.placement or "", body.receipt_no or "")
    receipt = returning.receipt_of(session, known_code(asked, body.code).number)
    if receipt is None:
        raise Unknown(Reason.UNKNOWN_RECEIPT)
    return receipt


def receipt_at(session: Session, asked: Asked, placement: str, receipt_no: str) -> Receipt:
    """The receipt of a number that was printed at a placement. Raises Unknown."""
    place = naming.placement_named(session, placement)
    hashes = receipt_hashes(asked.place.keyring, place.id or 0, receipt_no, asked.client.origin)
    receipt = returning.receipt_known_as(session, hashes)
    if receipt is None:
        raise Unknown(Reason.UNKNOWN_RECEIPT)
    return receipt


def _out(asked: Asked, outcome: PurchaseBack) -> PurchaseBackOut:
    told, known = outcome.told, known_number(asked, outcome.receipt.number)
    with speaking(SOURCE):
        sentence = words_of_purchase_back(told.outcome)
    return PurchaseBackOut(
        code=printed_code(asked.place.keyring, known.batch, known.number).code,
        outcome=told.outcome,
        receipt=PrintedOn(
            placement=known.catalogue.placements[outcome.receipt.placement_id].slug,
            printed_at=outcome.receipt.printed_at,
        ),
        amount_minor=told.amount_minor,
        lines=told.items,
        sentence=sentence,
        returned_at=told.returned_at,
    )


OPERATIONS = (
    Operation(
        "POST",
        "/receipts/returns",
        "The purchase of a receipt came back",
        bring_purchase_back,
        (Scope.POS,),
        {201: PurchaseBackOut, 200: PurchaseBackOut},
        body=PurchaseBackIn,
        key=KeyUse.WELCOME,
        refusals=(
            Reason.UNKNOWN_RECEIPT,
            Reason.UNKNOWN_CODE,
            Reason.UNKNOWN_PLACEMENT,
            Reason.KEY_REUSED,
            Reason.TEST_LIVE_MISMATCH,
        ),
    ),
)
"""What this module adds to the API."""

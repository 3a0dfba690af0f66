"""Binding: a code that was printed before meets its receipt, and neither ever meets another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from omni.domain.batch import Batch, BatchKind, CodePhase
from omni.domain.placement import Placement
from omni.domain.receipt import BOUND, Receipt, ReceiptIndex
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import Caller, CodeInLife, first_refusal, may_hand_out, may_use_in, meets
from omni.services import earning, receipting
from omni.services.earning import NOBODY, Member
from omni.services.receipting import Purchase, contradiction
from omni.services.returning import receipt_known_as, receipt_of
from omni.services.rolling import take_turns
from omni.store import finders


@dataclass(frozen=True)
class Bound:
    """A code has its receipt, now or since the first time this was told."""

    receipt: Receipt
    is_replay: bool = False


def bind(
    tx: Session,
    now: datetime,
    *,
    batch: Batch,
    number: int,
    placement: Placement,
    purchase: Purchase,
    caller: Caller,
) -> Bound | Refused:
    """Give a pre-printed personal code the receipt it was handed out with, at a place of its market.

    The same receipt again is a replay. A code that has another is `already-bound`; a receipt that has another
    code is `key-reused`, with its `number`. Raises BadInput for a code that is no paper of its own.
    """
    if batch.kind is not BatchKind.PERSONAL:
        raise BadInput("code", "only a code printed for one shopper can meet a receipt")
    stranger = meets(caller, batch.origin)
    if stranger is not None:
        return stranger
    state = finders.lock_code(tx, number, batch_id=batch.id or 0, now=now)
    take_turns(tx, placement)
    answered = _met_before(tx, number, placement, purchase)
    if answered is not None:
        return answered
    refused = _may_bind(finders.in_life(tx, batch, number, state), placement, now)
    if refused is not None:
        return refused
    client = caller.client
    return Bound(attach(tx, now, batch, number, purchase, placement=placement, why=BOUND, client=client))


def attach(
    tx: Session,
    now: datetime,
    batch: Batch,
    number: int,
    purchase: Purchase,
    *,
    placement: Placement,
    why: str,
    client: str,
) -> Receipt:
    """Write down the receipt of a code that had none; whoever decided that has the code and the place's turn.

    A member has earned the bundle, as if at the till. Raises BadInput for a currency not of this market.
    """
    content = finders.published(tx, finders.edition_of(tx, batch.edition_id), batch.revision)
    market = finders.market_of(tx, content.market)
    if purchase.currency not in (None, market.currency):
        raise BadInput("currency", f"this till is in {market.currency}")
    member = Member(purchase.member_hash, batch.edition_id) if batch.origin is Origin.LIVE else NOBODY
    earning.remember(tx, now, content=content, bundle=content.bundle(batch.bundle_id), member=member)
    receipt = receipting.receipt_of_purchase(
        now,
        batch,
        number,
        purchase,
        placement=placement,
        currency=market.currency,
        why=why,
        client=client,
    )
    tx.add(receipt)
    if receipt.receipt_hash is not None:
        tx.add(ReceiptIndex(receipt_hash=receipt.receipt_hash, bucket=receipt.bucket, number=number))
    tx.flush()
    return receipt


def _met_before(tx: Session, number: int, placement: Placement, purchase: Purchase) -> Bound | Refused | None:
    receipt = receipt_of(tx, number)
    if receipt is None:
        other = receipt_known_as(tx, purchase.hashes)
        return None if other is None else Refused(Reason.KEY_REUSED, {"number": other.number})
    if receipt.receipt_hash not in purchase.hashes:
        return Refused(Reason.ALREADY_BOUND)
    differing = contradiction(placement, purchase, receipt)
    if differing is not None:
        return Refused(Reason.KEY_REUSED, {"field": differing})
    return Bound(receipt, is_replay=True)


def _may_bind(code: CodeInLife, placement: Placement, now: datetime) -> Refused | None:
    """A code meets a receipt where and while a receipt could earn one; not when it was given up."""
    return first_refusal(
        Refused(Reason.VOIDED) if code.is_recalled else None,
        Refused(Reason.EXCHANGED) if code.phase is CodePhase.EXCHANGED else None,
        may_use_in(code.edition.market_id, placement.market_id),
        may_hand_out(code.edition, code.zone, code.batch.origin, now),
    )

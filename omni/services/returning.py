"""The purchase that earned a code came back to the till: what becomes of the code, and never silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from omni.domain.batch import Batch
from omni.domain.claim import Claim, CodeExchange
from omni.domain.cube import Kind, cell
from omni.domain.policies import OriginReturned
from omni.domain.receipt import OriginOutcome, Receipt, ReceiptIndex, ReceiptReturn
from omni.domain.record import bucket_of
from omni.domain.refund import not_back
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.rulebook import Caller, meets
from omni.services import issuing, receipting
from omni.store import finders
from omni.store.outbox import announce

_OF_USED = {
    OriginReturned.KEEP: OriginOutcome.KEPT,
    OriginReturned.FLAG: OriginOutcome.FLAGGED,
    OriginReturned.CHARGE_BACK: OriginOutcome.CHARGED_BACK,
}


@dataclass(frozen=True)
class Goods:
    """What of a purchase came back: a part of its total, items by SKU and count, or (neither) all of it."""

    reason: str
    amount_minor: int | None = None
    items: tuple[tuple[str, int], ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing of the purchase is kept."""
        return self.amount_minor is None and not self.items


@dataclass(frozen=True)
class PurchaseBack:
    """A purchase, or a part of it, came back, now or the first time this was told."""

    receipt: Receipt
    told: ReceiptReturn
    is_replay: bool = False


def receipt_known_as(session: Session, hashes: Iterable[str]) -> Receipt | None:
    """The receipt that one of these hashes stands for (domain/receipt_identity)."""
    found = (session.get(ReceiptIndex, receipt_hash) for receipt_hash in hashes)
    index = next(filter(None, found), None)
    return session.get_one(Receipt, (index.bucket, index.number)) if index is not None else None


def receipt_of(session: Session, number: int) -> Receipt | None:
    """The receipt a code was printed for, if it was one."""
    return session.get(Receipt, (bucket_of(number), number))


def bring_back(
    tx: Session, now: datetime, *, number: int, caller: Caller, goods: Goods
) -> PurchaseBack | Refused:
    """Record that the purchase of a receipt came back, and let its code follow.

    Of a part that came back totals alone are weighed again: a receipt that still earns its code changes
    nothing. Else a code that was not used is withdrawn, with its claim where it was unlocked; what was used
    is kept, flagged or charged back as the edition says. The same key, or the same body again, gets the
    first answer. Raises Unknown for a code without a receipt, BadInput for more than the receipt's total.
    """
    receipt = receipt_of(tx, number)
    if receipt is None:
        raise Unknown(Reason.UNKNOWN_RECEIPT)
    stranger = meets(caller, receipt.origin)
    if stranger is not None:
        return stranger
    finders.lock_code(tx, number, batch_id=receipt.batch_id, now=now)
    before = _returns_of(tx, number)
    answered = _answered_before(receipt, before, caller)
    if answered is not None:
        return answered
    told = ReceiptReturn(
        bucket=receipt.bucket,
        number=number,
        origin=receipt.origin,
        seq=1 + len(before),
        amount_minor=goods.amount_minor,
        items=[{"sku": sku, "qty": quantity} for sku, quantity in goods.items],
        outcome=_outcome(tx, now, receipt, goods, _returned_with(receipt, before, goods), caller),
        client=caller.client,
        request_key=caller.key or None,
        body_hash=caller.body_hash,
        returned_at=now,
    )
    tx.add(told)
    _announce(tx, now, receipt, told)
    return PurchaseBack(receipt, told)


def _returns_of(tx: Session, number: int) -> Sequence[ReceiptReturn]:
    rows = select(ReceiptReturn).where(
        ReceiptReturn.bucket == bucket_of(number), ReceiptReturn.number == number
    )
    return tx.exec(rows.order_by(col(ReceiptReturn.seq))).all()


def _answered_before(
    receipt: Receipt, before: Sequence[ReceiptReturn], caller: Caller
) -> PurchaseBack | Refused | None:
    own = [told for told in before if told.client == caller.client]
    with_key = next((told for told in own if caller.key and told.request_key == caller.key), None)
    if with_key is not None and with_key.body_hash != caller.body_hash:
        return Refused(Reason.KEY_REUSED)
    same = with_key or next((told for told in own if told.body_hash == caller.body_hash), None)
    return PurchaseBack(receipt, same, is_replay=True) if same is not None else None


def _returned_with(receipt: Receipt, before: Sequence[ReceiptReturn], goods: Goods) -> int:
    """How much of the total came back, this time included. Raises BadInput for more than there is left."""
    amount, returned = goods.amount_minor or 0, sum(told.amount_minor or 0 for told in before)
    if receipt.total_minor is not None and amount:
        is_all_back = any(told.amount_minor is None and not told.items for told in before)
        left = 0 if is_all_back else receipt.total_minor - returned
        if amount > left:
            raise BadInput("amount_minor", f"of this receipt {left} is left to come back")
    return returned + amount


def _outcome(
    tx: Session, now: datetime, receipt: Receipt, goods: Goods, returned_minor: int, caller: Caller
) -> OriginOutcome:
    if not goods.is_all and (
        goods.amount_minor is None or receipting.still_earns(tx, receipt, returned_minor)
    ):
        return OriginOutcome.UNCHANGED
    number = _code_now(tx, now, receipt)
    batch = finders.batch_of(tx, number)
    assert batch is not None, "a code was issued in a batch"
    if finders.is_recalled(tx, batch.id or 0, number):
        return OriginOutcome.UNCHANGED
    made = finders.claim_of(tx, number)
    if made is not None and _is_in_use(tx, number):
        return _OF_USED[_policy(tx, made)]
    issuing.recall(
        tx,
        now,
        batch_id=batch.id or 0,
        first=number - batch.first_number + 1,
        count=1,
        reason=goods.reason,
        by=caller.client,
    )
    return OriginOutcome.VOIDED if made is None else OriginOutcome.CLAIM_ENDED


def _code_now(tx: Session, now: datetime, receipt: Receipt) -> int:
    """The code a receipt has today: its own, or the one it was exchanged for in another market; locked."""
    exchanged = tx.get(CodeExchange, (receipt.bucket, receipt.number))
    if exchanged is None:
        return receipt.number
    batch = finders.batch_of(tx, exchanged.to_number)
    assert batch is not None, "a code was issued in a batch"
    finders.lock_code(tx, exchanged.to_number, batch_id=batch.id or 0, now=now)
    return exchanged.to_number


def _is_in_use(tx: Session, number: int) -> bool:
    """Whether anything that was spent with a code has not come back."""
    return any(
        part.quantity
        for redemption in finders.redemptions_of(tx, number)
        for part in not_back(
            finders.redemption_lines_of(tx, number, redemption.seq),
            finders.reversal_lines_of(tx, number, redemption.seq),
        )
    )


def _policy(tx: Session, made: Claim) -> OriginReturned:
    edition = finders.edition_of(tx, made.edition_id)
    return finders.published(tx, edition, made.revision).policies.returns.origin


def _announce(tx: Session, now: datetime, receipt: Receipt, told: ReceiptReturn) -> None:
    """Count the code once, when its purchase comes back for the first time."""
    if told.seq > 1:
        return
    batch = tx.get_one(Batch, receipt.batch_id)
    edition = finders.edition_of(tx, batch.edition_id)
    counted = cell(
        Kind.ORIGIN_RETURNED,
        at=now,
        zone=finders.market_of(tx, edition.market_id).time_zone,
        edition_id=batch.edition_id,
        placement=finders.placement_of(tx, batch.placement_id),
    )
    announce(
        tx,
        "receipt.returned",
        str(receipt.number),
        at=now,
        number=receipt.number,
        origin=receipt.origin,
        cells=[counted],
        body={"outcome": told.outcome.value},
    )

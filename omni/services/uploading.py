"""What a device printed while its line was down: told in any order, twice or in part, and kept once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from omni.domain.batch import Batch
from omni.domain.placement import Placement
from omni.domain.pool import Disagreement, Pool, PoolConflict
from omni.domain.published import digest
from omni.domain.receipt import OFFLINE, Receipt
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.repricing import NO_PRICE
from omni.services import binding, issuing, printing
from omni.services.ordering import Reporting
from omni.services.pooling import OFFLINE_FORM
from omni.services.receipting import Purchase, contradiction
from omni.services.returning import receipt_known_as, receipt_of
from omni.services.rolling import take_turns
from omni.store import finders
from omni.store.rows import insert_if_absent

_AHEAD = timedelta(hours=1)
_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class Reported:
    """What became of one record of a device; `conflict` has both sides where they disagree."""

    reporting: Reporting
    conflict: PoolConflict | None = None


def record(
    tx: Session, now: datetime, *, pool: Pool, number: int, purchase: Purchase, client: str
) -> Reported | Refused:
    """Write down what a device printed a code for; once, however often and in whatever order it is told.

    A code meets one receipt and a receipt one code: what disagrees with what stands changes nothing, and is
    kept once with both sides. Raises BadInput for an instant that cannot be, and for a foreign currency.
    """
    batch = tx.get_one(Batch, pool.batch_id)
    if not batch.has(number):
        return Refused(Reason.NOT_IN_POOL)
    _check_clock(now, pool, purchase)
    finders.lock_code(tx, number, batch_id=pool.batch_id, now=now)
    placement = finders.placement_of(tx, batch.placement_id)
    take_turns(tx, placement)
    stands, reason = _standing(tx, placement, number, purchase)
    if stands is not None and reason is not None:
        return _clash(tx, now, pool, number, purchase, reason=reason, stands=stands)
    if stands is not None:
        return Reported(Reporting.REPLAYED)
    receipt = binding.attach(
        tx, now, batch, number, purchase, placement=placement, why=OFFLINE, client=client
    )
    _tell(tx, now, batch, placement, receipt)
    return Reported(Reporting.RECORDED)


def _check_clock(now: datetime, pool: Pool, purchase: Purchase) -> None:
    """A device's clock may be wrong, but not by more than it can be. Raises BadInput."""
    printed_at = purchase.printed_at or now
    if printed_at > now + _AHEAD:
        raise BadInput("printed_at", "is more than an hour ahead of our clock")
    if printed_at < pool.made_at - _BEFORE:
        raise BadInput("printed_at", "is more than a day before the codes were reserved")


def _tell(tx: Session, now: datetime, batch: Batch, placement: Placement, receipt: Receipt) -> None:
    """One code was issued and one slip printed, which named no price: what held is not known there."""
    market = finders.market_of(tx, placement.market_id)
    issuing.announce_issued(tx, now, batch, market, placement, 1, number=receipt.number)
    printing.record_run(
        tx,
        min(receipt.printed_at, now),
        batch=batch,
        first_number=receipt.number,
        copies=1,
        form=OFFLINE_FORM,
        layout=None,
        price_minor=NO_PRICE,
        currency=market.currency,
        by=receipt.client,
    )


def _standing(
    tx: Session, placement: Placement, number: int, purchase: Purchase
) -> tuple[Receipt | None, Disagreement | None]:
    """The receipt that this code, or the code that this receipt, has already, and whether they disagree."""
    own = receipt_of(tx, number)
    if own is not None:
        return own, _disagreement(placement, purchase, own)
    other = receipt_known_as(tx, purchase.hashes)
    return other, None if other is None else Disagreement.RECEIPT_HAS_ANOTHER_CODE


def _disagreement(placement: Placement, purchase: Purchase, stands: Receipt) -> Disagreement | None:
    """Why what a device says of a code cannot stand beside the receipt it has; None where it is the same.

    Two receipts are told apart by their numbers, and where one has none by the instant they were printed.
    """
    if purchase.has_number and stands.receipt_hash is not None:
        is_same = stands.receipt_hash in purchase.hashes
    else:
        is_same = stands.printed_at == purchase.printed_at
    if not is_same:
        return Disagreement.CODE_OF_ANOTHER_RECEIPT
    # A number that was left open cannot be written into a fact afterwards.
    is_late = purchase.has_number and stands.receipt_hash is None
    is_other_member = stands.member_hash not in (None, purchase.member_hash or stands.member_hash)
    if is_late or is_other_member or contradiction(placement, purchase, stands) is not None:
        return Disagreement.SAID_OTHERWISE
    return None


def _clash(
    tx: Session,
    now: datetime,
    pool: Pool,
    number: int,
    purchase: Purchase,
    *,
    reason: Disagreement,
    stands: Receipt,
) -> Reported:
    """Keep both sides, once; told again, it is answered as the first time."""
    sent = _as_sent(number, purchase)
    key = {"batch_id": pool.batch_id, "number": number, "record_hash": digest(sent)}
    sides = {"sent": sent, "stands": _as_it_stands(stands)}
    insert_if_absent(tx, PoolConflict, **key, **sides, reason=reason, found_at=now)
    return Reported(Reporting.CONFLICT, tx.exec(select(PoolConflict).filter_by(**key)).one())


def _as_sent(number: int, purchase: Purchase) -> dict[str, Any]:
    """What a device says, as it is kept: no receipt number, no usable code, nobody's name."""
    return {
        "number": number,
        "printed_at": purchase.printed_at.isoformat() if purchase.printed_at else None,
        # Under the oldest key: one that is added meanwhile makes no second conflict of the same record.
        "receipt": purchase.hashes[-1] if purchase.has_number else None,
        "total_minor": purchase.total_minor,
        "currency": purchase.currency,
        "member": purchase.member_hash,
    }


def _as_it_stands(receipt: Receipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "printed_at": receipt.printed_at.isoformat(),
        "receipt": receipt.receipt_hash,
        "total_minor": receipt.total_minor,
        "currency": receipt.currency,
        "member": receipt.member_hash,
    }

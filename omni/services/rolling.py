"""Rolls: numbers a place hands out one by one, taken from the allocator by the batch."""

from datetime import datetime

from sqlmodel import Session, select

from omni.domain.batch import Batch, BatchKind, ReceiptRoll
from omni.domain.campaign import Edition
from omni.domain.placement import Placement
from omni.domain.published import PublishedBundle
from omni.domain.record import Origin
from omni.domain.refusal import Refused
from omni.services import issuing
from omni.services.issuing import Seal
from omni.store import finders


def take_turns(tx: Session, placement: Placement) -> None:
    """Two requests for one receipt, or for a place's first roll, must not both find nothing."""
    tx.exec(select(Placement.id).where(Placement.id == placement.id).with_for_update(key_share=True)).one()


def roll_of(
    tx: Session,
    now: datetime,
    edition: Edition,
    placement: Placement,
    bundle: PublishedBundle,
    *,
    size: int,
    origin: Origin,
    seal: Seal,
    client: str,
) -> ReceiptRoll | Refused:
    """The place's roll, a new one when the last is used up or recalled, or host or key have changed since.

    A new roll has `size` numbers; the rest of a roll is left when the revision changes. Whoever takes
    `next_number` raises it, and has taken its turn at the place before.
    """
    key = (placement.id, bundle.id, edition.revision, origin)
    roll = tx.get(ReceiptRoll, key, populate_existing=True)
    if roll is not None and _goes_on(tx, roll, seal):
        return roll
    refused = issuing.may_print(tx, seal, origin)
    if refused is not None:
        return refused
    batch = Batch(
        edition_id=edition.id or 0,
        revision=edition.revision,
        placement_id=placement.id or 0,
        bundle_id=bundle.id,
        kind=BatchKind.RECEIPTS,
        first_number=0,
        size=size,
        key_id=seal.key_id,
        host=seal.host,
        origin=origin,
        client=client,
        issued_at=now,
        issued_by=client,
    )
    issuing.write_batch(tx, batch)
    if roll is None:
        roll = ReceiptRoll(
            placement_id=placement.id or 0,
            bundle_id=bundle.id,
            revision=edition.revision,
            origin=origin,
            batch_id=batch.id or 0,
            next_number=batch.first_number,
        )
        tx.add(roll)
    roll.batch_id, roll.next_number = batch.id or 0, batch.first_number
    return roll


def _goes_on(tx: Session, roll: ReceiptRoll, seal: Seal) -> bool:
    batch, number = tx.get_one(Batch, roll.batch_id), roll.next_number
    is_same = (batch.host, batch.key_id) == (seal.host, seal.key_id)
    return is_same and batch.has(number) and not finders.is_recalled(tx, roll.batch_id, number)

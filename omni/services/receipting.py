"""A receipt earns a code: the same receipt always the same one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from omni.domain.batch import Batch
from omni.domain.campaign import Edition, EditionState
from omni.domain.placement import Placement
from omni.domain.published import Published, PublishedBundle
from omni.domain.receipt import Receipt, ReceiptIndex
from omni.domain.record import Origin, bucket_of
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import may_hand_out
from omni.services import issuing
from omni.services.issuing import Seal
from omni.services.rolling import roll_of, take_turns
from omni.store import finders
from omni.store.rows import insert_if_absent

ROLL = 1000
"""Numbers a till takes at once."""


@dataclass(frozen=True)
class Purchase:
    """What the till says of a receipt. `hashes` find it again, the first under the current key."""

    hashes: tuple[str, ...]
    has_number: bool
    total_minor: int | None = None
    currency: str | None = None
    printed_at: datetime | None = None
    member_hash: str | None = None
    campaign: str | None = None


@dataclass(frozen=True)
class ReceiptCode:
    """The code of a receipt, and why it earned this bundle."""

    batch: Batch
    number: int
    content: Published
    bundle: PublishedBundle
    receipt: Receipt
    is_replay: bool = False


def code_for(
    tx: Session,
    now: datetime,
    *,
    placement: Placement,
    purchase: Purchase,
    origin: Origin,
    seals: Mapping[str, Seal],
    client: str,
) -> ReceiptCode | Refused:
    """The code of a receipt: the first it was given, else the next of the till's roll.

    A reprint may leave out what it said before; what it does say must agree, or it is `key-reused`.
    `seals` names host and key per market.
    """
    take_turns(tx, placement)
    seen = _seen(tx, placement, purchase, origin)
    if seen is not None:
        return seen
    edition = _edition_at(tx, now, placement, purchase, origin)
    if isinstance(edition, Refused):
        return edition
    content = finders.published(tx, edition)
    bundle = issuing.bundle_named(content, content.receipts_bundle)
    market = finders.market_of(tx, edition.market_id)
    if purchase.currency not in (None, market.currency):
        raise BadInput("currency", f"this till is in {market.currency}")
    seal = seals[market.id]
    roll = roll_of(tx, now, edition, placement, bundle, size=ROLL, origin=origin, seal=seal, client=client)
    if isinstance(roll, Refused):
        return roll
    number = roll.next_number
    # A request key used at two places at once: they do not share a turn, and the index knows who was first.
    if not insert_if_absent(
        tx, ReceiptIndex, receipt_hash=purchase.hashes[0], bucket=bucket_of(number), number=number
    ):
        return Refused(Reason.KEY_REUSED, {"field": "placement"})
    roll.next_number += 1
    receipt = Receipt(
        bucket=bucket_of(number),
        number=number,
        origin=origin,
        batch_id=roll.batch_id,
        placement_id=placement.id or 0,
        receipt_hash=purchase.hashes[0] if purchase.has_number else None,
        member_hash=purchase.member_hash,
        total_minor=purchase.total_minor,
        currency=market.currency if purchase.total_minor is not None else None,
        why=f"every receipt: {bundle.slug}",
        printed_at=purchase.printed_at or now,
        recorded_at=now,
        client=client,
    )
    tx.add(receipt)
    batch = tx.get_one(Batch, roll.batch_id)
    issuing.announce_issued(tx, now, batch, market, placement, 1, number=number)
    return ReceiptCode(batch, number, content, bundle, receipt)


def _seen(
    tx: Session, placement: Placement, purchase: Purchase, origin: Origin
) -> ReceiptCode | Refused | None:
    for receipt_hash in purchase.hashes:
        index = tx.get(ReceiptIndex, receipt_hash)
        if index is None:
            continue
        receipt = tx.get_one(Receipt, (index.bucket, index.number))
        if receipt.origin is not origin:
            return Refused(Reason.TEST_LIVE_MISMATCH)
        other = _contradiction(placement, purchase, receipt)
        if other is not None:
            return Refused(Reason.KEY_REUSED, {"field": other})
        batch = tx.get_one(Batch, receipt.batch_id)
        content = finders.published(tx, finders.edition_of(tx, batch.edition_id))
        return ReceiptCode(
            batch, index.number, content, content.bundle(batch.bundle_id), receipt, is_replay=True
        )
    return None


def _contradiction(placement: Placement, purchase: Purchase, receipt: Receipt) -> str | None:
    """What is said otherwise than the first time; what either time left open contradicts nothing."""
    if receipt.placement_id != placement.id:
        return "placement"
    if purchase.total_minor is not None and receipt.total_minor not in (None, purchase.total_minor):
        return "total_minor"
    if purchase.currency is not None and receipt.currency not in (None, purchase.currency):
        return "currency"
    return None


def _edition_at(
    tx: Session, now: datetime, placement: Placement, purchase: Purchase, origin: Origin
) -> Edition | Refused:
    """The edition of highest priority that would hand out a code here; else the first one's reason."""
    refusals = []
    for edition in finders.editions_at(tx, placement.id or 0):
        if purchase.campaign and finders.published(tx, edition).campaign != purchase.campaign:
            continue
        if origin is Origin.TEST and edition.state is EditionState.ENDED:
            continue
        refused = may_hand_out(edition, finders.market_of(tx, edition.market_id).time_zone, origin, now)
        if refused is None:
            return edition
        refusals.append(refused)
    return refusals[0] if refusals else Refused(Reason.NO_RULE_MATCHED)

"""A receipt earns a code: the same receipt always the same one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from omni.domain.batch import Batch
from omni.domain.campaign import Edition, EditionState
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.published import Published, PublishedBundle
from omni.domain.receipt import UNASKED, Receipt, ReceiptIndex
from omni.domain.receipt_facts import BoughtItem, ReceiptFacts, facts_of
from omni.domain.receipt_rule import still_fits
from omni.domain.record import Origin, bucket_of
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import may_hand_out
from omni.services import earning, issuing
from omni.services.earning import NOBODY, Member
from omni.services.issuing import Seal
from omni.services.rolling import roll_of, take_turns
from omni.store import finders
from omni.store.rows import insert_if_absent

ROLL = 1000
"""Numbers a till takes at once."""


@dataclass(frozen=True)
class Purchase:
    """What the till says of a receipt. `hashes` find it again, the first under the current key.

    Its items only decide what it earns; they are not kept.
    """

    hashes: tuple[str, ...]
    has_number: bool
    total_minor: int | None = None
    currency: str | None = None
    printed_at: datetime | None = None
    member_hash: str | None = None
    campaign: str | None = None
    items: tuple[BoughtItem, ...] | None = None


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
    """The code of a receipt: the first it was given, else the next of the till's roll for what it earned.

    A reprint may leave out what it said before; what it does say must agree, or it is `key-reused`.
    `seals` names host and key per market.
    """
    take_turns(tx, placement)
    seen = _seen(tx, placement, purchase, origin)
    if seen is not None:
        return seen
    edition = edition_at(tx, now, placement=placement, campaign=purchase.campaign, origin=origin)
    if isinstance(edition, Refused):
        return edition
    content = finders.published(tx, edition)
    market = finders.market_of(tx, edition.market_id)
    if purchase.currency not in (None, market.currency):
        raise BadInput("currency", f"this till is in {market.currency}")
    facts = _facts(now, placement, market, purchase)
    # In practice nobody's history is read or written.
    member = Member(purchase.member_hash, edition.id or 0) if origin is Origin.LIVE else NOBODY
    earned = earning.earned_by(tx, now, content=content, facts=facts, member=member)
    if earned.bundle is None:
        return Refused(Reason.NO_RULE_MATCHED)
    bundle = issuing.bundle_named(content, earned.bundle)
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
    earning.remember(tx, now, content=content, bundle=bundle, member=member)
    batch = tx.get_one(Batch, roll.batch_id)
    receipt = receipt_of_purchase(
        now,
        batch,
        number,
        purchase,
        placement=placement,
        currency=market.currency,
        why=earned.why,
        client=client,
    )
    tx.add(receipt)
    issuing.announce_issued(tx, now, batch, market, placement, 1, number=number)
    return ReceiptCode(batch, number, content, bundle, receipt)


def still_earns(tx: Session, receipt: Receipt, returned_minor: int) -> bool:
    """Whether a receipt still earns its bundle when so much of its total came back.

    By the rules it was earned by, and only totals are weighed again: what was bought is not kept. A receipt
    whose total nobody said still earns it; one of which nothing is left does not, whatever the rules are.
    Where no rule was asked, none is asked now.
    """
    batch = tx.get_one(Batch, receipt.batch_id)
    content = finders.published(tx, finders.edition_of(tx, batch.edition_id), batch.revision)
    left = None if receipt.total_minor is None else receipt.total_minor - returned_minor
    if left is None or left <= 0:
        return left is None
    if receipt.why in UNASKED:
        return True
    facts = facts_of(
        finders.placement_of(tx, receipt.placement_id),
        finders.market_of(tx, content.market),
        at=receipt.printed_at,
        total_minor=left,
        is_member=receipt.member_hash is not None,
    )
    bundle = content.bundle(batch.bundle_id)
    return still_fits(earning.rules_of(content), facts, earned=bundle.slug, why=receipt.why)


def _facts(now: datetime, placement: Placement, market: Market, purchase: Purchase) -> ReceiptFacts:
    return facts_of(
        placement,
        market,
        at=purchase.printed_at or now,
        total_minor=purchase.total_minor,
        items=purchase.items,
        is_member=purchase.member_hash is not None,
    )


def receipt_of_purchase(
    now: datetime,
    batch: Batch,
    number: int,
    purchase: Purchase,
    *,
    placement: Placement,
    currency: str,
    why: str,
    client: str,
) -> Receipt:
    """The receipt of a purchase at a place, as it is written down for its code."""
    return Receipt(
        bucket=bucket_of(number),
        number=number,
        origin=batch.origin,
        batch_id=batch.id or 0,
        placement_id=placement.id or 0,
        receipt_hash=purchase.hashes[0] if purchase.has_number else None,
        member_hash=purchase.member_hash,
        total_minor=purchase.total_minor,
        currency=currency if purchase.total_minor is not None else None,
        why=why,
        printed_at=purchase.printed_at or now,
        recorded_at=now,
        client=client,
    )


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
        other = contradiction(placement, purchase, receipt)
        if other is not None:
            return Refused(Reason.KEY_REUSED, {"field": other})
        batch = tx.get_one(Batch, receipt.batch_id)
        content = finders.published(tx, finders.edition_of(tx, batch.edition_id))
        return ReceiptCode(
            batch, index.number, content, content.bundle(batch.bundle_id), receipt, is_replay=True
        )
    return None


def contradiction(placement: Placement, purchase: Purchase, receipt: Receipt) -> str | None:
    """What is said otherwise than the first time; what either time left open contradicts nothing."""
    if receipt.placement_id != placement.id:
        return "placement"
    if purchase.total_minor is not None and receipt.total_minor not in (None, purchase.total_minor):
        return "total_minor"
    if purchase.currency is not None and receipt.currency not in (None, purchase.currency):
        return "currency"
    return None


def edition_at(
    tx: Session,
    now: datetime,
    *,
    placement: Placement,
    campaign: str | None,
    origin: Origin,
    may: Callable[[Edition, str, Origin, datetime], Refused | None] = may_hand_out,
) -> Edition | Refused:
    """The edition of highest priority that would hand out a code here; else the first one's reason."""
    refusals = []
    for edition in finders.editions_at(tx, placement.id or 0):
        if campaign and finders.published(tx, edition).campaign != campaign:
            continue
        if origin is Origin.TEST and edition.state is EditionState.ENDED:
            continue
        refused = may(edition, finders.market_of(tx, edition.market_id).time_zone, origin, now)
        if refused is None:
            return edition
        refusals.append(refused)
    return refusals[0] if refusals else Refused(Reason.NO_RULE_MATCHED)

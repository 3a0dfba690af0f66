"""Issuing codes: a range of numbers, taken in one transaction however long it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from omni.domain.batch import (
    LONGEST_ADDRESS,
    SHARED_SPREAD,
    Batch,
    BatchKind,
    NumberAllocator,
    Recall,
    before_letters,
)
from omni.domain.campaign import Edition
from omni.domain.code import LETTER_COUNT, NUMBER_BITS
from omni.domain.cube import Kind, cell
from omni.domain.market import Market
from omni.domain.placement import EditionPlacement, Placement
from omni.domain.published import Published, PublishedBundle
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.rulebook import Caller, first_refusal, may_issue
from omni.domain.scarcity import serves
from omni.services import reaching, taking_down
from omni.store import counters, finders
from omni.store.catalogue import has_changed
from omni.store.outbox import announce

MOST_CODES = 100_000_000


@dataclass(frozen=True)
class Seal:
    """How a batch is printed: the scheme and host frozen into its address, and the key that seals it.

    Live codes of a host that `must_be_reached` are issued only once it was opened from outside.
    """

    host: str
    key_id: int
    must_be_reached: bool = True


@dataclass(frozen=True)
class Issued:
    """A batch was issued, now or the first time this was asked."""

    batch: Batch
    is_replay: bool = False


def issue(
    tx: Session,
    now: datetime,
    *,
    edition: Edition,
    placement: Placement,
    bundle_slug: str | None,
    count: int,
    shared: bool,
    origin: Origin,
    seal: Seal,
    caller: Caller,
    by: str,
) -> Issued | Refused:
    """Issue `count` codes for one placement and bundle; shared, one code that may serve `count` shoppers.

    The same client and key get the first batch again; with another body they are refused.
    """
    answered = issued_before(tx, caller)
    if answered is not None:
        return answered
    if not 1 <= count <= MOST_CODES:
        raise BadInput("count", f"between 1 and {MOST_CODES:,}")
    market = finders.market_of(tx, edition.market_id)
    refused = first_refusal(may_issue(edition, market.time_zone, origin, now), may_print(tx, seal, origin))
    if refused is not None:
        return refused
    content = finders.published(tx, edition)
    _must_list(tx, edition, placement)
    batch = Batch(
        edition_id=edition.id or 0,
        revision=edition.revision,
        placement_id=placement.id or 0,
        bundle_id=bundle_named(content, bundle_slug).id,
        kind=BatchKind.SHARED if shared else BatchKind.PERSONAL,
        first_number=0,
        size=1 + SHARED_SPREAD * count if shared else count,
        serves=count if shared else None,
        key_id=seal.key_id,
        host=seal.host,
        origin=origin,
        client=caller.client,
        request_key=caller.key or None,
        request_hash=caller.body_hash or None,
        issued_at=now,
        issued_by=by,
    )
    write_batch(tx, batch)
    if shared and origin is Origin.LIVE:
        counters.grant(tx, batch.edition_id, serves(batch.id or 0), count)
    announce_issued(tx, now, batch, market, placement, 1 if shared else count)
    return Issued(batch)


def may_print(session: Session, seal: Seal, origin: Origin) -> Refused | None:
    """Whether live paper may carry this host for ever: only when it was opened from outside once."""
    if origin is not Origin.LIVE or not seal.must_be_reached or reaching.is_reached(session, seal.host):
        return None
    return Refused(Reason.NOT_REACHED, {"host": seal.host})


def check_host(host: str) -> None:
    """Refuse an address that fits no paper, before a code is issued that would carry it. Raises BadInput."""
    too_long = len(before_letters(host)) + LETTER_COUNT - LONGEST_ADDRESS
    if too_long > 0:
        raise BadInput("host", f"{host} is {too_long} letters too long for a symbol: use a shorter host")


def write_batch(tx: Session, batch: Batch) -> None:
    """Give a batch its range and write it.

    Raises BadInput when no range of that length is left, or its host is too long.
    """
    check_host(batch.host)
    allocator = tx.exec(select(NumberAllocator).with_for_update()).one()
    batch.first_number = allocator.next_number
    if batch.first_number + batch.size > 1 << NUMBER_BITS:
        raise BadInput("count", "not so many numbers are left in this installation")
    allocator.next_number += batch.size
    tx.add(batch)
    tx.flush()
    has_changed(tx)


def announce_issued(
    tx: Session,
    now: datetime,
    batch: Batch,
    market: Market,
    placement: Placement,
    count: int,
    *,
    number: int | None = None,
) -> None:
    """Announce codes as issued: a whole batch, or the one number a receipt got of its roll."""
    counted = cell(
        Kind.ISSUED, at=now, zone=market.time_zone, edition_id=batch.edition_id, placement=placement, n=count
    )
    announce(
        tx,
        "codes.issued",
        f"batch-{batch.id}" if number is None else str(number),
        at=now,
        number=batch.first_number if number is None else number,
        origin=batch.origin,
        cells=[counted],
        body={"batch": batch.id, "count": count},
    )


def bundle_named(content: Published, slug: str | None) -> PublishedBundle:
    """A bundle by its slug, by default the first; not one that was withdrawn. Raises BadInput."""
    if slug is None:
        return content.offered[0]
    for bundle in content.offered:
        if bundle.slug == slug:
            return bundle
    raise BadInput("bundle", f"there are {', '.join(bundle.slug for bundle in content.offered)}")


def recall(
    tx: Session, now: datetime, *, batch_id: int, first: int, count: int | None, reason: str, by: str
) -> Recall:
    """Take printed codes back: from the `first`, counted from 1, all or `count` of a batch, in one row.

    What hangs of them gets its lines on the recall sheets.
    """
    batch = tx.get(Batch, batch_id)
    if batch is None:
        raise Unknown(Reason.UNKNOWN_BATCH, str(batch_id))
    size = batch.size - (first - 1) if count is None else count
    if first < 1 or size < 1 or first - 1 + size > batch.size:
        raise BadInput("from", f"the batch has codes 1 to {batch.size}")
    row = Recall(
        batch_id=batch_id,
        origin=batch.origin,
        first_number=batch.first_number + first - 1,
        size=size,
        reason=reason,
        recalled_at=now,
        recalled_by=by,
    )
    tx.add(row)
    tx.flush()
    taking_down.order_for_recall(tx, now, recall=row, batch=batch, by=by)
    has_changed(tx)
    return row


def issued_before(tx: Session, caller: Caller) -> Issued | Refused | None:
    """What a client's key was given the first time; another body under it is refused."""
    if not caller.key:
        return None
    # Two requests with one key must not both find nothing: they take turns at the allocator.
    tx.exec(select(NumberAllocator).with_for_update()).one()
    batch = tx.exec(
        select(Batch).where(col(Batch.client) == caller.client, col(Batch.request_key) == caller.key)
    ).first()
    if batch is None:
        return None
    return (
        Issued(batch, is_replay=True)
        if batch.request_hash == caller.body_hash
        else Refused(Reason.KEY_REUSED)
    )


def _must_list(tx: Session, edition: Edition, placement: Placement) -> None:
    if tx.get(EditionPlacement, (edition.id, placement.id)) is None:
        raise BadInput(
            "placement", f"{placement.slug} is not a place of this campaign in {edition.market_id}"
        )

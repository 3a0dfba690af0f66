"""Codes for offline: a range that one device keeps, and how each of them stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch, BatchKind
from omni.domain.campaign import Edition
from omni.domain.placement import Placement
from omni.domain.pool import Pool, PoolConflict
from omni.domain.print_run import PrintRun
from omni.domain.published import Published, PublishedBundle
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.rulebook import Caller, may_keep_offline
from omni.services import earning, issuing, receipting
from omni.services.issuing import Seal
from omni.store import finders

MOST_CODES = 10_000
"""How many codes one device may keep in one pool."""

OFFLINE_FORM = "offline"
"""The form of a code that a device printed while its line was down."""


@dataclass(frozen=True)
class Reserved:
    """Codes were reserved for a device, now or the first time this was asked, and what was said of them."""

    pool: Pool
    batch: Batch
    content: Published
    is_replay: bool = False


@dataclass(frozen=True)
class PoolState:
    """A pool, the receipts known of its codes, and how many records disagree."""

    pool: Pool
    batch: Batch
    recorded: int
    conflicts: int


def reserve(
    tx: Session,
    now: datetime,
    *,
    placement: Placement,
    device: str,
    count: int,
    campaign: str | None,
    seals: Mapping[str, Seal],
    caller: Caller,
) -> Reserved | Refused:
    """Reserve `count` codes that one device alone hands out at a place; each counts when its receipt is told.

    The rules cannot be asked while the line is down: all are of one bundle. The same client and key get the
    first pool again. `seals` names host and key per market.
    """
    answered = issuing.issued_before(tx, caller)
    if isinstance(answered, Refused):
        return answered
    if answered is not None:
        return _reserved(tx, tx.get_one(Pool, answered.batch.id), answered.batch, is_replay=True)
    if not 1 <= count <= MOST_CODES:
        raise BadInput("count", f"between 1 and {MOST_CODES:,}")
    origin = caller.origin or Origin.LIVE
    edition = receipting.edition_at(
        tx, now, placement=placement, campaign=campaign, origin=origin, may=may_keep_offline
    )
    if isinstance(edition, Refused):
        return edition
    bundle, seal = bundle_offline(finders.published(tx, edition)), seals[edition.market_id]
    if bundle is None:
        return Refused(Reason.NO_RULE_MATCHED)
    refused = issuing.may_print(tx, seal, origin)
    if refused is not None:
        return refused
    batch = _batch(now, edition, placement, bundle, count, seal=seal, caller=caller)
    issuing.write_batch(tx, batch)
    pool = Pool(batch_id=batch.id or 0, device=device, client=caller.client, made_at=now)
    tx.add(pool)
    return _reserved(tx, pool, batch)


def bundle_offline(content: Published) -> PublishedBundle | None:
    """What a receipt earns while no rule can be asked: as the rule without conditions says, else the first.

    None where no rule gives anything.
    """
    giving = [rule for rule in earning.rules_of(content) if rule.gives is not None]
    unconditional = (rule for rule in giving if not rule.asks)
    rule = next(unconditional, giving[0] if giving else None)
    return None if rule is None else issuing.bundle_named(content, rule.gives)


def pool_numbered(session: Session, pool_id: int) -> tuple[Pool, Batch]:
    """A pool and its range, by the id of its batch. Raises Unknown."""
    pool = session.get(Pool, pool_id)
    if pool is None:
        raise Unknown(Reason.UNKNOWN_POOL, str(pool_id))
    return pool, session.get_one(Batch, pool_id)


def states(session: Session, pool_id: int | None = None) -> list[PoolState]:
    """How every pool, or one, stands, in the order in which they were made."""
    # Each receipt that is told writes one run, and runs are found by their batch.
    told = select(func.count()).where(PrintRun.batch_id == Pool.batch_id, PrintRun.form == OFFLINE_FORM)
    clashes = select(func.count()).where(PoolConflict.batch_id == Pool.batch_id)
    rows = select(Pool, Batch, told.scalar_subquery(), clashes.scalar_subquery()).join(Batch)
    if pool_id is not None:
        rows = rows.where(Pool.batch_id == pool_id)
    return [PoolState(*row) for row in session.exec(rows.order_by(col(Pool.batch_id)))]


def conflicts(session: Session, pool_id: int | None = None) -> Sequence[PoolConflict]:
    """What disagrees, of every pool or of one, in the order in which it was found."""
    rows = select(PoolConflict).order_by(col(PoolConflict.id))
    if pool_id is not None:
        rows = rows.where(PoolConflict.batch_id == pool_id)
    return session.exec(rows).all()


def _batch(
    now: datetime,
    edition: Edition,
    placement: Placement,
    bundle: PublishedBundle,
    count: int,
    *,
    seal: Seal,
    caller: Caller,
) -> Batch:
    return Batch(
        edition_id=edition.id or 0,
        revision=edition.revision,
        placement_id=placement.id or 0,
        bundle_id=bundle.id,
        kind=BatchKind.RECEIPTS,
        first_number=0,
        size=count,
        key_id=seal.key_id,
        host=seal.host,
        origin=caller.origin or Origin.LIVE,
        client=caller.client,
        request_key=caller.key or None,
        request_hash=caller.body_hash or None,
        issued_at=now,
        issued_by=caller.client,
    )


def _reserved(tx: Session, pool: Pool, batch: Batch, *, is_replay: bool = False) -> Reserved:
    content = finders.published(tx, finders.edition_of(tx, batch.edition_id), batch.revision)
    return Reserved(pool, batch, content, is_replay)

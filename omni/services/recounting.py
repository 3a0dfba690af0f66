"""Counting anew from the facts: what the cube must hold, whatever happened on the way there."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from omni.domain.batch import Batch, BatchKind
from omni.domain.claim import Claim, CodeExchange, Hold, Release
from omni.domain.counting import OutboxMessage, RefusalCount, SealedCell
from omni.domain.cube import Kind, quarter_of, quarter_start
from omni.domain.lag import lag_kind
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.receipt import Receipt, ReceiptReturn
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, Reversal
from omni.domain.visit import VisitKind
from omni.services.printing import kind_of
from omni.store import cube, scan_months
from omni.store.cube import Locator
from omni.store.rows import rows_changed, table_of

COUNTED = (Origin.LIVE, Origin.SAMPLE)
"""What the cube counts; a test counts nowhere."""

PEOPLE = frozenset({Kind.SCAN_FIRST, Kind.SCAN_REPEAT, Kind.SCAN_SHARED})
"""How a scan by a person is counted, beside `scan` itself."""

QUARTERS_KEPT = timedelta(days=35)
"""For how long the cube knows the quarter hours; days it knows for ever."""

NO_QUARTER = 0
"""Where a sealed cell would lie among the quarter hours, had it one: it is of a whole day."""

_KIND_OF_ORPHAN = {
    VisitKind.HUMAN: Kind.ORPHAN,
    VisitKind.BOT: Kind.SCAN_BOT,
    VisitKind.PREFETCH: Kind.SCAN_PREFETCH,
}

Cells = Iterator[dict[str, Any]]


def first_quarter_kept(now: datetime) -> int:
    """The oldest quarter hour that the cube still has to know."""
    return quarter_of(now - QUARTERS_KEPT)


def drop_old_quarters(tx: Session, now: datetime) -> int:
    """Let the cube forget the quarter hours it need not know any more; says how many cells went."""
    return cube.drop_quarters(tx, before=first_quarter_kept(now))


def rebuild_cube(tx: Session) -> None:
    """Empty the cube and count every fact anew, and with them what sealed months left.

    Messages still waiting are facts already, so they are done. Nobody can announce or fold anything
    meanwhile.
    """
    cube.hold_still(tx)
    cube.clear(tx)
    cube.add(tx, cells_of_facts(tx))
    cube.drop_quarters(tx, before=NO_QUARTER + 1)
    waiting = update(OutboxMessage).where(col(OutboxMessage.folded_at).is_(None))
    rows_changed(tx, waiting.values(folded_at=OutboxMessage.at))


def cells_of_facts(session: Session, origins: tuple[Origin, ...] = COUNTED) -> Cells:
    """Every fact of these origins as the cells it was announced with.

    Dropped scans are what was sealed of them. Orphans count as live.
    """
    locator = Locator(session)
    counted = select(Batch).where(col(Batch.origin).in_(origins))
    batches = {batch.id or 0: batch for batch in session.exec(counted)}
    yield from _issued(session, locator, batches)
    yield from _printed(session, locator, batches)
    yield from _returned_to_the_till(session, locator, batches)
    yield from _scanned(session, locator, origins)
    yield from _sealed(session, origins)
    yield from _refused(session, locator, batches)
    yield from _claimed(session, locator, origins)
    yield from _redeemed(session, locator, origins)
    yield from _reversed(session, locator, origins)
    yield from _held(session, locator, origins)
    yield from _released(session, locator, origins)
    if Origin.LIVE in origins:
        yield from _orphans(session, locator)


def kind_of_orphan(kind: VisitKind) -> Kind:
    """What the scan of something that is not ours counts as: machines stay apart from people."""
    return _KIND_OF_ORPHAN[kind]


def scan_cells(locator: Locator, scan: Mapping[str, Any], n: int = 1) -> Cells:
    """The cells of a scan, or of so many alike, given as the columns of its row.

    A person's is counted as `scan` as well.
    """
    where = {
        "at": scan["scanned_at"],
        "edition_id": scan["edition_id"],
        "placement_id": scan["placement_id"],
        "locale": scan["locale"],
        "variant": scan["variant"],
        "arm": scan["arm"],
        "n": n,
    }
    yield locator.cell(scan["kind"], **where)
    if scan["kind"] in PEOPLE:
        yield locator.cell(Kind.SCAN, **where)


def _issued(session: Session, locator: Locator, batches: Mapping[int, Batch]) -> Cells:
    for batch in batches.values():
        if batch.kind is not BatchKind.RECEIPTS:
            count = 1 if batch.kind is BatchKind.SHARED else batch.size
            yield _of_batch(locator, batch, Kind.ISSUED, at=batch.issued_at, n=count)
    for batch_id, recorded_at in session.exec(select(Receipt.batch_id, Receipt.recorded_at)):
        # A code that was printed before it met its receipt was counted with its batch.
        if batch_id in batches and batches[batch_id].kind is BatchKind.RECEIPTS:
            yield _of_batch(locator, batches[batch_id], Kind.ISSUED, at=recorded_at)
    exchanged = select(Batch.id, CodeExchange.exchanged_at).join(CodeExchange, _has(CodeExchange.to_number))
    for into, exchanged_at in session.exec(exchanged):
        arrived = batches.get(into or 0)
        if arrived is not None:
            yield _of_batch(locator, arrived, Kind.ISSUED, at=exchanged_at)


def _printed(session: Session, locator: Locator, batches: Mapping[int, Batch]) -> Cells:
    made = select(PrintRun, PrintStop.copies_made).outerjoin(
        PrintStop, col(PrintStop.run_id) == col(PrintRun.id)
    )
    for run, copies_made in session.exec(made):
        if run.batch_id in batches:
            n = run.copies if copies_made is None else copies_made
            yield _of_batch(locator, batches[run.batch_id], kind_of(run), at=run.printed_at, n=n)


def _returned_to_the_till(session: Session, locator: Locator, batches: Mapping[int, Batch]) -> Cells:
    returned = select(Receipt.batch_id, ReceiptReturn.returned_at).join(ReceiptReturn)
    for batch_id, returned_at in session.exec(returned.where(ReceiptReturn.seq == 1)):
        if batch_id in batches:
            yield _of_batch(locator, batches[batch_id], Kind.ORIGIN_RETURNED, at=returned_at)


def orphan_cell(locator: Locator, at: datetime, kind: str, n: int = 1) -> dict[str, Any]:
    """The cell of an orphan, or of so many alike."""
    return locator.cell(kind_of_orphan(VisitKind(kind)), at=at, n=n)


def _scanned(session: Session, locator: Locator, origins: tuple[Origin, ...]) -> Cells:
    for group, n in scan_months.scans(session):
        if group.origin in origins:
            yield from scan_cells(locator, group._asdict(), n)


def _sealed(session: Session, origins: tuple[Origin, ...]) -> Cells:
    nothing_else = {"quarter": NO_QUARTER, "currency": "", "amount_minor": 0}
    cells = select(*table_of(SealedCell).c).where(col(SealedCell.origin).in_(origins))
    for cell in session.connection().execute(cells).mappings():
        yield {**cell, **nothing_else}


def _orphans(session: Session, locator: Locator) -> Cells:
    for group, n in scan_months.orphans(session):
        yield orphan_cell(locator, *group, n=n)


def _refused(session: Session, locator: Locator, batches: Mapping[int, Batch]) -> Cells:
    counts = select(RefusalCount, Batch.id).join(Batch, _has(RefusalCount.number))
    for count, batch_id in session.exec(counts):
        batch = batches.get(batch_id or 0)
        if batch is not None:
            at = quarter_start(count.quarter)
            yield _of_batch(locator, batch, f"refused-{count.reason}", at=at, n=count.n)


def _claimed(session: Session, locator: Locator, origins: tuple[Origin, ...]) -> Cells:
    for claim in session.exec(select(Claim).where(col(Claim.origin).in_(origins))):
        where = {"at": claim.claimed_at, **_of_claim(claim)}
        yield locator.cell(Kind.CLAIM, **where, amount_minor=claim.price_minor)


def _redeemed(session: Session, locator: Locator, origins: tuple[Origin, ...]) -> Cells:
    facts = select(Redemption, Claim).join(Claim, _same_code(Redemption))
    for fact, claim in session.exec(facts.where(col(Redemption.origin).in_(origins))):
        where = {"at": fact.redeemed_at, **_of_claim(claim)}
        yield locator.cell(Kind.REDEEM, **where, amount_minor=fact.order_total_minor)
        yield locator.cell(Kind.BENEFIT, **where, amount_minor=fact.benefit_minor)
        if fact.seq == 1:
            yield locator.cell(Kind.REDEEM_FIRST, **where)
            yield locator.cell(lag_kind(fact.redeemed_at - claim.claimed_at), **where)


def _reversed(session: Session, locator: Locator, origins: tuple[Origin, ...]) -> Cells:
    facts = (
        select(Reversal, Claim)
        .join(Claim, _same_code(Reversal))
        .where(col(Reversal.origin).in_(origins))
        .order_by(col(Reversal.number), col(Reversal.reversed_at))
    )
    before = None
    for fact, claim in session.exec(facts):
        where = {"at": fact.reversed_at, **_of_claim(claim)}
        yield locator.cell(Kind.REVERSE, **where, amount_minor=fact.benefit_minor)
        if fact.number != before:
            yield locator.cell(Kind.REVERSE_FIRST, **where)
        before = fact.number


def _held(session: Session, locator: Locator, origins: tuple[Origin, ...]) -> Cells:
    facts = select(Hold, Claim).join(Claim, _same_code(Hold)).where(col(Hold.origin).in_(origins))
    for fact, claim in session.exec(facts):
        yield locator.cell(Kind.HOLD, at=fact.held_at, **_of_claim(claim))


def _released(session: Session, locator: Locator, origins: tuple[Origin, ...]) -> Cells:
    facts = select(Release, Claim).join(Claim, _same_code(Release)).where(col(Release.origin).in_(origins))
    for fact, claim in session.exec(facts):
        yield locator.cell(Kind.RELEASE, at=fact.released_at, **_of_claim(claim))


def _of_batch(locator: Locator, batch: Batch, kind: str, **rest: Any) -> dict[str, Any]:
    return locator.cell(kind, edition_id=batch.edition_id, placement_id=batch.placement_id, **rest)


def _of_claim(claim: Claim) -> dict[str, Any]:
    return {
        "edition_id": claim.edition_id,
        "placement_id": claim.placement_id,
        "locale": claim.locale,
        "variant": claim.variant,
        "arm": claim.arm,
        "currency": claim.currency,
    }


def _has(number: int) -> Any:
    """Whether a number lies in a batch's range."""
    return (col(Batch.first_number) <= number) & (col(number) < Batch.first_number + Batch.size)


def _same_code(fact: type[Redemption] | type[Reversal] | type[Hold] | type[Release]) -> Any:
    return (col(Claim.bucket) == fact.bucket) & (col(Claim.number) == fact.number)

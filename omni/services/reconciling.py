"""The proof that cube and balances say what the facts say: whatever differs is found, by name."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch, BatchKind
from omni.domain.campaign import Campaign, Edition, EditionRevision
from omni.domain.counting import CellLevel, Counter, OutboxMessage
from omni.domain.cube import day_of, quarter_start
from omni.domain.offer import Bundle
from omni.domain.placement import Placement
from omni.services.claiming import serves, stock_of
from omni.services.folding import folded_positions
from omni.services.recounting import cells_of_facts
from omni.store import balances, cube, spool_files
from omni.store.cube import NOTHING, Coordinates, Sum


@dataclass(frozen=True)
class Discrepancy:
    """Something kept twice that differs: what, where, what the facts say, and what stands there instead."""

    what: str
    where: str
    expected: str
    found: str


@dataclass(frozen=True)
class NotYetFolded:
    """What is on its way to the cube: facts announced, and bytes of scans on this disk."""

    messages: int
    spool_bytes: int


def reconcile(session: Session) -> list[Discrepancy]:
    """Everything that differs from the facts; empty when all is well.

    Facts announced and not folded yet are added to the cube in thought, so the proof may run at any time.
    It is the first thing asked of its session, so that it sees one moment.
    """
    cube.see_one_instant(session)
    return list(discrepancies(session))


def discrepancies(session: Session) -> Iterator[Discrepancy]:
    """What `reconcile` finds, as far as this session sees one moment by itself."""
    yield from _cube(session)
    yield from _balances(session)
    yield from _counters(session)


def not_yet_folded(session: Session, folder: Path) -> NotYetFolded:
    """How much still waits; `folder` is this machine's spool."""
    waiting = select(func.count()).select_from(OutboxMessage).where(col(OutboxMessage.folded_at).is_(None))
    return NotYetFolded(
        messages=session.exec(waiting).one(),
        spool_bytes=spool_files.unfolded_bytes(folder, folded_positions(session)),
    )


def _cube(session: Session) -> Iterator[Discrepancy]:
    expected = cube.gather(cells_of_facts(session))
    found = cube.contents(session)
    for where, waiting in cube.gather(_announced(session)).items():
        found[where] = found.get(where, NOTHING).plus(*waiting)
    names = _Names(session)
    for where in sorted(expected.keys() | found.keys()):
        should, does = expected.get(where, NOTHING), found.get(where, NOTHING)
        if should != does:
            yield Discrepancy(f"cube {where.kind}", names.of(where), _text(should), _text(does))


def _announced(session: Session) -> Iterator[dict[str, Any]]:
    waiting = select(OutboxMessage.cells).where(col(OutboxMessage.folded_at).is_(None))
    for cells in session.exec(waiting):
        yield from cells


class _Names:
    """Coordinates as a person reads them."""

    def __init__(self, session: Session) -> None:
        editions = session.exec(select(Edition.id, Campaign.slug, Edition.market_id).join(Campaign))
        self._editions = {edition_id: f"{slug}/{market}" for edition_id, slug, market in editions}
        self._placements = dict(session.exec(select(Placement.id, Placement.slug)).all())

    def edition(self, edition_id: int) -> str:
        """An edition as campaign/market; orphans belong to none."""
        return self._editions.get(edition_id, "no edition")

    def of(self, where: Coordinates) -> str:
        """Edition, placement, time, and whatever else sets this cell apart."""
        parts = (
            self.edition(where.edition_id),
            self._placements.get(where.placement_id, "no placement"),
            _time(where),
            where.locale,
            where.currency,
            "" if where.variant == "default" else where.variant,
            "" if where.arm == "treatment" else where.arm,
        )
        return " ".join(part for part in parts if part)


def _time(where: Coordinates) -> str:
    if where.level is CellLevel.DAY:
        return f"on {day_of(where.time)}"
    return f"quarter hour from {quarter_start(where.time):%Y-%m-%dT%H:%MZ}"


def _text(held: Sum) -> str:
    return f"{held.n} ({held.amount_minor} minor units)"


def _balances(session: Session) -> Iterator[Discrepancy]:
    """Every balance and every cached state that facts decide, compared in the database."""
    for what, question in balances.COMPARISONS.items():
        for number, part, expected, found in balances.answers(session, question()):
            where = f"code number {number}" if part is None else f"code number {number}, {part}"
            yield Discrepancy(what, where, str(expected), str(found))


def _counters(session: Session) -> Iterator[Discrepancy]:
    """What was taken of everything scarce, against the live claims that took it."""
    names = _Names(session)
    takers = _takers(session)
    taken = select(Counter.edition_id, Counter.what, func.sum(Counter.granted - Counter.remaining))
    for edition_id, what, found in session.exec(taken.group_by(col(Counter.edition_id), col(Counter.what))):
        expected = takers.get((edition_id, what), 0)
        if expected != found:
            yield Discrepancy(f"taken of {what}", names.edition(edition_id), str(expected), str(int(found)))


def _takers(session: Session) -> dict[tuple[int, str], int]:
    """How many claims took one of each scarce thing: of stock, those made while it was counted."""
    limited = {
        (revision.edition_id, revision.revision)
        for revision in session.exec(select(EditionRevision))
        if revision.content["stock_limited"]
    }
    slugs = dict(session.exec(select(Bundle.id, Bundle.slug)).all())
    shared = {batch.id: batch for batch in session.exec(select(Batch).where(Batch.kind == BatchKind.SHARED))}
    takers: dict[tuple[int, str], int] = defaultdict(int)
    for taker in balances.live_claims(session):
        if (taker.edition_id, taker.revision) in limited:
            takers[taker.edition_id, stock_of(slugs[taker.bundle_id])] += taker.n
        if taker.batch_id in shared:
            takers[taker.edition_id, serves(shared[taker.batch_id])] += taker.n
    return takers

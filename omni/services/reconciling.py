"""The proof that cube and balances say what the facts say: whatever differs is found, by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from omni.domain.campaign import Campaign, Edition
from omni.domain.counting import CellLevel, Counter, CounterMove, OutboxMessage
from omni.domain.cube import day_of, quarter_start
from omni.domain.placement import Placement
from omni.services import sealing
from omni.services.folding import folded_positions
from omni.services.recounting import NO_QUARTER, cells_of_facts
from omni.store import balances, cube, spool_files
from omni.store.counters import SLOTS
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


def reconcile(session: Session, *, first_quarter: int = NO_QUARTER + 1) -> list[Discrepancy]:
    """Everything that differs from the facts, or from what sealed months left of them.

    Facts announced and not folded yet are added to the cube in thought, so the proof may run at any time.
    Quarter hours before the first are not compared. It is the first thing asked of its session, so that it
    sees one moment.
    """
    cube.see_one_instant(session)
    return list(discrepancies(session, first_quarter=first_quarter))


def discrepancies(session: Session, *, first_quarter: int = NO_QUARTER + 1) -> Iterator[Discrepancy]:
    """What `reconcile` finds, as far as this session sees one moment by itself."""
    yield from _cube(session, first_quarter)
    yield from _seals(session)
    yield from _balances(session)
    yield from _counters(session)


def not_yet_folded(session: Session, folder: Path) -> NotYetFolded:
    """How much still waits; `folder` is this machine's spool."""
    waiting = select(func.count()).select_from(OutboxMessage).where(col(OutboxMessage.folded_at).is_(None))
    return NotYetFolded(
        messages=session.exec(waiting).one(),
        spool_bytes=spool_files.unfolded_bytes(folder, folded_positions(session)),
    )


def _cube(session: Session, first_quarter: int) -> Iterator[Discrepancy]:
    expected = cube.gather(cells_of_facts(session))
    found = cube.contents(session)
    for where, waiting in cube.gather(_announced(session)).items():
        found[where] = found.get(where, NOTHING).plus(*waiting)
    names = _Names(session)
    for where in sorted(expected.keys() | found.keys()):
        if where.level is CellLevel.QUARTER and where.time < first_quarter:
            continue
        should, does = expected.get(where, NOTHING), found.get(where, NOTHING)
        if should != does:
            yield Discrepancy(f"cube {where.kind}", names.of(where), _text(should), _text(does))


def _announced(session: Session) -> Iterator[dict[str, Any]]:
    waiting = select(OutboxMessage.cells).where(col(OutboxMessage.folded_at).is_(None))
    for cells in session.exec(waiting):
        yield from cells


def _seals(session: Session) -> Iterator[Discrepancy]:
    """Sealed months whose totals were changed by somebody else than us."""
    for month, seal in sealing.seals(session).items():
        expected = sealing.Contents(seal.scans, seal.orphans, seal.digest)
        found = sealing.contents(session, month)
        if expected != found:
            yield Discrepancy("sealed scans", f"month {month}", _sealed(expected), _sealed(found))


def _sealed(contents: sealing.Contents) -> str:
    return f"{contents.scans} scans and {contents.orphans} orphans with digest {contents.digest}"


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
            self._placement(where),
            _time(where),
            where.locale,
            where.currency,
            "" if where.variant == "default" else where.variant,
            "" if where.arm == "treatment" else where.arm,
        )
        return " ".join(part for part in parts if part)

    def _placement(self, where: Coordinates) -> str:
        if where.level is CellLevel.EDITION_DAY:
            return "all placements"
        return self._placements.get(where.placement_id, "no placement")


def _time(where: Coordinates) -> str:
    if where.level is CellLevel.QUARTER:
        return f"quarter hour from {quarter_start(where.time):%Y-%m-%dT%H:%MZ}"
    return "on all days" if where.level is CellLevel.PLACEMENT else f"on {day_of(where.time)}"


def _text(held: Sum) -> str:
    return f"{held.n} ({held.amount_minor} minor units)"


def _balances(session: Session) -> Iterator[Discrepancy]:
    """Every balance and every cached state that facts decide, compared in the database."""
    questions = dict(balances.COMPARISONS)
    questions["first scan of a code"] = partial(balances.first_scans, sealing.seals(session))
    for what, question in questions.items():
        for number, part, expected, found in balances.answers(session, question()):
            where = f"code number {number}" if part is None else f"code number {number}, {part}"
            yield Discrepancy(what, where, str(expected), str(found))


def _counters(session: Session) -> Iterator[Discrepancy]:
    """What is gone of everything scarce, slot by slot, against every move that took it or gave it back."""
    names = _Names(session)
    gone = {(each.edition_id, each.what, each.slot): each for each in session.exec(select(Counter))}
    moved = _moved(session, {(edition_id, what) for edition_id, what, _ in gone})
    for key in sorted(gone.keys() | moved.keys()):
        counter, moves = gone.get(key), moved.get(key, 0)
        expected = moves + (counter.taken_before if counter else 0)
        found = counter.granted - counter.remaining if counter else 0
        if expected != found:
            edition_id, what, slot = key
            where = f"{names.edition(edition_id)}, slot {slot}"
            yield Discrepancy(f"taken of {what}", where, str(expected), str(found))


def _moved(session: Session, counted: set[tuple[int, str]]) -> dict[tuple[int, str, int], int]:
    """What the moves took of everything that is counted now, by slot."""
    slot = col(CounterMove.bucket).op("&")(SLOTS - 1)
    sums = select(CounterMove.edition_id, CounterMove.what, slot, func.sum(CounterMove.amount))
    rows = session.exec(sums.group_by(col(CounterMove.edition_id), col(CounterMove.what), slot))
    return {
        (edition_id, what, at): int(amount)
        for edition_id, what, at, amount in rows
        if (edition_id, what) in counted
    }

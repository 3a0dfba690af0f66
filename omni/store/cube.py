"""The cube in the database: cells added at both of its levels, and read back for statistics."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlmodel import Session, delete, func, select

from omni.domain.campaign import Edition
from omni.domain.counting import Cell, CellLevel
from omni.domain.cube import cell
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.store.rows import add_to, table_of


class Coordinates(NamedTuple):
    """Where a cell lies: the key of its row."""

    edition_id: int
    level: CellLevel
    time: int
    kind: str
    placement_id: int
    touchpoint: str
    variant: str
    arm: str
    locale: str
    currency: str


class Sum(NamedTuple):
    """What a cell holds: how many, and how much money in minor units."""

    n: int
    amount_minor: int

    def plus(self, n: int, amount_minor: int) -> Self:
        """The sum with something added."""
        return self._replace(n=self.n + n, amount_minor=self.amount_minor + amount_minor)


NOTHING = Sum(0, 0)

_TIMES = {CellLevel.QUARTER: "quarter", CellLevel.DAY: "day"}
_SHARED = tuple(name for name in Coordinates._fields if name not in ("level", "time"))


@dataclass(frozen=True)
class Total:
    """Cells summed along everything but the coordinates asked for and the kind and currency."""

    at: Mapping[str, Any]
    kind: str
    currency: str
    n: int
    amount_minor: int


class Locator:
    """The clock of every edition and every placement: what a fact needs to become a cell."""

    def __init__(self, session: Session) -> None:
        zones = select(Edition.id, Market.time_zone).join(Market)
        self._zones = {edition_id or 0: zone for edition_id, zone in session.exec(zones)}
        self._placements = {placement.id or 0: placement for placement in session.exec(select(Placement))}

    def cell(
        self, kind: str, *, at: datetime, edition_id: int = 0, placement_id: int = 0, **rest: Any
    ) -> dict[str, Any]:
        """A cell of an edition at a placement; without either, that of an orphan, whose days are UTC's."""
        zone = self._zones.get(edition_id, "UTC")
        placement = self._placements.get(placement_id)
        return cell(kind, at=at, zone=zone, edition_id=edition_id, placement=placement, **rest)


def gather(cells: Iterable[Mapping[str, Any]]) -> dict[Coordinates, Sum]:
    """Cells as they will lie in the cube: one sum for each place, at both levels."""
    sums: dict[Coordinates, Sum] = {}
    for counted in cells:
        for level, time in _TIMES.items():
            where = Coordinates(level=level, time=counted[time], **{name: counted[name] for name in _SHARED})
            sums[where] = sums.get(where, NOTHING).plus(counted["n"], counted["amount_minor"])
    return sums


def add(tx: Session, cells: Iterable[Mapping[str, Any]]) -> None:
    """Add cells to the cube, rows in the order of their keys, so that two workers never deadlock."""
    sums = gather(cells)
    rows = [{**where._asdict(), **sums[where]._asdict()} for where in sorted(sums)]
    add_to(tx, Cell, rows, sums=Sum._fields)


def contents(session: Session) -> dict[Coordinates, Sum]:
    """The whole cube."""
    columns = table_of(Cell).c
    rows = session.connection().execute(
        select(*(columns[name] for name in Coordinates._fields + Sum._fields))
    )
    size = len(Coordinates._fields)
    return {Coordinates(*row[:size]): Sum(*row[size:]) for row in rows}


def clear(tx: Session) -> None:
    """Empty the cube, to be counted anew in the same transaction."""
    tx.exec(delete(Cell))


def totals(
    session: Session,
    *,
    by: Sequence[str],
    edition_ids: Iterable[int],
    first_day: int | None = None,
    last_day: int | None = None,
) -> Iterator[Total]:
    """Sums over market days, first and last inclusive, by coordinates; empty cells are left out."""
    columns = table_of(Cell).c
    keys = [columns[name] for name in (*by, "kind", "currency")]
    statement = (
        select(*keys, func.sum(columns.n), func.sum(columns.amount_minor))  # type: ignore[call-overload]
        .where(columns.level == CellLevel.DAY, columns.edition_id.in_(sorted(edition_ids)))
        .group_by(*keys)
        .having(func.sum(columns.n) != 0)
    )
    if first_day is not None:
        statement = statement.where(columns.time >= first_day)
    if last_day is not None:
        statement = statement.where(columns.time <= last_day)
    for *at, kind, currency, n, amount in session.connection().execute(statement):
        yield Total(dict(zip(by, at, strict=True)), kind, currency, int(n), int(amount))


def hold_still(tx: Session) -> None:
    """Let nobody announce or fold anything until this transaction ends; facts being written are waited for.

    The outbox comes before the cube, as whoever folds it takes them. An SQLite writer is alone anyway.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.connection().exec_driver_sql("LOCK TABLE outbox, cube IN EXCLUSIVE MODE")


def see_one_instant(session: Session) -> None:
    """Read everything as of one moment, so that sums of different tables can be compared.

    Only as the first thing asked of a session on PostgreSQL; a reader of SQLite sees one moment anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

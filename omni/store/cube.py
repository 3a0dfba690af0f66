"""The cube in the database: cells added at each of its levels, and read back for statistics."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, Self

from sqlalchemy import BigInteger, cast
from sqlmodel import Session, delete, func, select

from omni.domain.campaign import Edition
from omni.domain.counting import Cell, CellLevel
from omni.domain.cube import Spot, cell
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.store.loading import load_sums
from omni.store.rows import rows_changed, table_of


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

_FINEST = itemgetter(
    "edition_id",
    "quarter",
    "day",
    "kind",
    "placement_id",
    "touchpoint",
    "variant",
    "arm",
    "locale",
    "currency",
)


class Measure(NamedTuple):
    """What is added up: how many were counted as one of these kinds, or `of` them the money."""

    kinds: frozenset[str]
    of: str = "n"


class Total(NamedTuple):
    """Cells summed along everything but the coordinates asked for.

    `at` are those and `sums` the measures, each in the order in which they were asked for; a sum is None
    where there was nothing to add up.
    """

    at: tuple[Any, ...]
    sums: tuple[int | None, ...]


class Locator:
    """The clock of every edition and every placement: what a fact needs to become a cell."""

    def __init__(self, session: Session) -> None:
        zones = select(Edition.id, Market.time_zone).join(Market)
        self._zones = {edition_id or 0: zone for edition_id, zone in session.exec(zones)}
        spots = session.exec(select(Placement.id, Placement.touchpoint))
        self._placements = {placement_id or 0: Spot(placement_id or 0, at) for placement_id, at in spots}

    def cell(
        self, kind: str, *, at: datetime, edition_id: int = 0, placement_id: int = 0, **rest: Any
    ) -> dict[str, Any]:
        """A cell of an edition at a placement; without either, that of an orphan, whose days are UTC's."""
        zone = self._zones.get(edition_id, "UTC")
        placement = self._placements.get(placement_id)
        return cell(kind, at=at, zone=zone, edition_id=edition_id, placement=placement, **rest)


def gather(cells: Iterable[Mapping[str, Any]]) -> dict[Coordinates, Sum]:
    """Cells as they will lie in the cube: one sum for each place, at every level."""
    finest: dict[tuple[Any, ...], tuple[int, int]] = {}
    for counted in cells:
        place = _FINEST(counted)
        n, amount_minor = finest.get(place, NOTHING)
        finest[place] = n + counted["n"], amount_minor + counted["amount_minor"]
    sums: dict[Coordinates, tuple[int, int]] = {}
    for place, (n, amount_minor) in finest.items():
        for where in _at_every_level(*place):
            so_far, money = sums.get(where, NOTHING)
            sums[where] = so_far + n, money + amount_minor
    return {where: Sum(*held) for where, held in sums.items()}


def _at_every_level(
    edition_id: int, quarter: int, day: int, kind: str, placement_id: int, *rest: str
) -> Iterator[Coordinates]:
    yield Coordinates(edition_id, CellLevel.QUARTER, quarter, kind, placement_id, *rest)
    yield Coordinates(edition_id, CellLevel.DAY, day, kind, placement_id, *rest)
    yield Coordinates(edition_id, CellLevel.EDITION_DAY, day, kind, 0, *rest)
    yield Coordinates(edition_id, CellLevel.PLACEMENT, 0, kind, placement_id, *rest)


def add(tx: Session, cells: Iterable[Mapping[str, Any]]) -> None:
    """Add cells to the cube, rows in the order of their keys, so that two workers never deadlock."""
    sums = gather(cells)
    rows = [{**where._asdict(), **sums[where]._asdict()} for where in sorted(sums)]
    load_sums(tx, Cell, rows, sums=Sum._fields)


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


def drop_quarters(tx: Session, before: int) -> int:
    """Forget the quarter hours before one of them; says how many cells went. The other levels stay."""
    columns = table_of(Cell).c
    # Every edition by name, orphans too: the key begins with it, and only from its beginning is a key of use.
    known = [0, *tx.exec(select(Edition.id))]
    old = (columns.edition_id.in_(known), columns.level == CellLevel.QUARTER, columns.time < before)
    return rows_changed(tx, delete(Cell).where(*old))


def totals(
    session: Session,
    *,
    by: Sequence[str],
    measures: Sequence[Measure],
    edition_ids: Iterable[int],
    first_day: int | None = None,
    last_day: int | None = None,
) -> Iterator[Total]:
    """Sums over market days, first and last inclusive, by coordinates; where nothing was counted is left out.

    Read from the level that has the fewest cells to add up.
    """
    columns = table_of(Cell).c
    level = level_for(by, is_bounded=first_day is not None or last_day is not None)
    cells = [columns.level == level, columns.edition_id.in_(sorted(edition_ids))]
    if first_day is not None:
        cells.append(columns.time >= first_day)
    if last_day is not None:
        cells.append(columns.time <= last_day)
    # All at once: PostgreSQL's driver takes twice as long to hand them over one by one.
    for row in session.connection().execute(_sums(by, measures, cells)).all():
        if row[-1]:
            yield Total(row[: len(by)], row[len(by) : -1])


def _sums(by: Sequence[str], measures: Sequence[Measure], cells: Sequence[Any]) -> Any:
    """Coordinates, the measures at each, and last how many were counted there of any kind."""
    columns = table_of(Cell).c
    at = [columns[name] for name in by]
    sums = [func.sum(columns[of]).filter(columns.kind.in_(kinds)) for kinds, of in measures]
    # PostgreSQL adds whole numbers up to a decimal, which takes longer to read.
    whole = [cast(each, BigInteger) for each in (*sums, func.sum(columns.n))]
    return select(*at, *whole).where(*cells).group_by(*at)


def level_for(by: Sequence[str], *, is_bounded: bool) -> CellLevel:
    """The level with the fewest cells that still knows these coordinates, and days when they are bounded."""
    if "placement_id" not in by:
        return CellLevel.EDITION_DAY
    return CellLevel.DAY if is_bounded or "time" in by else CellLevel.PLACEMENT


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

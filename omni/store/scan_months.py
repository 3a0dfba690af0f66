"""Scans by the month, and the only place that knows how a month is kept.

PostgreSQL has a partition for each month that was made ready, dropped as one, and a default partition for
whatever comes for another. SQLite has one table, from which rows are deleted a stretch at a time, so that no
other writer waits for long. Orphans are few and have one table on both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, extract, func, literal_column, select, text, true
from sqlmodel import Session, SQLModel, delete

from omni.domain.counting import OrphanScan, Scan
from omni.domain.cube import QUARTER_SECONDS
from omni.domain.record import Origin
from omni.domain.scan_month import ScanMonth
from omni.store.rows import table_of

STRETCH = 50_000
"""About how many rows are deleted at once."""

# Whoever waits for a whole table makes everybody else wait behind it.
_LONGEST_WAIT = "SET LOCAL lock_timeout = '2s'"

_KINDS: tuple[type[SQLModel], ...] = (Scan, OrphanScan)


class ScanGroup(NamedTuple):
    """What scans have in common as far as counting asks; `scanned_at` begins their quarter hour."""

    scanned_at: datetime
    origin: Origin
    edition_id: int
    placement_id: int
    kind: str
    locale: str
    variant: str
    arm: str


class OrphanGroup(NamedTuple):
    """The same of orphans."""

    scanned_at: datetime
    kind: str


class Stretch(NamedTuple):
    """A part of a month, from quarter hour to quarter hour, the second not included."""

    starts_at: datetime
    ends_at: datetime


def months(session: Session) -> list[ScanMonth]:
    """Every month of which there are scans or orphans, the oldest first."""
    found = set()
    for kind in _KINDS:
        at, after = table_of(kind).c.scanned_at, datetime.min.replace(tzinfo=UTC)
        while first := session.scalar(select(func.min(at)).where(at >= after)):
            found.add(ScanMonth.of(first))
            after = ScanMonth.of(first).ends_at
    return sorted(found)


def count(session: Session, month: ScanMonth) -> int:
    """How many scans of a month there are, orphans not among them."""
    whole = select(func.count()).select_from(table_of(Scan)).where(_within(Scan, _whole(month)))
    return session.scalar(whole) or 0


def size(session: Session, month: ScanMonth) -> int | None:
    """How many bytes a month takes on the disk, where the engine knows."""
    if month not in _partitions(session):
        return None
    return session.scalar(select(func.pg_total_relation_size(_partition(month))))


def scans(session: Session) -> Iterator[tuple[ScanGroup, int]]:
    """All scans, as how many there are of each group."""
    yield from _scans(session, true())


def orphans(session: Session) -> Iterator[tuple[OrphanGroup, int]]:
    """All orphans likewise."""
    for *group, n in _grouped(session, _OF_ORPHANS, true()):
        yield _orphan_group(group), n


def is_ready(session: Session, month: ScanMonth) -> bool:
    """Whether scans of a month go where they can be dropped as one."""
    return not _is_partitioned(session) or month in _partitions(session)


def make_ready(tx: Session, month: ScanMonth) -> None:
    """See to it that scans of a month go where they can be dropped as one, those included that are there."""
    if is_ready(tx, month):
        return
    _say(tx, _LONGEST_WAIT)
    # Nobody may have chosen the default partition for a row and write it when that is no longer right.
    _say(tx, "LOCK TABLE ONLY scan IN SHARE ROW EXCLUSIVE MODE")
    if is_ready(tx, month):
        return
    name, bounds = _partition(month), {"starts_at": month.starts_at, "ends_at": month.ends_at}
    _say(tx, f"CREATE TABLE {name} (LIKE scan INCLUDING ALL)")
    taken = "DELETE FROM scan_default WHERE scanned_at >= :starts_at AND scanned_at < :ends_at RETURNING *"
    moved = f"WITH moved AS ({taken}) INSERT INTO {name} SELECT * FROM moved"
    tx.connection().execute(text(moved), bounds)
    values = f"FROM ('{month.starts_at:%Y-%m-%d}+00') TO ('{month.ends_at:%Y-%m-%d}+00')"
    _say(tx, f"ALTER TABLE scan ATTACH PARTITION {name} FOR VALUES {values}")


def hold(tx: Session, month: ScanMonth) -> Stretch:
    """As much of a month as one transaction may drop, from its oldest row on; nobody adds scans to it then.

    Where a month is dropped as one, that is all of it.
    """
    if _is_partitioned(tx):
        name = _partition(month) if month in _partitions(tx) else "scan_default"
        _say(tx, _LONGEST_WAIT)
        _say(tx, f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        return _whole(month)
    ends = [at for kind in _KINDS if (at := _instant(tx, kind, month, STRETCH))]
    if not ends:
        return _whole(month)
    firsts = [at for kind in _KINDS if (at := _instant(tx, kind, month, 0))]
    quarter = timedelta(seconds=QUARTER_SECONDS)
    first, end = ((at - month.starts_at) // quarter for at in (min(firsts), min(ends)))
    return Stretch(month.starts_at, month.starts_at + max(first + 1, end) * quarter)


def drop(tx: Session, month: ScanMonth, stretch: Stretch) -> Iterator[tuple[ScanGroup, int]]:
    """Drop the scans of a stretch that is held, and say what they were; done when all of it was heard.

    There may be millions of groups, and the same one more than once.
    """
    if month in _partitions(tx):
        yield from _scans(tx, _within(Scan, stretch))
        _say(tx, f"DROP TABLE {_partition(month)}")
    else:
        for row in _delete(tx, Scan, stretch, _OF_SCANS):
            yield _scan_group(row), 1


def drop_orphans(tx: Session, stretch: Stretch) -> Iterator[OrphanGroup]:
    """Drop the orphans of a stretch likewise; one that is written meanwhile is among them or stays."""
    yield from map(_orphan_group, _delete(tx, OrphanScan, stretch, _OF_ORPHANS))


def _quarter_of(kind: type[SQLModel]) -> ColumnElement[Any]:
    """The second since 1970 at which a row's quarter hour begins, written so that both engines round down."""
    second = extract("epoch", table_of(kind).c.scanned_at)
    return second - second % literal_column(str(QUARTER_SECONDS))


_OF_SCANS = [_quarter_of(Scan), *(table_of(Scan).c[name] for name in ScanGroup._fields[1:])]
_OF_ORPHANS = [_quarter_of(OrphanScan), table_of(OrphanScan).c.kind]


def _scans(session: Session, where: ColumnElement[bool]) -> Iterator[tuple[ScanGroup, int]]:
    for *group, n in _grouped(session, _OF_SCANS, where):
        yield _scan_group(group), n


def _grouped(session: Session, columns: list[Any], where: ColumnElement[bool]) -> Iterator[Any]:
    sums = select(*columns, func.count()).where(where).group_by(*columns)
    # All of them at once may be more than fits.
    yield from session.connection().execute(sums, execution_options={"yield_per": 10_000})


def _delete(tx: Session, kind: type[SQLModel], stretch: Stretch, columns: list[Any]) -> Iterator[Any]:
    yield from tx.connection().execute(delete(kind).where(_within(kind, stretch)).returning(*columns))


def _scan_group(row: Sequence[Any]) -> ScanGroup:
    return ScanGroup(_instant_of(row[0]), *row[1:])


def _orphan_group(row: Sequence[Any]) -> OrphanGroup:
    return OrphanGroup(_instant_of(row[0]), row[1])


def _instant_of(second: Any) -> datetime:
    return datetime.fromtimestamp(int(second), UTC)


def _instant(session: Session, kind: type[SQLModel], month: ScanMonth, place: int) -> datetime | None:
    """When the row at a place of a month, its oldest being 0, was scanned; None without one."""
    at = table_of(kind).c.scanned_at
    return session.scalar(select(at).where(_within(kind, _whole(month))).order_by(at).offset(place).limit(1))


def _within(kind: type[SQLModel], stretch: Stretch) -> ColumnElement[bool]:
    at = table_of(kind).c.scanned_at
    return (at >= stretch.starts_at) & (at < stretch.ends_at)


def _whole(month: ScanMonth) -> Stretch:
    return Stretch(month.starts_at, month.ends_at)


def _is_partitioned(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _partition(month: ScanMonth) -> str:
    return f"scan_{month.number}"


def _partitions(session: Session) -> set[ScanMonth]:
    """The months that have a partition of their own; none on SQLite."""
    if not _is_partitioned(session):
        return set()
    children = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'scan'::regclass")
    numbers = (name.removeprefix("scan_") for name in session.connection().execute(children).scalars())
    return {ScanMonth.from_number(int(number)) for number in numbers if number.isdigit()}


def _say(tx: Session, statement: str) -> None:
    tx.connection().exec_driver_sql(statement)

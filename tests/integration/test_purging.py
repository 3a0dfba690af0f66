"""Tests vanish without a trace, and nothing else does."""

from __future__ import annotations

from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.record import Origin
from omni.domain.refusal import Refused
from omni.services import printing
from omni.services.purging import count_tests, purge_tests
from omni.services.reconciling import reconcile
from omni.store.cube import contents
from omni.store.tables import METADATA
from tests.support.codes import a_batch
from tests.support.journeys import fold, scan, spend, take_back, unlock


def a_whole_life(
    place: Installation, origin: Origin, *, edition: str = "fr", city: str = "fr-paris"
) -> Batch:
    batch = a_batch(place, edition=f"double-11/{edition}", placement=f"{city}-popup", origin=origin)
    number = batch.first_number
    scan(place, batch, number)
    unlock(place, batch, number)
    assert isinstance(unlock(place, batch, number, key="another"), Refused)
    spend(place, batch, number)
    take_back(place, batch, number)
    fold(place)
    return batch


def rows_by_table(place: Installation) -> dict[str, int]:
    with place.db.reading() as session:
        return {
            table.name: session.exec(select(func.count()).select_from(table)).one()
            for table in METADATA.sorted_tables
        }


def test_a_test_code_vanishes_with_all_that_was_written_about_it(installation: Installation) -> None:
    a_whole_life(installation, Origin.LIVE)
    before = rows_by_table(installation)
    with installation.db.reading() as session:
        cube_before = contents(session)
    a_whole_life(installation, Origin.TEST)
    with installation.db.writing() as tx:
        removed = purge_tests(tx)
    assert removed["claim"] == removed["redemption"] == removed["batch"] == 1
    assert rows_by_table(installation) == before
    with installation.db.reading() as session:
        assert contents(session) == cube_before
    with installation.db.reading() as session:
        assert reconcile(session) == []


def test_counting_first_tells_what_would_go_and_changes_nothing(installation: Installation) -> None:
    a_whole_life(installation, Origin.LIVE)
    a_whole_life(installation, Origin.TEST)
    before = rows_by_table(installation)
    with installation.db.reading() as session:
        counted = count_tests(session)
    assert rows_by_table(installation) == before
    with installation.db.writing() as tx:
        assert purge_tests(tx) == counted


def test_without_tests_nothing_goes(installation: Installation) -> None:
    a_whole_life(installation, Origin.LIVE)
    with installation.db.writing() as tx:
        assert purge_tests(tx) == {}


def test_a_printed_test_batch_goes_with_its_print_run(installation: Installation) -> None:
    batch = a_whole_life(installation, Origin.TEST)
    with installation.db.writing() as tx:
        printing.record_run(
            tx,
            installation.world.now(),
            batch=batch,
            first_number=batch.first_number,
            copies=batch.size,
            form="pdf",
            layout=None,
            price_minor=100,
            currency="EUR",
            by="tests",
        )
    with installation.db.writing() as tx:
        removed = purge_tests(tx)
    assert (removed["claim"], removed["print_run"], removed["batch"]) == (1, 1, 1)
    with installation.db.writing() as tx:
        assert purge_tests(tx) == {}

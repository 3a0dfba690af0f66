"""Print runs and the runs that ended early: whatever came out is what is counted, at the run's own time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, func, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import Cell, CellLevel
from omni.domain.cube import Kind, day_number
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.record import Origin
from omni.services import printing
from omni.services.reconciling import reconcile
from omni.services.recounting import rebuild_cube
from omni.store.cube import contents
from tests.support.codes import a_batch
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import fold


def a_run(place: Installation, batch: Batch, *, copies: int = 10, form: str = "pdf") -> PrintRun:
    with place.db.writing() as tx:
        return printing.record_run(
            tx,
            place.world.now(),
            batch=batch,
            first_number=batch.first_number,
            copies=copies,
            form=form,
            layout=None,
            price_minor=4_990,
            currency="EUR",
            by="tests",
        )


def stop(place: Installation, run: PrintRun, copies_made: int, *, reason: str = "paper jam") -> PrintStop:
    with place.db.writing() as tx:
        return printing.record_stop(
            tx, place.world.now(), run=run, copies_made=copies_made, reason=reason, by="tests"
        )


def counted(place: Installation, kind: Kind = Kind.PRINTED) -> dict[int, int]:
    """How many the cube has by market day."""
    with place.db.reading() as session:
        rows = select(Cell.time, func.sum(Cell.n)).where(Cell.kind == kind, Cell.level == CellLevel.DAY)
        return {day: int(n) for day, n in session.exec(rows.group_by(Cell.time))}


def is_as_its_facts_say(session: Session) -> bool:
    before = {where: held for where, held in contents(session).items() if any(held)}
    rebuild_cube(session)
    return {where: held for where, held in contents(session).items() if any(held)} == before


@pytest.mark.parametrize("copies_made", [0, 3, 9])
def test_a_run_that_was_stopped_counts_what_came_out(installation: Installation, copies_made: int) -> None:
    run = a_run(installation, a_batch(installation))
    said = stop(installation, run, copies_made)
    assert (said.run_id, said.copies_made, said.reason) == (run.id, copies_made, "paper jam")
    with installation.db.reading() as session:
        assert reconcile(session) == []
    fold(installation)
    assert counted(installation) == {day_number(FESTIVAL.date()): copies_made}
    with installation.db.reading() as session:
        assert reconcile(session) == []
    with installation.db.writing() as tx:
        assert is_as_its_facts_say(tx)


def test_a_stop_corrects_the_day_of_its_run_however_late_it_is_known(
    installation: Installation, clock: Clock
) -> None:
    run = a_run(installation, a_batch(installation))
    fold(installation)
    clock.at += timedelta(days=2)
    stop(installation, run, 4)
    fold(installation)
    assert counted(installation) == {day_number(FESTIVAL.date()): 4}
    with installation.db.reading() as session:
        assert reconcile(session) == []


def test_a_code_held_up_on_a_screen_that_failed_was_not_shown(installation: Installation) -> None:
    run = a_run(installation, a_batch(installation), copies=1, form=printing.SHOWN)
    stop(installation, run, 0)
    fold(installation)
    assert counted(installation, Kind.SHOWN) == {day_number(FESTIVAL.date()): 0}
    assert counted(installation) == {}


def test_the_first_word_about_a_stop_stands(installation: Installation) -> None:
    run = a_run(installation, a_batch(installation))
    first, again = stop(installation, run, 4), stop(installation, run, 7, reason="another")
    assert (again.copies_made, again.reason) == (first.copies_made, first.reason) == (4, "paper jam")
    fold(installation)
    assert counted(installation) == {day_number(FESTIVAL.date()): 4}


@pytest.mark.parametrize("copies_made", [-1, 11])
def test_no_more_comes_out_of_a_run_than_it_has(installation: Installation, copies_made: int) -> None:
    run = a_run(installation, a_batch(installation))
    with pytest.raises(ValueError, match="a run of 10 codes"):
        stop(installation, run, copies_made)


def test_the_stop_of_a_test_is_a_fact_and_counts_nowhere(installation: Installation) -> None:
    run = a_run(installation, a_batch(installation, origin=Origin.TEST))
    assert stop(installation, run, 2).origin is Origin.TEST
    fold(installation)
    assert counted(installation) == {}


def test_a_reason_longer_than_its_column_is_cut(installation: Installation) -> None:
    run = a_run(installation, a_batch(installation))
    assert len(stop(installation, run, 1, reason="x" * 900).reason) == 200

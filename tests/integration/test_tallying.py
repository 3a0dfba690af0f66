"""How much of an edition is on paper already: what came out counts, what was shown or stopped does not."""

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.print_run import PrintRun
from omni.services import printing
from omni.services.tallying import OnPaper, on_paper
from tests.support.codes import a_batch, a_receipt_code


def printed(place: Installation, batch: Batch, first: int, copies: int, *, form: str = "pdf") -> PrintRun:
    """A run of a batch's codes, counted from 1."""
    with place.db.writing() as tx:
        return printing.record_run(
            tx,
            place.world.now(),
            batch=batch,
            first_number=batch.first_number + first - 1,
            copies=copies,
            form=form,
            layout=None,
            price_minor=4990,
            currency="EUR",
            by="tests",
        )


def tally(place: Installation, batch: Batch) -> tuple[int, int]:
    """Copies of a batch, and the first code that no run has come to."""
    with place.db.reading() as session:
        [known] = on_paper(session, edition_id=batch.edition_id, batch_id=batch.id)
    return known.copies, known.next_number - batch.first_number + 1


def test_copies_add_up_and_the_next_code_is_behind_the_last_printed(installation: Installation) -> None:
    batch = a_batch(installation, count=100)
    assert tally(installation, batch) == (0, 1)
    printed(installation, batch, 1, 21)
    printed(installation, batch, 1, 5)
    assert tally(installation, batch) == (26, 22)


def test_of_a_stopped_run_only_what_came_out_counts_and_a_screen_is_no_paper(
    installation: Installation,
) -> None:
    batch = a_batch(installation, count=100)
    printed(installation, batch, 50, 1, form=printing.SHOWN)
    run = printed(installation, batch, 1, 21)
    with installation.db.writing() as tx:
        printing.record_stop(tx, run.printed_at, run=run, copies_made=8, reason="no paper", by="tests")
    assert tally(installation, batch) == (8, 9)


def test_the_newest_come_first_and_receipts_and_other_editions_are_not_among_them(
    installation: Installation,
) -> None:
    batches = [a_batch(installation, count=10), a_batch(installation, count=10, shared=True)]
    a_batch(installation, edition="double-11/de", placement="de-berlin-popup")
    a_receipt_code(installation)
    with installation.db.reading() as session:
        known = on_paper(session, edition_id=batches[0].edition_id)
    expected = [OnPaper(batch, 0, batch.first_number) for batch in reversed(batches)]
    assert [(each.batch.id, each.copies, each.next_number) for each in known] == [
        (each.batch.id, each.copies, each.next_number) for each in expected
    ]

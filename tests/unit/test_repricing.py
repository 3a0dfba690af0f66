"""Whose paper keeps its price: the first word after a printing stands, and a recall spares slips in hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.batch import BatchKind, Recall
from omni.domain.print_run import PrintRun
from omni.domain.repricing import PrintedPrice, Repricing, codes_left, hangs, kept_price

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
HONOUR, RECALL = PrintedPrice.HONOUR, PrintedPrice.RECALL


def a_run(price: int, at_hour: int = 0, *, form: str = "pdf") -> PrintRun:
    return PrintRun(
        batch_id=1,
        revision=1,
        first_number=100,
        copies=10,
        form=form,
        price_minor=price,
        currency="EUR",
        printed_at=NOON + timedelta(hours=at_hour),
        printed_by="tests",
    )


def a_decision(price: int, at_hour: int, decision: PrintedPrice = HONOUR) -> Repricing:
    return Repricing(
        edition_id=1,
        bundle_id=1,
        price_minor=price,
        currency="EUR",
        decision=decision,
        decided_at=NOON + timedelta(hours=at_hour),
        decided_by="tests",
    )


def kept(price: int | None, *facts: PrintRun | Repricing, kind: BatchKind = BatchKind.PERSONAL) -> int | None:
    runs = [fact for fact in facts if isinstance(fact, PrintRun)]
    decisions = [fact for fact in facts if isinstance(fact, Repricing)]
    return kept_price(price, runs, decisions, kind=kind)


def test_honoured_paper_keeps_its_lower_price_and_later_paper_has_the_new_one() -> None:
    assert kept(52, a_run(49), a_decision(52, 1)) == 49
    assert kept(52, a_run(52, 2), a_decision(52, 1)) == 52
    assert kept(52, a_decision(52, 1)) == 52


def test_a_price_below_the_paper_is_everybodys() -> None:
    assert kept(45, a_run(49), a_decision(52, 1)) == 45


def test_without_a_price_there_is_none_and_without_a_decision_nothing_is_kept() -> None:
    assert kept(None, a_run(49), a_decision(52, 1)) is None
    assert kept(52, a_run(49)) == 52


def test_the_first_word_after_a_printing_speaks_for_that_paper() -> None:
    assert kept(55, a_run(49), a_decision(52, 1), a_decision(55, 2, RECALL)) == 49
    assert kept(55, a_run(49), a_decision(52, 1, RECALL), a_decision(55, 2)) == 55
    assert kept(55, a_run(49, 1), a_decision(55, 2, RECALL), a_decision(52, 0)) == 55


def test_a_decision_about_a_price_the_paper_does_not_undercut_says_nothing_of_it() -> None:
    """Printed at 55 before the price fell and rose to 52: the recall of what said 49 was not about it."""
    assert kept(60, a_run(55), a_decision(52, 1, RECALL), a_decision(60, 2)) == 55


@pytest.mark.parametrize("form", ["slip", "escpos", "shown"])
def test_a_recall_spares_what_a_shopper_holds(form: str) -> None:
    recall = a_decision(52, 1, RECALL)
    assert kept(52, a_run(49, form=form), recall) == 49
    assert kept(52, a_run(49, form="zpl"), recall, kind=BatchKind.RECEIPTS) == 49
    assert kept(52, a_run(49), recall) == 52


def test_paper_from_before_there_was_a_price_promises_none() -> None:
    assert kept(52, a_run(0), a_decision(52, 1)) == 52


def test_labels_posters_and_images_hang_and_slips_do_not() -> None:
    hanging = ("pdf", "png", "svg", "zpl", "csv", "jsonl")
    assert all(hangs(form, BatchKind.SHARED) and hangs(form, BatchKind.PERSONAL) for form in hanging)
    assert not any(hangs(form, BatchKind.PERSONAL) for form in ("slip", "escpos", "shown"))
    assert not any(hangs(form, BatchKind.RECEIPTS) for form in hanging)


@given(
    first=st.integers(0, 30),
    count=st.integers(1, 30),
    spans=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=5),
)
def test_what_is_left_of_a_run_is_every_code_no_recall_covers(
    first: int, count: int, spans: list[tuple[int, int]]
) -> None:
    recalls = [
        Recall(batch_id=1, first_number=at, size=size, reason="-", recalled_at=NOON, recalled_by="tests")
        for at, size in spans
    ]
    gone = {number for at, size in spans for number in range(at, at + size)}
    codes = range(first, first + count)
    assert codes_left(codes, recalls) == len(set(codes) - gone)

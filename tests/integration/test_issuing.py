"""Issuing: one row and one range, however many codes; and taking printed ones back."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import SHARED_SPREAD, Batch, NumberAllocator
from omni.domain.code import NUMBER_BITS
from omni.domain.counting import OutboxMessage
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.services import issuing
from omni.services.issuing import Issued
from omni.store import counters
from tests.support.codes import a_batch, issue
from tests.support.installations import Clock


def recall(place: Installation, batch_id: int, *, first: int = 1, count: int | None = None) -> range:
    with place.db.writing() as tx:
        row = issuing.recall(
            tx,
            place.world.now(),
            batch_id=batch_id,
            first=first,
            count=count,
            reason="misprint",
            by="tests",
        )
        return range(row.first_number, row.first_number + row.size)


def test_ranges_follow_each_other(installation: Installation) -> None:
    first, second = a_batch(installation, count=10), a_batch(installation, count=5)
    assert second.first_number == first.first_number + 10


def test_ranges_never_overlap_however_many_issue_at_once(installation: Installation) -> None:
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda count: a_batch(installation, count=count), range(1, 25)))
    ranges = sorted((batch.first_number, batch.first_number + batch.size) for batch in batches)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(ranges))


def test_ten_million_codes_are_one_row_and_no_work(installation: Installation) -> None:
    began = time.monotonic()
    batch = a_batch(installation, count=10_000_000)
    assert batch.size == 10_000_000
    # An hour's work if it grew with the codes; generous, because the machine is shared.
    assert time.monotonic() - began < 5
    with installation.db.reading() as session:
        assert session.exec(select(func.count()).select_from(Batch)).one() == 1
        cells = session.exec(select(OutboxMessage.cells).where(OutboxMessage.topic == "codes.issued")).one()
    assert [cell["n"] for cell in cells] == [10_000_000]


def test_the_same_key_is_the_same_batch_and_another_body_is_refused(installation: Installation) -> None:
    first = issue(installation, key="k")
    again = issue(installation, key="k")
    assert isinstance(first, Issued)
    assert isinstance(again, Issued)
    assert (again.batch.id, again.is_replay) == (first.batch.id, True)
    other = issue(installation, key="k", body="other")
    assert isinstance(other, Refused)
    assert other.reason is Reason.KEY_REUSED


def test_eight_threads_with_one_key_issue_one_batch(installation: Installation) -> None:
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda _: a_batch(installation, key="k"), range(16)))
    assert len({batch.id for batch in batches}) == 1


def test_without_a_key_every_request_is_a_batch(installation: Installation) -> None:
    assert a_batch(installation).id != a_batch(installation).id


def test_a_shared_code_keeps_numbers_for_many_more_than_it_serves(installation: Installation) -> None:
    batch = a_batch(installation, count=30, shared=True)
    assert (batch.serves, batch.size) == (30, 1 + SHARED_SPREAD * 30)
    with installation.db.reading() as session:
        assert counters.remaining(session, batch.edition_id, f"serves:{batch.id}") == 30


@pytest.mark.parametrize("count", [0, -1, issuing.MOST_CODES + 1])
def test_a_count_that_cannot_be_is_bad_input(installation: Installation, count: int) -> None:
    with pytest.raises(BadInput, match="count"):
        issue(installation, count=count)


def test_when_the_numbers_run_out_it_says_so_and_writes_nothing(installation: Installation) -> None:
    with installation.db.writing() as tx:
        tx.exec(select(NumberAllocator)).one().next_number = (1 << NUMBER_BITS) - 5
    with pytest.raises(BadInput, match="numbers are left"):
        issue(installation, count=6)
    assert a_batch(installation, count=5).first_number == (1 << NUMBER_BITS) - 5


def test_a_place_of_another_market_and_a_bundle_nobody_wrote_are_bad_input(
    installation: Installation,
) -> None:
    with pytest.raises(BadInput, match="placement"):
        issue(installation, placement="de-berlin-popup")
    with pytest.raises(BadInput, match="bundle"):
        issue(installation, bundle="nothing")


def test_live_codes_end_with_the_last_issue_day_and_test_codes_do_not(
    installation: Installation, clock: Clock
) -> None:
    clock.at += timedelta(days=90)
    refused = issue(installation)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ENDED
    assert a_batch(installation, origin=Origin.TEST).origin is Origin.TEST


def test_test_codes_are_announced_nowhere_and_take_no_place_on_the_poster(installation: Installation) -> None:
    batch = a_batch(installation, origin=Origin.TEST, shared=True)
    with installation.db.reading() as session:
        topics = session.exec(select(OutboxMessage.topic).distinct()).all()
        assert topics == ["edition.launched"]
        assert counters.remaining(session, batch.edition_id, f"serves:{batch.id}") is None


def test_a_recall_is_one_range_counted_from_one(installation: Installation) -> None:
    batch = a_batch(installation, count=10)
    begin = batch.first_number
    assert recall(installation, batch.id or 0) == range(begin, begin + 10)
    assert recall(installation, batch.id or 0, first=4) == range(begin + 3, begin + 10)
    assert recall(installation, batch.id or 0, first=10, count=1) == range(begin + 9, begin + 10)


@pytest.mark.parametrize("first, count", [(0, None), (-3, 2), (11, None), (1, 0), (1, -1), (1, 11), (10, 2)])
def test_no_more_is_recalled_than_was_issued(
    installation: Installation, first: int, count: int | None
) -> None:
    batch = a_batch(installation, count=10)
    with pytest.raises(BadInput, match="codes 1 to 10"):
        recall(installation, batch.id or 0, first=first, count=count)


def test_a_batch_nobody_issued_cannot_be_recalled(installation: Installation) -> None:
    with pytest.raises(Unknown, match="unknown-batch"):
        recall(installation, 4711)

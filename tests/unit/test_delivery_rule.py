"""What follows from a subscriber's answer: taken, tried again later, or parked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.domain.delivery_rule import KEPT, LONGEST_PAUSE, Answer, asked_pause, pause_after, verdict
from omni.domain.hook import DeliveryState

NOW = datetime(2026, 11, 11, 10, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_success_is_taken(status: int) -> None:
    found = verdict(Answer(status), NOW, failures=3, give_up_at=NOW, dice=1)
    assert found.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("status", [None, 199, 301, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    found = verdict(Answer(status), NOW, failures=0, give_up_at=NOW + KEPT, dice=1)
    assert (found.state, found.next_try_at) == (DeliveryState.WAITING, NOW + timedelta(seconds=5))


def test_who_is_gone_is_not_asked_again() -> None:
    assert verdict(Answer(410), NOW, failures=0, give_up_at=NOW + KEPT, dice=1).state is DeliveryState.PARKED


def test_the_pauses_grow_to_three_hours() -> None:
    assert [pause_after(failures).total_seconds() for failures in range(7)] == [
        5,
        30,
        120,
        600,
        3_600,
        10_800,
        10_800,
    ]


@given(
    failures=st.integers(0, 100),
    dice=st.floats(0, 1),
    left=st.timedeltas(timedelta(seconds=1), KEPT),
    asked=st.sampled_from(["", "7", "99999999", "Wed, 11 Nov 2026 10:30:00 GMT", "soon"]),
)
def test_the_next_try_is_never_late_and_never_after_the_last(
    failures: int, dice: float, left: timedelta, asked: str
) -> None:
    found = verdict(Answer(503, retry_after=asked), NOW, failures=failures, give_up_at=NOW + left, dice=dice)
    assert found.state is DeliveryState.WAITING
    assert NOW <= found.next_try_at <= NOW + min(LONGEST_PAUSE, left)
    assert found.next_try_at >= NOW + min(asked_pause(asked, NOW), LONGEST_PAUSE, left)


def test_after_72_hours_it_is_parked() -> None:
    assert verdict(Answer(500), NOW, failures=30, give_up_at=NOW, dice=1).state is DeliveryState.PARKED


@pytest.mark.parametrize(
    "written,seconds",
    [
        ("", 0),
        ("0", 0),
        ("120", 120),
        ("-5", 0),
        ("Wed, 11 Nov 2026 10:01:00 GMT", 60),
        ("Wed, 11 Nov 2026 09:00:00 GMT", 0),
        ("Wed, 11 Nov 2026 10:01:00 -0000", 60),
        ("tomorrow", 0),
        ("²", 0),
    ],
)
def test_a_retry_after_is_read_in_seconds_or_as_a_date(written: str, seconds: int) -> None:
    assert asked_pause(written, NOW) == timedelta(seconds=seconds)

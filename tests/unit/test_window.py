"""The market's days as instants, on the days on which the clocks are changed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from omni.domain.window import day_after, has_opened, is_past, local_day, midnight


@dataclass
class Days:
    """An edition's days, all the same."""

    opens_on: date
    last_issue_on: date
    last_unlock_on: date
    last_use_on: date
    returns_until_on: date


@pytest.mark.parametrize(
    "zone, day, begins",
    [
        ("Europe/Paris", date(2026, 11, 11), "2026-11-10T23:00"),
        ("Europe/Berlin", date(2026, 7, 1), "2026-06-30T22:00"),
        ("Europe/London", date(2026, 11, 11), "2026-11-11T00:00"),
        ("Asia/Tokyo", date(2026, 11, 11), "2026-11-10T15:00"),
        ("Asia/Shanghai", date(2026, 11, 11), "2026-11-10T16:00"),
        ("America/New_York", date(2026, 11, 11), "2026-11-11T05:00"),
        ("Asia/Riyadh", date(2026, 11, 11), "2026-11-10T21:00"),
        ("America/Toronto", date(2026, 7, 1), "2026-07-01T04:00"),
        # Midnight is skipped: the clocks went from 00:00 to 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00"),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00"),
        # Midnight comes twice: the clocks went from 01:00 back to 00:00.
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00"),
        # The hour before midnight comes twice.
        ("Africa/Cairo", date(2026, 10, 30), "2026-10-29T22:00"),
    ],
)
def test_a_day_begins_at_the_first_instant_that_is_called_so(zone: str, day: date, begins: str) -> None:
    begin = midnight(day, zone)
    assert begin == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert local_day(begin, zone) == day
    assert local_day(begin - timedelta(microseconds=1), zone) == day - timedelta(days=1)


@pytest.mark.parametrize(
    "day, hours", [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 11), 24)]
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    assert day_after(day, "Europe/Paris") - midnight(day, "Europe/Paris") == timedelta(hours=hours)


def test_the_last_day_is_part_of_the_window_and_the_next_instant_is_not() -> None:
    end = day_after(date(2026, 11, 11), "Asia/Tokyo")
    assert not is_past(date(2026, 11, 11), "Asia/Tokyo", end - timedelta(microseconds=1))
    assert is_past(date(2026, 11, 11), "Asia/Tokyo", end)


def test_an_edition_opens_at_its_own_midnight() -> None:
    edition = Days(*[date(2026, 11, 11)] * 5)
    opens = midnight(date(2026, 11, 11), "America/New_York")
    assert has_opened(edition, "America/New_York", opens)
    assert not has_opened(edition, "America/New_York", opens - timedelta(microseconds=1))
    assert has_opened(edition, "Asia/Tokyo", opens - timedelta(hours=13))

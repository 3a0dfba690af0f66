"""Stretches of days as a marketer chooses them."""

from datetime import UTC, date, datetime

import pytest

from omni.domain.period import Period, Span, period_of

AT = datetime(2026, 11, 11, 16, tzinfo=UTC)


def test_today_is_another_date_in_another_market() -> None:
    today = period_of("today", "", "")
    assert today.days_in("Europe/Paris", AT) == (date(2026, 11, 11), date(2026, 11, 11))
    assert today.days_in("Asia/Tokyo", AT) == (date(2026, 11, 12), date(2026, 11, 12))


def test_a_week_ends_today_and_has_seven_days() -> None:
    assert period_of("week", "", "").days_in("Europe/Paris", AT) == (date(2026, 11, 5), date(2026, 11, 11))


def test_all_time_is_open_at_both_ends() -> None:
    assert period_of("all", "", "").days_in("Europe/Paris", AT) == (None, None)


def test_own_days_may_leave_one_end_open() -> None:
    assert period_of("", "2026-11-05", "") == Period(Span.OWN, date(2026, 11, 5), None)


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError):
        period_of("", "2026-11-06", "2026-11-05")

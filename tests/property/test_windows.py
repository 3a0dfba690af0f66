"""Days follow each other without gap or overlap, in every zone and through every change of the clocks."""

from datetime import date, timedelta
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st

from omni.domain.window import day_after, local_day, midnight

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2037, 12, 30))


@given(zones, days)
def test_a_day_ends_at_the_instant_the_next_begins_and_never_before_it_began(zone: str, day: date) -> None:
    assert day_after(day, zone) == midnight(day + timedelta(days=1), zone)
    # A day a country left out (Samoa's 30 December 2011) has no length; none has a negative one.
    assert midnight(day, zone) <= day_after(day, zone)


@given(zones, days)
def test_no_instant_before_a_day_began_was_ever_called_that_day(zone: str, day: date) -> None:
    begin = midnight(day, zone)
    assert local_day(begin, zone) >= day
    assert local_day(begin - timedelta(microseconds=1), zone) < day

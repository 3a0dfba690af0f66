"""What a clock that runs down says; how it ticks is the browser's business, its words are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from omni.present.formatting import duration
from omni.present.locales import current_locale, gettext

_FIRST_DAYS = 2
_MOST_DAYS = 99


@dataclass(frozen=True)
class TimeLeft:
    """The label of a clock, and two days, three days, and so on, in words; below two days it counts hours."""

    label: str
    days: tuple[str, ...]


def time_left(left: timedelta) -> TimeLeft | None:
    """A clock in the locale being spoken; None where the end is so far away that nobody hurries."""
    if left.days > _MOST_DAYS:
        return None
    spoken = current_locale()
    days = (_days(number, spoken) for number in range(_FIRST_DAYS, left.days + 1))
    return TimeLeft(gettext("Time left"), tuple(days))


@cache
def _days(number: int, locale: str) -> str:
    return duration(timedelta(days=number), locale)

"""The market's own days as instants."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo


class HasDays(Protocol):
    """Anything with the five days of an edition."""

    opens_on: date
    last_issue_on: date
    last_unlock_on: date
    last_use_on: date
    returns_until_on: date


# Remembered: one scan asks it for every market its campaign runs in.
@lru_cache(maxsize=4096)
def midnight(day: date, zone: str) -> datetime:
    """The instant a day begins in a zone; where a clock change skips midnight, the first instant after it.

    The round trip through UTC settles a skipped local time on the instant the clocks jumped to.
    """
    local = datetime.combine(day, time.min, ZoneInfo(zone))
    return local.astimezone(UTC)


def day_after(day: date, zone: str) -> datetime:
    """The first instant no longer part of a day: the end of an inclusive last day."""
    return midnight(day + timedelta(days=1), zone)


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of an instant, as the market's own clock counts it."""
    return at.astimezone(ZoneInfo(zone)).date()


def has_opened(edition: HasDays, zone: str, now: datetime) -> bool:
    """Whether the edition's first day has begun there."""
    return now >= midnight(edition.opens_on, zone)


def is_past(last: date, zone: str, now: datetime) -> bool:
    """Whether an inclusive last day is over there."""
    return now >= day_after(last, zone)

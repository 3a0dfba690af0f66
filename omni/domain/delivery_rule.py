"""What follows from a subscriber's answer: the message is taken, tried again later, or parked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from omni.domain.hook import DeliveryState

KEPT = timedelta(hours=72)
"""How long a message is tried, from its first failure on."""

PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
"""The longest pause after each of the first failures; after all others it is LONGEST_PAUSE."""

LONGEST_PAUSE = timedelta(hours=3)

GONE = 410
"""The status by which a subscriber says that it wants to hear nothing more."""


@dataclass(frozen=True)
class Answer:
    """What came back; without a status nobody answered, and `trouble` says what happened instead.

    `retry_after` is that header as it came, `said` the beginning of the body.
    """

    status: int | None
    trouble: str = ""
    retry_after: str = ""
    said: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the message was taken: any status of success."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Verdict:
    """How a message stands after an answer, and when it is tried again if it waits."""

    state: DeliveryState
    next_try_at: datetime


def verdict(answer: Answer, now: datetime, *, failures: int, give_up_at: datetime, dice: float) -> Verdict:
    """What becomes of a message that failed `failures` times before this answer.

    The pause is drawn between nothing and the longest of its turn (`dice` from 0 to 1), so that many that
    failed together do not come back together; a subscriber that names a later time is heard. The last try is
    at `give_up_at`.
    """
    if answer.is_taken:
        return Verdict(DeliveryState.DELIVERED, now)
    if answer.status == GONE or now >= give_up_at:
        return Verdict(DeliveryState.PARKED, now)
    drawn = pause_after(failures) * dice
    asked = min(asked_pause(answer.retry_after, now), LONGEST_PAUSE)
    return Verdict(DeliveryState.WAITING, min(now + max(drawn, asked), give_up_at))


def pause_after(failures: int) -> timedelta:
    """The longest pause when a message failed `failures` times before this time."""
    return PAUSES[failures] if failures < len(PAUSES) else LONGEST_PAUSE


def asked_pause(written: str, now: datetime) -> timedelta:
    """How long a Retry-After header asks to wait, in seconds or as a date; none when it cannot be read.

    >>> asked_pause("120", datetime(2026, 11, 11, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    if written.isascii() and written.isdigit():
        return timedelta(seconds=int(written[:9]))
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return timedelta()
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta())

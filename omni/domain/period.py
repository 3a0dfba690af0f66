"""Stretches of whole days, as a marketer chooses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from omni.domain.window import local_day


class Span(StrEnum):
    """The stretches a marketer can choose by one tap, and one of her own."""

    TODAY = "today"
    WEEK = "week"
    ALL = "all"
    OWN = "own"


@dataclass(frozen=True)
class Period:
    """From a first day to a last, inclusive, on each market's own clock; None is open."""

    span: Span = Span.ALL
    from_on: date | None = None
    to_on: date | None = None

    def days_in(self, zone: str, now: datetime) -> tuple[date | None, date | None]:
        """The days meant in one market. Its today may be another date than elsewhere."""
        today = local_day(now, zone)
        if self.span is Span.TODAY:
            return today, today
        if self.span is Span.WEEK:
            return today - timedelta(days=6), today
        return self.from_on, self.to_on


def period_of(span: str, from_text: str, to_text: str) -> Period:
    """A period as a page's address says it; what cannot be read is all time.

    Raises ValueError when the first day comes after the last.
    """
    if span in (Span.TODAY, Span.WEEK):
        return Period(Span(span))
    from_on, to_on = _day(from_text), _day(to_text)
    if from_on is None and to_on is None:
        return Period()
    if from_on is not None and to_on is not None and from_on > to_on:
        raise ValueError("the first day comes after the last")
    return Period(Span.OWN, from_on, to_on)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None

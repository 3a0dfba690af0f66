"""Months of scans: what is kept, sealed and dropped as one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self


class ScanMonth(NamedTuple):
    """A calendar month of UTC, whatever the markets' own clocks say."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime) -> Self:
        """The month of an instant."""
        utc = at.astimezone(UTC)
        return cls(utc.year, utc.month)

    @classmethod
    def from_number(cls, number: int) -> Self:
        """The month that is written 202611."""
        return cls(*divmod(number, 100))

    @property
    def number(self) -> int:
        """The month as the tables write it: 202611."""
        return self.year * 100 + self.month

    @property
    def starts_at(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant no longer part of it."""
        return self.after(1).starts_at

    def after(self, months: int) -> ScanMonth:
        """The month so many months later."""
        years, month = divmod(self.month - 1 + months, 12)
        return ScanMonth(self.year + years, month + 1)

    def must_go(self, now: datetime, *, days: int) -> bool:
        """Whether its oldest scan is older than so many days; it goes as a whole, once it is over."""
        return max(self.ends_at, self.starts_at + timedelta(days=days)) <= now

    def __str__(self) -> str:
        """The month as people write it: 2026-11."""
        return f"{self.year:04}-{self.month:02}"


def strictest(limits: Iterable[int | None]) -> int | None:
    """The least of several limits in days; None when nobody sets one."""
    return min((days for days in limits if days is not None), default=None)

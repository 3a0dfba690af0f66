"""What came of a period's pages: who opened them, who scanned something else, how soon offers were used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from omni.domain.visit import DeviceClass
from omni.present.charts import columns
from omni.present.formatting import clock, count, percent
from omni.present.locales import current_locale, gettext
from omni.present.time_taken import steps
from omni.services.counting import Beside
from omni.services.strangers import Likely, Pile

LOOK_BACK = timedelta(days=1)
"""How far back strangers are shown: an alarm, and not a statistic."""

_MAKES = {DeviceClass.IOS: "iOS", DeviceClass.ANDROID: "Android", DeviceClass.DESKTOP: "PC"}


@dataclass(frozen=True)
class Openings:
    """Every opening of a page of ours, told apart by who it was."""

    scanned: int
    again: int
    machines: int
    ahead: int

    @classmethod
    def of(cls, scanned: int, others: Iterable[Beside]) -> Openings:
        """The scans that count, and beside them those of one group of markets after the other."""
        each = list(others)
        return cls(
            scanned,
            sum(one.repeats for one in each),
            sum(one.bots for one in each),
            sum(one.prefetches for one in each),
        )

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self._numbers)

    @property
    def counted(self) -> str:
        """The scans that count, and which share of all openings they are."""
        return self._written[0]

    @property
    def others(self) -> str:
        """Everybody else, in one sentence."""
        _, again, machines, ahead = self._written
        return gettext(
            "Opened again: %(again)s. By machines: %(machines)s. Loaded ahead by browsers: %(ahead)s.",
            again=again,
            machines=machines,
            ahead=ahead,
        )

    @property
    def picture(self) -> Markup:
        """The four as columns, told in words to whoever cannot see them."""
        title = gettext("Scanned")
        return columns(self._numbers, title=title, description=f"{title}: {self.counted}. {self.others}")

    @property
    def _numbers(self) -> tuple[int, int, int, int]:
        return self.scanned, self.again, self.machines, self.ahead

    @property
    def _written(self) -> list[str]:
        locale = current_locale()
        return [
            f"{count(number, locale)} ({percent(number, self.total, locale)})" if number else count(0, locale)
            for number in self._numbers
        ]


@dataclass(frozen=True)
class FirstUses:
    """How long it took from an offer taken to its first use: codes in each step, and the steps in words."""

    numbers: Sequence[int]

    @classmethod
    def of(cls, groups: Iterable[Sequence[int]]) -> FirstUses:
        """Those of one group of markets after the other."""
        return cls([sum(column) for column in zip(*groups, strict=True)])

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.numbers)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Each step that was used, and how many used it, with their share."""
        locale = current_locale()
        return [
            (words, f"{count(n, locale)} ({percent(n, self.total, locale)})")
            for words, n in zip(steps(locale), self.numbers, strict=True)
            if n
        ]

    @property
    def picture(self) -> Markup:
        """The steps as columns, told in words to whoever cannot see them."""
        description = ", ".join(f"{words}: {number}" for words, number in self.told)
        return columns(
            self.numbers, title=gettext("From the offer taken to its use"), description=description
        )


@dataclass(frozen=True)
class Told:
    """A pile of strangers as it is told: what it probably is, how many, when, and on which devices."""

    likely: Likely
    words: str
    scans: str
    times: str
    devices: str


def told(piles: Iterable[Pile]) -> list[Told]:
    """The piles, in the order they come."""
    return [
        Told(
            pile.likely,
            _words(pile.likely),
            count(pile.scans, current_locale()),
            _times(pile),
            _devices(pile),
        )
        for pile in piles
    ]


def _words(likely: Likely) -> str:
    return {
        Likely.MISPRINT: gettext("One wrong code again and again: probably a misprint."),
        Likely.TAX_CODE: gettext("This looks like the tax code of a receipt."),
        Likely.CUT_OFF: gettext("Codes with a part missing: the print may be cut off."),
        Likely.GUESSES: gettext("Different texts: slips, other codes in the picture, or guesses."),
    }[likely]


def _times(pile: Pile) -> str:
    first, last = (_time(at) for at in (pile.first_at, pile.last_at))
    return f"{first} UTC" if first == last else f"{first} – {last} UTC"


def _time(at: datetime) -> str:
    return clock(at, "UTC", current_locale())


def _devices(pile: Pile) -> str:
    """Only what has a name in every language."""
    named = [(_MAKES[device], n) for device, n in pile.devices.items() if device in _MAKES]
    return " · ".join(f"{name} {count(n, current_locale())}" for name, n in named)

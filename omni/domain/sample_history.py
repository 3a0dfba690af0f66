"""An invented past for trying things out: who printed, scanned, unlocked, bought and sent back, and when.

The same seed tells the same story on every machine. Rates and hours are made up to look like retail; nothing
in them was measured.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import accumulate, count
from zoneinfo import ZoneInfo

from omni.domain.visit import DeviceClass, VisitKind


class Dice:
    """Throws that fall the same way for the same seed, whatever machine or version throws them."""

    def __init__(self, seed: str) -> None:
        self._seed = blake2b(seed.encode(), digest_size=32).digest()
        self._throws = count()

    def part(self) -> float:
        """A number from 0 up to, and never, 1."""
        thrown = blake2b(b"%d" % next(self._throws), digest_size=6, key=self._seed).digest()
        return int.from_bytes(thrown) / (1 << 48)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.part() < probability

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.part() * (most - least + 1))

    def delay(self, usual: timedelta) -> timedelta:
        """A waiting time, in whole seconds: mostly short, now and then long, `usual` on average."""
        return timedelta(seconds=int(usual.total_seconds() * 4 * self.part() ** 3))


@dataclass(frozen=True)
class Rates:
    """How a market behaves: its share of all, then who goes on from each step to the next."""

    share: int = 10
    scanned: float = 0.50
    unlocked: float = 0.55
    redeemed: float = 0.45
    returned: float = 0.08


RATES = {
    "fr": Rates(18, 0.52, 0.58, 0.46, 0.07),
    "de": Rates(17, 0.47, 0.55, 0.52, 0.14),
    "gb": Rates(14, 0.50, 0.54, 0.47, 0.09),
    "pl": Rates(8, 0.55, 0.57, 0.50, 0.08),
    "tr": Rates(8, 0.61, 0.63, 0.44, 0.06),
    "kz": Rates(4, 0.64, 0.59, 0.42, 0.03),
    "sa": Rates(6, 0.57, 0.60, 0.38, 0.05),
    "in": Rates(12, 0.60, 0.57, 0.36, 0.11),
    "th": Rates(7, 0.66, 0.64, 0.45, 0.04),
    "sg": Rates(5, 0.58, 0.61, 0.49, 0.05),
    "id": Rates(9, 0.65, 0.62, 0.40, 0.05),
    "cn": Rates(15, 0.71, 0.62, 0.55, 0.06),
    "hk": Rates(6, 0.62, 0.58, 0.48, 0.04),
    "tw": Rates(8, 0.67, 0.65, 0.47, 0.04),
    "jp": Rates(13, 0.63, 0.66, 0.41, 0.02),
    "kr": Rates(11, 0.69, 0.64, 0.51, 0.09),
    "us": Rates(12, 0.44, 0.51, 0.44, 0.10),
    "ca-qc": Rates(5, 0.49, 0.56, 0.43, 0.08),
    "mx": Rates(7, 0.53, 0.55, 0.39, 0.06),
    "br": Rates(9, 0.59, 0.60, 0.43, 0.07),
}
"""The rates of the demo's markets; others take the ones by default."""

# How busy the hours of a day are, from midnight on, where the shop is.
_HOURS = (1, 1, 0, 0, 0, 0, 1, 2, 4, 6, 10, 13, 15, 13, 12, 13, 15, 18, 20, 17, 12, 8, 4, 2)
_WEEKEND = 1.5
_FESTIVAL = 5.0
_AGAIN = 0.35
_MACHINE = 0.06


@dataclass(frozen=True)
class SampleScan:
    """One opening of the page."""

    at: datetime
    kind: VisitKind
    device: DeviceClass


@dataclass(frozen=True)
class Journey:
    """What became of one code; each later instant is None when it did not come to that."""

    printed_at: datetime
    scans: tuple[SampleScan, ...] = ()
    claimed_at: datetime | None = None
    redeemed_at: datetime | None = None
    reversed_at: datetime | None = None
    takes_all: bool = True


class OpeningHours:
    """When things happen between two instants in a zone: by the hour, more on weekends and on 11.11."""

    def __init__(self, first: datetime, last: datetime, zone: str) -> None:
        whole_hours = int((last - first).total_seconds() // 3600)
        self.last = last
        self._hours = [first + timedelta(hours=hour) for hour in range(whole_hours)]
        self._weights = list(accumulate(_weight(hour.astimezone(ZoneInfo(zone))) for hour in self._hours))

    def __bool__(self) -> bool:
        return bool(self._weights) and self._weights[-1] > 0

    def pick(self, dice: Dice) -> datetime:
        """An instant in one of the hours."""
        hour = bisect_right(self._weights, dice.part() * self._weights[-1])
        return self._hours[hour] + timedelta(seconds=dice.between(0, 3599))


def journeys(dice: Dice, number: int, *, rates: Rates, hours: OpeningHours) -> Iterator[Journey]:
    """So many codes and what became of each; nothing happens after the last hour."""
    for _ in range(number):
        yield _journey(dice, rates, hours)


def _journey(dice: Dice, rates: Rates, hours: OpeningHours) -> Journey:
    printed_at = hours.pick(dice)
    opened_at = printed_at + timedelta(seconds=20) + dice.delay(timedelta(hours=7))
    if not dice.chance(rates.scanned) or opened_at >= hours.last:
        return Journey(printed_at)
    scans = tuple(scan for scan in _scans(dice, opened_at) if scan.at < hours.last)
    steps = _steps(dice, rates, opened_at, hours.last)
    return Journey(printed_at, scans, *steps, takes_all=not dice.chance(0.12))


def _scans(dice: Dice, opened_at: datetime) -> Iterator[SampleScan]:
    device = DeviceClass.IOS if dice.chance(0.46) else DeviceClass.ANDROID
    yield SampleScan(opened_at, VisitKind.HUMAN, device)
    at = opened_at
    while dice.chance(_AGAIN):
        at += timedelta(minutes=1) + dice.delay(timedelta(hours=20))
        yield SampleScan(at, VisitKind.HUMAN, device)
    if dice.chance(_MACHINE):
        kind = VisitKind.BOT if dice.chance(0.7) else VisitKind.PREFETCH
        yield SampleScan(opened_at + dice.delay(timedelta(minutes=5)), kind, DeviceClass.BOT)


def _steps(
    dice: Dice, rates: Rates, opened_at: datetime, last: datetime
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When it was unlocked, redeemed and sent back; who does not take a step takes none after it."""
    waits = (
        (rates.unlocked, timedelta(minutes=4)),
        (rates.redeemed, timedelta(hours=16)),
        (rates.returned, timedelta(days=4)),
    )
    taken: list[datetime | None] = []
    at = opened_at
    for probability, usual in waits:
        at += timedelta(seconds=25) + dice.delay(usual)
        if not dice.chance(probability) or at >= last:
            break
        taken.append(at)
    claimed, redeemed, returned = [*taken, None, None, None][:3]
    return claimed, redeemed, returned


def _weight(local: datetime) -> float:
    weight = float(_HOURS[local.hour])
    if (local.month, local.day) == (11, 11):
        return weight * _FESTIVAL
    return weight * _WEEKEND if local.weekday() >= 5 else weight

"""The coordinates of the cube: what is counted, where and when."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from omni.domain.claim import Claim
from omni.domain.placement import Placement
from omni.domain.window import local_day

QUARTER_SECONDS = 900
_EPOCH = date(1970, 1, 1)


class Kind(StrEnum):
    """What a cell counts. `-first` kinds count distinct codes; refusals are `refused-<reason>`.

    How long first uses took is counted under the kinds of `lag`.
    """

    ISSUED = "issued"
    PRINTED = "printed"
    SHOWN = "shown"
    SCAN = "scan"
    SCAN_FIRST = "scan-first"
    SCAN_REPEAT = "scan-repeat"
    SCAN_SHARED = "scan-shared"
    SCAN_BOT = "scan-bot"
    SCAN_PREFETCH = "scan-prefetch"
    ORPHAN = "orphan"
    CLAIM = "claim"
    HOLD = "hold"
    RELEASE = "release"
    REDEEM = "redeem"
    REDEEM_FIRST = "redeem-first"
    BENEFIT = "benefit"
    REVERSE = "reverse"
    REVERSE_FIRST = "reverse-first"
    ORIGIN_RETURNED = "origin-returned"


def quarter_of(at: datetime) -> int:
    """The quarter hour of an instant, counted from 1970 in UTC."""
    return int(at.timestamp()) // QUARTER_SECONDS


def day_number(day: date) -> int:
    """A calendar day as days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """The calendar day of a number of days since 1970-01-01."""
    return _EPOCH + timedelta(days=number)


def quarter_start(quarter: int) -> datetime:
    """The instant a quarter hour begins."""
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)


class Spot(NamedTuple):
    """The little a cell needs of a placement: there may be thousands to look up."""

    id: int
    touchpoint: str


def cell(
    kind: str,
    *,
    at: datetime,
    zone: str,
    edition_id: int,
    placement: Placement | Spot | None,
    locale: str = "",
    variant: str = "default",
    arm: str = "treatment",
    currency: str = "",
    n: int = 1,
    amount_minor: int = 0,
) -> dict[str, Any]:
    """One count on its way to the cube, with both of its times; the market day is the edition's own.

    An orphan has no placement, and its edition is 0.
    """
    return {
        "edition_id": edition_id,
        "placement_id": placement.id if placement else 0,
        "touchpoint": str(placement.touchpoint) if placement else "",
        "kind": str(kind),
        "locale": locale,
        "variant": variant,
        "arm": arm,
        "currency": currency,
        "quarter": quarter_of(at),
        "day": day_number(local_day(at, zone)),
        "n": n,
        "amount_minor": amount_minor,
    }


def cells_of(made: Claim, placement: Placement, *, at: datetime, zone: str) -> Callable[..., dict[str, Any]]:
    """A maker of cells that stand where a claim stands."""
    return partial(
        cell,
        at=at,
        zone=zone,
        edition_id=made.edition_id,
        placement=placement,
        locale=made.locale,
        currency=made.currency,
        variant=made.variant,
        arm=made.arm,
    )

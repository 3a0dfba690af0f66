"""The earlier price an offer may be compared with, found in history by the market's own rule."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ReferenceKind(StrEnum):
    """How a market finds the earlier price.

    `lowest`: the lowest asked in so many days before the reduction began. `lowest-sold`: the lowest it was
    sold at in so many days, else at the last sale. `usual`: what was asked on most days of so many. `steady`:
    the lowest of an unbroken run of so many days. `ordinary`: what most units or most days went at.
    `previous`: what it cost just before.
    """

    LOWEST = "lowest"
    LOWEST_SOLD = "lowest-sold"
    USUAL = "usual"
    STEADY = "steady"
    ORDINARY = "ordinary"
    PREVIOUS = "previous"


@dataclass(frozen=True)
class Reference:
    """An earlier price that history supports; `is_short` when history is younger than the rule looks back."""

    amount_minor: int
    is_short: bool = False


@dataclass(frozen=True)
class NoReference:
    """History supports no earlier price; `possible_on` when time alone cures that, and from which day."""

    why: str
    possible_on: date | None = None

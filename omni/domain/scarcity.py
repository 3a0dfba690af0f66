"""Which scarce things a claim, a hold or a use takes: their names in one place, and how much of each.

A name says what is counted, and over what: `unlocks`, `unlocks:2026-11-11`, `unlocks:place-7:2026-11-11`.
Whoever takes several takes them in the order of `in_order`, so that no two takers wait for each other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Any

from omni.domain.batch import Batch, BatchKind
from omni.domain.policies import Caps
from omni.domain.published import Published, PublishedBundle
from omni.domain.refusal import Reason, Refused


class Scarce(StrEnum):
    """The kinds of scarce things, in the order in which they are taken."""

    SERVES = "serves"
    UNLOCKS = "unlocks"
    STOCK = "stock"
    ITEM = "item"
    USES = "uses"
    BENEFIT = "benefit"


_CAPPED = (Scarce.UNLOCKS, Scarce.USES, Scarce.BENEFIT)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Limit:
    """The most there may be of something capped; without a day it holds for the whole edition."""

    scarce: Scarce
    most: int
    placement_id: int | None = None
    day: date | None = None

    @property
    def what(self) -> str:
        """The name of its counter."""
        place = None if self.placement_id is None else f"place-{self.placement_id}"
        day = None if self.day is None else self.day.isoformat()
        return ":".join(filter(None, (self.scarce.value, place, day)))


def serves(batch_id: int) -> str:
    """The name of the counter of how many shoppers a shared batch may still serve."""
    return f"{Scarce.SERVES}:{batch_id}"


def stock_of(bundle_slug: str) -> str:
    """The name of the counter of a bundle's stock in an edition."""
    return f"{Scarce.STOCK}:{bundle_slug}"


def item_stock(sku: str) -> str:
    """The name of the counter of an item's stock in an edition, whichever bundle it goes out in."""
    return f"{Scarce.ITEM}:{sku}"


def day_of(what: str) -> date | None:
    """The market day a counter is about; None when it counts over all days."""
    last = what.rpartition(":")[2]
    return date.fromisoformat(last) if kind_of(what) in _CAPPED and _DAY.fullmatch(last) else None


def in_order(names: Iterable[str]) -> list[str]:
    """Names of counters in the one order in which everybody takes them."""
    ranks = list(Scarce)
    return sorted(names, key=lambda what: (ranks.index(kind_of(what)), what))


def kind_of(what: str) -> Scarce:
    """What a counter counts."""
    return Scarce(what.partition(":")[0])


def of_goods(bundle: PublishedBundle, units: Mapping[str, int], *, bundles: int = 1) -> dict[str, int]:
    """The stock that goods take: units of items, and how many of the bundle itself (0 when it is taken)."""
    items = {item_stock(sku): count for sku, count in units.items() if count}
    return ({stock_of(bundle.slug): bundles} if bundles and items else {}) | items


def of_hold(bundle: PublishedBundle, left: Mapping[str, int], *, has_bundle: bool) -> dict[str, int]:
    """What a hold reserves: everything left of the claim, by SKU.

    `has_bundle` says that units of this claim are out already, so that its bundle was taken with them.
    """
    return of_goods(bundle, left, bundles=0 if has_bundle else 1)


def names_of(scarce: Scarce, day: date) -> tuple[str, str]:
    """The names of what is counted of a kind in all, and on one market day."""
    return Limit(scarce, 0).what, Limit(scarce, 0, day=day).what


@dataclass(frozen=True)
class Demand:
    """Amounts wanted of counters by name; `limits` are the caps among them, which begin when first taken."""

    wants: Mapping[str, int]
    limits: Mapping[str, int]


def of_claim(content: Published, batch: Batch, *, day: date) -> Demand:
    """What one unlock takes on a market day: a place on the poster, and what every cap on unlocks leaves.

    Without holds it takes its stock as well, for good.
    """
    limits = unlock_limits(content.policies.caps, placement_id=batch.placement_id, day=day)
    wants = {limit.what: 1 for limit in limits}
    if batch.kind is BatchKind.SHARED:
        wants[serves(batch.id or 0)] = 1
    if content.policies.hold is None:
        wants |= goods_of_claim(content, batch.bundle_id)
    return Demand(wants, {limit.what: limit.most for limit in limits})


def goods_of_claim(content: Published, bundle_id: int) -> dict[str, int]:
    """The stock that one claim of a bundle is worth: the bundle, and every unit it grants."""
    bundle = content.bundle(bundle_id)
    return of_goods(bundle, {line.sku: line.quantity * content.uses_per_code for line in bundle.lines})


def of_use(caps: Caps, *, benefit_minor: int, goods: Mapping[str, int], day: date) -> Demand:
    """What one use takes on a market day: of the caps on uses and benefit, and the stock that goes out."""
    limits = use_limits(caps, day=day)
    amounts = {Scarce.USES: 1, Scarce.BENEFIT: benefit_minor}
    wants = {limit.what: amounts[limit.scarce] for limit in limits if amounts[limit.scarce]}
    return Demand({**goods, **wants}, {limit.what: limit.most for limit in limits})


def unlock_limits(caps: Caps, *, placement_id: int, day: date) -> list[Limit]:
    """The caps that one unlock at a place on a market day counts towards."""
    written = (
        (caps.unlocks, None, None),
        (caps.unlocks_a_day, None, day),
        (caps.unlocks_a_place, placement_id, None),
        (caps.unlocks_a_place_a_day, placement_id, day),
    )
    return [Limit(Scarce.UNLOCKS, most, place, when) for most, place, when in written if most is not None]


def use_limits(caps: Caps, *, day: date) -> list[Limit]:
    """The caps on uses that one use on a market day counts towards, and those on the benefit it gives."""
    written = (
        (Scarce.USES, caps.uses, None),
        (Scarce.USES, caps.uses_a_day, day),
        (Scarce.BENEFIT, caps.benefit_minor, None),
        (Scarce.BENEFIT, caps.benefit_a_day_minor, day),
    )
    return [Limit(scarce, most, day=when) for scarce, most, when in written if most is not None]


def limits_of(caps: Caps, *, placements: Iterable[int], day: date) -> list[Limit]:
    """Every cap of an edition that is counted on a market day, of all its places."""
    unlocks = (unlock_limits(caps, placement_id=place, day=day) for place in placements)
    return list(dict.fromkeys(chain(*unlocks, use_limits(caps, day=day))))


def refusal_of(what: str) -> Refused:
    """Why nothing more is taken of something: it is sold out, or its cap is reached."""
    kind, *over = what.split(":")
    if kind == Scarce.STOCK:
        return Refused(Reason.OUT_OF_STOCK)
    if kind == Scarce.ITEM:
        return Refused(Reason.OUT_OF_STOCK, {"sku": over[0]})
    details: dict[str, Any] = {"what": Scarce.UNLOCKS.value if kind == Scarce.SERVES else kind}
    if kind != Scarce.SERVES and over:
        details["what"] += "-a-place" if over[0].startswith("place-") else ""
        details["what"] += "" if over[-1].startswith("place-") else "-a-day"
    return Refused(Reason.CAP_REACHED, details)

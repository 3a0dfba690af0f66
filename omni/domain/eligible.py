"""Which granted item a shop's own SKU stands for: an item itself, or one of its sizes and colours."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

Eligible = Mapping[str, Sequence[str]]
"""By granted SKU the patterns of what a shop may sell for it; what is not named is sold as itself only."""


def fitting(sku: str, granted: Sequence[str], eligible: Eligible) -> list[str]:
    """The granted items a shop's SKU may be sold for, in their order: the very item, else those it fits."""
    if sku in granted:
        return [sku]
    return [item for item in granted if any(fnmatchcase(sku, one) for one in eligible.get(item, ()))]


def what_fits(granted: Iterable[str], eligible: Eligible) -> str:
    """Every granted item and what may be sold for it, to be read by whoever sent something else."""
    return ", ".join(" or ".join([item, *eligible.get(item, ())]) for item in granted)


def spread(quantity: int, lefts: Iterable[int]) -> list[int] | None:
    """So many units taken from the first of several rests, then the next; None when all have too few.

    >>> spread(3, [2, 0, 5])
    [2, 0, 1]
    >>> spread(3, [1, 1]) is None
    True
    """
    portions = []
    for left in lefts:
        portions.append(min(quantity, left))
        quantity -= portions[-1]
    return None if quantity else portions

"""Money as whole minor units, divided so that the parts always sum to the whole."""

from collections.abc import Sequence


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to weights: whole units, summing exactly (Hamilton's method).

    Ties go to the earlier part; all weights zero divides evenly.

    >>> largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    >>> largest_remainder(10, [0, 0])
    [5, 5]
    """
    if not weights:
        return []
    weighted = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(weighted)
    parts = [total * weight // whole for weight in weighted]
    remainders = [total * weight % whole for weight in weighted]
    order = sorted(range(len(weighted)), key=lambda index: (-remainders[index], index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


def share_of_units(amount: int, units: int, first: int, count: int) -> int:
    """What `count` units are worth, from the `first` on, when `amount` is spread over all `units`.

    Consecutive slices sum exactly to the whole, so partial spending and partial returns lose no unit.

    >>> [share_of_units(100, 3, index, 1) for index in range(3)]
    [34, 33, 33]
    """
    each, over = divmod(amount, units)
    return each * count + max(0, min(over, first + count) - min(over, first))

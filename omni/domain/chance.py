"""What chance alone can do: how well a share is known, and whether a split may still be by its weights."""

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt

_OF_95_PERCENT = 1.959964
_SEEN_BEFORE = 100
_MOST = 700  # the exponent beyond which no float goes


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Between which shares the true one lies in 95 of 100 cases, for whoever looks once; both from 0 to 1.

    Wilson's score interval (Journal of the American Statistical Association 22, 1927), which holds for few
    and for rare ones too. Of nothing every share is possible. Raises ValueError for more than the whole.

    >>> [round(end, 3) for end in wilson(3, 10)]
    [0.108, 0.603]
    """
    if not 0 <= part <= whole:
        raise ValueError("a part is not more than its whole")
    if whole == 0:
        return 0.0, 1.0
    z = _OF_95_PERCENT
    middle = part + z * z / 2
    around = z * sqrt(part * (whole - part) / whole + z * z / 4)
    # What rounding leaves beyond either end is none.
    return max(0.0, (middle - around) / (whole + z * z)), min(1.0, (middle + around) / (whole + z * z))


def odds_against(counts: Sequence[int], weights: Sequence[int]) -> float:
    """How much better another split explains these counts than that by the weights does; 1 is no better.

    Where they are split by the weights, it ever reaches N with a chance of at most 1 in N, however often
    somebody looks and whenever she stops: it is the sequential multinomial test of Lindon and Malek
    ("Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022), the Bayes factor against a Dirichlet
    prior around the weights that is as sure of them as a hundred counts make. So no count is too early to
    look: few say little. Of two weighed alike, some 300 counts tell 60 percent from 40, 1,200 55 from 45.

    >>> [round(odds_against(counts, [1, 1])) for counts in ([0, 0], [60, 40], [180, 120], [900, 1100])]
    [1, 2, 46, 3036]
    """
    seen, whole = sum(counts), sum(weights)
    score = lgamma(_SEEN_BEFORE) - lgamma(_SEEN_BEFORE + seen)
    for count, weight in zip(counts, weights, strict=True):
        share = weight / whole
        before = _SEEN_BEFORE * share
        score += lgamma(before + count) - lgamma(before) - count * log(share)
    return exp(min(score, _MOST))

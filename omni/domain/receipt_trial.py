"""Trying the receipt rules on many receipts before, or after, they decide anything."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from omni.domain.market import Market
from omni.domain.placement import Placement, Touchpoint
from omni.domain.receipt_facts import ReceiptFacts
from omni.domain.receipt_rule import ReceiptRule, read_rules


@dataclass(frozen=True)
class TrialGround:
    """What receipts are tried against: the rules of an edition, its market's clock and money, its places."""

    rules: Sequence[ReceiptRule]
    market: Market
    places: Mapping[str, Placement]

    @property
    def tills(self) -> list[Placement]:
        """The places that have receipts; where none has, all of them."""
        tills = [place for place in self.places.values() if place.touchpoint is Touchpoint.RECEIPT]
        return tills or list(self.places.values())


@dataclass(frozen=True)
class TriedReceipt:
    """One receipt to try, and whose it is, by any word that tells members apart."""

    facts: ReceiptFacts
    member: str | None = None


@dataclass(frozen=True)
class Trial:
    """How many receipts would have earned each bundle, None for no code, most first.

    Of these, `unsure` might have met a rule further up, if more were known of them.
    """

    outcomes: Mapping[str | None, int]
    unsure: int


def try_all(rules: Sequence[ReceiptRule], receipts: Iterable[TriedReceipt]) -> Trial:
    """What these receipts earn, in the order given: a member's earlier ones among them count."""
    outcomes: Counter[str | None] = Counter()
    last: dict[tuple[str, str], datetime] = {}
    unsure = 0
    for tried in receipts:
        bundle, is_sure = _outcome(rules, _with_history(tried, rules, last))
        outcomes[bundle] += 1
        unsure += not is_sure
        if tried.member and bundle:
            last[tried.member, bundle] = tried.facts.at
    return Trial(dict(outcomes.most_common()), unsure)


def _with_history(
    tried: TriedReceipt, rules: Sequence[ReceiptRule], last: Mapping[tuple[str, str], datetime]
) -> ReceiptFacts:
    if tried.member is None:
        return tried.facts
    before = {rule.gives: last.get((tried.member, rule.gives)) for rule in rules if rule.gives}
    return replace(tried.facts, since={name: tried.facts.at - at for name, at in before.items() if at})


def _outcome(rules: Sequence[ReceiptRule], facts: ReceiptFacts) -> tuple[str | None, bool]:
    is_sure = True
    for reading in read_rules(rules, facts):
        if reading.fits:
            return reading.rule.gives, is_sure
        is_sure = is_sure and not reading.might_fit
    return None, is_sure

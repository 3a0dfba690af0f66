"""Display rules applied to offers: which speak, and what each finds.

The checks are cut by subject: `prices`, `reductions`, `gifts`, `wording`, `telling`, `products`, `permits`.
"""

from collections.abc import Iterable

from omni.domain.checking import gifts, permits, prices, products, reductions, telling, wording
from omni.domain.checking.registry import CHECKS, Check
from omni.domain.checking.verdict import NotTracked, Verdict
from omni.domain.display_rule import DisplayRule
from omni.domain.offer_facts import NEEDS, TRIGGERS, OfferFacts

__all__ = ["CHECKS", "Check", "NotTracked", "Verdict", "judge", "speaking"]

_SUBJECTS = (gifts, permits, prices, products, reductions, telling, wording)


def speaking(rules: Iterable[DisplayRule], facts: OfferFacts) -> list[DisplayRule]:
    """The rules in force for this offer whose trigger it meets, in their order."""
    return [rule for rule in rules if rule.speaks_in(facts.market.id, facts.shown_on) and _met(rule, facts)]


def judge(rule: DisplayRule, facts: OfferFacts) -> Verdict | NotTracked:
    """What a rule finds in an offer; not tracked when something it needs to know was never fed."""
    if lacking := tuple(need for need in rule.needs if not NEEDS[need](facts)):
        return NotTracked(lacking)
    check = CHECKS[rule.check]
    params = check.params.model_validate(rule.params)
    return check.judge(facts, **{name: getattr(params, name) for name in check.params.model_fields})


def _met(rule: DisplayRule, facts: OfferFacts) -> bool:
    return all(TRIGGERS[name].read(facts) in values for name, values in rule.trigger.items())

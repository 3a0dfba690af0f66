"""Whether an edition may go live: what it cannot do without, and what its market's display rules say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from omni.domain.campaign import Edition, EditionState
from omni.domain.checking import NotTracked, judge, speaking
from omni.domain.decision import RuleOverride, RuleReview
from omni.domain.display_rule import DisplayRule, Weight
from omni.domain.offer_facts import OfferFacts
from omni.domain.policies import Connection
from omni.domain.refusal import Reason, Refused
from omni.domain.window import is_past


class Standing(StrEnum):
    """Where a check stands between an edition and its launch, from what stops it down to what holds."""

    STOPS = "stops"
    WARNS = "warns"
    ADVISES = "advises"
    NOT_TRACKED = "not-tracked"
    HOLDS = "holds"


@dataclass(frozen=True)
class Check:
    """One rule applied to one edition.

    `about` is what was checked, the key of its sentence; `field` where it is mended; `values` what it saw;
    `lacks` the facts that were never fed, where it decided nothing. What begins on `possible_on` or later
    is cured by time alone. A display rule brings its `record`, the review that signed exactly this, and an
    override.
    """

    rule: str
    weight: Weight
    about: str
    values: Mapping[str, Any] = field(default_factory=dict)
    field: str = ""
    passed: bool = False
    lacks: tuple[str, ...] = ()
    possible_on: date | None = None
    record: DisplayRule | None = None
    review: RuleReview | None = None
    override: RuleOverride | None = None

    @property
    def standing(self) -> Standing:
        """What it means for the launch: an unreviewed rule only warns, and so does an overridden one."""
        if self.lacks:
            return Standing.NOT_TRACKED
        if self.passed:
            return Standing.HOLDS
        if self.weight is Weight.ADVICE:
            return Standing.ADVISES
        if self.weight is Weight.IMPOSSIBLE or (self.review and not self.override):
            return Standing.STOPS
        return Standing.WARNS

    @property
    def blocks(self) -> bool:
        """Whether it keeps the edition from going live."""
        return self.standing is Standing.STOPS


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """An edition as the rules of readiness see it.

    `reviews` and `overrides` are by rule, and only those that hold for the rule as it now reads.
    """

    edition: Edition
    facts: OfferFacts
    rivals: Sequence[Edition]
    is_sandbox: bool
    rules: Sequence[DisplayRule]
    reviews: Mapping[str, RuleReview]
    overrides: Mapping[str, RuleOverride]


def checks(ready: Readiness) -> list[Check]:
    """Every rule that speaks about an edition, passed or not: our own, then the display rules."""
    return [
        *_terms(ready.facts),
        *_prices(ready.facts),
        *_stock(ready.facts),
        *_connection(ready.facts),
        *_edition(ready),
        *_advice(ready),
        *(_ruled(rule, ready) for rule in speaking(ready.rules, ready.facts)),
    ]


def may_launch(edition: Edition, found: Sequence[Check]) -> Refused | None:
    """An edition goes live from a draft when no check stops it; a refusal names the rules that do."""
    if edition.state is EditionState.PAUSED:
        return Refused(Reason.PAUSED, {"why": edition.pause_reason})
    if edition.state is EditionState.ENDED:
        return Refused(Reason.ENDED)
    blocking = list(dict.fromkeys(check.rule for check in found if check.blocks))
    return Refused(Reason.NOT_READY, {"rules": blocking}) if blocking else None


def _terms(facts: OfferFacts) -> Iterator[Check]:
    for locale in facts.languages:
        is_there = locale in facts.content.terms
        yield _own("terms-published", Weight.IMPOSSIBLE, field=f"terms.{locale}", passed=is_there)


def _prices(facts: OfferFacts) -> Iterator[Check]:
    for bundle in facts.content.offered:
        is_known = facts.bundle_price(bundle) is not None
        yield _own("price-known", Weight.IMPOSSIBLE, field=f"prices.{bundle.slug}", passed=is_known)


def _stock(facts: OfferFacts) -> Iterator[Check]:
    for bundle in facts.content.offered:
        is_there = facts.stock.get(bundle.slug) != 0
        yield _own("stock-there", Weight.IMPOSSIBLE, field=f"stock.{bundle.slug}", passed=is_there)


def _connection(facts: OfferFacts) -> Iterator[Check]:
    """By which rung the shop learns of vouchers; where it takes its own codes, whether there are any."""
    rung = facts.content.policies.connection
    about = f"connected-{rung.value}"
    if rung is Connection.LIVE:
        yield _own(about, Weight.ADVICE, field="connect", passed=True)
        return
    for bundle in facts.content.offered:
        left = facts.shop_codes.get(bundle.slug, 0)
        check = _own(about, Weight.IMPOSSIBLE, field=f"connect.{bundle.slug}", passed=left > 0)
        yield replace(check, values={"left": left})


def _edition(ready: Readiness) -> Iterator[Check]:
    edition, facts = ready.edition, ready.facts
    is_over = is_past(edition.last_unlock_on, facts.zone, facts.at)
    yield _own("not-over", Weight.IMPOSSIBLE, field="closes", passed=not is_over)
    has_rival = any(_is_tie(edition, rival) for rival in ready.rivals)
    yield _own("priority-tie", Weight.IMPOSSIBLE, field="priority", passed=not has_rival)


def _advice(ready: Readiness) -> Iterator[Check]:
    seller = ready.facts.content.seller
    is_named = all((seller.name, seller.address, seller.contact))
    yield _own("public-address", Weight.ADVICE, field="OMNI_BASE_URL", passed=not ready.is_sandbox)
    yield _own("seller-complete", Weight.ADVICE, field="seller", passed=is_named)


def _own(rule: str, weight: Weight, *, field: str, passed: bool) -> Check:
    """A check of ours: the rule is called by what it checks."""
    return Check(rule=rule, weight=weight, about=rule, field=field, passed=passed)


def _ruled(rule: DisplayRule, ready: Readiness) -> Check:
    verdict = judge(rule, ready.facts)
    said = Check(
        rule=rule.id,
        weight=rule.weight,
        about=rule.check,
        record=rule,
        review=ready.reviews.get(rule.id),
        override=ready.overrides.get(rule.id),
    )
    if isinstance(verdict, NotTracked):
        return replace(said, lacks=verdict.needs)
    return replace(
        said,
        field=verdict.field,
        passed=verdict.passed,
        values=verdict.values,
        possible_on=verdict.possible_on,
    )


def _is_tie(edition: Edition, rival: Edition) -> bool:
    """Two launched editions of one priority at one placement leave open which one a receipt is for."""
    launched = rival.state in (EditionState.LIVE, EditionState.PAUSED)
    return rival.id != edition.id and launched and rival.priority == edition.priority

"""What the rules say of an edition, who signed a rule off, who overrode one, and what was decided."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlmodel import Session, col, select

from omni.domain import readiness
from omni.domain.campaign import Edition
from omni.domain.decision import Decision, RuleOverride, RuleReview
from omni.domain.display_rule import EVERYWHERE, DisplayRule, Weight
from omni.domain.offer_facts import OfferFacts
from omni.domain.policies import Connection
from omni.domain.published import Published
from omni.domain.readiness import Check, Readiness
from omni.domain.refusal import BadInput
from omni.domain.terms import TermsVersion
from omni.services import shop_codes, taking
from omni.store import finders

LONGEST_REASON = 1000
"""How many letters the reason of an override may have."""

_LONGEST_NAME = 128
_FARTHEST_EAST = timedelta(hours=14)
"""Where a new day begins first on Earth, ahead of UTC."""

_Signed = TypeVar("_Signed", RuleReview, RuleOverride)


def checks(
    session: Session, now: datetime, *, edition: Edition, rules: Sequence[DisplayRule], is_sandbox: bool
) -> list[Check]:
    """Every rule that speaks about an edition as it now reads, passed or not."""
    placements = finders.placements_listed(session, edition.id or 0)
    ready = Readiness(
        edition=edition,
        facts=_facts(session, now, edition),
        rivals=[rival for placement in placements for rival in finders.editions_at(session, placement)],
        is_sandbox=is_sandbox,
        rules=rules,
        reviews=reviews(session, rules),
        overrides=_overrides(session, edition, rules),
    )
    return readiness.checks(ready)


def rule_named(rules: Sequence[DisplayRule], rule_id: str) -> DisplayRule:
    """The display rule of an id, in any case. Raises BadInput; our own checks are no display rules."""
    found = next((rule for rule in rules if rule.id == rule_id.upper()), None)
    if found is None:
        raise BadInput("rule", f"{rule_id} is no display rule; nothing else can be reviewed or overridden")
    return found


def reviews(session: Session, rules: Sequence[DisplayRule]) -> dict[str, RuleReview]:
    """The newest review of each rule that was signed exactly as it now reads; a changed record has none."""
    return _newest(rules, session.exec(select(RuleReview).order_by(col(RuleReview.id))))


def review(tx: Session, now: datetime, *, rule: DisplayRule, by: str, on: date) -> RuleReview:
    """Sign a rule off as its record now reads: from here on it blocks. Raises BadInput."""
    if not by.strip() or len(by) > _LONGEST_NAME:
        raise BadInput("by", f"say who read it, in at most {_LONGEST_NAME} letters")
    if on > (now + _FARTHEST_EAST).date():
        raise BadInput("on", f"{on} has not come yet")
    signed = RuleReview(
        rule=rule.id, record_sha256=rule.sha256, reviewed_by=by.strip(), reviewed_on=on, recorded_at=now
    )
    tx.add(signed)
    tx.flush()
    return signed


def override(
    tx: Session, now: datetime, *, edition: Edition, rule: DisplayRule, reason: str, by: str
) -> RuleOverride:
    """Let an edition go live although a rule fails, for a written reason.

    The same reason again is one override. It may be written before the rule fails, so that a live edition
    can be changed. When the record changes it lapses, as its review does. Whether this person may is for the
    edge to know. Raises BadInput for a rule that cannot be overridden, and for no reason or too long a one.
    """
    _may_be_overridden(rule, edition)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise BadInput("reason", f"say why, in at most {LONGEST_REASON} letters")
    standing = _overrides(tx, edition, [rule]).get(rule.id)
    if standing is not None and standing.reason == reason:
        return standing
    written = RuleOverride(
        edition_id=edition.id or 0,
        rule=rule.id,
        record_sha256=rule.sha256,
        reason=reason,
        overridden_by=by[:_LONGEST_NAME],
        overridden_at=now,
    )
    tx.add(written)
    tx.flush()
    return written


def decide(tx: Session, now: datetime, *, edition: Edition, found: Sequence[Check], by: str) -> None:
    """Write down what every display rule said of this revision, with what it saw, as evidence."""
    for check in found:
        if check.record is not None:
            tx.add(_decision(now, edition, check, check.record, by))
    tx.flush()


def decisions(session: Session, edition: Edition) -> Sequence[Decision]:
    """Everything decided about an edition, first to last."""
    of_edition = select(Decision).where(Decision.edition_id == edition.id)
    return session.exec(of_edition.order_by(col(Decision.id))).all()


def _may_be_overridden(rule: DisplayRule, edition: Edition) -> None:
    if rule.weight is Weight.IMPOSSIBLE:
        raise BadInput("rule", f"{rule.id} cannot be overridden: without it there is no offer")
    if rule.weight is Weight.ADVICE:
        raise BadInput("rule", f"{rule.id} only advises: there is nothing to override")
    if not {edition.market_id, EVERYWHERE}.intersection(rule.markets):
        raise BadInput("rule", f"{rule.id} is not a rule of {edition.market_id}")


def _decision(now: datetime, edition: Edition, check: Check, rule: DisplayRule, by: str) -> Decision:
    return Decision(
        edition_id=edition.id or 0,
        revision=edition.revision,
        rule=rule.id,
        record_sha256=rule.sha256,
        weight=rule.weight.value,
        is_reviewed=check.review is not None,
        passed=check.passed,
        override_id=check.override.id if check.override and not check.passed else None,
        inputs={"standing": check.standing.value, "field": check.field, **check.values},
        decided_at=now,
        decided_by=by[:_LONGEST_NAME],
    )


def _facts(session: Session, now: datetime, edition: Edition) -> OfferFacts:
    content = finders.published(session, edition)
    versions = {locale: session.get_one(TermsVersion, terms.id) for locale, terms in content.terms.items()}
    return OfferFacts(
        content=content,
        market=finders.market_of(session, edition.market_id),
        at=now,
        prices=finders.prices_of(session, content),
        sales=finders.sales_of(session, content),
        stock=_stock(session, edition, content),
        shop_codes=_shop_codes(session, edition, content),
        terms={locale: version.clauses for locale, version in versions.items()},
    )


def _stock(session: Session, edition: Edition, content: Published) -> dict[str, int]:
    """What is left of each bundle that is counted."""
    left = {
        bundle.slug: taking.claims_left(session, edition.id or 0, content, bundle.id)
        for bundle in content.offered
    }
    return {slug: amount for slug, amount in left.items() if amount is not None}


def _shop_codes(session: Session, edition: Edition, content: Published) -> dict[str, int]:
    """How many of the shop's own codes each bundle has, where claims are given one."""
    if content.policies.connection is Connection.LIVE:
        return {}
    return {bundle.slug: shop_codes.left(session, edition.id or 0, bundle.id) for bundle in content.offered}


def _overrides(session: Session, edition: Edition, rules: Sequence[DisplayRule]) -> dict[str, RuleOverride]:
    of_edition = select(RuleOverride).where(RuleOverride.edition_id == edition.id)
    return _newest(rules, session.exec(of_edition.order_by(col(RuleOverride.id))))


def _newest(rules: Sequence[DisplayRule], signed: Iterable[_Signed]) -> dict[str, _Signed]:
    """By rule the last that was signed for the record as it now reads; expects them first to last."""
    known = {rule.id: rule for rule in rules}
    return {
        one.rule: one for one in signed if one.rule in known and known[one.rule].sha256 == one.record_sha256
    }

"""Checks of announced reductions: against which price, since when, by how much, and for how long."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from omni.domain.campaign_file import Compare
from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.checking.wording import ByLocale, percentages_claimed
from omni.domain.comparison import bundle_reference, reduction_percent
from omni.domain.display_rule import EARLIER_PRICE
from omni.domain.offer_facts import OfferFacts
from omni.domain.price import ANY_SURFACE, bundle_item
from omni.domain.price_history import ONE_DAY, before, lowest_by_day, reduction_start, timeline
from omni.domain.published import Published, PublishedBundle, PublishedReference
from omni.domain.reference import NoReference, Reference, ReferenceKind
from omni.domain.window import local_day, midnight

_Kind = Annotated[ReferenceKind, Field(strict=False)]


@check(EARLIER_PRICE)
def earlier_price(facts: OfferFacts, *, kind: _Kind, days: int) -> Verdict:
    """History supports the earlier price that this rule asks for, and the offer is below it."""
    seen, wrong, possible = {}, [], []
    for bundle in facts.content.offered:
        field = f"prices.{bundle.slug}"
        price, found = facts.bundle_price(bundle), _earlier(facts, bundle, kind, days)
        if isinstance(found, NoReference):
            seen[field] = {"price": price, "why": str(found.why)}
            wrong.append(field)
            possible.append(found.possible_on)
            continue
        percent = None if price is None else reduction_percent(price, found.amount_minor)
        seen[field] = {
            "price": price,
            "earlier": found.amount_minor,
            "percent": percent,
            "is_short": found.is_short,
        }
        wrong += [field] if price is None or price >= found.amount_minor else []
    cured = [day for day in possible if day is not None]
    waiting = max(cured) if len(cured) == len(wrong) and cured else None
    return Verdict.of(seen, wrong=wrong, field="compare", possible_on=waiting)


@check("history-long-enough")
def history_long_enough(facts: OfferFacts, *, days: int) -> Verdict:
    """What is compared with its earlier price has been on sale as long as the rule looks back."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        found = _earlier(facts, bundle, ReferenceKind.LOWEST, days)
        if isinstance(found, Reference):
            field = f"prices.{bundle.slug}"
            seen[field] = {"earlier": found.amount_minor, "is_short": found.is_short}
            wrong += [field] if found.is_short else []
    return Verdict.of(seen, wrong=wrong, field="compare")


@check("lowest-everywhere")
def lowest_everywhere(facts: OfferFacts, *, days: int) -> Verdict:
    """No surface of the market asked less than the earlier price in the days before the reduction."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        found = _earlier(facts, bundle, ReferenceKind.LOWEST, days)
        elsewhere = _lowest_elsewhere(facts, bundle, days)
        if isinstance(found, Reference) and elsewhere is not None:
            field = f"prices.{bundle.slug}"
            seen[field] = {"earlier": found.amount_minor, "elsewhere": elsewhere}
            wrong += [field] if elsewhere < found.amount_minor else []
    return Verdict.of(seen, wrong=wrong, field="compare")


@check("price-held")
def price_held(facts: OfferFacts, *, days: int, within: int) -> Verdict:
    """The earlier price was asked on at least so many days, of so many before the reduction."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        field = f"prices.{bundle.slug}"
        seen[field] = _days_at_earlier_price(facts, bundle, within)
        wrong += [field] if seen[field] < days else []
    return Verdict.of(seen, wrong=wrong, field="compare")


@check("reduced-no-longer-than-held")
def reduced_no_longer_than_held(facts: OfferFacts, *, within: int) -> Verdict:
    """The offer does not run longer than the earlier price was asked before it."""
    runs = (facts.content.last_unlock_on - facts.content.opens_on).days + 1
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        held = _days_at_earlier_price(facts, bundle, within)
        seen[f"prices.{bundle.slug}"] = {"held": held, "runs": runs}
        wrong += ["closes"] if held < runs else []
    return Verdict.of(seen, wrong=wrong, field="closes")


@check("reduction-at-most")
def reduction_at_most(facts: OfferFacts, *, percent: int) -> Verdict:
    """No bundle costs so much less than its items bought separately that the law forbids it."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        price, full = facts.bundle_price(bundle), facts.separately(bundle)
        if price is None or full is None:
            continue
        field = f"prices.{bundle.slug}"
        seen[field] = {"price": price, "separately": full}
        wrong += [field] if price * 100 < full * (100 - percent) else []
    return Verdict.of(seen, wrong=wrong, field="prices")


@check("percent-true")
def percent_true(facts: OfferFacts, *, words: ByLocale) -> Verdict:
    """No percentage in the campaign's own texts is above the true reduction, rounded down."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        percent = _true_percent(facts, bundle)
        for field, locale, text in facts.texts_of(bundle):
            if claimed := percentages_claimed(text, locale, words):
                seen[f"{field}.{locale}"] = {"claimed": max(claimed), "true": percent}
                wrong += [f"{field}.{locale}"] if percent is None or max(claimed) > percent else []
    return Verdict.of(seen, wrong=wrong, field="bundles")


def _true_percent(facts: OfferFacts, bundle: PublishedBundle) -> int | None:
    """What the price shown is below the one it is compared with; None where nothing is compared."""
    price, basis = facts.bundle_price(bundle), None
    if facts.content.compare is Compare.SEPARATELY:
        basis = facts.separately(bundle)
    elif facts.content.compare is Compare.BEFORE and facts.content.reference is not None:
        found = _found(facts, facts.content, bundle)
        basis = found.amount_minor if isinstance(found, Reference) else None
    return None if price is None or basis is None else reduction_percent(price, basis)


def _earlier(
    facts: OfferFacts, bundle: PublishedBundle, kind: ReferenceKind, days: int
) -> Reference | NoReference:
    asked = PublishedReference(kind=kind, days=days, words="", rules=())
    return _found(facts, facts.content.model_copy(update={"reference": asked}), bundle)


def _found(facts: OfferFacts, content: Published, bundle: PublishedBundle) -> Reference | NoReference:
    return bundle_reference(
        content, bundle, prices=facts.prices, sales=facts.sales, at=facts.shown_at, zone=facts.zone
    )


def _days_at_earlier_price(facts: OfferFacts, bundle: PublishedBundle, within: int) -> int:
    """On how many of the days before the reduction the price just before it was asked, or more."""
    found = _earlier(facts, bundle, ReferenceKind.PREVIOUS, 0)
    start = _reduced_at(facts, bundle)
    if isinstance(found, NoReference) or start is None:
        return 0
    asked = _asked_by_day(facts, _item(facts, bundle), start, within)
    if not asked:
        apart = [(_asked_by_day(facts, line.sku, start, within), line.quantity) for line in bundle.lines]
        together = set(apart[0][0]).intersection(*(days for days, _ in apart))
        asked = {day: sum(days[day] * quantity for days, quantity in apart) for day in together}
    return sum(amount >= found.amount_minor for amount in asked.values())


def _asked_by_day(facts: OfferFacts, item: str, start: datetime, within: int) -> dict[date, int]:
    reduced_on = local_day(start, facts.zone)
    earlier = before(timeline(facts.prices, item), start)
    return lowest_by_day(earlier, facts.zone, reduced_on - within * ONE_DAY, reduced_on - ONE_DAY)


def _lowest_elsewhere(facts: OfferFacts, bundle: PublishedBundle, days: int) -> int | None:
    """The least any other surface asked for the bundle in the days before the reduction."""
    item, start = _item(facts, bundle), _reduced_at(facts, bundle)
    if start is None:
        return None
    opens_at = midnight(local_day(start, facts.zone) - days * ONE_DAY, facts.zone)
    asked = (
        step.amount_minor
        for surface in {price.surface for price in facts.prices if price.item == item} - {ANY_SURFACE}
        for step in before(timeline(facts.prices, item, surface=surface), start)
        if step.ends_at is None or step.ends_at > opens_at
    )
    return min(asked, default=None)


def _reduced_at(facts: OfferFacts, bundle: PublishedBundle) -> datetime | None:
    return reduction_start(facts.prices, _item(facts, bundle), facts.shown_at)


def _item(facts: OfferFacts, bundle: PublishedBundle) -> str:
    return bundle_item(facts.content.campaign, bundle.slug)

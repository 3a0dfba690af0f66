"""The sums behind a price, in lines that a person can check with a pencil."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omni.domain.campaign_file import Compare
from omni.domain.comparison import reduction_percent
from omni.domain.evidence import BundleCase, Evidence
from omni.domain.price import bundle_item
from omni.domain.price_history import Step, timeline
from omni.domain.published import PublishedBundle, in_locale
from omni.domain.reference import NoReference, Reference
from omni.present.formatting import count, instant, percent
from omni.present.locales import current_locale, gettext
from omni.present.offer_price import Till

_STEPS = 20
"""How many steps of an item's history are laid out; all of them are in the files."""


def arithmetic(evidence: Evidence, case: BundleCase) -> list[str]:
    """How the price of a bundle compares with what it is set against; none where there is no such claim."""
    till = Till(evidence.market, current_locale())
    bundle = bundle_of(evidence, case)
    if case.price_minor is None:
        return []
    match evidence.content.compare, case.reference:
        case Compare.SEPARATELY, _:
            return list(_separately(bundle, case, case.price_minor, till))
        case Compare.BEFORE, Reference() as reference:
            return list(_before(evidence, case.price_minor, reference, till))
        case Compare.BEFORE, NoReference() as lacking:
            return [gettext("No earlier price is claimed: %(why)s", why=lacking.why)]
        case _:
            return []


def histories(evidence: Evidence, case: BundleCase) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The price history of a bundle and of each of its items: by name, amount, from and until."""
    bundle, spoken = bundle_of(evidence, case), current_locale()
    own = bundle_item(evidence.content.campaign, bundle.slug)
    yield in_locale(bundle.names, spoken), _steps(evidence, own)
    for line in bundle.lines:
        yield in_locale(line.names, spoken), _steps(evidence, line.sku)


def case_record(evidence: Evidence, case: BundleCase) -> dict[str, Any]:
    """A bundle's price and what it may be compared with, in minor units, with the sums in lines."""
    found = case.reference
    reference: dict[str, Any] | None = None
    if isinstance(found, Reference):
        below = None if case.price_minor is None else reduction_percent(case.price_minor, found.amount_minor)
        reference = {
            "amount_minor": found.amount_minor,
            "history_is_short": found.is_short,
            "reduced_on": found.reduced_on.isoformat() if found.reduced_on else None,
            "percent": below,
        }
    elif found is not None:
        reference = {"none": found.why}
    rule = evidence.content.reference
    return {
        "bundle": case.slug,
        "currency": evidence.market.currency,
        "price_minor": case.price_minor,
        "item_prices_minor": list(case.item_prices_minor),
        "compare": evidence.content.compare.value,
        "rule": rule.model_dump(mode="json") if rule else None,
        "earlier_price": reference,
        "arithmetic": arithmetic(evidence, case),
    }


def bundle_of(evidence: Evidence, case: BundleCase) -> PublishedBundle:
    """The bundle as it was published."""
    return next(bundle for bundle in evidence.content.bundles if bundle.slug == case.slug)


def _separately(bundle: PublishedBundle, case: BundleCase, price: int, till: Till) -> Iterator[str]:
    known = [
        (single, line.quantity)
        for single, line in zip(case.item_prices_minor, bundle.lines, strict=True)
        if single is not None
    ]
    if len(known) < len(bundle.lines):
        return
    apart = sum(single * quantity for single, quantity in known)
    terms = (
        till.write(single) if quantity == 1 else f"{count(quantity, till.locale)} × {till.write(single)}"
        for single, quantity in known
    )
    yield f"{' + '.join(terms)} = {till.write(apart)}"
    if apart > price:
        yield f"{till.write(apart)} − {till.write(price)} = {till.write(apart - price)}"


def _before(evidence: Evidence, price: int, reference: Reference, till: Till) -> Iterator[str]:
    rule = evidence.content.reference
    if rule is not None:
        words = till.legal(
            rule.words, days=count(rule.days, till.locale), price=till.write(reference.amount_minor)
        )
        yield f"{words or rule.words} ({', '.join(rule.rules)})"
    earlier, below = reference.amount_minor, reduction_percent(price, reference.amount_minor)
    if below is not None:
        saved = till.write(earlier - price)
        yield f"{till.write(earlier)} − {till.write(price)} = {saved}"
        hundred = count(100, till.locale)
        yield f"{saved} × {hundred} ÷ {till.write(earlier)} ≥ {percent(below, 100, till.locale)}"


def _steps(evidence: Evidence, item: str) -> list[tuple[str, str, str]]:
    till, zone = Till(evidence.market, current_locale()), evidence.market.time_zone

    def row(step: Step) -> tuple[str, str, str]:
        until = instant(step.ends_at, zone, till.locale) if step.ends_at else ""
        return till.write(step.amount_minor), instant(step.starts_at, zone, till.locale), until

    return [row(step) for step in timeline(evidence.prices, item)[-_STEPS:]]

"""Checks of what is told about the products: measure, origin, who answers for them, and their pictures."""

import re

from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.offer_facts import OfferFacts

# A capital G or M is no unit: 5G is a network.
_MEASURE = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?\s?(?:kg|KG|g|l|L|ml|ML|cl|CL|m²|m2|m³|m3|m)(?!\w)")


@check("unit-price")
def unit_price(facts: OfferFacts) -> Verdict:
    """Goods whose name tells a measure have their net quantity, from which the unit price is made."""
    seen, wrong = {}, []
    for line in facts.lines:
        named = next((found[0] for name in line.names.values() if (found := _MEASURE.search(name))), None)
        if named is None and line.net is None:
            continue
        field = f"items.{line.sku}.net"
        net = None if line.net is None else f"{line.net.amount.normalize():f} {line.net.per}"
        seen[field] = {"named": named, "net": net}
        wrong += [field] if line.net is None or not line.net.amount else []
    return Verdict.of(seen, wrong=wrong, field="items")


@check("origin-given")
def origin_given(facts: OfferFacts) -> Verdict:
    """Every item tells its country of origin."""
    return _told({f"items.{line.sku}.origin": line.origin for line in facts.lines})


@check("maker-given")
def maker_given(facts: OfferFacts) -> Verdict:
    """Every item tells its manufacturer."""
    return _told({f"items.{line.sku}.maker": line.maker for line in facts.lines})


@check("responsible-given")
def responsible_given(facts: OfferFacts) -> Verdict:
    """Every item tells who answers for it in the European Union."""
    return _told({f"items.{line.sku}.responsible": line.responsible for line in facts.lines})


@check("perishables-apart")
def perishables_apart(facts: OfferFacts) -> Verdict:
    """Goods that spoil are not compared in one bundle with goods that do not."""
    seen = {
        f"bundles.{bundle.slug}.items": {line.sku: line.is_perishable for line in bundle.lines}
        for bundle in facts.content.offered
    }
    wrong = [field for field, spoils in seen.items() if len(set(spoils.values())) > 1]
    return Verdict.of(seen, wrong=wrong, field="bundles")


@check("ai-labelled")
def ai_labelled(facts: OfferFacts) -> Verdict:
    """A picture a machine made is marked so wherever it is shown."""
    shown = list(facts.pictures())
    made = {picture for _, picture, is_made in shown if is_made}
    seen = {field: is_made for field, picture, is_made in shown if picture in made}
    return Verdict.of(seen, wrong=(field for field, marked in seen.items() if not marked), field="items")


@check("pictures-described")
def pictures_described(facts: OfferFacts) -> Verdict:
    """Every bundle's picture is described in each required language."""
    described = {
        f"bundles.{bundle.slug}.alt": bundle.alts for bundle in facts.content.offered if bundle.picture
    }
    described |= {
        f"bundles.{bundle.slug}.variants.{variant.slug}.alt": variant.alts
        for bundle in facts.content.offered
        for variant in bundle.variants
    }
    seen = {
        field: [locale for locale in facts.languages if locale not in alts]
        for field, alts in described.items()
    }
    return Verdict.of(seen, wrong=(field for field, lacking in seen.items() if lacking), field="bundles")


def _told(seen: dict[str, str | None]) -> Verdict:
    return Verdict.of(seen, wrong=(field for field, told in seen.items() if not told), field="items")

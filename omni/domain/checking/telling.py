"""Checks of what every offer must tell: its terms, who sells, delivery, returns and the way out."""

import re

from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.offer_facts import OfferFacts
from omni.domain.published import in_locale


@check("terms-in-required-locales")
def terms_in_required_locales(facts: OfferFacts) -> Verdict:
    """The terms are published in every language the market requires."""
    seen = {f"terms.{locale}": locale in facts.content.terms for locale in facts.languages}
    return Verdict.of(seen, wrong=(field for field, there in seen.items() if not there), field="terms")


@check("terms-say")
def terms_say(facts: OfferFacts, *, words: str) -> Verdict:
    """The published terms have these words in every language, letter by letter."""
    seen = {
        f"terms.{locale}": any(words in str(clause.get("text", "")) for clause in clauses)
        for locale, clauses in facts.terms.items()
    }
    return Verdict.of(seen, wrong=(field for field, there in seen.items() if not there), field="terms")


@check("seller-named")
def seller_named(facts: OfferFacts) -> Verdict:
    """The seller is named with address, contact and registration, none of them only a web address."""
    seller = facts.content.seller
    seen = {f"seller.{field}": told for field, told in seller.model_dump().items()}
    wrong = [field for field, told in seen.items() if not told.strip()]
    wrong += [field for field in ("seller.address", "seller.registration") if _is_web_address(seen[field])]
    return Verdict.of(seen, wrong=wrong, field="seller")


@check("seller-identified")
def seller_identified(facts: OfferFacts, *, registration: str, contact: str = "") -> Verdict:
    """The seller's registration and contact are written the way this market's authority writes them."""
    seller = facts.content.seller
    seen = {"seller.registration": seller.registration, "seller.contact": seller.contact}
    patterns = {"seller.registration": registration, "seller.contact": contact}
    wrong = [field for field, told in seen.items() if not re.search(patterns[field], told)]
    return Verdict.of(seen, wrong=wrong, field="seller")


@check("delivery-stated")
def delivery_stated(facts: OfferFacts) -> Verdict:
    """What delivery costs is told, or a note says how it is worked out."""
    delivery = facts.content.delivery
    seen = {"delivery.cost": delivery.cost_minor, "delivery.note": dict(delivery.note)}
    is_told = delivery.cost_minor is not None or all(
        in_locale(delivery.note, locale) for locale in facts.languages
    )
    return Verdict.of(seen, wrong=() if is_told else ("delivery",), field="delivery")


@check("delivery-cost-known")
def delivery_cost_known(facts: OfferFacts) -> Verdict:
    """What delivery costs is told as an amount."""
    cost = facts.content.delivery.cost_minor
    return Verdict.of(
        {"delivery.cost": cost}, wrong=("delivery.cost",) if cost is None else (), field="delivery.cost"
    )


@check("delivers-here")
def delivers_here(facts: OfferFacts) -> Verdict:
    """The shop delivers to the market in which it makes the offer."""
    countries = facts.content.delivery.countries
    wrong = () if facts.market.country in countries else ("delivery.countries",)
    return Verdict.of({"delivery.countries": list(countries)}, wrong=wrong, field="delivery.countries")


@check("withdrawal-linked")
def withdrawal_linked(facts: OfferFacts) -> Verdict:
    """The offer leads to the page where a contract can be withdrawn from."""
    page = facts.content.withdrawal
    return Verdict.of({"withdrawal": page}, wrong=() if page else ("withdrawal",), field="withdrawal")


@check("returns-at-least")
def returns_at_least(facts: OfferFacts, *, days: int) -> Verdict:
    """Who orders on the last day can return the goods for at least so many days."""
    last, until = facts.content.last_use_on, facts.content.returns_until_on
    seen = {"last_use": last.isoformat(), "returns_until": until.isoformat()}
    return Verdict.of(
        seen, wrong=("returns_until",) if (until - last).days < days else (), field="returns_until"
    )


def _is_web_address(told: str) -> bool:
    return bool(re.match(r"https?://\S+$", told.strip()))

"""The terms of an edition, written in one locale from plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from omni.domain.published import digest
from omni.present.clauses import TITLES, MissingClause, legal_words
from omni.present.formatting import count, country_name, day, listing, market_name, money, zone_name
from omni.present.locales import direction
from omni.present.terms_facts import BundleTerms, ProductTerms, TermsFacts, Words

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_UNSPACED_LANGUAGES = {"ja", "zh"}


@dataclass(frozen=True)
class Clause:
    """One titled paragraph of the terms."""

    key: str
    title: str
    text: str


@dataclass(frozen=True)
class TermsText:
    """The terms as a shopper reads them, with the digest that proves they were not touched."""

    locale: str
    clauses: tuple[Clause, ...]
    sha256: str


def write_terms(facts: TermsFacts, locale: str, *, catalogue: str) -> TermsText:
    """The terms of an edition: words from one catalogue, figures and dates as the locale writes them.

    The same facts, locale and catalogue give the same digest for ever. Raises MissingClause.
    """
    speaker = _Speaker(locale, catalogue)
    by_clause: dict[str, list[str]] = {}
    for key, values in _sentences(facts, speaker):
        by_clause.setdefault(key.partition(".")[0], []).append(speaker.say(key, values))
    for key, fixed in facts.exact.items():
        by_clause.setdefault(key, []).extend(speaker.own(words, f"{key} by law") for words in fixed)
    present = [key for key in TITLES if key in by_clause]
    titled = [(key, speaker.say(key, {}), speaker.paragraph(by_clause[key])) for key in present]
    speaker.complain()
    sha256 = digest({"locale": locale, "clauses": titled})
    return TermsText(locale, tuple(Clause(*each) for each in titled), sha256)


def summary(facts: TermsFacts, locale: str, *, catalogue: str) -> tuple[str, ...]:
    """The terms in four short lines: what, until when, for whom, how often. Raises MissingClause."""
    speaker = _Speaker(locale, catalogue)
    offers = [_bundle_values(facts, bundle, speaker) for bundle in facts.bundles]
    lines = (
        listing([speaker.say("summary.what", offer) for offer in offers], speaker.locale),
        speaker.say("summary.until", {"last_use": day(facts.last_use_on, speaker.locale)}),
        speaker.say("summary.whom", _campaign_values(facts, speaker)),
        speaker.say("summary.many", {"uses": count(facts.uses_per_code, speaker.locale)}),
    )
    speaker.complain()
    return lines


@dataclass
class _Speaker:
    """Says sentences in one locale and remembers those it had no words for."""

    locale: str
    catalogue: str
    missing: list[str] = field(default_factory=list)

    def say(self, key: str, values: Mapping[str, str]) -> str:
        template = legal_words(self.catalogue).get(key)
        if template is None:
            self.missing.append(key)
            return ""
        return template % {name: self._apart(value) for name, value in values.items()}

    def own(self, words: Words, key: str) -> str:
        """A text the retailer wrote, in this locale and no other."""
        if isinstance(words, str):
            return words
        found = words.get(self.locale) or words.get(self.catalogue)
        if found is None:
            self.missing.append(key)
        return found or ""

    def paragraph(self, sentences: list[str]) -> str:
        unspaced = self.locale.partition("_")[0] in _UNSPACED_LANGUAGES
        return ("" if unspaced else " ").join(sentences)

    def complain(self) -> None:
        if self.missing:
            raise MissingClause(self.catalogue, tuple(dict.fromkeys(self.missing)))

    def _apart(self, value: str) -> str:
        # A Latin name or a price inside an Arabic sentence must not reorder its neighbours.
        rightward = direction(self.locale) == "rtl"
        return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}" if rightward else value


_Said = Iterator[tuple[str, Mapping[str, str]]]


def _sentences(facts: TermsFacts, speaker: _Speaker) -> _Said:
    """Which sentences these facts call for, in reading order, with their values."""
    for bundle in facts.bundles:
        key = "offer.bundle" if bundle.list_sum_minor is None else "offer.separate"
        yield key, _bundle_values(facts, bundle, speaker)
    yield f"offer.{facts.tax_display}", {}
    yield from _gifts(facts, speaker)
    yield from _delivery(facts, speaker.locale)
    yield from _validity(facts, speaker)
    yield from _conditions(facts, speaker)
    yield from _afterwards(facts, speaker.locale)
    yield from _products(facts, speaker)
    yield from _seller(facts)


def _bundle_values(facts: TermsFacts, bundle: BundleTerms, speaker: _Speaker) -> dict[str, str]:
    values = {
        "bundle": speaker.own(bundle.name, "bundle name"),
        "price": _amount(facts, bundle.price_minor, speaker.locale),
    }
    if bundle.list_sum_minor is not None:
        values["list_sum"] = _amount(facts, bundle.list_sum_minor, speaker.locale)
    return values


def _campaign_values(facts: TermsFacts, speaker: _Speaker) -> dict[str, str]:
    return {
        "campaign": speaker.own(facts.campaign, "campaign name"),
        "market": market_name(facts.market, speaker.locale),
    }


def _amount(facts: TermsFacts, amount_minor: int, locale: str) -> str:
    return money(amount_minor, facts.currency, locale, digits=facts.digits)


def _delivery(facts: TermsFacts, locale: str) -> _Said:
    if facts.delivery_cost_minor is None:
        yield "delivery.checkout", {}
    elif facts.delivery_cost_minor == 0:
        yield "delivery.free", {}
    else:
        yield "delivery.flat", {"cost": _amount(facts, facts.delivery_cost_minor, locale)}
    if facts.delivery_free_from_minor is not None and facts.delivery_cost_minor != 0:
        yield "delivery.free-from", {"free_from": _amount(facts, facts.delivery_free_from_minor, locale)}
    if facts.delivers_to:
        countries = [country_name(country, locale) for country in facts.delivers_to]
        yield "delivery.countries", {"countries": listing(countries, locale)}


def _validity(facts: TermsFacts, speaker: _Speaker) -> _Said:
    locale = speaker.locale
    yield (
        "period.window",
        {
            "opens": day(facts.opens_on, locale),
            "last_issue": day(facts.last_issue_on, locale),
            "last_unlock": day(facts.last_unlock_on, locale),
            "last_use": day(facts.last_use_on, locale),
        },
    )
    yield "period.zone", {"zone": zone_name(facts.time_zone, locale)}
    yield "eligibility.code", _campaign_values(facts, speaker)
    yield "eligibility.bearer", {}
    yield ("where.shop", {"shop": facts.shop}) if facts.shop else ("where.page", {})


def _conditions(facts: TermsFacts, speaker: _Speaker) -> _Said:
    yield "quantity.uses", {"uses": count(facts.uses_per_code, speaker.locale)}
    if facts.stock_limited:
        yield "quantity.stock", {}
    if facts.minimum_basket_minor:
        yield "minimum.basket", {"minimum": _amount(facts, facts.minimum_basket_minor, speaker.locale)}
    else:
        yield "minimum.none", {}
    yield ("stacking.yes" if facts.stacking else "stacking.no"), {}
    if facts.exclusions:
        yield "exclusions.named", {"exclusions": speaker.own(facts.exclusions, "exclusions")}
    else:
        yield "exclusions.none", {}


def _afterwards(facts: TermsFacts, locale: str) -> _Said:
    yield "return.window", {"returns_until": day(facts.returns_until_on, locale)}
    yield "return.share", {"last_use": day(facts.last_use_on, locale)}
    if facts.withdrawal_page:
        yield "withdrawal.page", {"address": facts.withdrawal_page}
    # Where the law fixes the words, ours would say the same thing twice.
    if "cash" not in facts.exact:
        yield "cash.none", {}
    if facts.permit_no and "permit" not in facts.exact:
        yield "permit.number", {"permit_no": facts.permit_no}
    if facts.permit_page:
        yield "permit.page", {"address": facts.permit_page}


def _gifts(facts: TermsFacts, speaker: _Speaker) -> _Said:
    for bundle in facts.bundles:
        # Of several bundles each gift says with which it comes.
        beside = f" ({speaker.own(bundle.name, 'bundle name')})" if len(facts.bundles) > 1 else ""
        named = [
            f"{count(quantity, speaker.locale)} × {speaker.own(name, 'gift name')}{beside}"
            for quantity, name in bundle.gifts
        ]
        if named:
            yield "gift.named", {"gifts": listing(named, speaker.locale)}


def _products(facts: TermsFacts, speaker: _Speaker) -> _Said:
    """Who answers for which items, and where they come from; items that share an answer share a sentence."""
    for maker, items in _sharing(facts, speaker, lambda product: product.maker):
        yield "product.maker", {"item": items, "maker": maker}
    for responsible, items in _sharing(facts, speaker, lambda product: product.responsible):
        yield "product.responsible", {"item": items, "responsible": responsible}
    for origin, items in _sharing(facts, speaker, lambda product: product.origin):
        yield "product.origin", {"item": items, "country": country_name(origin, speaker.locale)}
    if facts.has_ai_pictures:
        yield "pictures.ai", {}


def _sharing(
    facts: TermsFacts, speaker: _Speaker, answer: Callable[[ProductTerms], str | None]
) -> Iterator[tuple[str, str]]:
    """Each answer with the names of the items it holds for, in the order of the file."""
    shared: dict[str, list[str]] = {}
    for product in facts.products:
        if told := answer(product):
            shared.setdefault(told, []).append(speaker.own(product.name, "item name"))
    for told, names in shared.items():
        yield told, listing(names, speaker.locale)


def _seller(facts: TermsFacts) -> _Said:
    yield "privacy.page", {}
    yield "seller.identity", {"seller": facts.seller_name, "address": facts.seller_address}
    if facts.seller_contact:
        yield "seller.contact", {"contact": facts.seller_contact}
    if facts.seller_registration:
        yield "seller.registration", {"registration": facts.seller_registration}

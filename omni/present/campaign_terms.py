"""The terms of a campaign file's edition, written in every locale it serves and ready to be frozen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from omni.domain.campaign_file import CampaignFile, Compare
from omni.domain.display_rule import DisplayRule
from omni.domain.edition_plan import EditionPlan, plan_edition
from omni.domain.market_record import MarketRecord
from omni.domain.published import digest
from omni.domain.terms import WrittenTerms
from omni.present.clauses import MissingClause, legal_words
from omni.present.locales import catalogue_note, catalogue_path
from omni.present.terms import summary, write_terms
from omni.present.terms_facts import BundleTerms, ProductTerms, TermsFacts, Words

SUMMARY = "summary"
"""The key of the first clause: `what` each bundle is, by its slug, and the `lines` they all share."""


def terms_of(
    file: CampaignFile, market: MarketRecord, rules: Iterable[DisplayRule]
) -> dict[str, WrittenTerms]:
    """The terms of the edition in one market, by locale, a plain summary first.

    Of the rules in force on the first day the words that the law fixes are said, and what they want shown
    on the page must have words too. Raises MissingClause: legal text never falls back to another language.
    """
    plan = plan_edition(file, market)
    in_force = [rule for rule in rules if rule.speaks_in(market.id, plan.days.opens_on)]
    facts = terms_facts(file, plan, in_force)
    slugs = _offered(file, plan)
    catalogues = {locale.id: locale.terms for locale in market.locales}
    for locale in plan.locales:
        _can_show(catalogues[locale], in_force)
    return {locale: _written(facts, slugs, locale, catalogues[locale]) for locale in plan.locales}


def terms_facts(file: CampaignFile, plan: EditionPlan, rules: Iterable[DisplayRule]) -> TermsFacts:
    """What the terms of a planned edition state under the rules in force."""
    return TermsFacts(
        campaign=file.name.by_locale(plan.locales),
        market=plan.market.id,
        seller_name=plan.seller.name,
        seller_address=plan.seller.address,
        seller_contact=plan.seller.contact,
        seller_registration=plan.seller.registration,
        opens_on=plan.days.opens_on,
        last_issue_on=plan.days.last_issue_on,
        last_unlock_on=plan.days.last_unlock_on,
        last_use_on=plan.days.last_use_on,
        returns_until_on=plan.days.returns_until_on,
        time_zone=plan.market.time_zone,
        bundles=tuple(_bundle(file, plan, slug) for slug in _offered(file, plan)),
        currency=plan.market.currency,
        digits=plan.market.digits,
        tax_display=plan.market.tax.display.value,
        delivery_cost_minor=plan.delivery.cost_minor,
        delivery_free_from_minor=plan.delivery.free_from_minor,
        delivers_to=plan.delivery.countries,
        minimum_basket_minor=plan.minimum_basket_minor,
        uses_per_code=plan.uses_per_code,
        exclusions=plan.exclusions.by_locale(plan.locales) if plan.exclusions else None,
        permit_no=plan.permit,
        permit_page=plan.permit_page,
        withdrawal_page=plan.withdrawal,
        stock_limited=bool(plan.stock),
        products=tuple(_products(file, plan)),
        has_ai_pictures=_has_ai_pictures(file, plan),
        exact=_exact(plan, rules),
    )


def _can_show(catalogue: str, rules: Iterable[DisplayRule]) -> None:
    """Whether a catalogue has words for all that the rules want shown. Raises MissingClause."""
    wanted = dict.fromkeys(key for rule in rules for key in rule.display)
    if missing := tuple(key for key in wanted if key not in legal_words(catalogue)):
        raise MissingClause(catalogue, missing)


def _offered(file: CampaignFile, plan: EditionPlan) -> tuple[str, ...]:
    """The bundles that this edition sells, in the order of the file."""
    return tuple(slug for slug in file.bundles if slug in plan.bundle_prices_minor)


def _bundle(file: CampaignFile, plan: EditionPlan, slug: str) -> BundleTerms:
    singles = [(plan.item_prices_minor.get(sku), count) for sku, count in file.bundles[slug].items.items()]
    worth = [price * count for price, count in singles if price is not None]
    is_compared = plan.compare is Compare.SEPARATELY and len(worth) == len(singles)
    return BundleTerms(
        name=file.bundle_name(slug).by_locale(plan.locales),
        price_minor=plan.bundle_prices_minor[slug],
        list_sum_minor=sum(worth) if is_compared else None,
        gifts=tuple(
            (count, file.item_names()[sku].by_locale(plan.locales))
            for sku, count in file.bundles[slug].items.items()
            if sku in file.bundles[slug].gifts
        ),
    )


def _products(file: CampaignFile, plan: EditionPlan) -> Iterator[ProductTerms]:
    for sku in _sold(file, plan):
        item = file.items.get(sku)
        if item and (item.maker or item.responsible or item.origin):
            yield ProductTerms(
                name=item.name.by_locale(plan.locales),
                maker=item.maker,
                responsible=item.responsible,
                origin=item.origin,
            )


def _has_ai_pictures(file: CampaignFile, plan: EditionPlan) -> bool:
    bundles = [file.bundles[slug] for slug in _offered(file, plan)]
    items = [file.items[sku] for sku in _sold(file, plan) if sku in file.items]
    variants = (each for bundle in bundles for each in bundle.variants.values())
    return (
        any(bundle.picture and bundle.made_by_ai for bundle in bundles)
        or any(item.picture and item.made_by_ai for item in items)
        or any(variant.made_by_ai for variant in variants if variant.is_for(plan.market.id))
    )


def _sold(file: CampaignFile, plan: EditionPlan) -> tuple[str, ...]:
    """The items of all bundles on offer, each once."""
    return tuple(dict.fromkeys(sku for slug in _offered(file, plan) for sku in file.bundles[slug].items))


def _exact(plan: EditionPlan, rules: Iterable[DisplayRule]) -> dict[str, tuple[Words, ...]]:
    """The words fixed by the rules, filled in, by the clause they stand in.

    Words about a permit are left out while there is none: the rule itself then says what is lacking.
    """
    opens_on = plan.days.opens_on
    filled = {"{permit_no}": plan.permit or "", "{year}": f"{opens_on:%Y}"}
    said: dict[str, tuple[Words, ...]] = {}
    for rule in rules:
        if rule.exact is None or rule.clause is None:
            continue
        words = rule.exact.by_locale(plan.locales)
        if plan.permit is None and any("{permit_no}" in text for text in words.values()):
            continue
        fixed = {locale: _filled_in(text, filled) for locale, text in words.items()}
        said[rule.clause] = (*said.get(rule.clause, ()), fixed)
    return said


def _filled_in(text: str, filled: Mapping[str, str]) -> str:
    for name, value in filled.items():
        text = text.replace(name, value)
    return text


def _written(facts: TermsFacts, slugs: tuple[str, ...], locale: str, catalogue: str) -> WrittenTerms:
    text = write_terms(facts, locale, catalogue=catalogue)
    clauses = [_summary(facts, slugs, locale, catalogue)]
    clauses += [{"key": clause.key, "title": clause.title, "text": clause.text} for clause in text.clauses]
    review = catalogue_note(catalogue_path(catalogue, "terms"), "X-Review-State")
    return WrittenTerms(clauses, digest({"locale": locale, "clauses": clauses}), review)


def _summary(facts: TermsFacts, slugs: tuple[str, ...], locale: str, catalogue: str) -> dict[str, Any]:
    """The terms in four lines for whoever holds one code: of the bundles, only hers is worth reading."""
    what: dict[str, str] = {}
    shared: list[str] = []
    for slug, bundle in zip(slugs, facts.bundles, strict=True):
        only = replace(facts, bundles=(bundle,))
        what[slug], *shared = summary(only, locale, catalogue=catalogue)
    return {"key": SUMMARY, "title": "", "what": what, "lines": shared}

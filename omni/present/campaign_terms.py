"""The terms of a campaign file's edition, written in every locale it serves and ready to be frozen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from omni.domain.campaign_file import CampaignFile
from omni.domain.edition_plan import EditionPlan, plan_edition
from omni.domain.market_record import MarketRecord
from omni.domain.published import digest
from omni.domain.terms import WrittenTerms
from omni.present.locales import catalogue_note, catalogue_path
from omni.present.terms import BundleTerms, TermsFacts, summary, write_terms

SUMMARY = "summary"
"""The key of the first clause: `what` each bundle is, by its slug, and the `lines` they all share."""


def terms_of(file: CampaignFile, market: MarketRecord) -> dict[str, WrittenTerms]:
    """The terms of the edition in one market, by locale, a plain summary first.

    Raises MissingClause: legal text never falls back to another language.
    """
    plan = plan_edition(file, market)
    facts = terms_facts(file, plan)
    slugs = _offered(file, plan)
    catalogues = {locale.id: locale.terms for locale in market.locales}
    return {locale: _written(facts, slugs, locale, catalogues[locale]) for locale in plan.locales}


def terms_facts(file: CampaignFile, plan: EditionPlan) -> TermsFacts:
    """What the terms of a planned edition state."""
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
        stock_limited=bool(plan.stock),
    )


def _offered(file: CampaignFile, plan: EditionPlan) -> tuple[str, ...]:
    """The bundles that this edition sells, in the order of the file."""
    return tuple(slug for slug in file.bundles if slug in plan.bundle_prices_minor)


def _bundle(file: CampaignFile, plan: EditionPlan, slug: str) -> BundleTerms:
    singles = [(plan.item_prices_minor.get(sku), count) for sku, count in file.bundles[slug].items.items()]
    worth = [price * count for price, count in singles if price is not None]
    return BundleTerms(
        name=file.bundle_name(slug).by_locale(plan.locales),
        price_minor=plan.bundle_prices_minor[slug],
        list_sum_minor=sum(worth) if len(worth) == len(singles) else None,
    )


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

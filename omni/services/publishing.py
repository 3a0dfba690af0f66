"""Publishing an edition: prices and terms written down, the whole content frozen under a new revision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from omni.domain.campaign import Edition, EditionRevision
from omni.domain.edition_plan import EditionPlan, is_public
from omni.domain.price import Price, bundle_item, price_at
from omni.domain.published import (
    Delivery,
    Published,
    PublishedBundle,
    PublishedPicture,
    PublishedPrice,
    PublishedReference,
    PublishedTerms,
    digest,
)
from omni.domain.terms import TermsVersion, WrittenTerms
from omni.domain.theme import Theme
from omni.domain.window import midnight


def publish(
    tx: Session,
    now: datetime,
    *,
    edition: Edition,
    plan: EditionPlan,
    names: Mapping[str, str],
    logo: str | None,
    theme: Theme | None,
    bundles: Sequence[PublishedBundle],
    cuts: Mapping[str, PublishedPicture],
    terms: Mapping[str, WrittenTerms],
    reference: PublishedReference | None,
    by: str,
) -> bool:
    """Freeze what the edition says now; whether that differs from its last revision.

    Prices are appended where another amount holds, terms get a new version where their words differ.
    """
    prices = _prices(tx, now, edition, plan, by)
    current = _terms(tx, now, edition, terms)
    content = _content(plan, names, bundles, prices, current, reference)
    content = content.model_copy(update={"theme": theme, "logo": logo, "cuts": cuts})
    return _freeze(tx, now, edition, content.document(), by)


def days_of(plan: EditionPlan) -> dict[str, Any]:
    """The five days of an edition, as its row and its content have them."""
    days = plan.days
    return {
        "opens_on": days.opens_on,
        "last_issue_on": days.last_issue_on,
        "last_unlock_on": days.last_unlock_on,
        "last_use_on": days.last_use_on,
        "returns_until_on": days.returns_until_on,
    }


def _prices(tx: Session, now: datetime, edition: Edition, plan: EditionPlan, by: str) -> list[PublishedPrice]:
    """Append each price that differs from the one that holds; the first holds from the first day."""
    first_day = midnight(plan.days.opens_on, plan.market.time_zone)
    wanted = {bundle_item(plan.campaign, slug): amount for slug, amount in plan.bundle_prices_minor.items()}
    wanted |= plan.item_prices_minor
    history = tx.exec(
        select(Price).where(Price.market_id == plan.market.id, col(Price.item).in_(sorted(wanted)))
    ).all()
    for item, amount in wanted.items():
        if price_at(history, item, max(now, first_day)) == amount:
            continue
        is_first = all(price.item != item for price in history)
        tx.add(
            Price(
                market_id=plan.market.id,
                item=item,
                amount_minor=amount,
                currency=plan.market.currency,
                valid_from=first_day if is_first else now,
                recorded_at=now,
                source=f"campaign file, by {by}"[:128],
            )
        )
    tx.flush()
    return [PublishedPrice(item=item, amount_minor=amount) for item, amount in sorted(wanted.items())]


def _terms(
    tx: Session, now: datetime, edition: Edition, written: Mapping[str, WrittenTerms]
) -> dict[str, PublishedTerms]:
    current = {}
    for locale, words in written.items():
        newest = tx.exec(
            select(TermsVersion)
            .where(TermsVersion.edition_id == edition.id, TermsVersion.locale == locale)
            .order_by(col(TermsVersion.version).desc())
        ).first()
        if newest is None or newest.sha256 != words.sha256:
            newest = TermsVersion(
                edition_id=edition.id or 0,
                locale=locale,
                version=1 if newest is None else newest.version + 1,
                clauses=list(words.clauses),
                sha256=words.sha256,
                review=words.review,
                published_at=now,
            )
            tx.add(newest)
            tx.flush()
        current[locale] = PublishedTerms(id=newest.id or 0, version=newest.version, sha256=newest.sha256)
    return current


def _content(
    plan: EditionPlan,
    names: Mapping[str, str],
    bundles: Sequence[PublishedBundle],
    prices: Sequence[PublishedPrice],
    terms: Mapping[str, PublishedTerms],
    reference: PublishedReference | None,
) -> Published:
    note = plan.delivery.note
    return Published(
        campaign=plan.campaign,
        names=names,
        market=plan.market.id,
        **days_of(plan),
        shop=plan.shop,
        shop_items=plan.shop_items,
        seller=plan.seller,
        delivery=Delivery(
            cost_minor=plan.delivery.cost_minor,
            free_from_minor=plan.delivery.free_from_minor,
            countries=plan.delivery.countries,
            note=note.by_locale(plan.locales) if note else {},
        ),
        minimum_basket_minor=plan.minimum_basket_minor,
        uses_per_code=plan.uses_per_code,
        stock_limited=bool(plan.stock),
        compare=plan.compare,
        reference=reference,
        exchange=plan.exchange,
        is_public=is_public(plan),
        fees_minor=plan.fees_minor,
        permit=plan.permit,
        permit_page=plan.permit_page,
        withdrawal=plan.withdrawal,
        afterwards=plan.afterwards,
        gcn=plan.gcn,
        glns={place.store.slug: place.store.gln for place in plan.placements if place.store.gln},
        receipts_bundle=plan.receipts_bundle,
        policies=plan.policies,
        bundles=tuple(bundles),
        prices=tuple(prices),
        terms=terms,
    )


def _freeze(tx: Session, now: datetime, edition: Edition, document: dict[str, Any], by: str) -> bool:
    sha256 = digest(document)
    newest = tx.get(EditionRevision, (edition.id, edition.revision))
    if newest is not None and newest.sha256 == sha256:
        return False
    edition.revision += 1
    edition.changed_at, edition.changed_by = now, by
    tx.add(
        EditionRevision(
            edition_id=edition.id or 0,
            revision=edition.revision,
            content=document,
            sha256=sha256,
            published_at=now,
            published_by=by,
        )
    )
    tx.flush()
    return True

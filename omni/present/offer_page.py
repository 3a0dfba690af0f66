"""What a page says of an offer: its items and the sum, delivery and dates, every figure already written.

Names, amounts and what the law wants said of a price are in one of the market's own locales; all other
sentences are in the locale being spoken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from omni.domain.campaign_file import Compare
from omni.domain.creative import Form
from omni.domain.market import Market
from omni.domain.published import Delivery, Published, PublishedBundle, PublishedLine, in_locale
from omni.domain.reference import NoReference, Reference
from omni.domain.window import local_day
from omni.present.formatting import clock, country_name, day, listing
from omni.present.locales import current_locale, gettext, pgettext
from omni.present.offer_price import ShownEarlier, ShownSum, ShownWhy, Till, compared, unit_price
from omni.present.page_cut import PageCut, page_cut
from omni.present.size_chart import SizeChart, size_charts


@dataclass(frozen=True, kw_only=True)
class ShownItem:
    """One item of the bundle: what it costs alone, and so many of it, when the total is set against that.

    `unit_price` and `ceiling` are whole legal sentences.
    """

    sku: str
    name: str
    quantity: int
    picture: str | None
    page: str | None
    single: str | None
    together: str | None
    unit_price: str | None
    ceiling: str | None
    is_gift: bool
    made_by_ai: bool
    cut: PageCut | None = None


@dataclass(frozen=True, kw_only=True)
class OfferPage:
    """An offer as its page shows it; `locale` is the language of its names, amounts and legal words.

    `earlier` is None unless history supports the claim: then no page makes one. `cut` is None for a picture
    that every page shows as it is.
    """

    locale: str
    campaign: str
    name: str
    text: str
    picture: str | None
    alt: str
    total: str | None
    tax: str
    items: tuple[ShownItem, ...]
    arithmetic: ShownSum | None
    earlier: ShownEarlier | None
    why: ShownWhy | None
    pictures: str | None
    delivery: tuple[str, ...]
    delivery_note: str
    minimum: str | None
    cut: PageCut | None = None
    sizes: tuple[SizeChart, ...] = ()


@dataclass(frozen=True)
class PrintedWhen:
    """When a paper came out of its printer, on the market's clocks: how many days ago, the time, the day."""

    days_ago: int
    time: str
    day: str


def offer_page(
    content: Published,
    bundle: PublishedBundle,
    market: Market,
    *,
    locale: str,
    price_minor: int | None,
    item_prices_minor: Sequence[int | None],
    reference: Reference | NoReference | None = None,
    variant: str | None = None,
) -> OfferPage:
    """Everything a page says of a bundle at a price; amounts in minor units of the market's currency.

    The price is set against what the edition chose: its items today, the `reference` history found, nothing.
    A `variant` of the bundle has another picture and other words.
    """
    bundle = bundle.as_variant(variant) if variant else bundle
    till = Till(market, locale)
    beside = compared(
        content,
        bundle,
        till,
        price_minor=price_minor,
        item_prices_minor=item_prices_minor,
        reference=reference,
    )
    return OfferPage(
        locale=locale,
        campaign=in_locale(content.names, locale),
        name=in_locale(bundle.names, locale),
        text=in_locale(bundle.texts, locale),
        picture=bundle.picture,
        alt=in_locale(bundle.alts, locale),
        cut=page_cut(content, bundle.picture, Form.HERO),
        total=till.maybe(price_minor),
        tax=_tax_note(market.record["tax"], locale),
        items=tuple(
            _item(line, single, till, content)
            for line, single in zip(bundle.lines, item_prices_minor, strict=True)
        ),
        arithmetic=beside.arithmetic,
        earlier=beside.earlier,
        why=beside.why,
        pictures=till.legal("pictures.ai") if _has_ai_pictures(bundle) else None,
        delivery=_delivery(content.delivery, till),
        delivery_note=in_locale(content.delivery.note, locale),
        minimum=_minimum(content.minimum_basket_minor, till),
        sizes=size_charts(bundle, locale),
    )


def printed_when(printed_at: datetime | None, *, now: datetime, zone: str) -> PrintedWhen | None:
    """When a paper was printed, as far as anybody told us."""
    if printed_at is None:
        return None
    on = local_day(printed_at, zone)
    spoken = current_locale()
    return PrintedWhen((local_day(now, zone) - on).days, clock(printed_at, zone, spoken), day(on, spoken))


def last_day(until: datetime, zone: str) -> date:
    """The last whole day before an instant that is the first no longer valid."""
    return local_day(until - timedelta(seconds=1), zone)


def _item(line: PublishedLine, single: int | None, till: Till, content: Published) -> ShownItem:
    shown = single if content.compare is Compare.SEPARATELY else None
    ceiling = line.ceiling_minor
    return ShownItem(
        sku=line.sku,
        name=in_locale(line.names, till.locale),
        quantity=line.quantity,
        picture=line.picture,
        page=line.page,
        single=till.maybe(shown),
        together=till.maybe(None if shown is None else shown * line.quantity),
        unit_price=unit_price(line, single, till),
        ceiling=None if ceiling is None else till.legal("price.ceiling", price=till.say(ceiling)),
        is_gift=line.is_gift,
        made_by_ai=line.made_by_ai,
        cut=page_cut(content, line.picture, Form.THUMB),
    )


def _has_ai_pictures(bundle: PublishedBundle) -> bool:
    return bundle.made_by_ai or any(line.made_by_ai for line in bundle.lines)


def _tax_note(tax: dict[str, Any], locale: str) -> str:
    label = in_locale(tax["label"], locale)
    if tax["display"] == "incl":
        return gettext("tax included (%(tax)s)", tax=label)
    if tax["display"] == "excl":
        return gettext("before tax; %(tax)s is added at checkout", tax=label)
    return gettext("no tax is added")


def _delivery(delivery: Delivery, till: Till) -> tuple[str, ...]:
    sentences = []
    if delivery.cost_minor is None:
        sentences.append(gettext("The shop shows the delivery cost before you pay."))
    elif delivery.cost_minor == 0:
        sentences.append(gettext("Free delivery."))
    elif delivery.free_from_minor is None:
        sentences.append(gettext("Delivery %(cost)s per order.", cost=till.say(delivery.cost_minor)))
    else:
        amounts = {"cost": till.say(delivery.cost_minor), "amount": till.say(delivery.free_from_minor)}
        sentences.append(gettext("Delivery %(cost)s per order, free from %(amount)s.", **amounts))
    if delivery.countries:
        spoken = current_locale()
        countries = listing([country_name(country, spoken) for country in delivery.countries], spoken)
        sentences.append(pgettext("delivery", "Delivers to: %(countries)s.", countries=countries))
    return tuple(sentences)


def _minimum(minimum_minor: int | None, till: Till) -> str | None:
    if not minimum_minor:
        return gettext("No minimum purchase.")
    return gettext("For orders of %(amount)s or more, delivery not included.", amount=till.say(minimum_minor))

"""What a page says of an offer: its items and the sum, delivery and dates, every figure already written.

Names and amounts are in one of the market's own locales; sentences are in the locale being spoken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from omni.domain.market import Market
from omni.domain.published import Delivery, Published, PublishedBundle, in_locale
from omni.domain.window import local_day
from omni.present.formatting import clock, country_name, day, listing, money
from omni.present.locales import current_locale, gettext, pgettext


@dataclass(frozen=True, kw_only=True)
class ShownItem:
    """One item of the bundle: what it costs alone, and so many of it, when that is known."""

    sku: str
    name: str
    quantity: int
    picture: str | None
    page: str | None
    single: str | None
    together: str | None


@dataclass(frozen=True, kw_only=True)
class ShownSum:
    """The arithmetic a person can check: bought separately, less what she saves, is the total.

    `saving` has its minus, `saving_amount` has none.
    """

    separately: str
    saving: str
    saving_amount: str


@dataclass(frozen=True, kw_only=True)
class OfferPage:
    """An offer as its page shows it; `locale` is the language of its names and amounts."""

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
    delivery: tuple[str, ...]
    delivery_note: str
    minimum: str | None


@dataclass(frozen=True)
class PrintedWhen:
    """When a paper came out of its printer, on the market's clocks: how many days ago, the time, the day."""

    days_ago: int
    time: str
    day: str


class _Till:
    """Writes amounts the way the market's shops do."""

    def __init__(self, market: Market, locale: str) -> None:
        self._market, self._locale = market, locale

    def write(self, amount_minor: int) -> str:
        return money(amount_minor, self._market.currency, self._locale, digits=self._market.digits)

    def say(self, amount_minor: int) -> str:
        """An amount inside a sentence, kept apart so that an Arabic one cannot reorder it."""
        return f"\u2068{self.write(amount_minor)}\u2069"

    def maybe(self, amount_minor: int | None) -> str | None:
        return None if amount_minor is None else self.write(amount_minor)


def offer_page(
    content: Published,
    bundle: PublishedBundle,
    market: Market,
    *,
    locale: str,
    price_minor: int | None,
    item_prices_minor: Sequence[int | None],
) -> OfferPage:
    """Everything a page says of a bundle at a price; amounts in minor units of the market's currency."""
    till = _Till(market, locale)
    return OfferPage(
        locale=locale,
        campaign=in_locale(content.names, locale),
        name=in_locale(bundle.names, locale),
        text=in_locale(bundle.texts, locale),
        picture=bundle.picture,
        alt=in_locale(bundle.alts, locale),
        total=till.maybe(price_minor),
        tax=_tax_note(market.record["tax"], locale),
        items=tuple(
            ShownItem(
                sku=line.sku,
                name=in_locale(line.names, locale),
                quantity=line.quantity,
                picture=line.picture,
                page=line.page,
                single=till.maybe(single),
                together=till.maybe(None if single is None else single * line.quantity),
            )
            for line, single in zip(bundle.lines, item_prices_minor, strict=True)
        ),
        arithmetic=_sum(bundle, price_minor, item_prices_minor, till),
        delivery=_delivery(content.delivery, till),
        delivery_note=in_locale(content.delivery.note, locale),
        minimum=_minimum(content.minimum_basket_minor, till),
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


def _sum(
    bundle: PublishedBundle, price_minor: int | None, singles: Sequence[int | None], till: _Till
) -> ShownSum | None:
    """None unless every single price is known and together they are dearer: no saving is ever made up."""
    known = [
        single * line.quantity
        for single, line in zip(singles, bundle.lines, strict=True)
        if single is not None
    ]
    if price_minor is None or len(known) < len(bundle.lines) or sum(known) <= price_minor:
        return None
    saved = sum(known) - price_minor
    return ShownSum(
        separately=till.write(sum(known)), saving=till.write(-saved), saving_amount=till.write(saved)
    )


def _tax_note(tax: dict[str, Any], locale: str) -> str:
    label = in_locale(tax["label"], locale)
    if tax["display"] == "incl":
        return gettext("tax included (%(tax)s)", tax=label)
    if tax["display"] == "excl":
        return gettext("before tax; %(tax)s is added at checkout", tax=label)
    return gettext("no tax is added")


def _delivery(delivery: Delivery, till: _Till) -> tuple[str, ...]:
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


def _minimum(minimum_minor: int | None, till: _Till) -> str | None:
    if not minimum_minor:
        return gettext("No minimum purchase.")
    return gettext("For orders of %(amount)s or more, delivery not included.", amount=till.say(minimum_minor))

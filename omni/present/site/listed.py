"""An offer as machines are told it: the figures of its page, bare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from omni.domain.campaign import Edition
from omni.domain.market import Market
from omni.domain.published import Delivery, Published, PublishedBundle, in_locale
from omni.domain.rulebook import PageState
from omni.domain.window import day_after, midnight
from omni.present.formatting import iso_instant, iso_money, listing


class Availability(StrEnum):
    """Whether an offer can be had: now, now while stock lasts, from its first day, or not for the moment."""

    IN_STOCK = "in-stock"
    LIMITED = "limited"
    TO_COME = "to-come"
    OUT = "out"


@dataclass(frozen=True, kw_only=True)
class ListedItem:
    """One item of an offer, its key among all products if it has one, and how many of it."""

    sku: str
    name: str
    quantity: int
    gtin: str | None


@dataclass(frozen=True, kw_only=True)
class ListedOffer:
    """An offer for machines. `price` is in major units for files; addresses are whole."""

    campaign: str
    bundle: str
    revision: int
    name: str
    text: str
    url: str
    picture: str | None
    price_minor: int
    price: str
    currency: str
    includes_tax: bool
    availability: Availability
    valid_from: str
    valid_through: str
    last_day: str
    countries: tuple[str, ...]
    delivery: str | None
    seller: str
    seller_address: str
    items: tuple[ListedItem, ...]
    digital_link: str | None

    @property
    def gtin(self) -> str | None:
        """The key of the one product it is, if it is no more than one of that."""
        only = self.items[0]
        return only.gtin if len(self.items) == 1 and only.quantity == 1 else None


@dataclass(frozen=True, kw_only=True)
class OfferedThere:
    """What an offer is listed from: an edition in a locale, its host, and its pictures as files by digest."""

    edition: Edition
    content: Published
    market: Market
    state: PageState
    locale: str
    host: str
    pictures: Mapping[str, str]


def listed_offer(
    there: OfferedThere, bundle: PublishedBundle, price_minor: int | None, *, url: str
) -> ListedOffer | None:
    """A bundle at a price, in minor units; None when it is over or has no price: then nothing is claimed."""
    availability = _availability(there.state, there.content)
    if price_minor is None or availability is None:
        return None
    edition, market, content, locale = there.edition, there.market, there.content, there.locale
    names = [in_locale(line.names, locale) for line in bundle.lines]
    return ListedOffer(
        campaign=content.campaign,
        bundle=bundle.slug,
        revision=edition.revision,
        name=in_locale(bundle.names, locale),
        text=in_locale(bundle.texts, locale) or listing(names, locale),
        url=url,
        picture=_picture(there, bundle),
        price_minor=price_minor,
        price=iso_money(price_minor, digits=market.digits),
        currency=market.currency,
        includes_tax=market.record["tax"]["display"] == "incl",
        availability=availability,
        valid_from=iso_instant(midnight(edition.opens_on, market.time_zone), market.time_zone),
        valid_through=iso_instant(_last_second(edition, market), market.time_zone),
        last_day=edition.last_unlock_on.isoformat(),
        countries=content.delivery.countries or (market.country.upper(),),
        delivery=_delivery(content.delivery, market),
        seller=content.seller.name,
        seller_address=content.seller.address,
        items=tuple(
            ListedItem(sku=line.sku, name=name, quantity=line.quantity, gtin=line.gtin)
            for line, name in zip(bundle.lines, names, strict=True)
        ),
        digital_link=f"{there.host}/255/{content.gcn}" if content.gcn else None,
    )


def product_link(host: str, gtin: str) -> str:
    """The GS1 Digital Link of a product on a host."""
    return f"{host}/01/{gtin}"


def _availability(state: PageState, content: Published) -> Availability | None:
    match state:
        case PageState.OFFER:
            return Availability.LIMITED if content.stock_limited else Availability.IN_STOCK
        case PageState.NOT_STARTED:
            return Availability.TO_COME
        case PageState.PAUSED:
            return Availability.OUT
        case _:
            return None


def _picture(there: OfferedThere, bundle: PublishedBundle) -> str | None:
    file = there.pictures.get(bundle.picture or "")
    return f"{there.host}/pictures/{file}" if file else None


def _last_second(edition: Edition, market: Market) -> datetime:
    return day_after(edition.last_unlock_on, market.time_zone) - timedelta(seconds=1)


def _delivery(delivery: Delivery, market: Market) -> str | None:
    return None if delivery.cost_minor is None else iso_money(delivery.cost_minor, digits=market.digits)

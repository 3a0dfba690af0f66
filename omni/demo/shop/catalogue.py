"""What the example shop sells: the items of the demo campaign, at each market's own prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from omni import demo
from omni.domain.localized import Localized
from omni.domain.written import minor_units
from omni.present import campaign_file, locales, market_file
from omni.present.formatting import money

HOME = "gb"


@dataclass(frozen=True)
class Product:
    """One thing on the shelf; the price is for one, in minor units."""

    sku: str
    names: Localized
    picture: str
    price_minor: int

    def name(self, locale: str) -> str:
        """Its name in a language, else in English."""
        return self.names.text(locale) or self.names.text("en") or self.sku


@dataclass(frozen=True)
class Shelf:
    """Everything sold in one market."""

    market: str
    currency: str
    digits: int
    products: Mapping[str, Product]

    def money(self, amount_minor: int) -> str:
        """An amount as this shop's English pages write it."""
        return money(amount_minor, self.currency, "en", digits=self.digits)


@cache
def shelves() -> Mapping[str, Shelf]:
    """The shelf of every market."""
    markets = market_file.shipped()
    file = campaign_file.read(demo.FILE.read_bytes(), file=demo.FILE.name, markets=markets)
    return {
        name: Shelf(
            name,
            markets[name].currency,
            markets[name].digits,
            {
                sku: Product(
                    sku,
                    item.name,
                    item.picture or "",
                    minor_units(part.prices[sku], digits=markets[name].digits),
                )
                for sku, item in file.items.items()
            },
        )
        for name, part in file.markets.items()
    }


def shelf_of(place: str) -> Shelf:
    """The shelf of the market a place is in: `fr-paris-till-1` is in `fr`. Of an unknown place, our own."""
    parts = place.split("-")
    names = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return shelves()[next((name for name in names if name in shelves()), HOME)]


def spoken(tag: str) -> str:
    """The locale of the products' names that a BCP 47 tag asks for."""
    return locales.matching(tag, list(_languages())) or "en"


@cache
def _languages() -> frozenset[str]:
    shelf = shelves()[HOME]
    return frozenset(locale for product in shelf.products.values() for locale in product.names.root)

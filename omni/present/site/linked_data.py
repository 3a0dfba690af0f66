"""An offer in the words of schema.org, as search engines read it: data, never a script that runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from omni.present.site.listed import Availability, ListedItem, ListedOffer, product_link

_SCHEMA = "https://schema.org"
_AVAILABILITY = {
    Availability.IN_STOCK: "InStock",
    Availability.LIMITED: "LimitedAvailability",
    Availability.TO_COME: "PreOrder",
    Availability.OUT: "OutOfStock",
}


def product(offer: ListedOffer, host: str) -> dict[str, Any]:
    """A bundle as a Product with its Offer, which names the items it includes."""
    return {
        "@context": _SCHEMA,
        "@type": "Product",
        "@id": f"{offer.url}#product",
        "name": offer.name,
        "description": offer.text,
        "sku": offer.bundle,
        **({"image": [offer.picture]} if offer.picture else {}),
        **_keys(offer.gtin, host),
        "offers": _offer(offer, host),
    }


def catalogue(urls: Iterable[str]) -> dict[str, Any]:
    """The pages of several offers as an ItemList."""
    places = [{"@type": "ListItem", "position": place, "url": url} for place, url in enumerate(urls, start=1)]
    return {"@context": _SCHEMA, "@type": "ItemList", "itemListElement": places}


def data_block(document: dict[str, Any]) -> Markup:
    """A document as the element of a page that holds it; what stands in it cannot end the element."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(f'<script type="application/ld+json">{text}</script>')


def _offer(offer: ListedOffer, host: str) -> dict[str, Any]:
    price = {"price": offer.price, "priceCurrency": offer.currency}
    return {
        "@type": "Offer",
        "@id": f"{offer.url}#offer",
        "url": offer.url,
        **price,
        "priceSpecification": {
            "@type": "PriceSpecification",
            **price,
            "valueAddedTaxIncluded": offer.includes_tax,
        },
        "availability": f"{_SCHEMA}/{_AVAILABILITY[offer.availability]}",
        "itemCondition": f"{_SCHEMA}/NewCondition",
        "validFrom": offer.valid_from,
        "validThrough": offer.valid_through,
        "priceValidUntil": offer.last_day,
        "eligibleRegion": list(offer.countries),
        "seller": {"@type": "Organization", "name": offer.seller, "address": offer.seller_address},
        "itemOffered": {"@id": f"{offer.url}#product"},
        "includesObject": [_included(item, host) for item in offer.items],
        **({"hasGS1DigitalLink": offer.digital_link} if offer.digital_link else {}),
    }


def _included(item: ListedItem, host: str) -> dict[str, Any]:
    good = {"@type": "Product", "name": item.name, "sku": item.sku, **_keys(item.gtin, host)}
    return {"@type": "TypeAndQuantityNode", "amountOfThisGood": item.quantity, "typeOfGood": good}


def _keys(gtin: str | None, host: str) -> dict[str, str]:
    return {"gtin": gtin, "hasGS1DigitalLink": product_link(host, gtin)} if gtin else {}

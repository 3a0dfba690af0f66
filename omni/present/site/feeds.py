"""The offers of a market in a language, for product pages and shopping ads: JSON, and RSS as they read it.

Both say the same offers in the same order, with the price, the picture and the revision of their pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from xml.etree import ElementTree as ET

from omni.present.locales import bcp47
from omni.present.site.listed import Availability, ListedOffer

MEDIA_TYPES = {"json": "application/json", "xml": "application/rss+xml"}
"""How each spelling of a feed is served."""

# The namespace of product feeds, whose prefix readers expect to be `g`.
_PRODUCT = "http://base.google.com/ns/1.0"
ET.register_namespace("g", _PRODUCT)
_AVAILABILITY = {
    Availability.IN_STOCK: "in_stock",
    Availability.LIMITED: "in_stock",
    Availability.TO_COME: "preorder",
    Availability.OUT: "out_of_stock",
}


@dataclass(frozen=True)
class Feed:
    """The offers of one market in one locale, and who sells them where."""

    market: str
    locale: str
    seller: str
    host: str
    offers: Sequence[ListedOffer]

    def text(self, form: str) -> str:
        """The feed in one of its spellings."""
        return {"json": _json, "xml": _rss}[form](self)


def _json(feed: Feed) -> str:
    document = {
        "market": feed.market,
        "locale": bcp47(feed.locale),
        "offers": [{"id": _id(offer), **asdict(offer)} for offer in feed.offers],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _rss(feed: Feed) -> str:
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    for name, said in (("title", feed.seller), ("link", f"{feed.host}/"), ("description", feed.seller)):
        ET.SubElement(channel, name).text = said
    ET.SubElement(channel, "language").text = bcp47(feed.locale)
    for offer in feed.offers:
        item = ET.SubElement(channel, "item")
        for name, said in _said(offer):
            ET.SubElement(item, f"{{{_PRODUCT}}}{name}").text = said
        for country in offer.countries if offer.delivery else ():
            shipping = ET.SubElement(item, f"{{{_PRODUCT}}}shipping")
            ET.SubElement(shipping, f"{{{_PRODUCT}}}country").text = country
            ET.SubElement(shipping, f"{{{_PRODUCT}}}price").text = f"{offer.delivery} {offer.currency}"
    ET.indent(root, space="")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _said(offer: ListedOffer) -> Iterator[tuple[str, str]]:
    yield "id", _id(offer)
    yield "title", offer.name
    yield "description", offer.text
    yield "link", offer.url
    if offer.picture:
        yield "image_link", offer.picture
    yield "availability", _AVAILABILITY[offer.availability]
    if offer.availability is Availability.TO_COME:
        yield "availability_date", offer.valid_from
    yield "expiration_date", offer.valid_through
    yield "price", f"{offer.price} {offer.currency}"
    yield "condition", "new"
    if offer.gtin:
        yield "gtin", offer.gtin
    else:
        yield "identifier_exists", "no"
    if len(offer.items) > 1:
        yield "is_bundle", "yes"
    # The one field of theirs that is free: by it an ad is told from the page it was made of.
    yield "custom_label_0", f"revision {offer.revision}"


def _id(offer: ListedOffer) -> str:
    return f"{offer.campaign}/{offer.bundle}"

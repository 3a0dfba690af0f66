"""The clause library: every legal sentence Omni can say, by key.

Legal text never falls back, neither to a parent locale nor to the source: a clause that its own catalogue
lacks is an error, and an edition with one cannot be published. Nothing here is legal advice and no text has
been reviewed by a lawyer; each catalogue says so in its header.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from omni.present.locales import catalogue_path

TITLES: dict[str, str] = {
    "offer": "The offer",
    "gift": "Gifts",
    "delivery": "Delivery",
    "period": "When it is valid",
    "eligibility": "Who can take part",
    "where": "Where to use it",
    "quantity": "How often it can be used",
    "minimum": "Minimum purchase",
    "stacking": "Together with other offers",
    "exclusions": "What is not included",
    "return": "Returns",
    "withdrawal": "Withdrawal",
    "cash": "No cash value",
    "permit": "Permit",
    "product": "About the products",
    "pictures": "Pictures",
    "privacy": "Your data",
    "seller": "Seller",
}
"""Every clause in the order it is read, with its title: the total price first, who sells last."""

SENTENCES: dict[str, str] = {
    "offer.bundle": "%(bundle)s for %(price)s.",
    "offer.separate": "%(bundle)s for %(price)s; its items bought separately cost %(list_sum)s.",
    "offer.incl": "All prices include tax.",
    "offer.excl": "Prices do not include tax. Tax is added at checkout and depends on the delivery address.",
    "offer.none": "No tax is added to these prices.",
    "price.lowest": "Lowest price in the %(days)s days before the reduction: %(price)s",
    "price.lowest-sold": (
        "Basis of the comparison: the lowest price at which it was sold here "
        "in the %(days)s days before the offer, %(price)s"
    ),
    "price.usual": "Usual price: %(price)s",
    "price.previous": "Previous price: %(price)s",
    "price.ordinary": "Regular price: %(price)s",
    "price.reduction": "%(percent)s less",
    "price.unit": "%(price)s per %(quantity)s",
    "price.ceiling": "Maximum retail price: %(price)s, inclusive of all taxes",
    "price.cash": "Price for payment in full.",
    "gift.named": "Comes as a gift: %(gifts)s.",
    "delivery.checkout": "The delivery cost depends on the address; the shop shows it before you pay.",
    "delivery.flat": "Delivery costs %(cost)s per order.",
    "delivery.free": "Delivery is free of charge.",
    "delivery.free-from": "Delivery is free of charge for orders of %(free_from)s or more.",
    "delivery.countries": "Delivers to: %(countries)s.",
    "period.window": (
        "The offer starts on %(opens)s. Codes are given out up to and including %(last_issue)s. "
        "With a code you can get the offer up to and including %(last_unlock)s "
        "and use the discount code up to and including %(last_use)s."
    ),
    "period.zone": "Each day begins and ends at midnight, local time in %(zone)s.",
    "eligibility.code": "Anyone who holds a valid code of %(campaign)s (%(market)s) can get the offer.",
    "eligibility.bearer": (
        "A code on a receipt is not tied to a person: the offer goes to whoever gets it first. "
        "A code on a poster or a screen gives each person a discount code of their own."
    ),
    "where.shop": "Use the discount code at %(shop)s.",
    "where.page": "Use the discount code in the online shop that the offer page links to.",
    "quantity.uses": "Number of times each discount code can be used: %(uses)s.",
    "quantity.stock": "Stock is limited. The offer can end early when the items are sold out.",
    "minimum.none": "There is no minimum purchase.",
    "minimum.basket": "The order must come to at least %(minimum)s, delivery not included.",
    "stacking.no": "The offer cannot be combined with other offers or discount codes.",
    "stacking.yes": "The offer can be combined with other offers and discount codes.",
    "exclusions.none": "There are no further exclusions.",
    "exclusions.named": "Not included: %(exclusions)s",
    "return.window": (
        "You can return items up to and including %(returns_until)s under the seller's conditions of return. "
        "Your statutory rights are not affected."
    ),
    "return.share": (
        "For a returned item you get back its share of the price you paid. "
        "The discount code can be used again for that item up to and including %(last_use)s."
    ),
    "withdrawal.page": "You can withdraw from the contract at %(address)s.",
    "cash.none": "The discount code has no cash value and cannot be exchanged for money.",
    "permit.number": "Permit no.: %(permit_no)s.",
    "permit.page": "The permit can be looked up at %(address)s.",
    "product.maker": "Manufacturer of %(item)s: %(maker)s.",
    "product.responsible": "Responsible for %(item)s in the European Union: %(responsible)s.",
    "product.origin": "Country of origin of %(item)s: %(country)s.",
    "pictures.ai": "Some pictures were made with artificial intelligence.",
    "privacy.page": (
        "The privacy page, linked from the offer page, shows what is stored about your code "
        "and how to have it erased."
    ),
    "seller.identity": "%(seller)s, %(address)s.",
    "seller.contact": "Contact: %(contact)s.",
    "seller.registration": "Registration no.: %(registration)s.",
    "summary.what": "%(bundle)s for %(price)s",
    "summary.until": "Use it by %(last_use)s",
    "summary.whom": "For anyone with a code of %(campaign)s (%(market)s)",
    "summary.many": "Uses per discount code: %(uses)s",
}
"""Every sentence by key, in the source language; the key is its `msgctxt`, so no two are ever confused."""


class MissingClause(Exception):
    """Legal words that a locale lacks; names the locale and every missing key."""

    def __init__(self, locale: str, keys: tuple[str, ...]) -> None:
        super().__init__(f"{locale}: no legal text for {', '.join(keys)}")
        self.locale = locale
        self.keys = keys


@cache
def legal_words(catalogue: str) -> Mapping[str, str]:
    """The usable sentences and titles of one locale's own catalogue, by key; empty when it has none."""
    return read_legal_words(catalogue_path(catalogue, "terms"))


def read_legal_words(path: Path) -> dict[str, str]:
    """The usable sentences and titles of one terms file, by key.

    Empty and fuzzy entries are not usable, nor is the translation of a sentence that has since changed.
    """
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        written = read_po(file, domain="terms")
    found = {}
    for key, source in {**TITLES, **SENTENCES}.items():
        message = written.get(source, context=key)
        if message is not None and message.string and not message.fuzzy:
            found[key] = str(message.string)
    return found

"""The way to the shop: an edition's link template, filled in for one voucher."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from omni.present.locales import bcp47

_WORD = re.compile(r"([?&]?)\{(\w+)\}")


def shop_link(
    template: str,
    *,
    items: Iterable[tuple[str, int]],
    voucher: str,
    locale: str,
    placement: str,
    market: str,
    campaign: str,
) -> str:
    """The shop's address with basket, voucher, language and origin, every value percent-encoded.

    Items read `sku:quantity,sku:quantity`. Where `{items}` stands for a whole parameter, directly after `?`
    or `&`, it becomes `items=...`. A word the template has and nobody fills stays as it was written.
    """
    basket = ",".join(f"{quote(sku, safe='')}:{quantity}" for sku, quantity in items)
    values = {
        "voucher": quote(voucher, safe=""),
        "locale": quote(bcp47(locale), safe=""),
        "placement": quote(placement, safe=""),
        "market": quote(market, safe=""),
        "campaign": quote(campaign, safe=""),
    }

    def fill(found: re.Match[str]) -> str:
        before, word = found.groups()
        if word == "items":
            return f"{before}items={basket}" if before else basket
        return before + values.get(word, f"{{{word}}}")

    return _WORD.sub(fill, template)


def origin_of(link: str) -> str:
    """Scheme and host of a link, as a security policy names them."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}"

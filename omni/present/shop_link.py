"""The way to the shop: an edition's link template, filled in for one voucher."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from omni.domain.published import Published, PublishedBundle
from omni.present.locales import bcp47

_WORD = re.compile(r"([?&]?)\{(\w+)\}")


def way_to_shop(
    content: Published,
    bundle: PublishedBundle,
    *,
    left: Mapping[int, int],
    voucher: str,
    locale: str,
    placement: str,
) -> str:
    """The shop's address for a bundle's voucher, with what is `left` of each line as the shop calls it.

    Units beyond what the bundle holds once wait for another order: a shop would charge for them in full.
    """
    wanted = ((line.sku, min(line.quantity, left.get(line.line, 0))) for line in bundle.lines)
    return shop_link(
        content.shop,
        items=[(content.shop_items.get(sku, sku), quantity) for sku, quantity in wanted if quantity > 0],
        voucher=voucher,
        locale=locale,
        placement=placement,
        market=content.market,
        campaign=content.campaign,
    )


def fills_basket(template: str) -> bool:
    """Whether a shop is told what to put into the basket."""
    return "{items}" in template


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

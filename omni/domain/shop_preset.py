"""The way to a shop as a campaign file has it: a link template, or the name of a shop system that we know.

Each preset is one address that the system documents: what it takes of a basket and of a discount code.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from omni.domain.market_record import Part
from omni.domain.written import LinkTemplate, ShopAddress, Sku

NativeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
"""What a shop calls an item in its addresses: a variant of Shopify, a product or variation of WooCommerce."""


class ShopPreset(StrEnum):
    """Shop systems whose links are known; `generic` takes what a shop of one's own is taught to read."""

    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    PRESTASHOP = "prestashop"
    MAGENTO = "magento"
    GENERIC = "generic"


_FILLED = {
    # shopify.dev, "Create cart permalinks": variants and quantities in the path, one discount, a reference.
    ShopPreset.SHOPIFY: "/cart/{items}?discount={voucher}&ref={placement}",
    # developer.woocommerce.com, "Shareable checkout URLs", from WooCommerce 10.0 on.
    ShopPreset.WOOCOMMERCE: "/checkout-link/?products={items}&coupon={voucher}",
    ShopPreset.GENERIC: "/cart?{items}&discount={voucher}&lang={locale}&ref={placement}",
}
"""Where a basket is filled by the link."""

_EMPTY = {
    # help.shopify.com, "Promoting discounts": a link that applies a discount and leads on.
    ShopPreset.SHOPIFY: "/discount/{voucher}?redirect=/",
    ShopPreset.WOOCOMMERCE: "/cart/",
    # Both add one product at a time, behind a token of the visit, and know no address for a discount code.
    ShopPreset.PRESTASHOP: "/index.php?controller=cart&action=show",
    ShopPreset.MAGENTO: "/checkout/cart/",
}
"""Where it is not, because the system cannot, or nobody wrote what it calls the items."""


class ShopPart(Part):
    """A shop of a system that we know, where it is, and what it calls the items."""

    preset: Annotated[ShopPreset, Field(strict=False)] = Field(description="The system the shop runs on.")
    address: ShopAddress = Field(
        description="Where the shop is, without a path to its basket.", examples=["https://shop.example"]
    )
    items: dict[Sku, NativeId] = Field(
        {},
        max_length=500,
        description="What the shop calls each item: a variant id of Shopify, a product or variation id of"
        " WooCommerce. Without, its basket arrives empty.",
        examples=[{"teapot": "40000000001"}],
    )

    @model_validator(mode="after")
    def _fills_what_can_be_filled(self) -> Self:
        if self.items and self.preset not in _FILLED:
            raise ValueError(f"items: no link fills a basket of {self.preset}; delete them")
        return self

    @property
    def template(self) -> str:
        """The link template this stands for."""
        needs_ids = self.preset in _EMPTY
        paths = _FILLED if self.items or not needs_ids else _EMPTY
        return self.address.rstrip("/") + paths[self.preset]


SHOP_BY_PRESET = "shop by preset"
SHOP_AS_TEMPLATE = "shop as template"


def _shop_form(written: object) -> str:
    return SHOP_BY_PRESET if isinstance(written, dict | ShopPart) else SHOP_AS_TEMPLATE


ShopLink = Annotated[
    Annotated[ShopPart, Tag(SHOP_BY_PRESET)] | Annotated[LinkTemplate, Tag(SHOP_AS_TEMPLATE)],
    Discriminator(_shop_form),
]
"""The way to the shop, as a template or by a preset."""


def template_of(shop: ShopPart | str) -> str:
    """The link template, however it was written."""
    return shop.template if isinstance(shop, ShopPart) else shop


def native_items(shop: ShopPart | str) -> dict[str, str]:
    """What the shop calls the items, where that is not their SKU."""
    return dict(shop.items) if isinstance(shop, ShopPart) else {}

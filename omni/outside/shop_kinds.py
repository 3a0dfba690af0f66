"""Which module speaks to which kind of shop."""

from collections.abc import Mapping

from omni.domain.shop import ShopKind
from omni.outside import prestashop, shopify, woocommerce
from omni.outside.admin_api import AdminApi

ADMIN_APIS: Mapping[ShopKind, AdminApi] = {
    ShopKind.SHOPIFY: shopify,
    ShopKind.WOOCOMMERCE: woocommerce,
    ShopKind.PRESTASHOP: prestashop,
}
"""One module for each kind."""

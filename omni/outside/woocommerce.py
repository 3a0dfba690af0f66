"""WooCommerce: coupons and orders by its REST API, version 3. Not run against a real shop.

The token is `consumer key:consumer secret` with read and write access. A coupon is used once by its own usage
limit. Source: https://woocommerce.github.io/woocommerce-rest-api-docs/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from omni.domain.discount import Discount, in_minor_units
from omni.domain.order_report import OrderReport, ReportedLine
from omni.domain.shop import OrderEvent
from omni.outside.admin_api import MOST_PAGES, Access, ShopRefuses, as_json, ask

_COUPONS = "/wp-json/wc/v3/coupons"
_ORDERS = "/wp-json/wc/v3/orders"
_TAKEN = "woocommerce_rest_coupon_code_already_exists"
_PAGE = 100
_PAID = ("processing", "completed", "on-hold", "refunded", "cancelled")


def make(access: Access, discount: Discount) -> str:
    """Make a coupon, or find the one of this code."""
    wanted = {
        "code": discount.code,
        "description": discount.title,
        "discount_type": "fixed_cart",
        "amount": discount.amount,
        "minimum_amount": discount.minimum,
        "usage_limit": 1,
        "individual_use": True,
        "date_expires_gmt": _gmt(discount.ends_at),
    }
    answer = ask(access, "POST", _COUPONS, auth=_auth(access), allowed=(400,), json=wanted)
    told = as_json(answer)
    if answer.status_code == 400:
        found = _found(access, discount.code) if told.get("code") == _TAKEN else None
        if found is None:
            raise ShopRefuses(f"the shop takes no such coupon ({told.get('code')})")
        return found
    return str(told["id"])


def delete(access: Access, code: str, native_id: str | None) -> None:
    """Make sure that a coupon is not there."""
    known = native_id or _found(access, code)
    if known is not None:
        auth = _auth(access)
        ask(access, "DELETE", f"{_COUPONS}/{known}", auth=auth, allowed=(404,), params={"force": "true"})


def orders_since(access: Access, since: datetime, digits: Mapping[str, int]) -> Iterator[OrderReport]:
    """What happened to orders that changed since an instant and that named a coupon."""
    for page in range(1, MOST_PAGES + 1):
        asked = {
            "modified_after": _gmt(since),
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": _PAGE,
            "page": page,
        }
        orders = as_json(ask(access, "GET", _ORDERS, auth=_auth(access), params=asked))
        for order in orders:
            if order["coupon_lines"] and order["status"] in _PAID and order["currency"] in digits:
                yield from _events(access, order, digits[order["currency"]])
        if len(orders) < _PAGE:
            return


def _events(access: Access, order: Mapping[str, Any], digits: int) -> Iterator[OrderReport]:
    def minor(*amounts: str) -> int:
        return sum(in_minor_units(amount, digits) for amount in amounts)

    order_ref, currency = str(order["number"]), str(order["currency"])
    lines = tuple(
        ReportedLine(line["sku"], line["quantity"], minor(line["total"], line["total_tax"]))
        for line in order["line_items"]
        if line["sku"]
    )
    yield OrderReport(
        order_ref=order_ref,
        event=OrderEvent.PLACED,
        at=_instant(order["date_created_gmt"]),
        voucher=order["coupon_lines"][0]["code"],
        # The basket before the discount: that is what a minimum is about.
        total_minor=minor(order["total"], order["discount_total"], order["discount_tax"]),
        currency=currency,
        lines=lines,
    )
    if order["status"] == "cancelled":
        at = _instant(order["date_modified_gmt"])
        yield OrderReport(order_ref=order_ref, event=OrderEvent.CANCELLED, at=at)
        return
    if order["refunds"]:
        for back in as_json(ask(access, "GET", f"{_ORDERS}/{order['id']}/refunds", auth=_auth(access))):
            yield OrderReport(
                order_ref=order_ref,
                event=OrderEvent.REFUNDED,
                at=_instant(back["date_created_gmt"]),
                amount_minor=abs(minor(back["amount"])),
                currency=currency,
            )


def _found(access: Access, code: str) -> str | None:
    answer = ask(access, "GET", _COUPONS, auth=_auth(access), params={"code": code.lower()})
    return next((str(coupon["id"]) for coupon in as_json(answer)), None)


def _auth(access: Access) -> tuple[str, str]:
    key, _, secret = access.token.partition(":")
    return key, secret


def _gmt(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)

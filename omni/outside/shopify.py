"""Shopify: discount codes and orders by the GraphQL Admin API. Not run against a real shop.

The token is an app's access token with `write_discounts`, `read_discounts` and `read_orders`. A code is used
once by its usage limit. Source: https://shopify.dev/docs/api/admin-graphql/2026-07
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from omni.domain.discount import Discount, in_minor_units
from omni.domain.order_report import OrderReport, ReportedLine
from omni.domain.shop import OrderEvent
from omni.outside.admin_api import MOST_PAGES, Access, ShopAway, ShopRefuses, as_json, ask

_ENDPOINT = "/admin/api/2026-07/graphql.json"
_THROTTLED_SECONDS = 2.0

_MAKE = """
mutation Make($discount: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $discount) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""
_FIND = "query Find($code: String!) { codeDiscountNodeByCode(code: $code) { id } }"
_DELETE = """
mutation Delete($id: ID!) {
  discountCodeDelete(id: $id) { deletedCodeDiscountId userErrors { code message } }
}
"""
_LIST = """
query Orders($query: String!, $after: String) {
  orders(first: 50, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes {
      name createdAt cancelledAt discountCodes
      totalPriceSet { shopMoney { amount currencyCode } }
      totalDiscountsSet { shopMoney { amount } }
      lineItems(first: 100) { nodes { sku quantity discountedTotalSet { shopMoney { amount } } } }
      refunds { createdAt totalRefundedSet { shopMoney { amount } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def make(access: Access, discount: Discount) -> str:
    """Make a discount code, or find the one of this text."""
    wanted = {
        "title": f"{discount.title} {discount.code}",
        "code": discount.code,
        "startsAt": _written(discount.starts_at),
        "endsAt": _written(discount.ends_at),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"all": "ALL"},
        "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": discount.minimum}},
        "customerGets": {
            "value": {"discountAmount": {"amount": discount.amount, "appliesOnEachItem": False}},
            "items": {"all": True},
        },
    }
    told = _run(access, _MAKE, {"discount": wanted})["discountCodeBasicCreate"]
    if any(error["code"] == "TAKEN" for error in told["userErrors"]):
        found = _found(access, discount.code)
        if found is not None:
            return found
    if told["userErrors"]:
        raise ShopRefuses(f"the shop takes no such discount ({told['userErrors'][0]['code']})")
    return str(told["codeDiscountNode"]["id"])


def delete(access: Access, code: str, native_id: str | None) -> None:
    """Make sure that a discount code is not there."""
    known = native_id or _found(access, code)
    if known is None:
        return
    told = _run(access, _DELETE, {"id": known})["discountCodeDelete"]
    if told["userErrors"] and _found(access, code) is not None:
        raise ShopRefuses(f"the shop keeps the discount ({told['userErrors'][0]['code']})")


def orders_since(access: Access, since: datetime, digits: Mapping[str, int]) -> Iterator[OrderReport]:
    """What happened to orders that changed since an instant and that named a discount code."""
    after: str | None = None
    for _ in range(MOST_PAGES):
        asked = {"query": f"updated_at:>='{_written(since)}'", "after": after}
        orders = _run(access, _LIST, asked)["orders"]
        for order in orders["nodes"]:
            currency = order["totalPriceSet"]["shopMoney"]["currencyCode"]
            if order["discountCodes"] and currency in digits:
                yield from _events(order, currency, digits[currency])
        if not orders["pageInfo"]["hasNextPage"]:
            return
        after = orders["pageInfo"]["endCursor"]


def _events(order: Mapping[str, Any], currency: str, digits: int) -> Iterator[OrderReport]:
    def minor(money: Mapping[str, Any]) -> int:
        return in_minor_units(money["shopMoney"]["amount"], digits)

    order_ref = str(order["name"])
    yield OrderReport(
        order_ref=order_ref,
        event=OrderEvent.PLACED,
        at=_instant(order["createdAt"]),
        voucher=order["discountCodes"][0],
        # The basket before the discount: that is what a minimum is about.
        total_minor=minor(order["totalPriceSet"]) + minor(order["totalDiscountsSet"]),
        currency=currency,
        lines=tuple(
            ReportedLine(line["sku"], line["quantity"], minor(line["discountedTotalSet"]))
            for line in order["lineItems"]["nodes"]
            if line["sku"]
        ),
    )
    if order["cancelledAt"]:
        at = _instant(order["cancelledAt"])
        yield OrderReport(order_ref=order_ref, event=OrderEvent.CANCELLED, at=at)
        return
    for back in order["refunds"]:
        yield OrderReport(
            order_ref=order_ref,
            event=OrderEvent.REFUNDED,
            at=_instant(back["createdAt"]),
            amount_minor=minor(back["totalRefundedSet"]),
            currency=currency,
        )


def _found(access: Access, code: str) -> str | None:
    node = _run(access, _FIND, {"code": code})["codeDiscountNodeByCode"]
    return None if node is None else str(node["id"])


def _run(access: Access, query: str, variables: Mapping[str, Any]) -> Any:
    headers = {"X-Shopify-Access-Token": access.token}
    body = {"query": query, "variables": variables}
    told = as_json(ask(access, "POST", _ENDPOINT, headers=headers, json=body))
    errors = told.get("errors") or []
    codes = [error.get("extensions", {}).get("code") for error in errors if isinstance(error, dict)]
    if "THROTTLED" in codes:
        raise ShopAway("the shop asks to wait", _THROTTLED_SECONDS)
    if errors:
        raise ShopRefuses(f"the shop refuses ({', '.join(filter(None, codes)) or 'no reason given'})")
    return told["data"]


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)

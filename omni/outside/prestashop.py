"""PrestaShop: cart rules and orders by its webservice. Not run against a real shop.

The token is a webservice key that may read and write cart rules, and read orders, order cart rules,
currencies and languages. A rule is used once by its quantity. PrestaShop lets two rules have one code, so a
code is looked up before it is made. Source: https://devdocs.prestashop-project.org/9/webservice/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, ParseError

import requests

from omni.domain.discount import Discount, in_minor_units
from omni.domain.order_report import OrderReport, ReportedLine
from omni.domain.shop import OrderEvent
from omni.outside.admin_api import MOST_PAGES, Access, ShopRefuses, ask

_CANCELLED = "6"
"""The order state PrestaShop installs as cancelled; 7 is refunded, whole."""

_REFUNDED = "7"
_PAGE = 100


def make(access: Access, discount: Discount) -> str:
    """Make a cart rule, or find the one of this code."""
    found = _found(access, discount.code)
    if found:
        return found[0]
    currency = _ids(access, "currencies", iso_code=discount.currency)
    if not currency:
        raise ShopRefuses(f"the shop has no currency {discount.currency}")
    document = Element("prestashop")
    rule = ET.SubElement(document, "cart_rule")
    values = {
        "code": discount.code,
        "date_from": _written(discount.starts_at),
        "date_to": _written(discount.ends_at),
        "quantity": "1",
        "quantity_per_user": "1",
        "partial_use": "0",
        "minimum_amount": discount.minimum,
        "minimum_amount_tax": "1",
        "minimum_amount_currency": currency[0],
        "reduction_amount": discount.amount,
        "reduction_tax": "1",
        "reduction_currency": currency[0],
        "active": "1",
    }
    for name, value in values.items():
        ET.SubElement(rule, name).text = value
    name_of = ET.SubElement(rule, "name")
    for language in _ids(access, "languages"):
        ET.SubElement(name_of, "language", id=language).text = discount.title
    told = _ask(access, "POST", "cart_rules", sent=ET.tostring(document, encoding="utf-8"))
    return _text(told, "cart_rule/id")


def delete(access: Access, code: str, native_id: str | None) -> None:
    """Make sure that no cart rule has this code."""
    for known in dict.fromkeys([*([native_id] if native_id else []), *_found(access, code)]):
        ask(access, "DELETE", f"/api/cart_rules/{known}", auth=(access.token, ""), allowed=(404,))


def orders_since(access: Access, since: datetime, digits: Mapping[str, int]) -> Iterator[OrderReport]:
    """What happened to orders that changed since an instant and that used a cart rule with a code.

    Its dates are those of the shop's own clock, which is taken for UTC: set the shop's time zone so, or
    events are off by the difference.
    """
    currencies = {
        _text(row, "id"): _text(row, "iso_code")
        for row in _ask(access, "GET", "currencies", {"display": "[id,iso_code]"}).iter("currency")
    }
    for page in range(MOST_PAGES):
        asked = {
            "display": "full",
            "date": "1",
            "filter[date_upd]": f"[{_written(since)},2099-12-31 23:59:59]",
            "sort": "[id_ASC]",
            "limit": f"{page * _PAGE},{_PAGE}",
        }
        orders = list(_ask(access, "GET", "orders", asked).iter("order"))
        for order in orders:
            currency = currencies.get(_text(order, "id_currency"), "")
            code = _code_used(access, _text(order, "id")) if currency in digits else None
            if code:
                yield from _events(order, code, currency, digits[currency])
        if len(orders) < _PAGE:
            return


def _events(order: Element, code: str, currency: str, digits: int) -> Iterator[OrderReport]:
    def minor(node: Element, *names: str) -> int:
        return sum(in_minor_units(_text(node, name), digits) for name in names)

    order_ref, state = _text(order, "reference"), _text(order, "current_state")
    yield OrderReport(
        order_ref=order_ref,
        event=OrderEvent.PLACED,
        at=_instant(_text(order, "date_add")),
        voucher=code,
        # The basket before the discount: that is what a minimum is about.
        total_minor=minor(order, "total_paid_tax_incl", "total_discounts_tax_incl"),
        currency=currency,
        lines=tuple(
            ReportedLine(_text(row, "product_reference"), int(_text(row, "product_quantity")))
            for row in order.iterfind("associations/order_rows/order_row")
            if _text(row, "product_reference")
        ),
    )
    undone = {_CANCELLED: OrderEvent.CANCELLED, _REFUNDED: OrderEvent.REFUNDED}.get(state)
    if undone is not None:
        yield OrderReport(order_ref=order_ref, event=undone, at=_instant(_text(order, "date_upd")))


def _code_used(access: Access, order_id: str) -> str | None:
    """The code of the first cart rule of an order that has one."""
    asked = {"display": "[id_cart_rule]", "filter[id_order]": f"[{order_id}]"}
    for used in _ask(access, "GET", "order_cart_rules", asked).iter("order_cart_rule"):
        asked = {"display": "[code]", "filter[id]": f"[{_text(used, 'id_cart_rule')}]"}
        for rule in _ask(access, "GET", "cart_rules", asked).iter("cart_rule"):
            if _text(rule, "code"):
                return _text(rule, "code")
    return None


def _found(access: Access, code: str) -> list[str]:
    return _ids(access, "cart_rules", code=code)


def _ids(access: Access, resource: str, **filters: str) -> list[str]:
    asked = {f"filter[{name}]": f"[{value}]" for name, value in filters.items()}
    rows = _ask(access, "GET", resource, {"display": "[id]", **asked})
    return [node.text for node in rows.iter("id") if node.text]


def _ask(
    access: Access,
    method: str,
    resource: str,
    asked: Mapping[str, str] | None = None,
    *,
    sent: bytes | None = None,
) -> Element:
    answer = ask(
        access,
        method,
        f"/api/{resource}",
        headers={"Content-Type": "application/xml"} if sent else None,
        auth=(access.token, ""),
        params=asked,
        data=sent,
    )
    return _document(answer)


def _document(answer: requests.Response) -> Element:
    # A document that declares entities could make a small answer a huge one; a shop has no need of them.
    if b"<!DOCTYPE" in answer.content or b"<!ENTITY" in answer.content:
        raise ShopRefuses("the shop's answer is no plain XML")
    try:
        return ET.fromstring(answer.content)
    except ParseError:
        raise ShopRefuses("what answers there does not speak XML; look at the address") from None


def _text(node: Element, path: str) -> str:
    return (node.findtext(path) or "").strip()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)

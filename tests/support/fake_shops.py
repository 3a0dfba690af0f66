"""Shops that are not there: HTTP servers on loopback that keep discounts and take each of them once.

One stock, three ways of speaking to it, each as far as its documentation says. What goes wrong is said in
advance: an answer that never comes, although the shop did what was asked; a shop that has too much to do.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

TOKEN = "ck_tests:cs_tests"
LOST, BUSY, BROKEN = "lost", "busy", "broken"
"""An answer that is lost after the shop acted; 429 with Retry-After; 500."""


@dataclass
class FakeShop:
    """What a shop knows: its discounts by id, and its orders as it tells them."""

    address: str = ""
    discounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    troubles: deque[str] = field(default_factory=deque)
    asked: int = 0
    made: int = 0
    lock: Lock = field(default_factory=Lock)

    def make(self, code: str, **values: Any) -> str:
        """Keep a discount; whoever speaks for the shop refuses a second one of a code."""
        self.made += 1
        native_id = str(100 + self.made)
        self.discounts[native_id] = {"id": native_id, "code": code, "uses": 0, **values}
        return native_id

    def found(self, code: str) -> list[dict[str, Any]]:
        """The discounts of a code, in any case."""
        return [one for one in self.discounts.values() if one["code"].lower() == code.lower()]

    def check_out(self, code: str) -> bool:
        """Whether the checkout takes a code: once."""
        with self.lock:
            usable = [one for one in self.found(code) if not one["uses"]]
            for one in usable:
                one["uses"] += 1
            return bool(usable)

    @property
    def codes(self) -> list[str]:
        """The codes that are there, as they were asked for."""
        return sorted(one["code"] for one in self.discounts.values())


class _Speaker(BaseHTTPRequestHandler):
    """One request: trouble that was said in advance, or the answer."""

    shop: FakeShop
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Any method."""
        self._answer()

    do_POST = do_DELETE = do_GET  # noqa: N815

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        with self.shop.lock:
            self.shop.asked += 1
            trouble = self.shop.troubles.popleft() if self.shop.troubles else ""
            if trouble == BUSY:
                return self.say(429, b"", "text/plain", retry_after="7")
            if trouble == BROKEN:
                return self.say(500, b"", "text/plain")
            status, body, media_type = self.speak(urlsplit(self.path), sent) if self.is_let_in() else _NO
        if trouble == LOST:
            self.close_connection = True
            return None
        return self.say(status, body, media_type)

    def say(self, status: int, body: bytes, media_type: str, retry_after: str = "") -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def is_let_in(self) -> bool:
        """Whether the token is the shop's."""
        written = self.headers.get("Authorization", "").removeprefix("Basic ")
        return b64decode(written).decode() in (TOKEN, f"{TOKEN}:")

    def speak(self, url: Any, sent: bytes) -> tuple[int, bytes, str]:
        """The answer of this kind of shop."""
        raise NotImplementedError


_NO = (401, b"{}", "application/json")


def _json(status: int, document: Any) -> tuple[int, bytes, str]:
    return status, json.dumps(document).encode(), "application/json"


class WooCommerce(_Speaker):
    """Coupons and orders of the REST API, version 3."""

    def speak(self, url: Any, sent: bytes) -> tuple[int, bytes, str]:
        """REST."""
        path, asked = url.path.removeprefix("/wp-json/wc/v3/"), parse_qs(url.query)
        match self.command, path.split("/"):
            case "POST", ["coupons"]:
                wanted = json.loads(sent)
                if self.shop.found(wanted["code"]):
                    return _json(400, {"code": "woocommerce_rest_coupon_code_already_exists"})
                assert wanted["usage_limit"] == 1
                return _json(201, {"id": int(self.shop.make(wanted["code"].lower(), wanted=wanted))})
            case "GET", ["coupons"]:
                return _json(200, [{"id": int(one["id"])} for one in self.shop.found(asked["code"][0])])
            case "DELETE", ["coupons", native_id]:
                return _json(200 if self.shop.discounts.pop(native_id, None) else 404, {})
            case "GET", ["orders"]:
                return _json(200, self.shop.orders if asked["page"] == ["1"] else [])
            case "GET", ["orders", order_id, "refunds"]:
                order = next(one for one in self.shop.orders if str(one["id"]) == order_id)
                return _json(200, order["refunds"])
        return _json(404, {})


class Shopify(_Speaker):
    """Discount codes and orders of the GraphQL Admin API."""

    def is_let_in(self) -> bool:
        """Its token has a header of its own."""
        return self.headers.get("X-Shopify-Access-Token") == TOKEN

    def speak(self, url: Any, sent: bytes) -> tuple[int, bytes, str]:
        """GraphQL."""
        asked = json.loads(sent)
        given = asked["variables"]
        if "discountCodeBasicCreate" in asked["query"]:
            wanted = given["discount"]
            if self.shop.found(wanted["code"]):
                errors = [{"code": "TAKEN", "field": ["code"], "message": "taken"}]
                told: Any = {"codeDiscountNode": None, "userErrors": errors}
            else:
                assert wanted["usageLimit"] == 1
                node = {"id": self.shop.make(wanted["code"], wanted=wanted)}
                told = {"codeDiscountNode": node, "userErrors": []}
            return _json(200, {"data": {"discountCodeBasicCreate": told}})
        if "discountCodeDelete" in asked["query"]:
            self.shop.discounts.pop(given["id"], None)
            return _json(200, {"data": {"discountCodeDelete": {"userErrors": []}}})
        if "codeDiscountNodeByCode" in asked["query"]:
            found = [{"id": one["id"]} for one in self.shop.found(given["code"])]
            return _json(200, {"data": {"codeDiscountNodeByCode": found[0] if found else None}})
        page = {"nodes": self.shop.orders, "pageInfo": {"hasNextPage": False, "endCursor": None}}
        return _json(200, {"data": {"orders": page}})


class PrestaShop(_Speaker):
    """Cart rules of the webservice; it would keep two of one code."""

    def speak(self, url: Any, sent: bytes) -> tuple[int, bytes, str]:
        """XML."""
        asked = {name: value[0] for name, value in parse_qs(url.query).items()}
        match self.command, url.path.removeprefix("/api/").split("/"):
            case "POST", ["cart_rules"]:
                rule = ET.fromstring(sent).find("cart_rule")
                assert rule is not None
                assert rule.findtext("quantity") == "1"
                wanted = {node.tag: node.text for node in rule}
                native_id = self.shop.make(rule.findtext("code") or "", wanted=wanted)
                return _xml(f"<cart_rule><id>{native_id}</id></cart_rule>", status=201)
            case "GET", ["cart_rules"]:
                if "filter[id]" in asked:
                    code = self.shop.discounts[_listed(asked["filter[id]"])]["code"]
                    return _xml(f"<cart_rules><cart_rule><code>{code}</code></cart_rule></cart_rules>")
                found = self.shop.found(_listed(asked["filter[code]"]))
                rules = "".join(f"<cart_rule><id>{one['id']}</id></cart_rule>" for one in found)
                return _xml(f"<cart_rules>{rules}</cart_rules>")
            case "DELETE", ["cart_rules", native_id]:
                return _xml("", status=200 if self.shop.discounts.pop(native_id, None) else 404)
            case "GET", ["currencies"]:
                currency = "<currency><id>1</id><iso_code>EUR</iso_code></currency>"
                return _xml(f"<currencies>{currency}</currencies>")
            case "GET", ["languages"]:
                return _xml("<languages><language><id>1</id></language></languages>")
            case "GET", ["order_cart_rules"]:
                first = f"<id_cart_rule>{next(iter(self.shop.discounts))}</id_cart_rule>"
                return _xml(
                    f"<order_cart_rules><order_cart_rule>{first}</order_cart_rule></order_cart_rules>"
                )
        return _xml("<orders>" + "".join(order["xml"] for order in self.shop.orders) + "</orders>")


def _listed(written: str) -> str:
    """The one value of a filter, which stands in brackets."""
    return written.strip("[]")


def _xml(inside: str, status: int = 200) -> tuple[int, bytes, str]:
    return status, f"<prestashop>{inside}</prestashop>".encode(), "application/xml"


@contextmanager
def a_shop(kind: type[_Speaker]) -> Iterator[FakeShop]:
    """A shop that is open until the block ends."""
    shop = FakeShop()
    speaker = type(kind.__name__, (kind,), {"shop": shop})
    server = ThreadingHTTPServer(("127.0.0.1", 0), speaker)
    server.daemon_threads = True
    shop.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

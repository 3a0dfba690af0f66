"""The pages of the example shop. A GET never orders, spends or gives back anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from flask import Flask, abort, redirect, render_template, request, send_from_directory, session, url_for
from flask.typing import ResponseReturnValue

from omni import demo
from omni.client import Omni, OmniError
from omni.demo.shop.catalogue import Shelf, shelf_of, shelves, spoken
from omni.demo.shop.vouchers import (
    RETURN_NOT_NOW,
    Offer,
    Order,
    give_back,
    offer_for,
    propose_return,
    spend,
)
from omni.present import locales

MOST_OF_ONE = 99


@dataclass
class Shop:
    """The example shop: whom it asks, and the orders it has taken."""

    omni: Omni
    orders: dict[str, Order] = field(default_factory=dict)

    def start(self) -> ResponseReturnValue:
        """Everything there is to buy."""
        return _page("start")

    def fill(self) -> ResponseReturnValue:
        """The way from Omni's page: fill the basket as the link says, keep the voucher, and show it."""
        if not request.args:
            return self.cart()
        session["lang"] = request.args.get("lang", "en")[:40]
        session["market"] = shelf_of(request.args.get("ref", "")).market
        session["voucher"] = request.args.get("discount", "")[:64]
        wanted = (part.rpartition(":") for part in request.args.get("items", "").split(","))
        _keep_basket({sku: _count(count) for sku, _, count in wanted})
        return redirect(url_for("cart"), 303)

    def cart(self) -> ResponseReturnValue:
        """The basket, and what the voucher would take off it."""
        basket, voucher = _basket(), session.get("voucher", "")
        offer = offer_for(self.omni, voucher, basket) if voucher and basket else Offer("")
        # The order has its name before it is placed: pressed twice, the button places one order.
        ref = session.setdefault("order", f"LF-{token_hex(4).upper()}")
        return _page("cart", basket=basket, offer=offer, voucher=voucher, ref=ref)

    def change(self) -> ResponseReturnValue:
        """Put things into the basket, or type a voucher."""
        if "voucher" in request.form:
            session["voucher"] = request.form["voucher"].strip()[:64]
        counts = {sku: _count(count) for sku, count in request.form.items() if sku in _shelf().products}
        _keep_basket(_basket() | counts)
        return redirect(url_for("cart"), 303)

    def check_out(self) -> ResponseReturnValue:
        """Place the order and use its voucher; what Omni refuses is told before anything is bought."""
        basket, ref = _basket(), request.form.get("ref", "")[:20]
        if ref not in self.orders:
            if not basket or ref != session.get("order"):
                return redirect(url_for("cart"), 303)
            order = _order(ref, basket)
            if order.voucher:
                spend(self.omni, order)
            if order.said and not order.is_undecided:
                offer = Offer(order.voucher, said=order.said)
                return _page("cart", basket=basket, offer=offer, voucher=order.voucher, ref=ref), 409
            self.orders[ref] = order
            for name in ("basket", "voucher", "order"):
                session.pop(name, None)
        return redirect(url_for("order", ref=ref), 303)

    def order(self, ref: str) -> ResponseReturnValue:
        """An order: what was saved on each line, and what came back."""
        return _order_page(self._known(ref))

    def try_again(self, ref: str) -> ResponseReturnValue:
        """Ask once more about a voucher that got no answer when the order was placed."""
        order = self._known(ref)
        if order.is_undecided:
            spend(self.omni, order)
        return redirect(url_for("order", ref=ref), 303)

    def give_back(self, ref: str) -> ResponseReturnValue:
        """Goods come back: the first press says what that means, the second does it."""
        order = self._known(ref)
        wanted = {sku: min(_count(request.form.get(sku, "")), order.left(sku)) for sku in order.basket}
        units = order.returning or {sku: qty for sku, qty in wanted.items() if qty}
        is_done = request.form.get("count") != str(len(order.returns))
        if is_done or not units or not order.may_come_back:
            return redirect(url_for("order", ref=ref), 303)
        prices = {sku: product.price_minor for sku, product in shelves()[order.market].products.items()}
        try:
            if "sure" not in request.form:
                return _order_page(order, proposed=propose_return(self.omni, order, units, prices))
            give_back(self.omni, order, units, prices)
        except OmniError:
            return _order_page(order, trouble=RETURN_NOT_NOW), 503
        return redirect(url_for("order", ref=ref), 303)

    def _known(self, ref: str) -> Order:
        return self.orders.get(ref) or abort(404)


def create_shop(omni: Omni) -> Flask:
    """The example shop as an application that asks this Omni."""
    app, shop = Flask(__name__, static_folder=None), Shop(omni)
    app.config.update(SECRET_KEY=token_hex(32), SESSION_COOKIE_NAME="shop", SESSION_COOKIE_SAMESITE="Lax")
    app.add_url_rule("/", "start", shop.start)
    app.add_url_rule("/cart", "cart", shop.fill)
    app.add_url_rule("/cart", "change", shop.change, methods=["POST"])
    app.add_url_rule("/checkout", "check_out", shop.check_out, methods=["POST"])
    app.add_url_rule("/orders/<ref>", "order", shop.order)
    app.add_url_rule("/orders/<ref>/voucher", "try_again", shop.try_again, methods=["POST"])
    app.add_url_rule("/orders/<ref>/returns", "give_back", shop.give_back, methods=["POST"])
    app.add_url_rule("/pictures/<name>", "picture", _picture)
    return app


def _picture(name: str) -> ResponseReturnValue:
    return send_from_directory(demo.FILE.parent / "pictures", name)


def _page(name: str, shelf: Shelf | None = None, **values: Any) -> str:
    locale = spoken(session.get("lang", "en"))
    return render_template(
        f"{name}.html",
        shelf=shelf or _shelf(),
        locale=locale,
        lang=locales.bcp47(locale),
        dir=locales.direction(locale),
        in_basket=sum(_basket().values()),
        **values,
    )


def _order_page(order: Order, **values: Any) -> str:
    return _page("order", shelf=shelves()[order.market], order=order, **{"proposed": None, **values})


def _shelf() -> Shelf:
    return shelf_of(session.get("market", ""))


def _basket() -> dict[str, int]:
    return dict(session.get("basket", {}))


def _keep_basket(counts: Mapping[str, int]) -> None:
    session["basket"] = {sku: n for sku, n in counts.items() if n and sku in _shelf().products}


def _count(written: str) -> int:
    return min(int(written), MOST_OF_ONE) if written.isascii() and written.isdigit() else 0


def _order(ref: str, basket: Mapping[str, int]) -> Order:
    shelf = _shelf()
    total = sum(shelf.products[sku].price_minor * qty for sku, qty in basket.items())
    return Order(ref, shelf.market, dict(basket), total, shelf.currency, voucher=session.get("voucher", ""))

"""Using a discount code at the till."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from omni.domain.batch import Batch
from omni.domain.claim import Claim, Entitlement
from omni.domain.code import Purpose
from omni.domain.keyring import Opened
from omni.domain.published import in_locale
from omni.domain.redemption_id import read_redemption_id, redemption_id
from omni.domain.refusal import BadInput, Reason, Refused
from omni.domain.rulebook import first_refusal, may_use_in
from omni.domain.typed_amount import typed_minor
from omni.present.locales import bcp47, direction, interface_locales, speaking
from omni.present.locales import gettext as _
from omni.present.wording import sentence
from omni.services import opening, validating
from omni.services.matching import WantedLine
from omni.services.opening import OpenedCode
from omni.services.redeeming import Order, Redeemed, redeem
from omni.services.validating import Basket
from omni.web import admission, here
from omni.web.known_batch import known_batch
from omni.web.limiting import GUESSES
from omni.web.statuses import status_of
from omni.web.till.counter import fresh_key, looked_up, pages, till

_LONGEST_REFERENCE = 128


@dataclass(frozen=True)
class Spendable:
    """A discount code on the counter: what it is, what is left of it, and why it cannot be used, if so."""

    voucher: str
    view: OpenedCode
    claim: Claim
    balances: list[Entitlement]
    refused: Refused | None

    def name_of(self, sku: str, locale: str) -> str:
        """An item as the market calls it."""
        return item_name(self.view, sku, locale)


def item_name(view: OpenedCode, sku: str, locale: str) -> str:
    """An item of a bundle in a language, as far as its market writes it."""
    line = next((line for line in view.bundle.lines if line.sku == sku), None)
    return in_locale(line.names, locale) if line else sku


@pages.get("/use")
def use() -> ResponseReturnValue:
    """Ask for a discount code."""
    return render_template("till/use.html")


@pages.post("/use")
def find() -> ResponseReturnValue:
    """Understand what was typed or scanned: a discount code, a receipt's code, or an earlier use."""
    place = here()
    text = scanned(request.form.get("code", ""))
    opened = place.keyring.open(text)
    batch = known_batch(opened, place.world.now()) if opened else None
    if opened is None or batch is None:
        earlier = read_redemption_id(place.keyring, text)
        if earlier is not None:
            return redirect(url_for("till.used", reference=text), 303)
        return _unknown()
    if opened.purpose is Purpose.CODE and not _is_unlocked(opened):
        unlock_url = f"{batch.host}/c/{place.keyring.seal(opened.number, Purpose.CODE, batch.key_id)}"
        return render_template("till/not_unlocked.html", code=text, unlock_url=unlock_url), 409
    return redirect(url_for("till.offer_to_spend", voucher=_voucher(opened, batch)), 303)


@pages.get("/use/<voucher>")
def offer_to_spend(voucher: str) -> ResponseReturnValue:
    """What a discount code is for, and what of it is left to use."""
    found = _spendable(voucher)
    return _counter(found, found.refused)


@pages.post("/use/<voucher>")
def spend(voucher: str) -> ResponseReturnValue:
    """Use the ticked items for an order; pressing twice is one use."""
    place = here()
    found = _spendable(voucher)
    if found.refused is not None and found.refused.reason is Reason.WRONG_MARKET:
        return _counter(found, found.refused)
    try:
        order = _order(found)
        with place.db.writing() as tx:
            outcome = redeem(
                tx,
                place.world.now(),
                batch=found.view.batch,
                number=found.view.number,
                caller=till().caller(request.form.get("key") or fresh_key(), _hash_of(order)),
                order=order,
            )
    except BadInput as mistake:
        return _counter(found, found.refused, mistake=mistake)
    if isinstance(outcome, Refused):
        return _counter(found, outcome)
    return _spent(found.view.batch, outcome)


def scanned(text: str) -> str:
    """The code in what a scanner or a person typed: the last part of an address, or the text itself."""
    return text.strip().partition("?")[0].rstrip("/").rpartition("/")[2]


def _unknown() -> ResponseReturnValue:
    wait = here().limiter.try_once(GUESSES, "till", admission.name())
    reason = Reason.UNKNOWN_CODE if wait is None else Reason.TOO_MANY_ATTEMPTS
    page = render_template("till/use.html", problem=sentence(reason, audience="staff"))
    return page, status_of(reason), {"Retry-After": str(wait)} if wait else {}


def _is_unlocked(opened: Opened) -> bool:
    with here().db.reading() as session:
        return opening.history(session, opened.number).claim is not None


def _voucher(opened: Opened, batch: Batch) -> str:
    return here().keyring.seal(opened.number, Purpose.VOUCHER, batch.key_id)


def _spendable(voucher: str) -> Spendable:
    place = here()
    opened = place.keyring.open(voucher)
    now = place.world.now()
    batch = known_batch(opened, now) if opened and opened.purpose is Purpose.VOUCHER else None
    if opened is None or batch is None:
        abort(404)
    view, number = looked_up(batch, opened.number), opened.number
    with place.db.reading() as session:
        facts = opening.history(session, number)
        answer = validating.validate(
            session, now, batch=batch, number=number, caller=till().caller(), basket=Basket()
        )
    if facts.claim is None:
        abort(404)
    refused = first_refusal(
        may_use_in(view.market.id, till().market.id), answer if isinstance(answer, Refused) else None
    )
    return Spendable(_voucher(opened, batch), view, facts.claim, list(facts.entitlements), refused)


def _order(found: Spendable) -> Order:
    """The order as typed. Raises BadInput for what cannot be read."""
    form, market = request.form, till().market
    reference = form.get("order_ref", "").strip()
    if not 0 < len(reference) <= _LONGEST_REFERENCE or not reference.isprintable():
        raise BadInput("order_ref", _("Type the number of the order or receipt."))
    try:
        total = typed_minor(form.get("total", ""), digits=market.digits)
    except ValueError as unread:
        raise BadInput("total", _("This total cannot be read. Write it like 49.90.")) from unread
    lines = ticked_lines([balance.sku for balance in found.balances])
    return Order(order_ref=reference, total_minor=total, currency=market.currency, lines=lines)


def ticked_lines(skus: list[str]) -> tuple[WantedLine, ...]:
    """The ticked items and how many of each. Raises BadInput when nothing is ticked or a number is none."""
    lines = []
    for sku in skus:
        if f"tick-{sku}" not in request.form:
            continue
        quantity = request.form.get(f"qty-{sku}", "1")
        if not quantity.isdecimal() or not 1 <= int(quantity) < 10_000:
            raise BadInput(f"qty-{sku}", _("Say how many, from 1."))
        lines.append(WantedLine(sku, int(quantity)))
    if not lines:
        raise BadInput("lines", _("Tick at least one item."))
    return tuple(lines)


def _hash_of(order: Order) -> str:
    lines = [[line.sku, line.quantity] for line in order.lines]
    return sha256(
        json.dumps([order.order_ref, order.total_minor, order.currency, lines]).encode()
    ).hexdigest()


def _counter(
    found: Spendable, refused: Refused | None, *, mistake: BadInput | None = None
) -> ResponseReturnValue:
    page = render_template(
        "till/spend.html",
        found=found,
        refused=refused,
        words=both_ways(refused.reason, found.claim.locale) if refused is not None else None,
        mistake=mistake,
        key=request.form.get("key") or fresh_key(),
        typed=request.form,
    )
    if request.method == "GET":
        return page
    return page, status_of(refused.reason) if refused is not None else 422


@dataclass(frozen=True)
class Said:
    """One refusal in two voices: for whoever works the till, and to turn round and show the shopper."""

    staff: str
    shopper: str
    lang: str
    direction: str


def both_ways(reason: Reason, shopper_locale: str) -> Said:
    """A refusal in the words of staff, and in the shopper's own language as she accepted the terms in it."""
    with speaking(shopper_locale):
        shopper = sentence(reason, audience="shopper")
    language = shopper_locale.partition("_")[0]
    spoken = shopper_locale if language in {each.partition("_")[0] for each in interface_locales()} else "en"
    return Said(sentence(reason, audience="staff"), shopper, bcp47(spoken), direction(spoken))


def _spent(batch: Batch, outcome: Redeemed) -> Response:
    redemption = outcome.redemption
    reference = redemption_id(here().keyring, redemption.number, redemption.seq, batch.key_id)
    flash(_("Used. Thank you."), "done")
    return redirect(url_for("till.used", reference=reference), 303)  # type: ignore[return-value]

"""The voucher's own page: what it is good for, until when, and the way to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, request
from markupsafe import Markup

from omni.domain.code import Purpose
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import Caller, end_of, stage_of
from omni.domain.window import local_day
from omni.present.formatting import clock, instant, milliseconds, zone_name
from omni.present.images import svg
from omni.present.locales import current_locale, speaking
from omni.present.offer_page import last_day, offer_page
from omni.present.pauses import pause_sentence
from omni.present.qr import symbol
from omni.present.shop_link import fills_basket, origin_of, way_to_shop
from omni.present.time_left import TimeLeft, time_left
from omni.services import holding, leading_on
from omni.services.running_out import Reservation
from omni.web import here
from omni.web.headers import allow_form_to, allow_scripts
from omni.web.keeping import ways_to_keep
from omni.web.known_voucher import KnownVoucher, known_voucher
from omni.web.shopper_pages import is_from_elsewhere, page, see_other
from omni.web.shopper_unlock import CLIENT
from omni.web.speech import Speech, market_speech

_GONE = {Reason.VOIDED, Reason.EXPIRED}


@dataclass(frozen=True)
class Held:
    """Until when stock is reserved, on the market's clocks; the day is named when it is another one.

    `left` is where its countdown begins, in milliseconds.
    """

    until: str
    countdown: TimeLeft | None
    left: str


def voucher(voucher: str) -> Response:
    """The page of a voucher. A code that was typed here is understood."""
    now = here().world.now()
    found = known_voucher(voucher, now)
    return found if isinstance(found, Response) else _show(found, now)


def to_shop(voucher: str) -> Response:
    """Go to the shop with the voucher and a filled basket, where it can; what is scarce is reserved first."""
    found = _reserved(voucher, here().world.now())
    return found if isinstance(found, Response) else see_other(_shop(found))


def keep(voucher: str) -> Response:
    """Reserve for longer what is scarce, and stay on the page."""
    found = _reserved(voucher, here().world.now())
    return found if isinstance(found, Response) else go_back(voucher)


def go_back(voucher: str) -> Response:
    """Somebody reloaded the address of the form: the page of the voucher is meant."""
    lang = request.args.get("lang", "")[:40]
    return see_other(Speech("", "", lang or None).address(f"/v/{voucher}"))


def _reserved(text: str, now: datetime) -> KnownVoucher | Response:
    """A voucher whose stock is reserved, where this page does that; else the page that says why not."""
    if is_from_elsewhere():
        abort(403)
    found = known_voucher(text, now)
    if isinstance(found, Response):
        return found
    if found.refusal(now) is not None:
        return _show(found, now)
    if not found.is_held_here:
        return found
    with here().db.writing() as tx:
        outcome = holding.hold(
            tx,
            now,
            batch=found.view.batch,
            number=found.view.number,
            caller=Caller(client=CLIENT, key="", body_hash=""),
            order_ref=holding.PAGE,
        )
    if not isinstance(outcome, Refused):
        return found
    newest = known_voucher(text, now)
    is_sold_out = outcome.reason is Reason.OUT_OF_STOCK
    return newest if isinstance(newest, Response) else _show(newest, now, is_sold_out=is_sold_out)


def _show(found: KnownVoucher, now: datetime, *, is_sold_out: bool = False) -> Response:
    view, zone = found.view, found.view.market.time_zone
    refusal = found.refusal(now)
    speech = market_speech(view.content, view.market, terms=found.claim.locale)
    with speaking(speech.interface):
        offer = offer_page(
            view.content,
            view.bundle,
            view.market,
            locale=speech.terms,
            price_minor=found.claim.price_minor,
            item_prices_minor=view.item_prices_minor,
            reference=view.reference,
            variant=view.variant,
        )
        why_paused = pause_sentence(view.edition.pause_reason, view.edition.pause_words)
        held = _held(found.reservation, now, zone)
    ways = ways_to_keep(found, speech, now)
    if ways is not None:
        allow_scripts()
    allow_form_to(origin_of(view.content.shop))
    return page(
        "shopper/voucher.html",
        speech,
        410 if refusal in _GONE else 409 if is_sold_out else 200,
        path=f"/v/{found.voucher}",
        of=view,
        view=view,
        offer=offer,
        claim=found.claim,
        voucher=found.voucher,
        shop_code=found.shop_code,
        square=_square(found.shop_code or found.voucher),
        ways=ways,
        reservation=found.reservation,
        held=held,
        is_held_here=found.is_held_here,
        is_sold_out=is_sold_out,
        is_filled=fills_basket(view.content.shop),
        terms=found.terms,
        left={each.line: each.left for each in found.history.entitlements},
        uses=len(found.history.redemptions),
        last_use=found.history.redemptions[-1].redeemed_at if found.history.redemptions else None,
        refusal=refusal.value if refusal else None,
        why_paused=why_paused,
        stage=stage_of(view.edition, zone, now),
        afterwards=leading_on.afterwards(here().catalogue.current(now), now, view.content),
        valid_until=last_day(end_of(view.code, found.claim), zone),
        zone=zone,
        code=here().keyring.seal(view.number, Purpose.CODE, view.batch.key_id),
    )


def _square(shown: str) -> Markup:
    """What the shop is given, as a symbol that a till reads off the phone."""
    return Markup(svg(symbol(shown, level="M"), title=shown))


def _shop(found: KnownVoucher) -> str:
    """The shop's address for what is still unspent."""
    view = found.view
    return way_to_shop(
        view.content,
        view.bundle,
        left={each.line: each.left for each in found.history.entitlements},
        voucher=found.shop_code or found.voucher,
        locale=found.claim.locale,
        placement=view.placement.slug,
    )


def _held(reservation: Reservation | None, now: datetime, zone: str) -> Held | None:
    if reservation is None or reservation.is_over:
        return None
    at, spoken = reservation.until, current_locale()
    if local_day(at, zone) == local_day(now, zone):
        until = f"{clock(at, zone, spoken)} ({zone_name(zone, spoken)})"
    else:
        until = instant(at, zone, spoken)
    return Held(until, time_left(at - now), milliseconds(at - now))

"""The voucher's own page: what it is good for, until when, and the way to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, request

from omni.domain.batch import CodePhase
from omni.domain.claim import Claim
from omni.domain.code import Purpose, normalise
from omni.domain.policies import Connection, HoldWhen
from omni.domain.refusal import Reason, Refused
from omni.domain.rulebook import Caller, end_of, may_redeem, stage_of
from omni.domain.terms import TermsVersion
from omni.domain.visit import OrphanClass
from omni.domain.window import local_day
from omni.present.formatting import clock, instant, zone_name
from omni.present.locales import current_locale, speaking
from omni.present.offer_page import last_day, offer_page
from omni.present.pauses import pause_sentence
from omni.present.shop_link import fills_basket, origin_of, way_to_shop
from omni.services import holding, leading_on, opening, running_out, shop_codes, showing
from omni.services.opening import History, OpenedCode
from omni.services.running_out import Reservation
from omni.web import here
from omni.web.headers import allow_form_to
from omni.web.known_batch import known_batch
from omni.web.shopper_offer import find_batch
from omni.web.shopper_pages import is_from_elsewhere, page, see_other
from omni.web.shopper_typed import not_ours
from omni.web.shopper_unlock import CLIENT
from omni.web.speech import Speech, market_speech

_GONE = {Reason.VOIDED, Reason.EXPIRED}


@dataclass(frozen=True)
class _Held:
    """A claim with everything its page shows; `shop_code` is the shop's own, where it takes no other."""

    view: OpenedCode
    claim: Claim
    terms: TermsVersion
    history: History
    voucher: str
    shop_code: str | None
    reservation: Reservation | None

    def refusal(self, now: datetime) -> Reason | None:
        """Why the voucher cannot be used now, if so: what is used up comes before what the shop would say."""
        refused = may_redeem(self.view.code, self.claim, now)
        reason = None if refused is None else refused.reason
        if reason is not Reason.VOIDED and self.view.code.phase is CodePhase.REDEEMED:
            return Reason.EXHAUSTED
        # "Your discount code stays valid" would be untrue past its last day.
        is_past = reason is Reason.PAUSED and now >= end_of(self.view.code, self.claim)
        return Reason.EXPIRED if is_past else reason

    @property
    def is_held_here(self) -> bool:
        """Whether it is this page that reserves stock; else the shop asks for it, or it is hers for good."""
        policy = self.view.content.policies.hold
        return policy is not None and policy.when is not HoldWhen.ORDER


def voucher(voucher: str) -> Response:
    """The page of a voucher. A code that was typed here is understood."""
    now = here().world.now()
    found = _find(voucher, now)
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


def _reserved(text: str, now: datetime) -> _Held | Response:
    """A voucher whose stock is reserved, where this page does that; else the page that says why not."""
    if is_from_elsewhere():
        abort(403)
    found = _find(text, now)
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
    newest = _find(text, now)
    is_sold_out = outcome.reason is Reason.OUT_OF_STOCK
    return newest if isinstance(newest, Response) else _show(newest, now, is_sold_out=is_sold_out)


def _find(text: str, now: datetime) -> _Held | Response:
    place = here()
    opened = place.keyring.open(text)
    if opened is None or opened.purpose is Purpose.REDEMPTION:
        return not_ours(text, OrphanClass.WRONG_CHECK if normalise(text) else OrphanClass.NOT_A_CODE)
    if opened.purpose is Purpose.CODE:
        return _of_code(text, now)
    batch = known_batch(opened, now)
    if batch is None:
        return not_ours(text, OrphanClass.NOT_ISSUED)
    catalogue = place.catalogue.current(now)
    with place.db.reading() as session:
        view = opening.look(session, now, catalogue=catalogue, batch=batch, number=opened.number)
        if view.claim is None:
            return not_ours(text, OrphanClass.NOT_ISSUED)
        terms = showing.terms_version(session, view.claim.terms_id)
        history = opening.history(session, opened.number)
        policies = view.content.policies
        theirs = None if policies.connection is Connection.LIVE else shop_codes.code_of(session, view.number)
        reservation = running_out.reservation(session, now, view.number) if policies.hold else None
    sealed = place.keyring.seal(view.number, Purpose.VOUCHER, batch.key_id)
    return _Held(view, view.claim, terms, history, sealed, theirs.code if theirs else None, reservation)


def _of_code(text: str, now: datetime) -> Response:
    """Where a code leads that stands in a voucher's place: to its voucher, or to the page that unlocks it."""
    place = here()
    found = find_batch(text)
    if isinstance(found, Response):
        return found
    batch, number = found
    catalogue = place.catalogue.current(now)
    with place.db.reading() as session:
        view = opening.look(session, now, catalogue=catalogue, batch=batch, number=number)
    if view.claim is None:
        return see_other(f"/c/{place.keyring.seal(number, Purpose.CODE, batch.key_id)}")
    return see_other(f"/v/{place.keyring.seal(number, Purpose.VOUCHER, batch.key_id)}")


def _show(found: _Held, now: datetime, *, is_sold_out: bool = False) -> Response:
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
        )
        why_paused = pause_sentence(view.edition.pause_reason, view.edition.pause_words)
        held_until = _held_until(found.reservation, now, zone)
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
        reservation=found.reservation,
        held_until=held_until,
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


def _shop(found: _Held) -> str:
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


def _held_until(reservation: Reservation | None, now: datetime, zone: str) -> str | None:
    """Until when stock is reserved, on the market's clocks; the day is named when it is another one."""
    if reservation is None or reservation.is_over:
        return None
    at, spoken = reservation.until, current_locale()
    if local_day(at, zone) == local_day(now, zone):
        return f"{clock(at, zone, spoken)} ({zone_name(zone, spoken)})"
    return instant(at, zone, spoken)

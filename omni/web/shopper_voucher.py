"""The voucher's own page: what it is good for, until when, and the way to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, request

from omni.domain.batch import CodePhase
from omni.domain.claim import Claim
from omni.domain.code import Purpose, normalise
from omni.domain.refusal import Reason
from omni.domain.rulebook import end_of, may_redeem, stage_of
from omni.domain.terms import TermsVersion
from omni.domain.visit import OrphanClass
from omni.present.locales import speaking
from omni.present.offer_page import last_day, offer_page
from omni.present.pauses import pause_sentence
from omni.present.shop_link import origin_of, shop_link
from omni.services import leading_on, opening, showing
from omni.services.opening import History, OpenedCode
from omni.web import here
from omni.web.headers import allow_form_to
from omni.web.known_batch import known_batch
from omni.web.shopper_offer import find_batch
from omni.web.shopper_pages import is_from_elsewhere, page, see_other
from omni.web.shopper_typed import not_ours
from omni.web.speech import Speech, market_speech

_GONE = {Reason.VOIDED, Reason.EXPIRED}


@dataclass(frozen=True)
class _Held:
    """A claim with everything its page shows."""

    view: OpenedCode
    claim: Claim
    terms: TermsVersion
    history: History
    voucher: str

    def refusal(self, now: datetime) -> Reason | None:
        """Why the voucher cannot be used now, if so: what is used up comes before what the shop would say."""
        refused = may_redeem(self.view.code, self.claim, now)
        reason = None if refused is None else refused.reason
        if reason is not Reason.VOIDED and self.view.code.phase is CodePhase.REDEEMED:
            return Reason.EXHAUSTED
        # "Your discount code stays valid" would be untrue past its last day.
        is_past = reason is Reason.PAUSED and now >= end_of(self.view.code, self.claim)
        return Reason.EXPIRED if is_past else reason


def voucher(voucher: str) -> Response:
    """The page of a voucher. A code that was typed here is understood."""
    now = here().world.now()
    found = _find(voucher, now)
    return found if isinstance(found, Response) else _show(found, now)


def to_shop(voucher: str) -> Response:
    """Go to the shop with the voucher and, where the shop can, a filled basket."""
    if is_from_elsewhere():
        abort(403)
    now = here().world.now()
    found = _find(voucher, now)
    if isinstance(found, Response):
        return found
    if found.refusal(now) is not None:
        return _show(found, now)
    return see_other(_shop(found))


def go_back(voucher: str) -> Response:
    """Somebody reloaded the address of the form: the page of the voucher is meant."""
    lang = request.args.get("lang", "")[:40]
    return see_other(Speech("", "", lang or None).address(f"/v/{voucher}"))


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
    sealed = place.keyring.seal(view.number, Purpose.VOUCHER, batch.key_id)
    return _Held(view, view.claim, terms, history, sealed)


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


def _show(found: _Held, now: datetime) -> Response:
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
    allow_form_to(origin_of(view.content.shop))
    return page(
        "shopper/voucher.html",
        speech,
        410 if refusal in _GONE else 200,
        path=f"/v/{found.voucher}",
        of=view,
        view=view,
        offer=offer,
        claim=found.claim,
        voucher=found.voucher,
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
    left = {each.line: each.left for each in found.history.entitlements}
    return shop_link(
        view.content.shop,
        items=[
            (line.sku, min(line.quantity, left.get(line.line, 0)))
            for line in view.bundle.lines
            if left.get(line.line, 0) > 0
        ],
        voucher=found.voucher,
        locale=found.claim.locale,
        placement=view.placement.slug,
        market=view.market.id,
        campaign=view.content.campaign,
    )

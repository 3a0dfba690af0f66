"""Unlocking: the one form of a code's page, proved by the token that was drawn with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from flask import Response, abort, request

from omni.domain import holder_cookie
from omni.domain.batch import Batch
from omni.domain.code import Purpose
from omni.domain.published import PublishedTerms
from omni.domain.refusal import Reason, Refused
from omni.domain.render_token import RenderToken
from omni.domain.rulebook import Caller
from omni.services import showing
from omni.services.claiming import Claimed, Screen, claim, claim_shared
from omni.web import here
from omni.web.errors import error_page
from omni.web.holding import held, numbers_of, remember
from omni.web.limiting import CLAIMS, POSTER, network_of
from omni.web.proving import proof_of_page
from omni.web.shopper_offer import find_batch, show_code
from omni.web.shopper_pages import is_from_elsewhere, see_other
from omni.web.speech import Speech, market_speech

CLIENT = "web"


def unlock(code: str) -> Response:
    """Claim the offer that was on the screen, once however often it is tapped, and go to its voucher."""
    if is_from_elsewhere():
        abort(403)
    found = find_batch(code)
    if isinstance(found, Response):
        return found
    batch, number = found
    now = here().world.now()
    token_text = request.form.get("token", "")
    if not token_text:
        return show_code(batch, number, refused=Reason.INVALID_INPUT)
    token = proof_of_page(token_text, number, now)
    if token is None:
        return show_code(batch, number, refused=Reason.STALE_EDIT)
    wait = _too_fast(batch) if batch.is_shared_code(number) else None
    if wait is not None:
        return error_page(429, retry_after=wait)
    outcome = _claim(batch, token, token_text, now)
    if isinstance(outcome, Refused):
        return show_code(batch, number, refused=outcome.reason, old_price_minor=token.price_minor)
    return _handed_over(outcome, batch)


def go_back(code: str) -> Response:
    """Somebody reloaded the address of the form: the page of the code is meant."""
    lang = request.args.get("lang", "")[:40]
    return see_other(Speech("", "", lang or None).address(f"/c/{code}"))


def _too_fast(batch: Batch) -> int | None:
    """Seconds to wait when one network, or everybody together, takes a poster's offers too fast."""
    limiter = here().limiter
    network = limiter.try_once(CLAIMS, "claim", network_of(request.remote_addr))
    return network if network is not None else limiter.try_once(POSTER, "poster", str(batch.id))


def _claim(batch: Batch, token: RenderToken, text: str, now: datetime) -> Claimed | Refused:
    place = here()
    content = place.catalogue.current(now).contents[batch.edition_id]
    if token.locale not in content.terms:
        return Refused(Reason.TERMS_CHANGED)
    proof = sha256(text.encode()).hexdigest()
    caller = Caller(client=CLIENT, key=proof, body_hash=proof)
    promised = place.catalogue.current(now).promised.get(batch.bundle_id, {}).values()
    terms_sha256 = _sha256_of((content.terms, *promised), token.terms_id)
    screen = Screen(token.locale, terms_sha256, token.price_minor)
    with place.db.writing() as tx:
        if batch.is_shared_code(token.number):
            return claim_shared(tx, now, batch=batch, token=text, caller=caller, screen=screen)
        return claim(tx, now, batch=batch, number=token.number, caller=caller, screen=screen)


def _sha256_of(known: Iterable[Mapping[str, PublishedTerms]], terms_id: int) -> str:
    """The hash of the terms on the screen; no terms that are still offered have that of superseded ones."""
    offered = (terms for by_locale in known for terms in by_locale.values())
    return next((terms.sha256 for terms in offered if terms.id == terms_id), "superseded")


def _handed_over(claimed: Claimed, batch: Batch) -> Response:
    """The way to the voucher, and the cookie that finds it again on this phone."""
    place = here()
    voucher = place.keyring.seal(claimed.claim.number, Purpose.VOUCHER, batch.key_id)
    vouchers = holder_cookie.remember(voucher, held())
    with place.db.reading() as session:
        until = showing.last_end(session, numbers_of(vouchers)) or claimed.claim.expires_at
    catalogue = place.catalogue.current(place.world.now())
    content = catalogue.contents[batch.edition_id]
    speech = market_speech(content, catalogue.markets[content.market])
    response = see_other(speech.address(f"/v/{voucher}"))
    remember(response, vouchers, until=until)
    return response

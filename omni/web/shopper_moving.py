"""Moving to one's own market: the second form of a code's page, proved like the first."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, request

from omni.domain.code import Purpose
from omni.domain.market import Market
from omni.domain.refusal import Reason, Refused
from omni.present.locales import pgettext, speaking
from omni.services.exchanging import Destination, exchange
from omni.web import here
from omni.web.proving import proof_of_page
from omni.web.sealing import seals
from omni.web.shopper_offer import find_batch, show_code
from omni.web.shopper_pages import is_from_elsewhere, see_other
from omni.web.speech import Speech

_LONGEST_MARKET = 16


def move(code: str) -> Response:
    """Exchange the code for one of the market the reader chose, once, and go to the new one's page."""
    if is_from_elsewhere():
        abort(403)
    found = find_batch(code)
    if isinstance(found, Response):
        return found
    batch, number = found
    place = here()
    now = place.world.now()
    if proof_of_page(request.form.get("token", ""), number, now) is None:
        return show_code(batch, number, refused=Reason.STALE_EDIT)
    markets = place.catalogue.current(now).markets
    market = markets.get(request.form.get("market", "")[:_LONGEST_MARKET])
    if market is None:
        return show_code(batch, number, refused=Reason.NO_EXCHANGE)
    seal = seals(place.settings, place.keyring, {market.id: market})[market.id]
    with place.db.writing() as tx:
        to = Destination(market.id, seal, _place_names(market))
        outcome = exchange(tx, now, batch=batch, number=number, to=to)
    if isinstance(outcome, Refused):
        return show_code(batch, number, refused=outcome.reason)
    sealed = place.keyring.seal(outcome.exchange.to_number, Purpose.CODE, outcome.batch.key_id)
    asked = request.args.get("lang", "")[:40] or None
    return see_other(Speech("", "", asked).address(f"/c/{sealed}"))


def _place_names(market: Market) -> Mapping[str, str]:
    """What the place that hands out exchanged codes is called, in each of the market's languages."""
    names = {}
    for locale in market.locales:
        with speaking(locale["id"]):
            names[locale["id"]] = pgettext("place", "Exchange")
    return names

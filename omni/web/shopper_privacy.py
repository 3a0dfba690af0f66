"""What is held about one code, in words, and whom to ask for it."""

from __future__ import annotations

from flask import Response

from omni.domain.code import Purpose
from omni.services import exchanging, opening
from omni.web import here
from omni.web.shopper_offer import find_batch
from omni.web.shopper_pages import page
from omni.web.speech import market_speech


def privacy(code: str) -> Response:
    """Every fact kept about a code, whichever of its two spellings is given."""
    place = here()
    now = place.world.now()
    opened = place.keyring.open(code)
    if opened is not None and opened.purpose is Purpose.VOUCHER:
        code = place.keyring.seal(opened.number, Purpose.CODE, opened.key_id)
    found = find_batch(code)
    if isinstance(found, Response):
        return found
    batch, number = found
    catalogue = place.catalogue.current(now)
    with place.db.reading() as session:
        view = opening.look(session, now, catalogue=catalogue, batch=batch, number=number)
        history = opening.history(session, number)
        came_of = exchanging.came_of(session, number)
        given_up = exchanging.given_up(session, number)
    shown = place.keyring.seal(number, Purpose.CODE, batch.key_id)
    return page(
        "shopper/privacy.html",
        market_speech(view.content, view.market),
        path=f"/privacy/{shown}",
        of=view,
        view=view,
        code=shown,
        history=history,
        came_of=came_of,
        given_up=given_up,
        zone=view.market.time_zone,
    )

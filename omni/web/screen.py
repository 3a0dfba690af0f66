"""The in-store screen: what a place's shared code leads to now, as a poster in light.

A screen is looked at, never touched: it has no session, and its opening is no scan. Without script it comes
again by itself; with it, it stays while the network is away, and says so when it is behind what is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, request
from markupsafe import Markup

import omni
from omni.domain.creative import Form
from omni.domain.published import in_locale, served_locales
from omni.domain.rulebook import PageState
from omni.present import images, qr
from omni.present.locales import matching, speaking
from omni.present.page_cut import ADDRESS, page_cut
from omni.present.paper import mark_of, printed_code
from omni.present.screen import Panel, Showing, offering, resting
from omni.present.slip import PrintedCode
from omni.services.lasting import holds_until, unlocked_until
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.dressing import rendered
from omni.web.headers import allow_scripts
from omni.web.shopper_offer import look, offer_of

pages = Blueprint("screen", __name__, url_prefix="/screen")

REFRESH_SECONDS = 30
"""How soon a screen asks again; in that time each of its languages had its turn once."""

_FILES = (
    *("screen/screen.css", "screen/screen.html"),
    *("screen/screen.js", "screen/keeper.js", "shopper/clock.js"),
)

# Goods that are over, or that something may be wrong with, are not shown.
_WITHOUT_GOODS = {PageState.ENDED, PageState.PAUSED, PageState.VOIDED}


@pages.after_request
def _ask_again(response: Response) -> Response:
    """Nobody stands by to press a key, so an answer that went wrong is tried again."""
    if response.status_code >= 400:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


@pages.get("/<placement>")
def screen(placement: str) -> Response:
    """What the newest shared code of a place shows; without one, the place's own name.

    `?lang=` keeps to one of the market's languages; `?overlay=1` is the lower third of a live stream.
    """
    now = here().world.now()
    showing = _showing(placement, now)
    with speaking(showing.panels[0].locale):
        html = rendered(
            "screen/screen.html",
            showing.theme,
            showing=showing,
            fingerprint=showing.fingerprint(_furniture()),
            at=now,
            refresh=REFRESH_SECONDS,
            symbol=_symbol(showing.code, showing.mark) if showing.code else None,
            is_sandbox=here().settings.is_sandbox,
        )
    allow_scripts(asking=True)
    return make_response(html)


@pages.get("/<placement>/state")
def state(placement: str) -> Response:
    """What a screen of this place should be showing now, for the screen itself to compare."""
    now = here().world.now()
    showing = _showing(placement, now)
    return jsonify(
        version=showing.version,
        state=showing.state,
        refresh=REFRESH_SECONDS,
        shows=showing.fingerprint(_furniture()),
        at=now.isoformat(),
    )


@pages.get("/screen.js")
def script() -> Response:
    """What keeps a screen awake, up to date and within its dates."""
    return _script("screen/screen.js")


@pages.get("/keeper.js")
def keeper() -> Response:
    """The worker that shows the last good page when a screen starts without a network."""
    return _script("screen/keeper.js")


def _script(name: str) -> Response:
    # A worker lives by the policy of its own file, and has to ask for pages and pictures.
    allow_scripts(asking=True)
    return Response((omni.asset("templates") / name).read_bytes(), mimetype="text/javascript")


def _showing(placement: str, now: datetime) -> Showing:
    catalogue = here().catalogue.current(now)
    batch = catalogue.posters.get(placement)
    if batch is not None:
        view, _ = look(batch, batch.first_number, now)
        return _of_code(view, now)
    known = next((each for each in catalogue.placements.values() if each.slug == placement), None)
    if known is None:
        abort(404)
    market = catalogue.markets[known.market_id]
    locales = _locales([each["id"] for each in market.locales], market.required_locales)
    names = tuple(Panel(locale=each, headline=in_locale(known.store_names, each)) for each in locales)
    return Showing(panels=names, state="no-offer", is_overlay=_is_overlay())


def _of_code(view: OpenedCode, now: datetime) -> Showing:
    catalogue = here().catalogue.current(now)
    panels = []
    for locale in _locales(served_locales(view.content, view.market), view.market.required_locales):
        with speaking(locale):
            panels.append(_panel(view, locale, now))
    is_offered = view.is_on_offer
    return Showing(
        panels=tuple(panels),
        state=view.state.value,
        version=catalogue.versions[view.batch.edition_id],
        wide=_picture(view, Form.WIDE),
        tall=_picture(view, Form.TALL),
        code=printed_code(here().keyring, view.batch, view.number) if is_offered else None,
        mark=mark_of(view.batch, is_sandbox=here().settings.is_sandbox),
        host=urlsplit(view.batch.host).netloc.upper() if is_offered else "",
        holds_until=holds_until(catalogue, view, now) if is_offered else None,
        ends_at=unlocked_until(view) if is_offered else None,
        is_overlay=_is_overlay(),
        theme=view.content.theme,
    )


def _picture(view: OpenedCode, form: Form) -> str:
    digest = view.shown.picture
    if digest is None or view.state in _WITHOUT_GOODS:
        return ""
    cut = page_cut(view.content, digest, form)
    return cut.address if cut else ADDRESS + digest


def _panel(view: OpenedCode, locale: str, now: datetime) -> Panel:
    offer = offer_of(view, locale)
    zone = view.market.time_zone
    if view.is_on_offer:
        return offering(offer, view.content, view.edition, zone, left=unlocked_until(view) - now)
    return resting(offer, view.state, view.edition, zone)


def _locales(served: Sequence[str], required: Sequence[str]) -> Sequence[str]:
    """The languages the law wants, in its order, unless whoever hung the screen chose one."""
    chosen = matching(request.args.get("lang", ""), served)
    return [chosen] if chosen else required


def _is_overlay() -> bool:
    return request.args.get("overlay") == "1"


def _symbol(code: PrintedCode, mark: str) -> Markup:
    return Markup(images.svg(qr.symbol(code.url), title=code.code, mark=mark))


@cache
def _furniture() -> str:
    """What all screens of this version share: whoever shows another version comes again."""
    files = (omni.asset("templates") / name for name in _FILES)
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

"""The in-store screen: what a place's shared code leads to now, as a poster in light.

A screen is looked at, never touched: it has no session, no script, and its opening is no scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, render_template
from markupsafe import Markup

from omni.domain.placement import Placement
from omni.domain.published import in_locale
from omni.domain.rulebook import PageState
from omni.present import images, qr
from omni.present.locales import speaking
from omni.present.paper import mark_of, printed_code
from omni.present.screen import Panel, creative_version, offering, resting
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.headers import use_style
from omni.web.shopper_offer import look, offer_of

pages = Blueprint("screen", __name__, url_prefix="/screen")

REFRESH_SECONDS = 30
"""How soon a screen asks again; in that time each of its languages had its turn once."""

# Goods that are over, or that something may be wrong with, are not shown.
_WITHOUT_GOODS = {PageState.ENDED, PageState.PAUSED, PageState.VOIDED}


@pages.after_request
def _ask_again(response: Response) -> Response:
    """Nobody stands by to press a key, so an answer that went wrong is tried again as well."""
    response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


@pages.get("/<placement>")
def screen(placement: str) -> Response:
    """What the newest shared code of a place shows; without one, the place's own name."""
    place = here()
    now = place.world.now()
    catalogue = place.catalogue.current(now)
    batch = catalogue.posters.get(placement)
    if batch is not None:
        view, _ = look(batch, batch.first_number, now)
        return _showing(view)
    known = next((each for each in catalogue.placements.values() if each.slug == placement), None)
    if known is None:
        abort(404)
    return _drawn(_named(known, catalogue.markets[known.market_id].required_locales))


def _showing(view: OpenedCode) -> Response:
    panels = []
    for locale in view.market.required_locales:
        with speaking(locale):
            panels.append(_panel(view, locale))
    is_offered = panels[0].offer is not None
    return _drawn(
        panels,
        picture=None if view.state in _WITHOUT_GOODS else view.bundle.picture,
        symbol=_symbol(view) if is_offered else None,
        host=urlsplit(view.batch.host).netloc.upper() if is_offered else "",
        version=creative_version(view.content, view.edition),
    )


def _panel(view: OpenedCode, locale: str) -> Panel:
    offer = offer_of(view, locale)
    zone = view.market.time_zone
    if view.state is PageState.OFFER and offer.total is not None:
        return offering(offer, view.content, view.edition, zone)
    return resting(offer, view.state, view.edition, zone)


def _named(placement: Placement, locales: Sequence[str]) -> list[Panel]:
    return [Panel(locale=locale, headline=in_locale(placement.store_names, locale)) for locale in locales]


def _symbol(view: OpenedCode) -> Markup:
    printed = printed_code(here().keyring, view.batch, view.number)
    mark = mark_of(view.batch, is_sandbox=here().settings.is_sandbox)
    return Markup(images.svg(qr.symbol(printed.url), title=printed.code, mark=mark))


def _drawn(
    panels: Sequence[Panel],
    *,
    picture: str | None = None,
    symbol: Markup | None = None,
    host: str = "",
    version: str = "",
) -> Response:
    with speaking(panels[0].locale):
        html = render_template(
            "screen/screen.html",
            panels=panels,
            picture=picture,
            symbol=symbol,
            host=host,
            version=version,
            is_sandbox=here().settings.is_sandbox,
        )
    use_style("screen/screen.css")
    return make_response(html)

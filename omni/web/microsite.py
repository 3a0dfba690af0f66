"""The public site as it is now: pages, cards, feeds, and what search engines ask for."""

from __future__ import annotations

from flask import Response, abort, redirect, request

from omni.present.locales import matching, speaking
from omni.present.share_card import can_draw
from omni.present.site.addresses import HOME, feed_path
from omni.web import site


def page(market: str, locale: str, campaign: str, part: str = HOME) -> Response:
    """A page of an edition in one language; another spelling of its address leads to the one it has."""
    here = site.current()
    stand = here.stand(campaign, market)
    if stand is None:
        abort(404)
    standing = stand.standing
    served = matching(locale, standing.locales)
    if part in standing.bundles and part not in standing.parts:
        part = HOME
    if served is None or part not in standing.parts:
        abort(404)
    address = standing.path(served, part)
    return _kept(here.page(stand, served, part)) if request.path == address else _moved(address)


def feed(market: str, locale: str, form: str) -> Response:
    """The offers of a market in one language."""
    here = site.current()
    served = matching(locale, here.feed_locales(market))
    if served is None:
        abort(404)
    address = feed_path(market, served, form)
    return _kept(here.feed(market, served, form)) if request.path == address else _moved(address)


def card(market: str, locale: str, campaign: str, bundle: str) -> Response:
    """The card of a bundle. Named without its look, or with one it no longer has, it leads to the one it has.

    Where none can be drawn there is none.
    """
    here = site.current()
    stand = here.stand(campaign, market)
    served = matching(locale, stand.standing.locales) if stand else None
    if stand is None or served is None or not can_draw():
        abort(404)
    slug = bundle.partition(".")[0]
    there = next((each for each in stand.public.shown.bundles if each.bundle.slug == slug), None)
    if there is None:
        abort(404)
    voice = stand.voice(served)
    with speaking(voice.speech.interface):
        card, address = voice.card(there), voice.card_path(there)
    return _kept(here.card(card)) if request.path == address else _moved(address, 302)


def sitemap() -> Response:
    """Every public page."""
    return _kept(site.current().sitemap())


def robots() -> Response:
    """What crawlers may read."""
    return _kept(site.current().robots())


def nothing() -> Response:
    """The page that servers of plain files show where nothing is."""
    return _kept(site.current().nothing())


def _kept(response: Response) -> Response:
    """An answer that is not sent again to whoever has it."""
    response.add_etag()
    response.make_conditional(request)
    return response


def _moved(address: str, status: int = 301) -> Response:
    response: Response = redirect(address, status)  # type: ignore[assignment]
    response.headers["Cache-Control"] = site.A_MINUTE
    return response

"""The public page of an edition in one language: the same for everybody, served or built."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, make_response, redirect, render_template, request

from omni.domain.rulebook import PageState
from omni.present.locales import bcp47, language_name, matching, speaking
from omni.present.microsite import public_path, with_picture_files
from omni.present.offer_page import OfferPage, offer_page
from omni.present.pauses import pause_sentence
from omni.services import leading_on, showing
from omni.services.showing import EditionInPublic
from omni.web import here
from omni.web.speech import Language, Speech, public_speech

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

_A_MINUTE = "public, max-age=60"


def microsite(market: str, locale: str, campaign: str) -> Response:
    """The public page as it is now; another spelling of its address leads to the one it has."""
    place = here()
    now = place.world.now()
    catalogue = place.catalogue.current(now)
    shown = showing.in_public(catalogue, now, f"{campaign}/{market}")
    served = matching(locale, shown.locales) if shown else None
    if shown is None or served is None:
        abort(404)
    address = public_path(shown.content, served)
    response: Response
    if request.path == address:
        response = make_response(_html(shown, served, now, catalogue))
        response.add_etag()
        response.make_conditional(request)
    else:
        response = redirect(address, 301)  # type: ignore[assignment]
    response.headers["Cache-Control"] = _A_MINUTE
    if not place.settings.is_sandbox:
        response.headers["X-Robots-Tag"] = "all"
    return response


def drawn(app: Flask, shown: EditionInPublic, locale: str, at: datetime, *, catalogue: Catalogue) -> str:
    """The very page that is served, drawn without a request."""
    with app.app_context():
        return _html(shown, locale, at, catalogue)


def _html(shown: EditionInPublic, locale: str, at: datetime, catalogue: Catalogue) -> str:
    settings, content = here().settings, shown.content
    speech = public_speech(content, shown.market, locale)
    is_over = shown.state is PageState.ENDED
    with here().db.reading() as session:
        files = showing.picture_files(session, content)
        clauses = showing.terms_version(session, content.terms[locale].id).clauses
    with speaking(speech.interface):
        return render_template(
            "shopper/microsite.html",
            speech=speech,
            languages=_languages(shown, speech),
            address=public_path(content, locale),
            host=settings.host_for(shown.market.host),
            is_test=False,
            is_sandbox=settings.is_sandbox,
            view=shown,
            offers=[with_picture_files(offer, files) for offer in _offers(shown, locale)],
            clauses=clauses,
            zone=shown.market.time_zone,
            why_paused=pause_sentence(shown.edition.pause_reason, shown.edition.pause_words),
            afterwards=leading_on.afterwards(catalogue, at, content) if is_over else None,
        )


def _offers(shown: EditionInPublic, locale: str) -> list[OfferPage]:
    return [
        offer_page(
            shown.content,
            there.bundle,
            shown.market,
            locale=locale,
            price_minor=there.price_minor,
            item_prices_minor=there.item_prices_minor,
            reference=there.reference,
        )
        for there in shown.bundles
    ]


def _languages(shown: EditionInPublic, speech: Speech) -> list[Language]:
    """The page in every locale of the market; each has an address of its own."""
    return [
        Language(
            bcp47(locale),
            language_name(locale, locale),
            public_path(shown.content, locale),
            is_current=locale == speech.terms,
        )
        for locale in shown.locales
    ]

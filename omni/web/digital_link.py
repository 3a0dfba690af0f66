"""The GS1 resolver: from the key of an offer, a product or a store to the page about it.

Whoever opens such an address holds no code: nothing is scanned, counted or kept, and a serial is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, Response, jsonify, redirect, request

from omni.domain.digital_link import DigitalLink, Lead, PrimaryKey
from omni.domain.refusal import BadInput, Reason
from omni.present import linkset
from omni.present.gs1_address import read_address
from omni.present.locales import choose_terms
from omni.services import finding_by_key
from omni.services.finding_by_key import FoundByKey
from omni.web import here
from omni.web.api.problems import problem
from omni.web.errors import error_page
from omni.web.speech import Wishes, country_of, speech_of, wishes_of

pages = Blueprint("digital_link", __name__)

_HTML = "text/html"
_A_MINUTE = "public, max-age=60"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Expose-Headers": "Link, Location",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@pages.after_request
def _for_everybody(response: Response) -> Response:
    """Pages of other sites may ask too: an answer says nothing about who asked."""
    response.headers.update(_CORS)
    response.vary.update(("Accept", "Accept-Language"))
    return response


@pages.errorhandler(BadInput)
def _bad_address(error: BadInput) -> Response:
    return _refused(400, error.reason, error.message)


@pages.get("/.well-known/gs1resolver")
def described() -> Response:
    """What this resolver says of itself."""
    response = jsonify(linkset.description(here().settings))
    response.headers["Cache-Control"] = _A_MINUTE
    return response


@pages.get("/01/<path:gtin>")
def product(gtin: str) -> Response:
    """A product: its own page in the shop, or the offers it is part of."""
    return _resolved(PrimaryKey.GTIN, gtin)


@pages.get("/255/<path:gcn>")
def offer(gcn: str) -> Response:
    """An offer: its public page."""
    return _resolved(PrimaryKey.GCN, gcn)


@pages.get("/414/<path:gln>")
def store(gln: str) -> Response:
    """A store: the public page of what is on offer there."""
    return _resolved(PrimaryKey.GLN, gln)


def _resolved(primary: PrimaryKey, rest: str) -> Response:
    link = read_address(primary, rest, _query())
    place = here()
    now = place.world.now()
    found = finding_by_key.find(place.catalogue.current(now), now, link)
    if found is None:
        return _refused(404, Reason.NOT_FOUND, f"nothing here has the key ({primary}) {link.key}")
    asked = linkset.word_of(request.args.get("linkType") or linkset.DEFAULT_LINK)
    wanted = request.accept_mimetypes.best_match([_HTML, linkset.MEDIA_TYPE, "application/json"], _HTML)
    if asked == linkset.LINKSET or wanted != _HTML:
        return _listed(link, found, found.leads)
    is_default = asked == linkset.DEFAULT_LINK
    leads = [lead for lead in found.leads if lead.type == (found.default if is_default else asked)]
    if not leads:
        known = ", ".join(f"gs1:{kind}" for kind in dict.fromkeys(lead.type for lead in found.leads))
        return _refused(404, Reason.NOT_FOUND, f"({primary}) {link.key} has no such link; it has {known}")
    best = _nearest(leads, wishes_of(request.environ), request.args.get("context", ""))
    if len(best) > 1 and not is_default:
        return _listed(link, found, best, status=300)
    return _sent_on(link, best[0])


def _nearest(leads: Sequence[Lead], wishes: Wishes, context: str) -> list[Lead]:
    """The leads of one type that suit a reader equally well, and better than all others.

    First comes the country of the `context` asked for, then that of the phone's language, then whichever
    market has a language of hers, then the first market; there, the language its law and she agree on.
    """
    for country in (context, country_of(wishes) or ""):
        there = [lead for lead in leads if country.lower() in (lead.market.country.lower(), lead.market.id)]
        leads = there or leads
        if there:
            break
    locales = list(dict.fromkeys(lead.locale for lead in leads if lead.locale))
    if not locales:
        return list(leads)
    locale = choose_terms(market_locales=locales, asked=wishes.asked, accept_language=wishes.accepted)
    market = next(lead.market.id for lead in leads if lead.locale == locale)
    return [
        lead
        for lead in leads
        if lead.market.id == market and lead.locale == speech_of(wishes, lead.content, lead.market).terms
    ]


def _sent_on(link: DigitalLink, lead: Lead) -> Response:
    parts = urlsplit(linkset.address_of(lead, here().settings))
    query = "&".join(filter(None, (parts.query, _query())))
    response: Response = redirect(urlunsplit(parts._replace(query=query)), 307)  # type: ignore[assignment]
    return _with_linkset(response, link)


def _listed(link: DigitalLink, found: FoundByKey, leads: Sequence[Lead], *, status: int = 200) -> Response:
    settings = here().settings
    body = linkset.linkset(
        settings.base_url + link.key_address,
        found.name,
        leads,
        default=found.default if status == 200 else None,
        settings=settings,
    )
    response = Response(body, status, content_type=linkset.MEDIA_TYPE)
    meaning = f'<{linkset.JSON_LD_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"'
    response.headers.add("Link", f'{meaning}; type="application/ld+json"')
    return _with_linkset(response, link)


def _with_linkset(response: Response, link: DigitalLink) -> Response:
    """The way to every link stands on each answer."""
    address = f"{here().settings.base_url}{link.key_address}?linkType={linkset.LINKSET}"
    response.headers.add("Link", f'<{address}>; rel="linkset"; type="{linkset.MEDIA_TYPE}"')
    response.headers["Cache-Control"] = _A_MINUTE
    return response


def _refused(status: int, reason: Reason, wrong: str) -> Response:
    """A page for a person with a phone, and for a program the reason in so many words."""
    if request.accept_mimetypes.quality(_HTML) > request.accept_mimetypes.quality("application/problem+json"):
        return error_page(status)
    return problem(status, reason, wrong)


def _query() -> str:
    return request.query_string.decode("utf-8", "replace")

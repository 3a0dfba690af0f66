"""The page of a code: what it offers, where it was printed, and where its life stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from unicodedata import normalize

from flask import Response, abort

from omni.domain import render_token
from omni.domain.batch import Batch
from omni.domain.code import Purpose, normalise
from omni.domain.market import Market
from omni.domain.refusal import Reason
from omni.domain.rulebook import PageState, stage_of
from omni.domain.visit import OrphanClass
from omni.present.formatting import market_name, money
from omni.present.locales import speaking
from omni.present.offer_page import OfferPage, last_day, offer_page, printed_when
from omni.present.pauses import pause_sentence
from omni.services import exchanging, leading_on, opening, showing
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.errors import busy
from omni.web.holding import held_of
from omni.web.known_batch import known_batch, known_batch_of
from omni.web.scans import note_scan
from omni.web.shopper_pages import page, see_other
from omni.web.shopper_typed import not_ours, page_address
from omni.web.speech import Speech, market_speech, phone_country
from omni.web.statuses import status_of

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

_GONE = {PageState.ENDED, PageState.EXPIRED, PageState.VOIDED}


@dataclass(frozen=True)
class MovedTo:
    """The code that another was exchanged for, and the market it belongs to."""

    code: str
    market: str


@dataclass(frozen=True)
class ElsewhereByName:
    """Where else the campaign runs: markets to exchange to and places to look at, each with its name."""

    swaps: Sequence[tuple[str, str]]
    shown: Sequence[tuple[str, str]]


def offer(code: str) -> Response:
    """The page a printed QR opens. Reads, and counts; never claims."""
    found = find_batch(code)
    if isinstance(found, Response):
        return found
    batch, number = found
    return show_code(batch, number, is_scan=True)


def poster(slug: str) -> Response:
    """The friendly address of the shared code that hangs at a place now."""
    place = here()
    batch = place.catalogue.current(place.world.now()).posters.get(slug)
    if batch is None:
        abort(404)
    return show_code(batch, batch.first_number, is_scan=True)


def find_batch(code: str) -> tuple[Batch, int] | Response:
    """The batch and number behind a text in an address, or the answer to what is no code of ours."""
    place = here()
    opened = place.keyring.open(code)
    if opened is None or opened.purpose is Purpose.REDEMPTION:
        return not_ours(code, OrphanClass.WRONG_CHECK if normalise(code) else OrphanClass.NOT_A_CODE)
    if opened.purpose is Purpose.VOUCHER:
        return see_other(page_address(code, opened))
    batch = known_batch(opened, place.world.now())
    if batch is None:
        return not_ours(code, OrphanClass.NOT_ISSUED)
    return batch, opened.number


def look(batch: Batch, number: int, now: datetime) -> tuple[OpenedCode, bool]:
    """The code, and whether the database was away, so that only the catalogue could be asked."""
    place = here()
    catalogue = place.catalogue.current(now)
    try:
        with place.db.reading() as session:
            return opening.look(session, now, catalogue=catalogue, batch=batch, number=number), False
    except busy():
        return opening.look_unread(now, catalogue=catalogue, batch=batch, number=number), True


def offer_of(view: OpenedCode, locale: str) -> OfferPage:
    """The offer of a code, as it is said in one of its market's locales."""
    return offer_page(
        view.content,
        view.bundle,
        view.market,
        locale=locale,
        price_minor=view.price_minor,
        item_prices_minor=view.item_prices_minor,
        reference=view.reference,
    )


def show_code(
    batch: Batch,
    number: int,
    *,
    is_scan: bool = False,
    refused: Reason | None = None,
    old_price_minor: int | None = None,
) -> Response:
    """The page of a code as it is now. After a refusal it says which, with a fresh form to try again."""
    place = here()
    now = place.world.now()
    view, is_away = look(batch, number, now)
    speech = market_speech(view.content, view.market)
    if is_scan:
        note_scan(view, now, locale=speech.terms)
    return draw(
        view,
        speech,
        now,
        catalogue=place.catalogue.current(now),
        code=place.keyring.seal(number, Purpose.CODE, batch.key_id),
        voucher=_voucher(view),
        token=None if is_away else _token(view, speech, now),
        moved_to=_moved_to(view),
        is_away=is_away,
        refused=refused,
        old_price=_written(view, speech, old_price_minor),
    )


def draw(
    view: OpenedCode,
    speech: Speech,
    at: datetime,
    *,
    catalogue: Catalogue,
    code: str,
    voucher: str | None,
    token: str | None,
    moved_to: MovedTo | None = None,
    is_away: bool = False,
    refused: Reason | None = None,
    old_price: str | None = None,
) -> Response:
    """The page of a code at any instant, from what is known of it then and the catalogue of that instant."""
    with speaking(speech.interface):
        context = _words(view, speech, at)
    return page(
        "shopper/offer.html",
        speech,
        status_of(refused) if refused else 410 if view.state in _GONE else 200,
        path=f"/c/{code}",
        of=view,
        view=view,
        code=code,
        token=token,
        clauses=() if is_away else _clauses(view.content.terms[speech.terms].id),
        voucher=voucher,
        moved_to=moved_to,
        elsewhere=_elsewhere(view, speech, at, catalogue),
        afterwards=leading_on.afterwards(catalogue, at, view.content),
        is_away=is_away,
        refused=refused.value if refused else None,
        old_price=old_price,
        **context,
    )


def proof_of_page(text: str, number: int, now: datetime) -> render_token.RenderToken | None:
    """What a form of this code's page brought back of its drawing; None when forged, old or another's."""
    secrets = here().keyring.secrets_for(Purpose.RENDER)
    token = render_token.read(text, secrets, now_minute=int(now.timestamp()) // 60)
    return token if token is not None and token.number == number else None


def _words(view: OpenedCode, speech: Speech, now: datetime) -> dict[str, object]:
    zone = view.market.time_zone
    return {
        "offer": offer_of(view, speech.terms),
        "printed": printed_when(view.receipt.printed_at if view.receipt else None, now=now, zone=zone),
        "zone": zone,
        "stage": stage_of(view.edition, zone, now),
        "why_paused": pause_sentence(view.edition.pause_reason, view.edition.pause_words),
        "valid_until": last_day(view.ends_at, zone) if view.ends_at else view.edition.last_use_on,
    }


def _token(view: OpenedCode, speech: Speech, now: datetime) -> str | None:
    """The proof of what this drawing of the page showed; none where there is nothing to unlock."""
    if view.state is not PageState.OFFER or view.price_minor is None:
        return None
    place = here()
    token = render_token.RenderToken(
        number=view.number,
        minute=int(now.timestamp()) // 60,
        nonce=place.world.mint(render_token.NONCE_BYTES),
        revision=view.edition.revision,
        terms_id=view.content.terms[speech.terms].id,
        price_minor=view.price_minor,
        locale=speech.terms,
    )
    return render_token.sign(token, place.keyring.secret_for(Purpose.RENDER))


def _written(view: OpenedCode, speech: Speech, amount_minor: int | None) -> str | None:
    if amount_minor is None:
        return None
    return money(amount_minor, view.market.currency, speech.terms, digits=view.market.digits)


def _voucher(view: OpenedCode) -> str | None:
    """The voucher this page leads to: the paper's own for whoever holds it, the phone's own of a poster."""
    if view.batch.is_shared_code(view.number):
        return held_of(view.batch)
    if view.claim is None:
        return None
    return here().keyring.seal(view.number, Purpose.VOUCHER, view.batch.key_id)


def _moved_to(view: OpenedCode) -> MovedTo | None:
    """Where an exchanged code leads."""
    if view.state is not PageState.EXCHANGED:
        return None
    place = here()
    with place.db.reading() as session:
        made = exchanging.given_up(session, view.number)
    batch = known_batch_of(made.to_number, place.world.now()) if made else None
    if made is None or batch is None:
        return None
    code = place.keyring.seal(made.to_number, Purpose.CODE, batch.key_id)
    return MovedTo(code, place.catalogue.current(place.world.now()).editions[made.to_edition_id].market_id)


def _elsewhere(view: OpenedCode, speech: Speech, now: datetime, catalogue: Catalogue) -> ElsewhereByName:
    """The other markets by name, the one a phone's language speaks of first."""
    found = leading_on.elsewhere(catalogue, now, view)
    country = phone_country()

    def named(pairs: Iterable[tuple[Market, str]]) -> list[tuple[str, str]]:
        told = [
            (market.country != country, market_name(market.id, speech.interface), value)
            for market, value in pairs
        ]
        # Taken apart, an accented letter sorts beside its plain one: États-Unis does not come after Suisse.
        told.sort(key=lambda each: (each[0], normalize("NFD", each[1])))
        return [(value, name) for _, name, value in told]

    return ElsewhereByName(named((market, market.id) for market in found.swaps), named(found.shown))


def _clauses(terms_id: int) -> list[dict[str, object]]:
    with here().db.reading() as session:
        return showing.terms_version(session, terms_id).clauses

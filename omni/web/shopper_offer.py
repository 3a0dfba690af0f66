"""The page of a code: what it offers, where it was printed, and where its life stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from unicodedata import normalize

from flask import Response, abort, current_app, request
from markupsafe import Markup

from omni.domain.batch import Batch
from omni.domain.code import Purpose, normalise
from omni.domain.market import Market
from omni.domain.refusal import Reason
from omni.domain.rulebook import PageState, stage_of
from omni.domain.visit import OrphanClass
from omni.present.formatting import market_name, milliseconds, money
from omni.present.locales import speaking
from omni.present.offer_page import OfferPage, last_day, offer_page, printed_when
from omni.present.pauses import pause_sentence
from omni.present.time_left import time_left
from omni.services import exchanging, leading_on, opening, showing
from omni.services.lasting import unlocked_until
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.errors import busy
from omni.web.headers import Hardened, allow_audits, allow_scripts
from omni.web.holding import held_of
from omni.web.known_batch import known_batch, known_batch_of
from omni.web.proving import proof_of
from omni.web.scan_page import as_printed, pages_of
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
    # What opened is, spelled our way, what sealing the number would give.
    return show_code(batch, number, is_scan=True, code=as_printed(code))


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
        variant=view.variant,
    )


def show_code(
    batch: Batch,
    number: int,
    *,
    is_scan: bool = False,
    code: str | None = None,
    refused: Reason | None = None,
    old_price_minor: int | None = None,
) -> Response:
    """The page of a code as it is now. After a refusal it says which, with a fresh form to try again."""
    place = here()
    now = place.world.now()
    code = code or place.keyring.seal(number, Purpose.CODE, batch.key_id)
    if is_scan:
        quick = pages_of(current_app).page(request.environ, batch, number, now, code=code, draw=draw)
        if quick is not None:
            return Hardened(quick.body, quick.status, quick.headers)
    view, is_away = look(batch, number, now)
    speech = market_speech(view.content, view.market)
    if is_scan:
        revision, touchpoint = view.edition.revision, view.placement.touchpoint
        note_scan(
            batch,
            number,
            now,
            revision=revision,
            touchpoint=touchpoint,
            locale=speech.terms,
            variant=view.variant,
        )
    may_unlock = view.is_on_offer and not is_away
    return draw(
        view,
        speech,
        now,
        catalogue=place.catalogue.current(now),
        code=code,
        voucher=_voucher(view),
        token=proof_of(place, view, speech, now, number=number) if may_unlock else None,
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
    origin: Markup | None = None,
    left: str | None = None,
) -> Response:
    """The page of a code at any instant, from what is known of it then and the catalogue of that instant.

    `origin` is its first line, and `left` the time its clock begins with, where they are written already.
    """
    remaining = unlocked_until(view) - at
    with speaking(speech.interface):
        context = _words(view, speech, at)
        countdown = time_left(remaining) if view.is_on_offer else None
    if countdown is not None:
        allow_scripts()
    allow_audits()
    return page(
        "shopper/offer.html",
        speech,
        status_of(refused) if refused else 410 if view.state in _GONE else 200,
        path=f"/c/{code}",
        of=view,
        view=view,
        version=catalogue.versions[view.batch.edition_id],
        code=code,
        token=token,
        origin=origin,
        countdown=countdown,
        left=left or milliseconds(remaining),
        clauses=_clauses(catalogue, view.content.terms[speech.terms].id, is_away=is_away),
        voucher=voucher,
        moved_to=moved_to,
        elsewhere=_elsewhere(view, speech, at, catalogue),
        afterwards=leading_on.afterwards(catalogue, at, view.content),
        is_away=is_away,
        refused=refused.value if refused else None,
        old_price=old_price,
        **context,
    )


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


def _clauses(catalogue: Catalogue, terms_id: int, *, is_away: bool) -> Sequence[dict[str, object]]:
    """The clauses of a terms version: those in force are known, and older ones asked for."""
    known = catalogue.clauses.get(terms_id)
    if known is not None or is_away:
        return known or ()
    with here().db.reading() as session:
        return showing.terms_version(session, terms_id).clauses

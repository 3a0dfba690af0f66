"""A code typed by hand: forgiven where that is safe, asked about where it is not."""

from __future__ import annotations

from flask import Response, request

from omni.domain.code import Purpose, look_alikes, normalise, show
from omni.domain.keyring import Opened
from omni.domain.stranger import class_of
from omni.domain.visit import OrphanClass
from omni.web import here
from omni.web.errors import error_page
from omni.web.holding import held
from omni.web.limiting import GUESSES, network_of
from omni.web.scans import note_orphan
from omni.web.shopper_pages import page, see_other
from omni.web.speech import plain_speech

LONGEST_SHOWN = 40


def ask() -> Response:
    """The front door: type a code, or open again what this phone holds."""
    if "code" in request.args:
        return _find(request.args["code"])
    return page("shopper/type.html", plain_speech(), typed="", readings=(), is_unknown=False, held=held())


def find() -> Response:
    """A typed code leads to its page; one that fails is answered with what it may have been."""
    return _find(request.form.get("code", ""))


def not_ours(text: str, looks_like: OrphanClass) -> Response:
    """The page of something scanned that is not one of our codes; counted, and limited against guessing."""
    wait = wrong_try()
    if wait is not None:
        return error_page(429, retry_after=wait)
    speech = plain_speech()
    scanned = text
    if looks_like is OrphanClass.NOT_A_CODE:
        # A foreign square may be an address, half of which stands behind a question mark.
        scanned = "?".join(filter(None, (text, request.query_string.decode(errors="replace"))))
        looks_like = class_of(scanned)
    note_orphan(scanned, looks_like, here().world.now(), locale=speech.interface)
    return _unknown(text, is_tax_code=looks_like is OrphanClass.TAX_CODE)


def wrong_try() -> int | None:
    """Count a code that does not open: None while this network may go on, else the seconds to wait."""
    return here().limiter.try_once(GUESSES, "guess", network_of(request.remote_addr))


def page_address(text: str, opened: Opened) -> str:
    """Where something typed or scanned is shown: a voucher on its page, a code on its own."""
    shown = show(normalise(text) or "", opened.purpose)
    return f"/v/{shown}" if opened.purpose is Purpose.VOUCHER else f"/c/{shown}"


def _find(text: str) -> Response:
    opened = here().keyring.open(text)
    if opened is not None and opened.purpose is not Purpose.REDEMPTION:
        return see_other(plain_speech().address(page_address(text, opened)))
    wait = wrong_try()
    if wait is not None:
        return error_page(429, retry_after=wait)
    return _unknown(text, is_tax_code=class_of(text) is OrphanClass.TAX_CODE)


def _unknown(text: str, *, is_tax_code: bool) -> Response:
    """Asks rather than guesses: a look-alike that opens may be what is printed, or may be another code."""
    readings = [
        (show(letters, opened.purpose), page_address(letters, opened))
        for letters in look_alikes(text)
        if (opened := here().keyring.open(letters)) is not None and opened.purpose is not Purpose.REDEMPTION
    ]
    # A code that cannot be ours may be anything, even somebody's address; it is not repeated on the page.
    typed = text if normalise(text) and len(text) <= LONGEST_SHOWN else ""
    return page(
        "shopper/type.html",
        plain_speech(),
        404,
        typed=typed,
        readings=readings,
        is_unknown=True,
        is_tax_code=is_tax_code,
        held=held(),
    )

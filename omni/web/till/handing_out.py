"""The code of a receipt, on paper or on the screen."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from omni.domain.code import Purpose
from omni.domain.printer import OPEN_STATES, JobState
from omni.domain.receipt_identity import receipt_hashes, unbound_hashes
from omni.domain.refusal import BadInput, Reason, Refused, Unknown
from omni.domain.typed_amount import typed_minor
from omni.domain.window import local_day
from omni.present import images, qr
from omni.present.locales import gettext as _
from omni.present.paper import paper_for, printed_code
from omni.present.slip import BadLayout, Paper, PrintedCode, PrintUnavailable
from omni.present.wording import sentence
from omni.services import awaiting, printing, showing
from omni.services.opening import OpenedCode
from omni.services.receipting import Purchase, code_for
from omni.web import admission, here
from omni.web.known_batch import known_batch
from omni.web.sealing import seals
from omni.web.statuses import status_of
from omni.web.till import printer
from omni.web.till.counter import catalogue, fresh_key, looked_up, pages, till

_log = logging.getLogger(__name__)

PRINT, SLIP = "print", "slip"
_LONGEST_RECEIPT_NO = 64
_LOOK_AGAIN_SECONDS = 5


@dataclass(frozen=True)
class Handed:
    """A code in somebody's hand, with the words around it in each language its market requires."""

    view: OpenedCode
    code: PrintedCode
    paper: Paper

    @property
    def picture(self) -> Markup:
        """The symbol, drawn."""
        return Markup(images.svg(qr.symbol(self.code.url), title=self.code.code, mark=self.paper.mark))


@pages.get("/")
def home() -> ResponseReturnValue:
    """The till: print, show, use, return."""
    return _home()


@pages.post("/codes")
def give() -> ResponseReturnValue:
    """The code of a receipt, or the next one; then printed or shown as was asked."""
    place = here()
    try:
        purchase = _purchase()
    except ValueError:
        return _home(problem=_("This total cannot be read. Write it like 49.90.")), 422
    with place.db.writing() as tx:
        outcome = code_for(
            tx,
            place.world.now(),
            placement=till().placement,
            purchase=purchase,
            origin=till().origin,
            seals=seals(place.settings, place.keyring, catalogue().markets),
            client=till().client,
        )
    if isinstance(outcome, Refused):
        return _home(problem=sentence(outcome.reason, audience="staff")), status_of(outcome.reason)
    code = place.keyring.seal(outcome.number, Purpose.CODE, outcome.batch.key_id)
    if outcome.is_replay and not purchase.has_number:
        flash(_("This is the code from a moment ago: the button was pressed twice."))
        return redirect(url_for("till.show", code=code), 303)
    how = request.form.get("how", printing.SHOWN)
    if how != printing.SHOWN and till().asks_first:
        hand_over(code, printing.SHOWN)
    return hand_over(code, how)


@pages.get("/codes/<code>")
def show(code: str) -> Response:
    """The code full-screen, for a shopper to scan; while its slip waits the page looks again by itself."""
    given = handed(code)
    slip = printer.slip_of(given.view.number)
    standing = slip[1] if slip else None
    page = make_response(render_template("till/code.html", handed=given, slip=standing))
    if standing in (JobState.WAITING, JobState.PRINTING):
        page.headers["Refresh"] = str(_LOOK_AGAIN_SECONDS)
    return page


@pages.get("/codes/<code>/slip")
def slip(code: str) -> ResponseReturnValue:
    """The code as a page for a roll 80 mm wide; it prints itself, so not before the shopper wants it."""
    given = handed(code)
    if not _may_print(given):
        return redirect(url_for("till.ask", code=code, how=SLIP), 303)
    return render_template("till/slip.html", handed=given)


@pages.post("/codes/<code>/<how>")
def again(code: str, how: str) -> ResponseReturnValue:
    """Print or show the same code once more."""
    if how not in (printing.SHOWN, PRINT, SLIP):
        abort(404)
    return hand_over(code, how)


def _home(*, problem: str | None = None) -> str:
    place = here()
    with place.db.reading() as session_:
        unprinted = awaiting.slips_at(session_, till().placement.id or 0)
    codes = [
        _code_of(job.first_number) for job in unprinted if job.standing(place.world.now()) in OPEN_STATES
    ]
    return render_template(
        "till/home.html", key=fresh_key(), problem=problem, typed=request.form, unprinted=codes
    )


def _code_of(number: int) -> str:
    batch = catalogue().batch_of(number)
    return here().keyring.seal(number, Purpose.CODE, batch.key_id) if batch else ""


def _purchase() -> Purchase:
    """What the form says of the receipt. Raises ValueError for a total that is none."""
    form, keyring, at = request.form, here().keyring, till()
    number = form.get("receipt_no", "").strip()[:_LONGEST_RECEIPT_NO]
    total = form.get("total", "").strip()
    key = form.get("key") or fresh_key()
    return Purchase(
        hashes=(
            receipt_hashes(keyring, at.placement.id or 0, number, at.origin)
            if number
            else unbound_hashes(keyring, at.client, key, at.origin)
        ),
        has_number=bool(number),
        total_minor=typed_minor(total, digits=at.market.digits) if total else None,
        currency=at.market.currency if total else None,
    )


def handed(code: str) -> Handed:
    """A code of ours with its paper; anything else is not here."""
    place = here()
    opened = place.keyring.open(code)
    now = place.world.now()
    batch = known_batch(opened, now) if opened and opened.purpose is Purpose.CODE else None
    if opened is None or batch is None:
        abort(404)
    view = looked_up(batch, opened.number)
    with place.db.reading() as session_:
        logo = showing.picture_bytes(session_, view.content.logo)
    paper = paper_for(
        view.content,
        batch,
        view.market,
        view.placement,
        price_minor=view.price_minor,
        printed_on=local_day(now, view.market.time_zone),
        is_sandbox=place.settings.is_sandbox,
        logo=logo,
    )
    return Handed(view, printed_code(place.keyring, batch, opened.number), paper)


def hand_over(code: str, how: str) -> ResponseReturnValue:
    """Show or print a code, and write down that it was; where law wants it, ask before printing."""
    given = handed(code)
    if given.view.price_minor is None:
        return _home(problem=sentence(Reason.NO_PRICE, audience="staff")), status_of(Reason.NO_PRICE)
    if how == printing.SHOWN:
        printer.forget(given.view.number)
        _record(given, printing.SHOWN)
        return redirect(url_for("till.show", code=code), 303)
    if not _may_print(given):
        return redirect(url_for("till.ask", code=code, how=how), 303)
    address = till().placement.printer
    if how == SLIP or not address:
        printer.forget(given.view.number)
        _record(given, SLIP)
        return redirect(url_for("till.slip", code=code), 303)
    _print(address, given)
    return redirect(url_for("till.show", code=code), 303)


def _may_print(given: Handed) -> bool:
    """Whether paper may come out now: unasked where the market prints unasked, else after a yes."""
    if not till().asks_first:
        return True
    with here().db.reading() as session_:
        said = printing.last_answer(session_, given.view.number)
    return said is not None and said.wants_paper


def _print(address: str, given: Handed) -> None:
    """Print a slip, unless the one before waits or asks; staff are told when none can be made."""
    before = printer.slip_of(given.view.number)
    try:
        if before is None or before[1] not in OPEN_STATES:
            printer.print_slip(address, given)
        elif before[1] is JobState.WAITING:
            printer.try_again(before[0], given)
    except (BadLayout, PrintUnavailable) as unprintable:
        _log.warning("no slip at %s: %s", till().placement.slug, unprintable)
        flash(_("The printer lacks letters. Show the code, or print it from this device."), "problem")
    except (Unknown, BadInput) as nowhere:
        _log.warning("no printer at %s: %s", till().placement.slug, nowhere)
        flash(_("The printer does not answer. Show the code, or print it from this device."), "problem")


def _record(given: Handed, form: str) -> None:
    place, batch = here(), given.view.batch
    with place.db.writing() as tx:
        printing.record_run(
            tx,
            place.world.now(),
            batch=batch,
            first_number=given.view.number,
            copies=1,
            form=form,
            layout=None,
            price_minor=given.view.price_minor or 0,
            currency=given.view.market.currency,
            by=admission.name(),
        )

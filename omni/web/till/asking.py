"""Asking whether a shopper wants her code on paper, where law lets nothing be printed unasked.

And asking staff whether a slip came out, where the printer stopped and nothing may be printed twice.
"""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from omni.domain.printer import JobState
from omni.present.paper import question
from omni.services import printing
from omni.web import admission, here
from omni.web.till import printer
from omni.web.till.counter import pages, till
from omni.web.till.handing_out import PRINT, SLIP, hand_over, handed


@pages.get("/codes/<code>/paper")
def ask(code: str) -> ResponseReturnValue:
    """The code on the screen, and above it the one question, in words to say aloud."""
    given = handed(code)
    how = request.args.get("how", PRINT)
    return render_template("till/ask.html", handed=given, how=how, aloud=question(given.view.market))


@pages.post("/codes/<code>/paper")
def answer(code: str) -> ResponseReturnValue:
    """What the shopper said; a yes is printed at once, after a no the code stays on the screen."""
    said, how = request.form.get("paper"), request.form.get("how", PRINT)
    if said not in ("yes", "no") or how not in (PRINT, SLIP):
        abort(400)
    place, given = here(), handed(code)
    with place.db.writing() as tx:
        printing.record_answer(
            tx,
            place.world.now(),
            batch=given.view.batch,
            number=given.view.number,
            placement=till().placement,
            wants_paper=said == "yes",
            by=admission.name(),
        )
    return hand_over(code, how) if said == "yes" else redirect(url_for("till.show", code=code), 303)


@pages.post("/codes/<code>/came-out")
def say_whether_it_came_out(code: str) -> ResponseReturnValue:
    """What staff see at a printer that stopped: nothing is printed twice before they have looked."""
    said, given = request.form.get("came_out"), handed(code)
    if said not in ("yes", "no"):
        abort(400)
    slip = printer.slip_of(given.view.number)
    if slip is not None and slip[1] is JobState.ASKING:
        printer.say_whether_it_came_out(slip[0], given, came_out=said == "yes")
    return redirect(url_for("till.show", code=code), 303)

"""Signing in by a one-time link: opening it shows a button, and only the button spends it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from omni.domain.people import Person
from omni.domain.refusal import Reason
from omni.present.wording import sentence
from omni.services import admitting
from omni.web import admission, here
from omni.web.limiting import SIGN_INS, network_of

pages = Blueprint("signing_in", __name__)
pages.before_request(admission.speak)
pages.teardown_request(admission.fall_silent)


@pages.record_once
def _last_as_long_as_the_sign_in(state: BlueprintSetupState) -> None:
    state.app.permanent_session_lifetime = admitting.SIGN_IN_LIFE
    # A till stands open all day: its forms stay good for as long as the person is signed in.
    state.app.config["WTF_CSRF_TIME_LIMIT"] = None


@pages.get("/sign-in")
def explain() -> ResponseReturnValue:
    """How to sign in; whoever already is goes on to work."""
    who = admission.person()
    return redirect(_work_of(who), 303) if who else render_template("staff/sign_in.html")


@pages.get("/sign-in/<token>")
def offer(token: str) -> ResponseReturnValue:
    """One button. Previews, scanners and HEAD see it too, and spend nothing."""
    return render_template("staff/sign_in_button.html", token=token)


@pages.post("/sign-in/<token>")
def spend(token: str) -> ResponseReturnValue:
    """Spend the link: a fresh session, and on to the till or the campaigns."""
    place = here()
    now = place.world.now()
    wait = place.limiter.try_once(SIGN_INS, network_of(request.remote_addr))
    if wait is not None:
        words = sentence(Reason.TOO_MANY_ATTEMPTS, audience="staff")
        return render_template("staff/sign_in.html", problem=words), 429, {"Retry-After": str(wait)}
    with place.db.writing() as tx:
        signed_in = admitting.spend_link(tx, now, place.world.mint, token=token)
        who = admitting.who(tx, now, token=signed_in) if signed_in else None
    if who is None:
        return render_template("staff/link_spent.html"), 410
    language = session.get("lang")
    # Nothing from before the sign-in survives it, so a session planted by somebody else is worthless.
    session.clear()
    session.permanent = True
    session.update(sign_in=signed_in, lang=language)
    return redirect(_work_of(who), 303)


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the sign-in on this device, for the session and for anybody who copied it."""
    place = here()
    token = session.get("sign_in")
    session.clear()
    if isinstance(token, str):
        with place.db.writing() as tx:
            admitting.sign_out(tx, place.world.now(), token=token)
    return redirect(url_for("signing_in.explain"), 303)


def _work_of(who: Person) -> str:
    return url_for("studio.figures" if who.role in admission.MARKETERS else "till.home")

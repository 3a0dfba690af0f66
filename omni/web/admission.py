"""Who is at this page, whether they may be here, and which language they are spoken to in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from omni.domain.people import Person, Role
from omni.present.locales import canonical, choose_interface, speaking
from omni.services import admitting
from omni.web import here

STAFF = (Role.STAFF, Role.MANAGER, Role.MARKETER, Role.OWNER)
"""Everybody may work a till."""

MARKETERS = (Role.MARKETER, Role.OWNER)


def person() -> Person | None:
    """Who is signed in; asked of the database once in a request, so that ending a sign-in ends it at once."""
    if "person" not in g:
        token = session.get("sign_in")
        g.person = None
        if isinstance(token, str):
            place = here()
            with place.db.reading() as reading:
                g.person = admitting.who(reading, place.world.now(), token=token)
    found: Person | None = g.person
    return found


def name() -> str:
    """The name of whoever is signed in, for the record of what they did."""
    who = person()
    return who.name if who else ""


def turn_away(roles: Sequence[Role]) -> ResponseReturnValue | None:
    """What a stranger or another role is answered before any page of an audience; None lets them in."""
    who = person()
    if who is None:
        return redirect(url_for("signing_in.explain"), 303)
    if who.role not in roles:
        return render_template("staff/not_allowed.html", who=who), 403
    return None


def speak(market_locales: Sequence[str] = ()) -> None:
    """Speak to this person for the rest of the request: their own choice, else what their browser says.

    A market lends its country, so that English at a British till writes British dates.
    """
    asked = request.args.get("lang", "")
    if canonical(asked):
        session["lang"] = asked
    chosen = choose_interface(
        asked=session.get("lang"),
        accept_language=request.headers.get("Accept-Language"),
        market_locales=market_locales,
    )
    fall_silent()
    g.voice = ExitStack()
    g.voice.enter_context(speaking(chosen))


def fall_silent(_error: BaseException | None = None) -> None:
    """Stop speaking, at the end of the request."""
    voice: ExitStack | None = g.pop("voice", None)
    if voice is not None:
        voice.close()

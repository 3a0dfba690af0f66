"""What shops are told: what waits for each of them, what was given up and why, and sending it again."""

from __future__ import annotations

from collections import Counter

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from omni.services import hooking
from omni.web import here
from omni.web.studio.desk import pages


@pages.get("/messages")
def messages() -> ResponseReturnValue:
    """How it stands with everybody who is told."""
    with here().db.reading() as session:
        found = hooking.standings(session)
    troubles = {
        each.hook.slug: Counter(parked.trouble or "" for parked in each.oldest_parked).most_common()
        for each in found
    }
    return render_template("studio/messages.html", found=found, troubles=troubles)


@pages.post("/messages/<slug>")
def send_again(slug: str) -> ResponseReturnValue:
    """Send again what was given up."""
    place = here()
    now = place.world.now()
    with place.db.writing() as tx:
        hooking.replay(tx, now, hook_id=hooking.hook_named(tx, slug).id)
    return redirect(url_for("studio.messages"), 303)

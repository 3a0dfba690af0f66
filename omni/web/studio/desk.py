"""The desk of whoever runs campaigns: who may sit at it, and in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from flask.typing import ResponseReturnValue

from omni.web import admission, here

if TYPE_CHECKING:
    from omni.store.catalogue import Catalogue

pages = Blueprint("studio", __name__, url_prefix="/studio")


@pages.before_request
def sit_at_the_desk() -> ResponseReturnValue | None:
    """Let marketers and owners in, in their own language."""
    admission.speak()
    return admission.turn_away(admission.MARKETERS)


pages.teardown_request(admission.fall_silent)


@pages.context_processor
def _what_every_page_shows() -> dict[str, object]:
    return {
        "who": admission.person(),
        "is_sandbox": here().settings.is_sandbox,
    }


def catalogue() -> Catalogue:
    """What this process knows of campaigns, markets and places."""
    place = here()
    return place.catalogue.current(place.world.now())

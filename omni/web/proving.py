"""The proof of what a page showed, which its form brings back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from omni.domain import render_token
from omni.domain.code import Purpose
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.speech import Speech

if TYPE_CHECKING:
    from omni.app import Installation


def proof_of(place: Installation, view: OpenedCode, speech: Speech, now: datetime, *, number: int) -> str:
    """The proof of what a drawing of the page of a number showed."""
    assert view.price_minor is not None, "what is on offer has a price"
    token = render_token.RenderToken(
        number=number,
        minute=int(now.timestamp()) // 60,
        nonce=place.world.mint(render_token.NONCE_BYTES),
        revision=view.edition.revision,
        terms_id=view.content.terms[speech.terms].id,
        price_minor=view.price_minor,
        locale=speech.terms,
    )
    return render_token.sign(token, place.keyring.secret_for(Purpose.RENDER))


def proof_of_page(text: str, number: int, now: datetime) -> render_token.RenderToken | None:
    """What a form of this code's page brought back of its drawing; None when forged, old or another's."""
    secrets = here().keyring.secrets_for(Purpose.RENDER)
    token = render_token.read(text, secrets, now_minute=int(now.timestamp()) // 60)
    return token if token is not None and token.number == number else None

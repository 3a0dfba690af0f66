"""The page of a code at any instant, past or future, as one file: drawn by what draws it for shoppers."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace

from flask import Flask

from omni.domain.refusal import BadInput
from omni.domain.rulebook import PageState
from omni.present.locales import canonical
from omni.services import showing
from omni.services.opening import OpenedCode
from omni.services.travelling import Sight
from omni.settings import Settings
from omni.web import here
from omni.web.shopper_offer import draw
from omni.web.speech import market_speech

# What stands where a shopper has her own.
_NOBODYS_CODE = "XXXXX-XXXXX-XXXXX"
_NOBODYS_VOUCHER = "V-XXXX-XXXX-XXXX-XXX"
# Where a shopper's page proves what it showed; nothing can be unlocked with it.
_NO_PROOF = "preview"
_PICTURE = re.compile(r'(?<=src=")/pictures/([0-9a-f]{64})(?:\.[a-z]+)?(?=")')
# Other cuts of a picture are for other screens; the one inside has to do for all.
_OTHER_CUTS = re.compile(r"<source [^>]*>\n?")
# A page that is looked at later has no clock that runs down.
_SCRIPT = re.compile(r"<script [^>]*></script>\n?")


def self_contained(app: Flask, sight: Sight, *, locale: str, code: str | None = None) -> str:
    """The page a reader of a language sees, its pictures inside; nobody's code unless one is shown.

    It has today's words of ours around the content of then, and its button unlocks nothing. Raises BadInput.
    """
    if canonical(locale) is None:
        raise BadInput("locale", f"{locale} is no language: write it like fr or pt-BR")
    view = sight.view if sight.view.batch.host else _at_our_address(app, sight.view)
    is_offered = view.state is PageState.OFFER and view.price_minor is not None
    with app.test_request_context("/", query_string={"lang": locale}):
        answer = draw(
            view,
            market_speech(view.content, view.market),
            sight.at,
            catalogue=sight.catalogue,
            code=code or _NOBODYS_CODE,
            voucher=_NOBODYS_VOUCHER if view.claim else None,
            token=_NO_PROOF if is_offered else None,
        )
        page = answer.get_data(as_text=True)
        return _PICTURE.sub(_inlined, _SCRIPT.sub("", _OTHER_CUTS.sub("", page)))


def _at_our_address(app: Flask, view: OpenedCode) -> OpenedCode:
    """Nobody's code as it would be printed here now."""
    settings: Settings = app.extensions["omni"].settings
    batch = view.batch.model_copy(update={"host": settings.host_for(view.market.host)})
    return replace(view, code=replace(view.code, batch=batch))


def _inlined(found: re.Match[str]) -> str:
    with here().db.reading() as session:
        picture = showing.picture(session, found[1])
    if picture is None:
        return found[0]
    return f"data:{picture.media_type};base64,{b64encode(picture.body).decode()}"

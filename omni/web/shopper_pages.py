"""What every page of the shopper has in common: its language, its bands, its footer, its way on."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, request

from omni.domain.record import Origin
from omni.present.locales import speaking
from omni.services.opening import OpenedCode
from omni.web import here
from omni.web.dressing import rendered
from omni.web.speech import Speech


def page(
    template: str,
    speech: Speech,
    status: int = 200,
    *,
    path: str = "/",
    of: OpenedCode | None = None,
    **context: Any,
) -> Response:
    """A page in the reader's language; `path` is its own address, `of` the code it is about."""
    with speaking(speech.interface):
        html = rendered(
            template,
            of.content.theme if of else None,
            speech=speech,
            languages=speech.languages(path),
            seller=of.content.seller if of else None,
            is_test=of is not None and of.batch.origin is Origin.TEST,
            is_sandbox=here().settings.is_sandbox,
            **context,
        )
    return make_response(html, status)


def see_other(address: str) -> Response:
    """Go on to another page, by GET whatever this was."""
    response: Response = redirect(address, 303)  # type: ignore[assignment]
    return response


def is_from_elsewhere() -> bool:
    """Whether a browser says that another site sent this form; a browser that says nothing is believed."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"

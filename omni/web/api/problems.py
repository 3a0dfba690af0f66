"""Every answer that says no, in one shape (RFC 9457): a stable code, and a sentence for the reader."""

from __future__ import annotations

import json
import re

from flask import Response, g, request

from omni.domain.refusal import Reason, Refused
from omni.present import locales
from omni.present.wording import sentence
from omni.web import here
from omni.web.statuses import status_of

MEDIA_TYPE = "application/problem+json"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def problem(status: int, reason: Reason, detail: str | None = None, **extra: object) -> Response:
    """An answer that says no. `extra` members stand beside `code`; a sentence is found when none is given."""
    locale = locales.choose_interface(
        asked=None, accept_language=request.headers.get("Accept-Language"), market_locales=()
    )
    with locales.speaking(locale):
        words = detail or sentence(reason, audience="staff")
    document = {
        "type": f"/api/v1/docs#{reason.value}",
        "title": title_of(reason),
        "status": status,
        "code": reason.value,
        "detail": words,
        "request_id": request_id(),
        **extra,
    }
    response = Response(json.dumps(document, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    response.headers["X-Request-Id"] = request_id()
    response.headers["Vary"] = "Accept-Language"
    if detail is None:
        response.content_language.add(locales.bcp47(locale))
    return response


def refused(refusal: Refused) -> Response:
    """The answer to a request that a rule refused; its details are members of their own."""
    return problem(status_of(refusal.reason), refusal.reason, **refusal.details)


def invalid(*errors: tuple[str, str]) -> Response:
    """The answer to a request with fields that cannot be right: each with its name and what is wrong."""
    listed = [{"field": field, "message": message} for field, message in errors]
    return problem(422, Reason.INVALID_INPUT, errors=listed)


def title_of(reason: Reason) -> str:
    """The reason as a short title, the same in every language and answer."""
    return reason.value.replace("-", " ").capitalize()


def request_id() -> str:
    """The id this request is logged and answered with: the caller's own when it looks like one, else ours."""
    if "request_id" not in g:
        theirs = request.headers.get("X-Request-Id", "")
        g.request_id = theirs if _REQUEST_ID.fullmatch(theirs) else here().world.mint(8).hex()
    return str(g.request_id)

"""What people see when a request cannot be served: a translated page with a way on, never a traceback."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from omni.domain.refusal import BadInput, Reason, Unknown
from omni.web import here
from omni.web.shopper_pages import page
from omni.web.speech import plain_speech
from omni.web.statuses import status_of

_log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 5

_REASONS = {
    400: Reason.MALFORMED,
    401: Reason.NOT_SIGNED_IN,
    403: Reason.NOT_ALLOWED,
    404: Reason.NOT_FOUND,
    405: Reason.METHOD_NOT_ALLOWED,
    413: Reason.TOO_LARGE,
    415: Reason.UNSUPPORTED_MEDIA_TYPE,
    422: Reason.INVALID_INPUT,
    429: Reason.TOO_MANY_ATTEMPTS,
    503: Reason.STORE_BUSY,
}


def register(app: Flask, *, busy: type[Exception]) -> None:
    """Answer every failure of an application; `busy` is what the database raises when it cannot answer."""
    app.extensions["omni.busy"] = busy
    app.register_error_handler(HTTPException, _refused_by_http)
    app.register_error_handler(Unknown, _unknown)
    app.register_error_handler(BadInput, _bad_input)
    app.register_error_handler(busy, _busy)
    app.register_error_handler(Exception, _broken)


def busy() -> type[Exception]:
    """What the database raises when it cannot answer, for a page that can do without it."""
    kind: type[Exception] = current_app.extensions["omni.busy"]
    return kind


def error_page(status: int, *, retry_after: int | None = None, incident: str | None = None) -> Response:
    """The page of an HTTP status, in the reader's language, with a way to try again what may pass."""
    again = request.path if status == 429 or status >= 500 else None
    response = page("errors/error.html", plain_speech(), status, code=status, incident=incident, again=again)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _answer(
    status: int, reason: Reason, *, retry_after: int | None = None, incident: str | None = None
) -> Response:
    if not request.path.startswith("/api/"):
        return error_page(status, retry_after=retry_after, incident=incident)
    from omni.web.api.problems import problem

    extra = {"incident": incident} if incident else {}
    response = problem(status, reason, **extra)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _refused_by_http(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return current_app.make_response(error.get_response(request.environ))
    response = _answer(error.code, _REASONS.get(error.code, Reason.INVALID_INPUT))
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unknown(error: Unknown) -> Response:
    return _answer(404, error.reason)


def _bad_input(error: BadInput) -> Response:
    return _answer(status_of(error.reason), error.reason)


def _busy(error: Exception) -> Response:
    _log.warning("the database does not answer: %s", error)
    return _answer(503, Reason.STORE_BUSY, retry_after=TRY_AGAIN_SECONDS)


def _broken(error: Exception) -> Response:
    """Log what a person is told only the incident id of. The address is not logged: it may be a code."""
    incident = here().world.mint(6).hex()
    _log.error("incident %s at %s %s", incident, request.method, request.endpoint, exc_info=error)
    return _answer(500, Reason.INTERNAL, incident=incident)

"""What every answer tells the browser: what it may load, keep, frame and pass on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from markupsafe import Markup
from werkzeug.datastructures import Headers

from omni.domain.theme import Theme
from omni.present.stylesheet import SHOPPER, page_style, style_source
from omni.web import here

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STAFF = frozenset({"till", "studio", "signing_in"})
"""The blueprints of people who sign in; their pages may use scripts of our own."""

_HSTS = "max-age=31536000"


def allow_form_to(origin: str) -> None:
    """Let a form of the page being drawn end at another site, as the way to the shop does."""
    g.form_origin = origin


def allow_scripts(*, asking: bool = False) -> None:
    """Let the answer being made run scripts of ours.

    Those that are `asking` may ask us again, and answer in our place while we are away.
    """
    g.scripts_ask = asking


def allow_audits() -> None:
    """Let an audit that runs inside the browser read what is beside the page being drawn, as robots.txt.

    Scripts of ours that the page may run could read it too, and do not.
    """
    g.is_audited = True


class Hardened(Response):
    """An answer that carries all of it already, as it was put on another of its kind.

    Werkzeug would check every header twice more, which took longer than finding out what the page says.
    """

    def __init__(self, body: bytes, status: str, headers: Sequence[tuple[str, str]]) -> None:
        ready = Headers()
        ready._list = [*headers]
        super().__init__([body], status, headers=ready)

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers as they are: a page of ours leads nowhere, and knows its length."""
        return self.headers


def register(app: Flask) -> None:
    """Put the headers on every answer; one that a handler set itself stays."""
    app.jinja_env.globals["page_style"] = _drawn_style
    app.after_request(harden)


def harden(response: Response) -> Response:
    """Tell the browser everything that the answer does not tell it yet."""
    if isinstance(response, Hardened):
        return response
    is_staff = request.blueprint in STAFF
    headers = {
        "Content-Security-Policy": _policy(is_staff=is_staff),
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "same-origin" if is_staff else "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if here().settings.base_url.startswith("https"):
        headers["Strict-Transport-Security"] = _HSTS
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def _drawn_style(sheet: str = SHOPPER, theme: Theme | None = None) -> Markup:
    """The style of a page being drawn, which its policy then names and no other."""
    g.sheet, g.theme = sheet, theme
    return page_style(sheet, theme)


def _style() -> str:
    return style_source(g.get("sheet", SHOPPER), g.get("theme"))


def _policy(*, is_staff: bool) -> str:
    form_targets = " ".join(["'self'", *([g.form_origin] if "form_origin" in g else [])])
    rules = [
        "default-src 'none'",
        f"style-src {_style()}" + (" 'self'" if is_staff else ""),
        # An empty data: icon spares every shopper the request for /favicon.ico.
        "img-src 'self' data:",
        f"form-action {form_targets}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if is_staff:
        rules += ["script-src 'self'", "connect-src 'self'", "media-src 'self' blob:", "manifest-src 'self'"]
    if "scripts_ask" in g:
        rules.append("script-src 'self'")
    if g.get("scripts_ask"):
        rules += ["connect-src 'self'", "worker-src 'self'"]
    elif "is_audited" in g:
        rules.append("connect-src 'self'")
    return "; ".join(rules)

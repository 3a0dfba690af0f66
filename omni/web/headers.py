"""What every answer tells the browser: what it may load, keep, frame and pass on."""

from __future__ import annotations

from flask import Flask, Response, g, request

from omni.present.stylesheet import SHOPPER, style_source
from omni.web import here

STAFF = frozenset({"till", "studio", "signing_in"})
"""The blueprints of people who sign in; their pages may use scripts of our own."""

_HSTS = "max-age=31536000"


def allow_form_to(origin: str) -> None:
    """Let a form of the page being drawn end at another site, as the way to the shop does."""
    g.form_origin = origin


def use_style(sheet: str) -> None:
    """Let the page being drawn carry another style sheet than the shopper's."""
    g.sheet = sheet


def register(app: Flask) -> None:
    """Put the headers on every answer; one that a handler set itself stays."""
    app.after_request(_harden)


def _harden(response: Response) -> Response:
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


def _policy(*, is_staff: bool) -> str:
    form_targets = " ".join(["'self'", *([g.form_origin] if "form_origin" in g else [])])
    rules = [
        "default-src 'none'",
        f"style-src {style_source(g.get('sheet', SHOPPER))}" + (" 'self'" if is_staff else ""),
        # An empty data: icon spares every shopper the request for /favicon.ico.
        "img-src 'self' data:",
        f"form-action {form_targets}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if is_staff:
        rules += ["script-src 'self'", "connect-src 'self'", "media-src 'self' blob:", "manifest-src 'self'"]
    return "; ".join(rules)

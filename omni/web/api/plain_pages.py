"""The few pages of the API that are read by people: one own style, nothing else is loaded, no script."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from flask import Response, render_template
from markupsafe import Markup

from omni import asset


def page(template: str, **values: object) -> Response:
    """A page with the API's style, and a security policy that allows that and no more."""
    response = Response(render_template(template, style=_style(), **values), content_type="text/html")
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response


@cache
def _style() -> Markup:
    return Markup((asset("templates") / "api" / "style.css").read_text(encoding="utf-8"))

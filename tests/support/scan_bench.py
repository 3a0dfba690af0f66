"""The server a bench of scanning measures: Omni, and beside it a bare application with the same bytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask, Response

from tests.support.serving import at_the_festival


def app() -> Flask:
    """Omni, and at /bare a handler of a bare application that returns the page it was given."""
    made = at_the_festival()
    page = Path(os.environ["OMNI_DATA_DIR"], "page.html")
    bare = Flask("bare")
    body = page.read_bytes() if page.exists() else b""

    @bare.get("/bare")
    def bare_page() -> Response:
        return Response(body, content_type="text/html; charset=utf-8")

    omni_wsgi, bare_wsgi = made.wsgi_app, bare.wsgi_app

    def either(environ: Any, start: Any) -> Any:
        return (bare_wsgi if environ["PATH_INFO"] == "/bare" else omni_wsgi)(environ, start)

    made.wsgi_app = either  # type: ignore[method-assign, assignment]
    return made

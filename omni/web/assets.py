"""Style sheets and small scripts that are files of their own, cached for as long as they stay the same."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from flask import Blueprint, Response, abort, url_for
from flask.blueprints import BlueprintSetupState

import omni
from omni.present.locales import interface_locales

pages = Blueprint("assets", __name__, url_prefix="/assets")

_MEDIA_TYPES = {
    "staff.css": "text/css",
    "slip.css": "text/css",
    "staff.js": "text/javascript",
    "live.js": "text/javascript",
    "voucher.js": "text/javascript",
    "clock.js": "text/javascript",
}
_OF_SHOPPERS = {"voucher.js", "clock.js"}
_FOR_EVER = "public, max-age=31536000, immutable"


@pages.record_once
def _name_them_in_templates(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(asset_url=asset_url, interface_locales=interface_locales)


@pages.get("/<digest>/<name>")
def one(digest: str, name: str) -> Response:
    """An asset under the hash of its bytes; another hash is another file, and not here."""
    if name not in _MEDIA_TYPES or digest != _digest(name):
        abort(404)
    response = Response(_body(name), mimetype=_MEDIA_TYPES[name])
    response.headers["Cache-Control"] = _FOR_EVER
    return response


def asset_url(name: str) -> str:
    """Where an asset is, as it is now."""
    return url_for("assets.one", digest=_digest(name), name=name)


@cache
def _body(name: str) -> bytes:
    folder = "shopper" if name in _OF_SHOPPERS else "staff"
    return (omni.asset("templates") / folder / name).read_bytes()


@cache
def _digest(name: str) -> str:
    return sha256(_body(name)).hexdigest()[:16]

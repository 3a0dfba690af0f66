"""Pictures of a campaign, addressed by the hash of their bytes and so kept by browsers for ever."""

from __future__ import annotations

from flask import Response, abort

from omni.domain.offer import picture_file
from omni.services import showing
from omni.web import here

_FOR_EVER = "public, max-age=31536000, immutable"


def picture(name: str) -> Response:
    """One picture, by its digest or its name as a file. An SVG opened by itself can run and load nothing."""
    digest = name.partition(".")[0]
    with here().db.reading() as session:
        found = showing.picture(session, digest)
    if found is None or name not in (digest, picture_file(digest, found.media_type)):
        abort(404)
    response = Response(found.body, content_type=found.media_type)
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.set_etag(digest)
    return response

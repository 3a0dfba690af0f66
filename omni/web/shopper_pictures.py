"""Pictures of a campaign, addressed by the hash of their bytes and so kept for ever."""

from __future__ import annotations

import re

from flask import Response, abort

from omni.domain.offer import Picture, media_type_of, picture_file, picture_files
from omni.services import showing
from omni.web import here
from omni.web.errors import busy
from omni.web.kept_files import KeptFiles

FOR_EVER = "public, max-age=31536000, immutable"
"""How long what stands at an address of its own look may be kept by whoever passes it on."""

_DIGEST = re.compile("[0-9a-f]{64}")
_KEPT = KeptFiles("pictures")


def picture(name: str) -> Response:
    """One picture, by its digest or its name as a file. An SVG opened by itself can run and load nothing.

    While the database is away it is the one that was shown before.
    """
    digest = name.partition(".")[0]
    if not _DIGEST.fullmatch(digest):
        abort(404)
    found = _picture(digest)
    if found is None or name not in (digest, picture_file(digest, found.media_type)):
        abort(404)
    response = Response(found.body, content_type=found.media_type)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.set_etag(digest)
    return response


def _picture(digest: str) -> Picture | None:
    try:
        with here().db.reading() as session:
            found = showing.picture(session, digest)
    except busy():
        kept = _kept(digest)
        if kept is None:
            raise
        return kept
    if found is not None:
        _KEPT.keep(picture_file(digest, found.media_type), found.body)
    return found


def _kept(digest: str) -> Picture | None:
    for file in picture_files(digest):
        body = _KEPT.get(file)
        if body is not None:
            return Picture(digest=digest, media_type=media_type_of(file), body=body)
    return None

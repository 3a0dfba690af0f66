"""Pictures and logos on their way to paper: checked to be drawable, and vector ones turned into dots."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from omni.present.pictures import BadPicture, read_picture
from omni.present.slip import BadLayout, PrintUnavailable
from omni.present.typesetting import typeset

MOST_PIXELS = 50_000_000
"""A small file may unpack to a picture that fills the memory; a poster of A4 at 600 dpi has 35 million."""

_FORMATS = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def printable(body: bytes, *, name: str = "picture") -> dict[str, Any]:
    """A picture as a template takes it: SVG, PNG, JPEG or WebP.

    Raises BadLayout where it cannot be drawn, and calls it by its name.
    """
    try:
        media_type = read_picture(body).media_type
        if media_type == "image/svg+xml":
            rasterised(body, 8)
            return {"format": "svg", "body": body.decode()}
        _check_dots(body)
    except BadPicture as bad:
        raise BadLayout(f"the {name} {bad}") from None
    return {"format": _FORMATS[media_type], "body": list(body)}


def rasterised(svg: bytes, width_px: int) -> bytes:
    """An SVG as a PNG that is clear where nothing is drawn. Raises BadPicture where it cannot be drawn."""
    data = {"format": "svg", "body": svg.decode(), "width": width_px}
    try:
        return typeset("picture.typ", data, as_format="png", ppi=72)
    except PrintUnavailable:
        raise
    except RuntimeError as problem:
        raise BadPicture(f"cannot be drawn ({problem}); save it as plain SVG or PNG") from None


def _check_dots(body: bytes) -> None:
    try:
        with Image.open(io.BytesIO(body)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadPicture(f"has {image.width} x {image.height} pixels; make it smaller")
            image.load()
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise BadPicture("is damaged; save it anew as SVG, PNG, JPEG or WebP") from None

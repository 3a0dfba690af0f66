"""Pictures and logos on their way to paper: checked to be drawable, and vector ones turned into dots."""

from __future__ import annotations

from typing import Any

from omni.present.pictures import BadPicture, opened, read_picture
from omni.present.slip import BadLayout, PrintUnavailable
from omni.present.typesetting import typeset

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
        with opened(body) as image:
            image.load()
    except (OSError, SyntaxError):
        raise BadPicture("is damaged; save it anew as SVG, PNG, JPEG or WebP") from None

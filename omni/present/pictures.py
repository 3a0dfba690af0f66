"""Pictures as they come from outside: told by their bytes, not their name, refused when they could act."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from warnings import catch_warnings, simplefilter
from xml.etree import ElementTree as ET

from PIL import Image

from omni.domain.offer import Picture

SVG = "image/svg+xml"
MAX_BYTES = 20_000_000
MAX_LOGO_BYTES = MAX_SVG_BYTES = 1_000_000
"""A logo or a drawing is sent as it is; of any other picture shoppers are sent cuts."""

MOST_PIXELS = 50_000_000
"""A small file may unpack to a picture that fills the memory; a poster of A4 at 600 dpi has 35 million."""

_SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_SVG = "{http://www.w3.org/2000/svg}svg"
# What draws and nothing else: no script, no page inside the picture, no animation that sets attributes.
_ACTING = {"script", "foreignobject", "iframe", "handler", "listener", "set", "animate"}
_REFERENCE = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)


class BadPicture(ValueError):
    """A picture that cannot be taken; the message ends with what to do instead."""


def read_picture(body: bytes, *, most: int = MAX_BYTES, most_pixels: int = MOST_PIXELS) -> Picture:
    """A picture from its bytes: SVG of at most a megabyte; PNG, JPEG or WebP of at most so many bytes.

    Raises BadPicture.
    """
    for media_type, signature in _SIGNATURES.items():
        if signature.match(body):
            _check_size(body, most)
            opened(body, most_pixels).close()
            return _picture(body, media_type)
    _check_size(body, MAX_SVG_BYTES)
    _check_svg(body)
    return _picture(body, SVG)


def opened(body: bytes, most_pixels: int = MOST_PIXELS) -> Image.Image:
    """A PNG, JPEG or WebP of which only the head was read. Raises BadPicture when it has too many pixels."""
    try:
        with catch_warnings():
            simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(body), formats=("PNG", "JPEG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(most_pixels) from None
    except (OSError, SyntaxError, ValueError):
        raise BadPicture("is damaged; save it anew as SVG, PNG, JPEG or WebP") from None
    if image.width * image.height > most_pixels:
        raise _too_large(most_pixels)
    return image


def _too_large(most_pixels: int) -> BadPicture:
    return BadPicture(f"has more than {most_pixels:,} pixels; make it smaller")


def _check_size(body: bytes, most: int) -> None:
    if len(body) > most:
        raise BadPicture(f"has {len(body):,} bytes; make it smaller than {most:,}")


def _picture(body: bytes, media_type: str) -> Picture:
    return Picture(digest=sha256(body).hexdigest(), media_type=media_type, body=body)


def _check_svg(body: bytes) -> None:
    # Entities are refused before anything parses them: they only serve to exhaust a reader or read its files.
    if re.search(rb"<!(DOCTYPE|ENTITY)", body, re.IGNORECASE) or b"<?xml-stylesheet" in body:
        raise BadPicture("is an SVG with a document type or stylesheet; save it as plain SVG")
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError):
        raise BadPicture("is neither SVG, PNG, JPEG nor WebP; save it as one of these") from None
    if root.tag != _SVG:
        raise BadPicture("is XML but not SVG; save it as SVG")
    for element in root.iter():
        if str(element.tag).rpartition("}")[2].lower() in _ACTING:
            raise BadPicture("holds a script, a page or an animation; save it as plain SVG")
        if _REFERENCE.search(element.text or "") or "@import" in (element.text or ""):
            raise BadPicture("fetches something from elsewhere; save it with everything inside")
        for name, value in element.attrib.items():
            _check_attribute(name.rpartition("}")[2].lower(), value)


def _check_attribute(name: str, value: str) -> None:
    if name.startswith("on"):
        raise BadPicture("holds a script; save it as plain SVG")
    if name in ("href", "src") and not re.match(r"#|data:image/(png|jpeg|webp)[;,]", value.strip()):
        raise BadPicture("fetches something from elsewhere; save it with everything inside")
    if _REFERENCE.search(value):
        raise BadPicture("fetches something from elsewhere; save it with everything inside")

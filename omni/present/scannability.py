"""Whether a drawn symbol will be read: printed, looked at by a phone on a bad day, and decoded twice.

A styled symbol breaks the standard's drawing on purpose, so no rule can promise that it is read. It is tried
instead, by the two decoders that most free scanners are made of. What passes was read by both in every look
of `LOOKS`; that is less than every phone there is, and more than the eye can tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import shake_128

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from omni.domain.colour import Colour
from omni.present.qr import QUIET_ZONE
from omni.present.slip import PrintUnavailable

Decoder = Callable[[Image.Image], set[str]]

SMALLEST_CONTRAST = 4.5
"""WCAG's ratio for text. A cheaper pair is not worth trying: print fades, and phones look through glare."""

PRINT_DPI = (203, 300)
"""A label printer and an office printer: the coarsest that a code is printed with."""

# Pixels a module in a phone's preview of some 1,900 pixels, which sees 1.3 times as far across as it is away:
# a symbol of version 10 at ten times its width, and one of version 3 at eight times.
_AFAR_PX, _NEAR_PX = 3.0, 6.0
# A phone looks thirty times a second and never twice the same. What four pictures do not show, it misses.
_ZOOMS = (1.0, 0.93, 1.1, 0.83)
# Grey levels of noise either way, as of a small sensor indoors. At half contrast and out of focus black on
# white is read up to 11, a brand's red up to 8 or 9, the lightest grey that WCAG allows up to 6 or 7.
_GRAIN = 7.5
_STAIN = 0.03  # of the symbol's area, over data: a thumb, or a drop
_FINEST_DOTS = 24  # in a module; beyond that a finer printer changes nothing


@dataclass(frozen=True, kw_only=True)
class Look:
    """One way in which a phone may come to see a symbol. Blur is the radius as a part of a module."""

    module_px: float = _NEAR_PX
    degrees: int = 0
    slant: float = 0.0
    blur: float = 0.0
    contrast: float = 1.0
    is_stained: bool = False

    @property
    def said(self) -> str:
        """How it is seen, in words that follow "cannot read it"."""
        parts = {
            "from afar": self.module_px == _AFAR_PX,
            f"rotated by {self.degrees} degrees": self.degrees,
            "from the side": self.slant,
            "out of focus": self.blur,
            "at half contrast": self.contrast < 1,
            "with a stain on it": self.is_stained,
        }
        return " ".join(words for words, holds in parts.items() if holds) or "straight on"

    def at(self, printed: Image.Image, *, modules: int, zoom: float) -> Image.Image:
        """What the phone sees of a printed symbol, the same every time. Pictures are grey."""
        module_px = self.module_px * zoom
        side = round(module_px * (modules + 2 * QUIET_ZONE))
        seen = _resized(printed, side)
        if self.is_stained:
            seen = _stained(seen, module_px=module_px, modules=modules)
        if self.slant:
            seen = _slanted(seen, self.slant)
        paper = seen.getpixel((0, 0))
        seen = seen.rotate(self.degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=paper)
        seen = seen.filter(ImageFilter.GaussianBlur(self.blur * module_px))
        seen = seen.point([round(128 + (level - 128) * self.contrast) for level in range(256)])
        return _grainy(seen)


LOOKS = (
    Look(),
    *(Look(degrees=degrees) for degrees in (7, 30, 100, 200)),
    Look(slant=0.2),
    Look(blur=0.35),
    Look(is_stained=True),
    Look(contrast=0.5),
    Look(degrees=30, contrast=0.5),
    Look(blur=0.35, contrast=0.5),
    Look(module_px=_AFAR_PX),
    Look(module_px=_AFAR_PX, blur=0.35),
    Look(module_px=_AFAR_PX, degrees=15, contrast=0.5),
)
"""What a symbol has to stand, printed at each of `PRINT_DPI`."""


def has_quiet_zone(picture: Image.Image, *, modules: int, light: Colour) -> bool:
    """Whether the four modules around a drawn symbol are nothing but ground."""
    drawn = picture.convert("RGB")
    side = drawn.width
    quiet = side * QUIET_ZONE // (modules + 2 * QUIET_ZONE)
    strips = [(0, 0, side, quiet), (0, side - quiet, side, side)]
    strips += [(0, 0, quiet, side), (side - quiet, 0, side, side)]
    return all([found for _, found in drawn.crop(strip).getcolors() or []] == [light] for strip in strips)


def why_unread(picture: Image.Image, text: str, *, modules: int, module_mm: float) -> str | None:
    """The first reason why a drawn symbol is not fit for print at a module size; None when it is.

    The picture is the symbol with its quiet zone. A decoder that finds another text in it, such as in a
    logo, is a reason too. Half a second for what passes. Raises PrintUnavailable without the extra `styled`.
    """
    decoders = _decoders()
    for dpi in PRINT_DPI:
        printed = _printed(picture, modules=modules, dots=module_mm / 25.4 * dpi)
        if trouble := _trouble(decoders, text, [printed]):
            return f"{trouble} held close, printed at {dpi} dpi"
        for look in LOOKS:
            frames = (look.at(printed, modules=modules, zoom=zoom) for zoom in _ZOOMS)
            if trouble := _trouble(decoders, text, frames):
                return f"{trouble} {look.said}, printed at {dpi} dpi"
    return None


def _trouble(decoders: dict[str, Decoder], text: str, frames: Iterable[Image.Image]) -> str | None:
    """What goes wrong over some frames; nothing, once each decoder has read the text in one of them."""
    waiting = dict(decoders)
    for frame in frames:
        for name, decode in list(waiting.items()):
            found = decode(frame)
            if found - {text}:
                return f"{name} reads another text in it"
            if found:
                del waiting[name]
        if not waiting:
            return None
    return f"{next(iter(waiting))} cannot read it"


def _decoders() -> dict[str, Decoder]:
    """The two decoders, which come with the extra `styled`; zbar is a library of the system besides."""
    try:
        import zxingcpp
        from pyzbar import pyzbar
    except ModuleNotFoundError:
        raise PrintUnavailable("styled codes need two decoders: pip install 'omni-offers[styled]'") from None
    except (ImportError, OSError):
        raise PrintUnavailable("styled codes need the library of zbar: apt-get install libzbar0") from None
    qr_codes = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

    def zxing(picture: Image.Image) -> set[str]:
        return {found.text for found in zxingcpp.read_barcodes(picture, formats=qr_codes)}

    def zbar(picture: Image.Image) -> set[str]:
        found = pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol.QRCODE])
        return {symbol.data.decode(errors="replace") for symbol in found}

    return {"zxing": zxing, "zbar": zbar}


def _printed(picture: Image.Image, *, modules: int, dots: float) -> Image.Image:
    """The picture in the dots of a printer, so many a module; colours become the grey a camera takes."""
    side = round(min(dots, _FINEST_DOTS) * (modules + 2 * QUIET_ZONE))
    return _resized(picture.convert("L"), max(side, 1))


def _resized(picture: Image.Image, side: int) -> Image.Image:
    smaller = side <= picture.width
    return picture.resize((side, side), Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC)


def _stained(picture: Image.Image, *, module_px: float, modules: int) -> Image.Image:
    """A grey spot right of the middle, where a logo leaves the data alone."""
    spot = picture.copy()
    radius = modules * module_px * math.sqrt(_STAIN / math.pi)
    x, y = ((QUIET_ZONE + part * modules) * module_px for part in (0.72, 0.45))
    ImageDraw.Draw(spot).ellipse((x - radius, y - radius, x + radius, y + radius), fill=110)
    return spot


def _slanted(picture: Image.Image, slant: float) -> Image.Image:
    """Seen from below: the upper edge is further away, and so narrower."""
    side, step = picture.width, slant / picture.width
    leaning = (1, side * step / 2, 0, 0, 1 + slant, 0, 0, step)
    paper = picture.getpixel((0, 0))
    return picture.transform(
        picture.size, Image.Transform.PERSPECTIVE, leaning, Image.Resampling.BICUBIC, fillcolor=paper
    )


def _grainy(picture: Image.Image) -> Image.Image:
    """A sensor's noise, the same in every picture of a size."""
    drops = shake_128(b"%d" % picture.width).digest(picture.width * picture.height)
    grain = Image.frombytes("L", picture.size, drops)
    grain = grain.point([round(128 + (level / 127.5 - 1) * _GRAIN) for level in range(256)])
    return ImageChops.add(picture, grain, 1, -128)

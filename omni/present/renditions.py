"""Pictures cut around their focus and encoded, once for every use; drawings that scale stay as they are."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any

from PIL import Image, ImageCms, ImageOps

from omni.domain.creative import Box, Cut, Focus, Form, Size, cuts
from omni.domain.offer import Picture, Rendition
from omni.present.pictures import SVG, BadPicture, opened

# Qualities that are equally like the original: 38 dB in brightness on a photograph full of detail.
_ENCODED: dict[str, dict[str, Any]] = {
    "image/avif": {"format": "AVIF", "quality": 50, "speed": 7},
    "image/webp": {"format": "WEBP", "quality": 76, "method": 4},
    "image/jpeg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
}
_ON_PAPER = {"quality": 90}
_ORIENTATION, _TURNED = 0x0112, range(5, 9)


def wanted(picture: Picture, focus: Focus, forms: Collection[Form]) -> list[Cut]:
    """The cuts of a picture, from what its first bytes say of its size; none of one that scales."""
    if picture.media_type == SVG:
        return []
    with opened(picture.body) as image:
        width, height = image.size
        if image.getexif().get(_ORIENTATION) in _TURNED:
            width, height = height, width
    return list(cuts(Size(width, height), focus, forms))


def made(picture: Picture, focus: Focus, wanted: Sequence[Cut]) -> Iterator[tuple[Rendition, Picture]]:
    """These cuts of a picture, each as its row and its bytes: upright, in sRGB, with no word of where it was
    taken or by what.

    Raises BadPicture where the file is damaged.
    """
    if not wanted:
        return
    whole = upright(picture.body)
    last: tuple[Box, Size] | None = None
    for cut in sorted(wanted, key=lambda cut: (cut.box, cut.size)):
        if last != (cut.box, cut.size):
            sized = whole.resize(cut.size, Image.Resampling.LANCZOS, box=cut.box, reducing_gap=3)
            last = cut.box, cut.size
        body = _encoded(sized, cut)
        digest = sha256(body).hexdigest()
        yield (
            Rendition(
                source=picture.digest,
                form=cut.form.value,
                focus=str(focus),
                width=cut.size.width,
                media_type=cut.media_type,
                height=cut.size.height,
                digest=digest,
            ),
            Picture(digest=digest, media_type=cut.media_type, body=body),
        )


def upright(body: bytes) -> Image.Image:
    """A picture as it is looked at, in RGB or RGBA. Raises BadPicture where it is damaged."""
    try:
        with opened(body) as image:
            image.load()
            turned = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError):
        raise BadPicture("is damaged; save it anew as PNG, JPEG or WebP") from None
    mode = "RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB"
    plain = _in_srgb(turned if turned.mode == "CMYK" else turned.convert(mode), mode)
    # What it says of itself would be written into every cut.
    plain.info.clear()
    return plain


def _in_srgb(image: Image.Image, mode: str) -> Image.Image:
    """The colours of a camera as those of the web; a profile that cannot be read is as good as none."""
    if profile := image.info.get("icc_profile"):
        with suppress(ImageCms.PyCMSError, OSError):
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, own, _srgb(), outputMode=mode) or image
    return image.convert(mode)


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _encoded(image: Image.Image, cut: Cut) -> bytes:
    how = dict(_ENCODED[cut.media_type], **(_ON_PAPER if cut.form is Form.PRINT else {}))
    if how["format"] == "JPEG" and image.mode == "RGBA":
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image).convert("RGB")
    out = io.BytesIO()
    image.save(out, **how)
    return out.getvalue()

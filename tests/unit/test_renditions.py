"""Pictures cut and encoded: the marked point is in every cut, nothing of the camera, and no bomb goes off."""

import io
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageCms

from omni.domain.creative import MIDDLE, OF_A_BUNDLE, SHAPES, WHOLE, Focus, Form
from omni.domain.offer import Picture, Rendition
from omni.present.pictures import MOST_PIXELS, BadPicture, read_picture
from omni.present.renditions import made, wanted

RED, BLUE = (230, 20, 20), (20, 40, 200)
ORIENTATION, MAKE = 0x0112, 0x010F


def a_photograph(
    *, size: tuple[int, int] = (400, 300), marked: Focus = MIDDLE, form: str = "PNG", **saved: object
) -> bytes:
    """A blue picture with a red square around one point."""
    image = Image.new("RGB", size, BLUE)
    x, y, rim = size[0] * marked.x // WHOLE, size[1] * marked.y // WHOLE, min(size) // 10
    image.paste(RED, (max(x - rim, 0), max(y - rim, 0), x + rim, y + rim))
    out = io.BytesIO()
    image.save(out, form, **saved)
    return out.getvalue()


def all_cuts(body: bytes, focus: Focus = MIDDLE) -> list[tuple[Rendition, Picture]]:
    picture = read_picture(body)
    return list(made(picture, focus, wanted(picture, focus, OF_A_BUNDLE)))


def is_red(colour: object) -> bool:
    red, _, blue = colour[:3]  # type: ignore[index]
    return bool(red > 150 and blue < 100)


def reds(picture: Picture) -> int:
    with Image.open(io.BytesIO(picture.body)) as image:
        small = image.convert("RGB").resize((60, 60))
        return sum(is_red(small.getpixel((x, y))) for x in range(60) for y in range(60))


@pytest.mark.parametrize("focus", [Focus(60, 500), Focus(940, 90), Focus(500, 960), MIDDLE])
def test_the_marked_point_is_in_every_cut(focus: Focus) -> None:
    cuts = all_cuts(a_photograph(marked=focus), focus)
    assert {rendition.form for rendition, _ in cuts} == {form.value for form in Form}
    assert all(reds(picture) > 10 for _, picture in cuts)


def test_every_cut_is_what_its_row_says() -> None:
    for rendition, picture in all_cuts(a_photograph(size=(1300, 900))):
        assert read_signature(picture.body) == rendition.media_type == picture.media_type
        with Image.open(io.BytesIO(picture.body)) as image:
            assert image.size == (rendition.width, rendition.height)
        ratio = SHAPES[Form(rendition.form)].ratio
        if ratio:
            assert abs(rendition.width * ratio.height / ratio.width - rendition.height) <= 0.5
        assert rendition.digest == picture.digest


def read_signature(body: bytes) -> str:
    return "image/avif" if body[4:12] == b"ftypavif" else read_picture(body).media_type


def test_a_photograph_is_upright_and_forgets_its_camera() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "Larkfell Optics"
    # Lying on its side: what is left when stored is on top when looked at.
    body = a_photograph(size=(400, 300), marked=Focus(80, 500), form="JPEG", exif=exif, quality=95)
    cuts = all_cuts(body, Focus(500, 80))
    printed = next(picture for rendition, picture in cuts if rendition.form == Form.PRINT)
    with Image.open(io.BytesIO(printed.body)) as image:
        assert image.size == (300, 400)
        assert is_red(image.getpixel((150, 30)))
    for _, picture in cuts:
        assert b"Larkfell" not in picture.body
        with Image.open(io.BytesIO(picture.body)) as image:
            assert not image.getexif()
    assert all(reds(picture) > 10 for _, picture in cuts)


def test_colours_of_another_profile_come_out_as_those_of_the_web() -> None:
    web = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A camera whose red is what everybody calls blue, and the other way round.
    camera = web.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    for _, picture in all_cuts(a_photograph(icc_profile=camera)):
        with Image.open(io.BytesIO(picture.body)) as image:
            assert "icc_profile" not in image.info
            assert is_red(image.convert("RGB").getpixel((9, 9)))


def test_what_is_see_through_stays_so_and_is_white_as_jpeg() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (400, 300), (0, 0, 0, 0)).save(out, "PNG")
    for rendition, picture in all_cuts(out.getvalue()):
        with Image.open(io.BytesIO(picture.body)) as image:
            if rendition.media_type == "image/jpeg":
                assert min(image.getpixel((5, 5))) > 250
            else:
                assert image.getpixel((5, 5))[3] == 0


def test_a_drawing_that_scales_is_not_cut() -> None:
    drawing = read_picture(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"/>')
    assert wanted(drawing, MIDDLE, OF_A_BUNDLE) == []


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def bombs() -> Iterator[bytes]:
    """Small files that would fill the memory."""
    for side in (7_100, 11_000, 30_000):
        head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
        yield b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    canvas = (16_382).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + (10).to_bytes(4, "little") + bytes(4) + canvas
    yield b"RIFF" + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize("bomb", list(bombs()))
def test_a_bomb_is_refused_by_its_head_alone(bomb: bytes) -> None:
    with pytest.raises(BadPicture, match=r"pixels; make it smaller|damaged"):
        read_picture(bomb)


def test_a_picture_of_just_as_many_pixels_is_taken() -> None:
    out = io.BytesIO()
    Image.new("1", (5_000, MOST_PIXELS // 5_000)).save(out, "PNG")
    assert read_picture(out.getvalue()).media_type == "image/png"


def test_a_torn_picture_is_refused_when_it_is_cut() -> None:
    body = a_photograph(form="JPEG", quality=95)
    with pytest.raises(BadPicture, match="damaged"):
        all_cuts(body[: len(body) // 2])


def test_what_only_begins_like_a_picture_is_refused() -> None:
    with pytest.raises(BadPicture, match="damaged"):
        read_picture(b"\xff\xd8\xff" + b"not a photograph")

"""Colours as numbers: how bright they are, how well one stands out from another, and what lies between."""

import re
from collections.abc import Iterable, Iterator
from math import dist

Colour = tuple[int, int, int]
"""Red, green and blue in sRGB, each from 0 to 255."""

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

_WRITTEN = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 255
_LINEAR = [level / 3294.6 if level <= 10 else ((level / 255 + 0.055) / 1.055) ** 2.4 for level in range(256)]


def colour(written: str) -> Colour:
    """The colour of `#rrggbb`. Raises ValueError that says how to write one."""
    if not _WRITTEN.fullmatch(written):
        raise ValueError(f"{written!r} is not a colour; write it as #rrggbb, such as #1a3d6d")
    red, green, blue = bytes.fromhex(written[1:])
    return red, green, blue


def written(shade: Colour) -> str:
    """A colour as `#rrggbb`, in lower case."""
    return f"#{bytes(shade).hex()}"


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast ratio of two colours, from 1 (none) to 21 (black and white)."""
    return _ratio(luminance(one), luminance(other))


def luminance(shade: Colour) -> float:
    """WCAG's relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = shade
    return 0.2126 * _LINEAR[red] + 0.7152 * _LINEAR[green] + 0.0722 * _LINEAR[blue]


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """One colour with a share, from 0 to 1, of another in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def nearest(shade: Colour, beside: Iterable[tuple[Colour, float]]) -> Colour | None:
    """The shade or tint closest to a colour that has these contrasts with all of these others, if any has.

    Against one other colour there is always one, up to a ratio of 4.58: black or white has that with any.
    """
    wanted = [(luminance(other), ratio) for other, ratio in beside]

    def passes(made: Colour) -> bool:
        light = luminance(made)
        return all(_ratio(light, other) >= ratio for other, ratio in wanted)

    found = (next(filter(passes, _towards(shade, end)), None) for end in (BLACK, WHITE))
    return min((made for made in found if made), key=lambda made: dist(made, shade), default=None)


def _ratio(one: float, other: float) -> float:
    darker, lighter = sorted((one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _towards(shade: Colour, end: Colour) -> Iterator[Colour]:
    return (mixed(shade, end, step / _STEPS) for step in range(_STEPS + 1))

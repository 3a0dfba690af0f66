"""The styles that stand in their pages: inline, in a brand's colours, known to the policy by their hash."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache, lru_cache
from hashlib import sha256

from markupsafe import Markup

from omni import asset
from omni.domain.theme import HOUSE, Family, Theme

SHOPPER = "shopper/style.css"
"""The one style of shopper pages."""

_MOST_STYLES = 256
_ROOT_PX = 16

# No family is ever loaded: each list names what phones and computers have, for all our scripts.
_FAMILIES = {
    Family.SYSTEM: (
        'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic","Noto Sans JP",sans-serif'
    ),
    Family.SERIF: (
        'Charter,"Bitstream Charter",Georgia,"Noto Serif","Noto Naskh Arabic","Hiragino Mincho ProN",'
        '"Yu Mincho","Noto Serif CJK JP","Songti SC",serif'
    ),
    Family.HUMANIST: (
        'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans","Noto Sans","Noto Sans Arabic","Noto Sans JP",'
        "sans-serif"
    ),
    Family.GEOMETRIC: (
        'Avenir,Montserrat,Corbel,"URW Gothic","Noto Sans","Noto Kufi Arabic","Noto Sans JP",sans-serif'
    ),
    Family.ROUNDED: (
        'ui-rounded,"Hiragino Maru Gothic ProN",Quicksand,Comfortaa,Manjari,"Arial Rounded MT Bold",'
        '"Noto Sans","Noto Sans Arabic","Noto Sans JP",sans-serif'
    ),
}

_STEPS = {"size-2": 0.25, "size-3": 0.75, "size-1": 2.0, "size-price": 3.5}
"""The sizes of headings and prices, in steps above the text."""


@lru_cache(maxsize=_MOST_STYLES)
def page_style(sheet: str = SHOPPER, theme: Theme | None = None) -> Markup:
    """A style sheet without comments and line breaks, as it stands in every page of its kind.

    Before it stand the theme's colours and sizes, by names: without a theme, the house's own.
    """
    return Markup(variables(theme or HOUSE) + _bare(sheet))


@lru_cache(maxsize=_MOST_STYLES)
def style_source(sheet: str = SHOPPER, theme: Theme | None = None) -> str:
    """A style as a content security policy names it: `'sha256-...'`."""
    return f"'sha256-{b64encode(sha256(page_style(sheet, theme).encode()).digest()).decode()}'"


def variables(theme: Theme) -> str:
    """What a style sheet of ours may ask of a theme, as the one CSS rule that says it.

    Colours are called as in `Palette`, with dashes; lengths are rem, but for the corner, which is pixels.
    """
    said = {name.replace("_", "-"): shade for name, shade in theme.palette.model_dump().items()}
    said["corner"] = f"{theme.corner_px}px"
    said["size"] = _rem(theme.type.base_px)
    said |= {name: _rem(theme.type.size_px(steps)) for name, steps in _STEPS.items()}
    said["face"] = _FAMILIES[theme.type.text]
    if theme.type.headings is not theme.type.text:
        said["face-headings"] = _FAMILIES[theme.type.headings]
    scheme = "dark" if theme.palette.is_dark else "light"
    return f":root{{color-scheme:{scheme};" + ";".join(f"--{name}:{it}" for name, it in said.items()) + "}"


@cache
def _bare(sheet: str) -> str:
    text = (asset("templates") / sheet).read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def _rem(pixels: int) -> str:
    return f"{pixels / _ROOT_PX:g}rem"

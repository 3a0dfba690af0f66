"""Setting type: the templates under `templates/print`, typst, and fonts for every market's script.

Words go in as data and are never read as markup. No system font is used, so a page comes out the same
on every machine.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from babel import Locale

from omni import asset
from omni.present.slip import PrintUnavailable

if TYPE_CHECKING:
    import typst

# Where each font package of the extra `print` keeps its files.
_FOLDERS = {
    "fontpkg_noto_sans": "files",
    "fontpkg_noto_sans_arabic": "files",
    "justmytype_intl_cjk": "fonts",
}

# Japanese, Korean and the two Chinese scripts share code points but not shapes.
_EAST_ASIAN = {
    "ja": "Noto Sans JP",
    "ko": "Noto Sans KR",
    "zh_Hans": "Noto Sans SC",
    "zh_Hant": "Noto Sans TC",
}


def font_folders() -> list[Path]:
    """The folders of the font packages that are installed."""
    return [Path(str(files(name) / folder)) for name, folder in _FOLDERS.items() if find_spec(name)]


def families(locale: Locale) -> list[str]:
    """The font families for a locale, in the order in which they are tried for each letter."""
    chinese = f"zh_{locale.script or 'Hans'}"
    own = _EAST_ASIAN.get(chinese if locale.language == "zh" else locale.language)
    others = [family for family in _EAST_ASIAN.values() if family != own]
    return ["Noto Sans", "Noto Sans Arabic", *([own] if own else []), *others]


def language(locale: Locale) -> dict[str, Any]:
    """What a template needs to know of a locale: language, region, direction and fonts."""
    return {
        "lang": locale.language,
        "region": locale.territory,
        "dir": locale.text_direction,
        "fonts": families(locale),
    }


def typeset(
    template: str, data: Mapping[str, Any], *, as_format: Literal["pdf", "png"], ppi: int = 144
) -> bytes:
    """Set one template of `templates/print` with its data; a PNG has exactly one page.

    The same data gives the same bytes. Raises PrintUnavailable when typst or the fonts are not installed.
    """
    fonts = _fonts()
    import typst

    return typst.compile(
        asset(f"templates/print/{template}"),
        font_paths=fonts,
        sys_inputs={"data": json.dumps(data)},
        format=as_format,
        ppi=ppi,
        pdf_tags=False,
    )


def check_letters(words: str) -> None:
    """Refuse words of which our fonts lack a letter, since it would print as an empty box.

    Raises PrintUnavailable, which names the letters.
    """
    _fonts()
    drawn = (letter for letter in words if unicodedata.category(letter) not in ("Cc", "Cf", "Zs"))
    if missing := sorted({letter for letter in drawn if ord(letter) not in _letters()}):
        raise PrintUnavailable(f"no font here has {' '.join(missing)}: leave them out or use other words")


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """The code points our fonts have, read from their own tables."""
    from fontTools.ttLib import TTFont

    letters: set[int] = set()
    for folder in font_folders():
        for path in folder.rglob("*.ttf"):
            with TTFont(path, lazy=True) as font:
                letters.update(font.getBestCmap())
    return frozenset(letters)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Read the fonts once; a process that prints labels all day should not scan 50 MB for each."""
    folders = font_folders()
    if find_spec("typst") is None or len(folders) < len(_FOLDERS):
        raise PrintUnavailable("printing needs typst and fonts: pip install 'omni-offers[print]'")
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder) for folder in folders])

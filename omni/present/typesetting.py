"""Setting type: the templates under `templates/print`, typst, and fonts for every market's script.

Words go in as data and are never read as markup. No system font is used, so a page comes out the same
on every machine.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from babel import Locale

from omni import asset
from omni.present.locales import canonical
from omni.present.slip import PrintUnavailable

if TYPE_CHECKING:
    import typst

# Where each font package of the extra `print` keeps its files.
_FOLDERS = {
    "fontpkg_noto_sans": "files",
    "fontpkg_noto_sans_arabic": "files",
    "fontpkg_noto_sans_thai": "files",
    "fontpkg_heebo": "files",
    "justmytype_intl_cjk": "fonts",
}

# Which package has a script, by the word that begins the Unicode names of its letters.
_PACKAGES = {
    "LATIN": "fontpkg_noto_sans",
    "CYRILLIC": "fontpkg_noto_sans",
    "GREEK": "fontpkg_noto_sans",
    "DEVANAGARI": "fontpkg_noto_sans",
    "ARABIC": "fontpkg_noto_sans_arabic",
    "BOPOMOFO": "justmytype_intl_cjk",
    "CJK": "justmytype_intl_cjk",
    "FULLWIDTH": "justmytype_intl_cjk",
    "HALFWIDTH": "justmytype_intl_cjk",
    "HANGUL": "justmytype_intl_cjk",
    "HEBREW": "fontpkg_heebo",
    "HIRAGANA": "justmytype_intl_cjk",
    "IDEOGRAPHIC": "justmytype_intl_cjk",
    "KATAKANA": "justmytype_intl_cjk",
    "THAI": "fontpkg_noto_sans_thai",
}

# Japanese, Korean and the two Chinese scripts share code points but not shapes.
_EAST_ASIAN = {
    "ja": "Noto Sans JP",
    "ko": "Noto Sans KR",
    "zh_Hans": "Noto Sans SC",
    "zh_Hant": "Noto Sans TC",
}


class NoRoom(Exception):
    """A template found its words too many or too long for the space it has, in its smallest type."""


def font_folders() -> dict[str, Path]:
    """The font packages that are installed, each with the folder of its files."""
    return {name: found for name, folder in _FOLDERS.items() if (found := _installed(name, folder))}


@cache
def _installed(package: str, folder: str) -> Path | None:
    """Where the files of a package are; it is looked for once, since a card or a label asks every time."""
    return Path(str(files(package) / folder)) if find_spec(package) else None


def families(locale: Locale) -> list[str]:
    """The font families for a locale, in the order in which they are tried for each letter."""
    chinese = f"zh_{locale.script or 'Hans'}"
    own = _EAST_ASIAN.get(chinese if locale.language == "zh" else locale.language)
    others = [family for family in _EAST_ASIAN.values() if family != own]
    return ["Noto Sans", "Noto Sans Arabic", "Noto Sans Thai", "Heebo", *([own] if own else []), *others]


def language(locale: str) -> dict[str, Any]:
    """What a template needs to know of a locale, however spelled: language, region, direction, fonts."""
    spoken = Locale.parse(canonical(locale) or locale)
    return {
        "lang": spoken.language,
        "region": spoken.territory,
        "dir": spoken.text_direction,
        "fonts": families(spoken),
    }


def typeset(
    template: str, data: Mapping[str, Any], *, as_format: Literal["pdf", "png"], ppi: int = 144
) -> bytes:
    """Set one template of `templates/print` with its data; a PNG has exactly one page.

    The same data gives the same bytes. Raises PrintUnavailable when typst or the fonts are not installed,
    NoRoom when the template says so.
    """
    with _typst(template, data) as (typst, what):
        made: bytes = typst.compile(**what, format=as_format, ppi=ppi, pdf_tags=False)
        return made


def typeset_pages(template: str, data: Mapping[str, Any], *, ppi: int) -> list[bytes]:
    """Each page of a template as a PNG of its own. Raises what `typeset` raises."""
    with _typst(template, data) as (typst, what):
        made: bytes | list[bytes] = typst.compile(**what, format="png", ppi=ppi)
        return made if isinstance(made, list) else [made]


def places(template: str, data: Mapping[str, Any]) -> Any:
    """Where a template leaves room for what is drawn later: the value of its metadata `<places>`.

    Costs little after `typeset` with the same data. Raises what `typeset` raises.
    """
    with _typst(template, data) as (typst, what):
        return json.loads(typst.query(**what, selector="<places>", field="value", one=True))


@contextmanager
def _typst(template: str, data: Mapping[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The typst module and what it is to work on."""
    fonts = _fonts(tuple(font_folders().values()))
    import typst

    try:
        yield (
            typst,
            {
                "input": asset(f"templates/print/{template}"),
                "font_paths": fonts,
                "sys_inputs": {"data": json.dumps(data)},
            },
        )
    except typst.TypstError as problem:
        if str(problem) == "panicked with: no room":
            raise NoRoom from problem
        raise


def check_letters(words: str) -> None:
    """Refuse words of which our fonts lack a letter, since it would print as an empty box.

    Raises PrintUnavailable, which names the letters, and the package that has them if one does.
    """
    folders = tuple(font_folders().values())
    _fonts(folders)
    missing = {letter for letter in words if unicodedata.category(letter) not in ("Cc", "Cf", "Zs")}
    for path in _font_files(folders):
        if not missing:
            return
        missing = {letter for letter in missing if ord(letter) not in _letters(path)}
    if missing:
        in_order = sorted(missing)
        raise PrintUnavailable(f"no font here has {' '.join(in_order)}: {_remedy(in_order)}")


def _remedy(letters: list[str]) -> str:
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in letters}
    wanted = {package for script, package in _PACKAGES.items() if script in scripts}
    absent = sorted(wanted - font_folders().keys())
    if not absent:
        return "leave them out or use other words"
    return f"pip install {' '.join(package.replace('_', '-') for package in absent)}"


@lru_cache(maxsize=4)
def _font_files(folders: tuple[Path, ...]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.ttf"))]


@lru_cache(maxsize=64)
def _letters(path: Path) -> frozenset[int]:
    """The code points a font has, from its own table. Large fonts are read only when others lack a letter."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=4)
def _fonts(folders: tuple[Path, ...]) -> typst.Fonts:
    """Read the fonts once; a process that prints labels all day should not scan 50 MB for each."""
    if not folders or find_spec("typst") is None or find_spec("fontTools") is None:
        raise PrintUnavailable("printing needs typst and fonts: pip install 'omni-offers[print]'")
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder) for folder in folders])

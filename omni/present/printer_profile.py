"""What a printer can do: how wide its head is, how fine, which letters it has, whether it draws QR itself.

One TOML file per kind of printer is shipped in `omni/printers`, each value with its source beside it. Where
the extra `thermal` is installed, the printers that python-escpos knows can be named as well.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from omni.present.file_problems import FileProblems, Problem
from omni.present.slip import BadLayout
from omni.present.symbol_size import GS1_WINDOW_MM
from omni.present.toml_tree import problem_of, read_toml

_MM_AN_INCH = 25.4
_RASTER = "-raster"
_IN_OUR_WORDS = {
    "missing": "is missing; omni/printers/80mm.toml shows an example",
    "extra_forbidden": "is not a field of a printer file; mend the spelling or delete the line",
}


def _whole_bytes(dots: int) -> int:
    if dots % 8:
        raise ValueError(f"is {dots}; dots are sent by the byte, so write a multiple of 8")
    return dots


def _command(written: object) -> object:
    """A command as people write it, in hexadecimal digits."""
    try:
        return bytes.fromhex(written) if isinstance(written, str) else written
    except ValueError:
        raise ValueError(f"is {written!r}; write the command's bytes as hexadecimal digits") from None


def _pages(written: object) -> object:
    return tuple(written.items()) if isinstance(written, Mapping) else written


def _single_bytes(pages: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    for name, number in pages:
        if not _is_code_page(name):
            raise ValueError(f"{name} is no code page of one byte a letter that Python knows")
        if not 0 <= number <= 255:
            raise ValueError(f"{name} stands at {number}; write the number of ESC t, 0 to 255")
    return pages


def _is_code_page(name: str) -> bool:
    try:
        return len(codecs.lookup(name).incrementaldecoder("replace").decode(bytes(range(256)))) == 256
    except (LookupError, UnicodeError):
        return False


Command = Annotated[bytes, BeforeValidator(_command)]
CodePages = Annotated[tuple[tuple[str, int], ...], BeforeValidator(_pages), AfterValidator(_single_bytes)]


class Language(StrEnum):
    """What a printer is spoken to in."""

    ESCPOS = "escpos"
    ZPL = "zpl"


class PrinterProfile(BaseModel):
    """One kind of printer.

    `dots` is the width that every such printer prints, never more than its head; `columns` are letters side
    by side in its own type. `code_pages` are Python's names with the number by which `ESC t` chooses each, in
    the order to try. `largest_module` is the widest module, in dots, that we ask for. `opening` is sent after
    the reset, `cut` at the end. `band_rows` fit into its buffer at a time. A printer that `confirms` answers
    a status request in its turn, so that whatever came before the request is printed once it answers.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    about: str
    language: Annotated[Language, Field(strict=False)]
    dots: Annotated[int, Field(ge=256, le=4096), AfterValidator(_whole_bytes)]
    dots_an_inch: int = Field(ge=150, le=600)
    columns: int = Field(default=0, ge=0, le=128)
    has_native_qr: bool
    largest_module: int = Field(ge=3, le=16)
    code_pages: CodePages = ()
    band_rows: int = Field(default=256, ge=16, le=2048)
    opening: Command = b""
    cut: Command = b""
    confirms: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.language is Language.ESCPOS and self.columns < 24:
            raise ValueError("columns: is missing or less than 24; count the letters of one line")
        if self.largest_module < self.finest_module:
            raise ValueError(
                f"largest_module: is {self.largest_module}; a scanner needs {self.finest_module} dots"
                f" at {self.dots_an_inch} dots an inch"
            )
        return self

    @property
    def cuts(self) -> bool:
        """Whether it has a knife; else the slip is torn off."""
        return bool(self.cut)

    @property
    def finest_module(self) -> int:
        """The fewest whole dots that make a module no smaller than GS1 allows: 4 at 203 dpi, 3 at 180."""
        return math.ceil(GS1_WINDOW_MM[0] * self.dots_an_inch / _MM_AN_INCH)

    @property
    def width_mm(self) -> float:
        """How wide it prints."""
        return self.mm(self.dots)

    def mm(self, dots: int) -> float:
        """So many dots in mm."""
        return dots * _MM_AN_INCH / self.dots_an_inch

    def module_dots(self, full_size: int) -> int:
        """The dots of one module of a symbol so many modules wide with its quiet zone.

        Raises BadLayout when a module would be finer than a scanner reads.
        """
        module = min(self.largest_module, self.dots // full_size)
        if module < self.finest_module:
            raise BadLayout("the symbol is too fine for this roll: use a shorter host or a wider roll")
        return module


def read_profile(text: str, *, file: str) -> PrinterProfile:
    """One printer file. Raises FileProblems that name file, line and field."""
    tree = read_toml(text, file=file)
    try:
        profile = PrinterProfile.model_validate(tree.values)
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_input=False)
        raise FileProblems(
            [problem_of(error, tree, file=file, in_our_words=_IN_OUR_WORDS) for error in errors]
        ) from None
    if f"{profile.name}.toml" != file.rpartition("/")[2]:
        message = f"is {profile.name}, but the file is called {file}"
        raise FileProblems([Problem(file, tree.line(("name",)), "name", message)])
    return profile


def _shipped() -> dict[str, PrinterProfile]:
    entries = sorted((files("omni") / "printers").iterdir(), key=lambda entry: entry.name)
    toml = (entry for entry in entries if entry.name.endswith(".toml"))
    read = (read_profile(entry.read_text(encoding="utf-8"), file=entry.name) for entry in toml)
    return {profile.name: profile for profile in read}


PROFILES: Mapping[str, PrinterProfile] = _shipped()
"""The printers that come with Omni, by name."""


@cache
def profile_named(name: str) -> PrinterProfile:
    """A printer by name: one of ours, or one of python-escpos such as `TM-T88V`.

    `TM-T88V-raster` is the same printer with the symbol sent dot by dot, for one whose firmware is older than
    its profile. Raises BadLayout for a name that nobody knows, or a printer that cannot print a symbol.
    """
    if name in PROFILES:
        return PROFILES[name]
    known = _python_escpos()
    if name in known:
        return _translated(name, known[name])
    plain = name.removesuffix(_RASTER)
    if plain != name and plain in known:
        return _translated(plain, known[plain]).model_copy(update={"name": name, "has_native_qr": False})
    hint = "" if known else "; more with pip install 'omni-offers[thermal]'"
    raise BadLayout(f"no printer profile {name!r}: use one of {', '.join(PROFILES)}{hint}")


@cache
def _python_escpos() -> dict[str, dict[str, Any]]:
    """What python-escpos knows of printers.

    Read from its file: importing its module would parse that as YAML for a second, and leave a pickle behind.
    """
    if find_spec("escpos") is None:
        return {}
    said = json.loads((files("escpos") / "capabilities.json").read_text(encoding="utf-8"))
    return dict(said["profiles"])


def _translated(name: str, said: dict[str, Any]) -> PrinterProfile:
    """A profile of python-escpos in our words; what it leaves open is filled in by the commonest."""
    has, media = said["features"], said["media"]
    dots = media["width"].get("pixels")
    if has["starCommands"] or not (has["qrCode"] or has["bitImageRaster"]):
        raise BadLayout(f"the printer {name} cannot print a symbol by ESC/POS: use another printer")
    if not isinstance(dots, int):
        raise BadLayout(f"the profile {name} does not say how wide it prints: use 58mm or 80mm")
    dots_an_inch = media["dpi"] if isinstance(media.get("dpi"), int) else 203
    columns = said["fonts"]["0"]["columns"]
    cut = b"\x1dV\x01" if has["paperPartCut"] else b"\x1dV\x00" if has["paperFullCut"] else b""
    return PrinterProfile(
        name=name,
        about=f"{said['vendor']} {said['name']}, as python-escpos knows it",
        language=Language.ESCPOS,
        dots=dots // 8 * 8,
        dots_an_inch=dots_an_inch,
        # One profile gives the width of a letter, 12 dots, where the number of letters is asked.
        columns=columns if columns * 16 > dots else dots // 12,
        has_native_qr=has["qrCode"],
        largest_module=6,
        code_pages=_western_first(said["codePages"]),
        cut=cut,
        # GS r is stored in the receive buffer and obeyed in its turn: Epson, specification of the TM series.
        confirms=said["vendor"] == "Epson" and name.startswith("TM-"),
    )


def _western_first(said: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    # Some printers have one page at several numbers; the lowest is where Epson has it.
    numbers = sorted(((int(number), page) for number, page in said.items()), reverse=True)
    pages = {page.lower().replace("_8859-", "8859-"): number for number, page in numbers}
    common = [page for page in ("cp437", "cp858") if page in pages]
    others = [page for page in reversed(pages) if page not in common and _is_code_page(page)]
    return tuple((page, pages[page]) for page in (*common, *others))

"""What one may ask of `omni print`, which of it belongs together, and how its help is laid out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click

from omni.present.images import MODULE_PX, ImageKind, Look
from omni.present.label_stock import LAYOUTS, Layout, layout_named
from omni.present.posters import POSTERS, Poster
from omni.present.printer_profile import PROFILES, PrinterProfile, profile_named
from omni.present.qr import LEVELS
from omni.present.styling import PLAIN, Shape, Style

FORMS = ("pdf", "png", "svg", "escpos", "zpl", "csv", "jsonl")


class Target(StrEnum):
    """What comes out: of a PDF it is the layout that says which."""

    LABELS = "label sheets"
    POSTER = "posters and table cards"
    PNG = "--as png"
    SVG = "--as svg"
    ESCPOS = "--as escpos"
    ZPL = "--as zpl"
    CSV = "--as csv"
    JSONL = "--as jsonl"


_SHEET = (Target.LABELS, Target.POSTER)
_SYMBOL = (Target.LABELS, Target.PNG, Target.SVG, Target.ESCPOS, Target.ZPL)
_STYLED = (Target.POSTER, Target.PNG)
_BELONGS = {
    "layout": (*_SHEET, Target.ZPL),
    "start_slot": (Target.LABELS,),
    "offset": (Target.LABELS,),
    "outline": (Target.LABELS,),
    "distance": (Target.POSTER,),
    "picture": (Target.POSTER,),
    "shape": _STYLED,
    "colour": _STYLED,
    "ground": _STYLED,
    "logo": _STYLED,
    "module": (Target.PNG, Target.SVG),
    "bare": (Target.PNG, Target.SVG),
    "level": _SYMBOL,
    "profile": (Target.ESCPOS, Target.ZPL),
}

_SECTIONS = {
    "What to make": ("form", "layout", "level"),
    "Which codes": ("first", "count"),
    "Label sheets": ("start_slot", "offset", "outline", "calibrate"),
    "Posters and table cards": ("distance", "picture"),
    "Posters and PNG": ("shape", "colour", "ground", "logo"),
    "PNG and SVG": ("module", "bare"),
    "Thermal printers": ("profile",),
    "Where to": ("output", "printer", "manifest"),
}

_MM = {"mm": 1.0, "cm": 10.0, "m": 1_000.0}
_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_ROLL_LABEL = "57x32"

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked of `omni print`, beside which codes and where to; None for what was left open."""

    form: str
    layout: str | None = None
    level: str | None = None
    start_slot: int | None = None
    offset: str | None = None
    outline: bool = False
    distance: str | None = None
    picture: Path | None = None
    shape: str | None = None
    colour: str | None = None
    ground: str | None = None
    logo: Path | None = None
    module: int | None = None
    bare: bool = False
    profile: str | None = None

    @property
    def target(self) -> Target:
        """What this makes."""
        if self.form == "pdf":
            return Target.POSTER if self.layout in POSTERS else Target.LABELS
        return Target(f"--as {self.form}")

    @property
    def given(self) -> Mapping[str, object]:
        """What was said and not left open, by the name of its option."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in said.items() if value not in (None, False)}

    @property
    def stock(self) -> Layout:
        """The label sheet. Raises BadLayout."""
        return layout_named(self.layout or "L7160")

    @property
    def poster(self) -> Poster:
        """The poster or table card."""
        return POSTERS[self.layout or ""]

    @property
    def offset_mm(self) -> tuple[float, float]:
        """How far everything is moved to the right and down, for a printer that feeds askew."""
        x, y = map(float, re.split("[,x]", self.offset)) if self.offset else (0.0, 0.0)
        return x, y

    @property
    def distance_mm(self) -> float | None:
        """From how far away a poster is read; None for what is usual for its size."""
        return _length_mm(self.distance) if self.distance else None

    @property
    def label_mm(self) -> tuple[float, float]:
        """Width and height of a label on a printer's roll."""
        width, height = map(float, (self.layout or _ROLL_LABEL).split("x"))
        return width, height

    @cached_property
    def style(self) -> Style:
        """How the symbol is drawn where it is not plain. Raises BadLayout."""
        return Style(
            shape=Shape(self.shape) if self.shape else PLAIN.shape,
            dark=self.colour or PLAIN.dark,
            light=self.ground or PLAIN.light,
            logo=self.logo.read_bytes() if self.logo else None,
        )

    @property
    def printer_profile(self) -> PrinterProfile:
        """The printer whose bytes are made. Raises BadLayout."""
        return profile_named(self.profile or ("zpl-203" if self.form == "zpl" else "80mm"))

    def look(self, host: str) -> Look:
        """How a picture is drawn that names this host, unless it was asked to be bare."""
        kind: ImageKind = "svg" if self.form == "svg" else "png"
        return Look(
            kind=kind,
            module_px=self.module or MODULE_PX,
            level=self.level or "Q",
            host="" if self.bare else host,
        )

    def check(self) -> None:
        """Raise UsageError for the first option that does not belong to what is made."""
        for name in self.given:
            wanted = _BELONGS.get(name, (self.target,))
            if self.target not in wanted:
                raise usage(f"{_flag(name)} is for {' and '.join(wanted)}, not for {self.target}")
        if self.form == "zpl" and self.layout and not re.fullmatch(f"{_NUMBER}x{_NUMBER}", self.layout):
            raise usage(f"--layout of a printer's label is its size in mm, such as {_ROLL_LABEL}")

    def arguments(self, **changed: object) -> list[str]:
        """The options that ask for the same again, with what has changed."""
        words: list[str] = []
        for name, value in {**self.given, **changed}.items():
            words += [_flag(name)] if value is True else [_flag(name), str(value)]
        return words


def usage(message: str) -> click.UsageError:
    """A complaint about the options of the command that runs."""
    return click.UsageError(message, ctx=click.get_current_context())


def _flag(name: str) -> str:
    return "--as" if name == "form" else "--" + name.replace("_", "-")


def _length_mm(text: str) -> float | None:
    found = re.fullmatch(f"({_NUMBER}) ?(mm|cm|m)", text.strip())
    return float(found[1]) * _MM[found[2]] if found else None


def _distance(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None and not _length_mm(text):
        raise click.BadParameter(f"{text!r}: write a length such as 1.5m or 80cm")
    return text


def _offset(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    found = re.fullmatch(f"([-+]?{_NUMBER})[,x]([-+]?{_NUMBER})", text.replace(" ", ""))
    if found is None:
        raise click.BadParameter(f"{text!r}: write mm to the right and down, such as 0.5,-1.2")
    return f"{found[1]},{found[2]}"


F = TypeVar("F", bound=Callable[..., Any])

_WISHES = (
    click.option("--as", "form", type=click.Choice(FORMS), help="PDF, unless --printer says otherwise."),
    click.option(
        "--layout",
        metavar="NAME",
        help=f"Label sheet of a PDF: {', '.join(LAYOUTS)}, or measures such as '70x37 3x8 a4'; else L7160."
        f" Poster or card of one code: {', '.join(POSTERS)}. For --as zpl: {_ROLL_LABEL} and the like.",
    ),
    click.option("--level", type=click.Choice(tuple(LEVELS)), help="Error level of the symbol; else Q."),
    click.option(
        "--start-slot", type=click.IntRange(min=1), metavar="N", help="The first free label of the sheet."
    ),
    click.option("--offset", metavar="X,Y", callback=_offset, help="Move everything, mm right and down."),
    click.option("--outline", is_flag=True, help="Thin lines to cut along."),
    click.option("--distance", metavar="1.5m", callback=_distance, help="Read from so far away."),
    click.option("--picture", type=_FILE, metavar="FILE", help="Picture; else the bundle's own."),
    click.option("--shape", type=click.Choice([str(shape) for shape in Shape]), help="Of the modules."),
    click.option("--colour", metavar="#RRGGBB", help="Of the modules; dark enough to be read."),
    click.option("--ground", metavar="#RRGGBB", help="Behind them; light enough."),
    click.option("--logo", type=_FILE, metavar="FILE", help="In the middle of the symbol."),
    click.option(
        "--module",
        type=click.IntRange(1, 64),
        metavar="N",
        help=f"Pixels to a module, at 300 an inch; else {MODULE_PX}.",
    ),
    click.option("--bare", is_flag=True, help="Without the host under the symbol."),
    click.option(
        "--profile",
        metavar="NAME",
        help=f"{', '.join(PROFILES)}, or a name of python-escpos; else 80mm, zpl-203.",
    ),
)


def wishes(command: F) -> F:
    """Give a command every option of a Wish."""
    for option in reversed(_WISHES):
        command = option(command)
    return command


class InSections(click.Command):
    """A command whose options are listed by what they are for."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options section by section; what stands in none comes last."""
        known = {each.name: each for each in self.get_params(ctx) if isinstance(each, click.Option)}
        named = [name for names in _SECTIONS.values() for name in names]
        others = tuple(name for name in known if name not in named)
        for title, names in {**_SECTIONS, "Options": others}.items():
            records = [known[name].get_help_record(ctx) for name in names if name in known]
            if rows := [record for record in records if record]:
                with formatter.section(title):
                    formatter.write_dl(rows)

"""Printers made of pixels: they obey the commands of our slips and labels, and stop at any other.

A font stands in for theirs, one letter to a cell as wide as theirs; all else is dot by dot what they print.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cache

import segno
from PIL import Image, ImageDraw, ImageFont, ImageOps

from omni.present import typesetting

LINE_DOTS = 30
_CELL = (12, 24)
_LEVELS = {0x30: "L", 0x31: "M", 0x32: "Q", 0x33: "H"}
_PAGES = {0: "cp437", 19: "cp858"}


@dataclass
class Printout:
    """What came out of a printer of slips, as a person and a test see it."""

    dots: int
    text: str = ""
    pictures: list[Image.Image] = field(default_factory=list)
    symbols: list[tuple[str, int, str]] = field(default_factory=list)
    feeds: list[int] = field(default_factory=list)
    cuts: int = 0
    strips: list[Image.Image] = field(default_factory=list)

    @property
    def page(self) -> Image.Image:
        """The paper, with as much white beside the print as a roll has."""
        height = sum(strip.height for strip in self.strips)
        paper = Image.new("1", (self.dots + 48, height), 1)
        top = 0
        for strip in self.strips:
            paper.paste(strip, (24, top))
            top += strip.height
        return paper


class SlipPrinter:
    """A printer of slips with a head so many dots wide."""

    def __init__(self, dots: int, *, pages: dict[int, str] | None = None) -> None:
        self.out = Printout(dots)
        self._pages = _PAGES | (pages or {})
        self._reset()

    def print(self, data: bytes) -> Printout:
        """Obey every command of a slip."""
        at = 0
        while at < len(data):
            at = self._obey(data, at)
        assert not self._row, "letters were left in the buffer"
        return self.out

    def _reset(self) -> None:
        self._row, self._page, self._scale, self._is_centred = "", "cp437", 1, False
        self._module, self._level, self._stored = 3, "L", ""

    def _obey(self, data: bytes, at: int) -> int:
        two, argument = data[at : at + 2], data[at + 2] if at + 2 < len(data) else 0
        match two:
            case b"\x1b@":
                self._reset()
                return at + 2
            case b"\x1ba":
                self._is_centred = argument == 1
            case b"\x1bE":
                pass
            case b"\x1d!":
                self._scale = 1 + (argument & 7)
            case b"\x1bt":
                self._page = self._pages[argument]
            case b"\x1bd":
                self.out.feeds.append(argument)
                self._strip(Image.new("1", (self.out.dots, argument * LINE_DOTS), 1))
            case b"\x1dV":
                self.out.cuts += 1
            case b"\x1d(":
                return self._obey_symbol(data, at)
            case b"\x1dv":
                return self._obey_picture(data, at)
            case _:
                self._letter(data[at], at)
                return at + 1
        return at + 3

    def _letter(self, byte: int, at: int) -> None:
        if byte != 10:
            assert byte >= 32, f"a stray command at byte {at}"
            self._row += bytes([byte]).decode(self._page)
            return
        self.out.text += self._row + "\n"
        width, height = (side * self._scale for side in _CELL)
        assert len(self._row) * width <= self.out.dots, f"{self._row!r} is longer than the roll"
        strip = Image.new("1", (self.out.dots, LINE_DOTS * self._scale), 1)
        left = (self.out.dots - len(self._row) * width) // 2 if self._is_centred else 0
        font = _noto_sans(height * 0.75)
        for place, letter in enumerate(self._row):
            middle = (left + (place + 0.5) * width, height * 0.8)
            ImageDraw.Draw(strip).text(middle, letter, fill=0, font=font, anchor="ms")
        self._row = ""
        self._strip(strip)

    def _obey_symbol(self, data: bytes, at: int) -> int:
        length = int.from_bytes(data[at + 3 : at + 5], "little")
        body = data[at + 5 : at + 5 + length]
        assert data[at + 2 : at + 3] == b"k"
        assert body[:1] == b"1"
        match body[1:2]:
            case b"A":
                assert body[2:] == b"2\x00"
            case b"C":
                self._module = body[2]
            case b"E":
                self._level = _LEVELS[body[2]]
            case b"P":
                self._stored = body[3:].decode("ascii")
            case b"Q":
                self._draw_symbol()
            case other:
                raise AssertionError(f"an unknown function {other!r}")
        return at + 5 + length

    def _draw_symbol(self) -> None:
        self.out.symbols.append((self._stored, self._module, self._level))
        drawn = native(self._stored, self._level, self._module)
        strip = Image.new("1", (self.out.dots, drawn.height), 1)
        strip.paste(drawn, ((self.out.dots - drawn.width) // 2 if self._is_centred else 0, 0))
        self._strip(strip)

    def _obey_picture(self, data: bytes, at: int) -> int:
        assert data[at + 2 : at + 4] == b"0\x00"
        width, rows = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
        dots = data[at + 8 : at + 8 + width * rows]
        assert len(dots) == width * rows
        assert width * 8 <= self.out.dots, "the picture is wider than the head"
        picture = Image.frombytes("1", (width * 8, rows), bytes(255 - byte for byte in dots))
        self.out.pictures.append(picture)
        self._strip(picture)
        return at + 8 + width * rows

    def _strip(self, strip: Image.Image) -> None:
        assert not self._row, "a command in the middle of a row"
        self.out.strips.append(strip)


@dataclass
class PrintedLabel:
    """What came out of a printer of labels: the words it set, the pictures and the label itself."""

    page: Image.Image
    words: list[str] = field(default_factory=list)
    places: list[tuple[int, int, int, int]] = field(default_factory=list)
    pictures: list[Image.Image] = field(default_factory=list)
    symbols: list[tuple[str, int, str]] = field(default_factory=list)
    copies: int = 0


_FIELD = re.compile(rb"\^FO(\d+),(\d+)(.*?)\^FS", re.DOTALL)
_WORDS = re.compile(rb"\^A0N,(\d+),\1(?:\^FB(\d+),1,0,R)?\^FH\^FD([^^~]*)")
_SYMBOL = re.compile(rb"\^BQN,2,(\d+),([LMQH]),([0-7])\^FD\2A,([0-9A-Z $%*+./:-]+)")
_GRAPHIC = re.compile(rb"\^GFA,(\d+),\1,(\d+),([0-9A-Zg-z,!:]*)")
_HEAD = re.compile(rb"\^XA\^CI28\^PW(\d+)\^LL(\d+)\^LH0,0\^BY2,3,1")


def print_label(data: bytes) -> PrintedLabel:
    """Obey every command of a label."""
    head = _HEAD.match(data)
    assert head, "no label begins here"
    label = PrintedLabel(Image.new("1", (int(head[1]), int(head[2])), 1))
    at = head.end()
    while found := _FIELD.match(data, at):
        _print_field(label, int(found[1]), int(found[2]), found[3])
        at = found.end()
    end = re.fullmatch(rb"\^PQ(\d+)\^XZ\n", data[at:])
    assert end, f"an unknown command: {data[at : at + 40]!r}"
    label.copies = int(end[1])
    return label


def _print_field(label: PrintedLabel, x: int, y: int, drawn: bytes) -> None:
    if words := _WORDS.fullmatch(drawn):
        height = int(words[1])
        letters = re.sub(rb"_([0-9A-F]{2})", lambda hit: bytes.fromhex(hit[1].decode()), words[3]).decode()
        if words[2]:
            letters = letters.replace("\\\\", "\\")
        label.words.append(letters)
        picture = _set_in_font_0(letters, height)
        x += int(words[2]) - picture.width if words[2] else 0
    elif symbol := _SYMBOL.fullmatch(drawn):
        module, level, url = int(symbol[1]), symbol[2].decode(), symbol[4].decode()
        label.symbols.append((url, module, level))
        picture = native(url, level, module, mask=int(symbol[3]))
        y += 1  # what ^BY says
    elif graphic := _GRAPHIC.fullmatch(drawn):
        picture = unpacked(graphic[3].decode(), size=int(graphic[1]), row_bytes=int(graphic[2]))
        label.pictures.append(picture)
    else:
        raise AssertionError(f"an unknown field: {drawn[:60]!r}")
    place = (x, y, x + picture.width, y + picture.height)
    assert place[2] <= label.page.width, f"{drawn[:40]!r} runs off the label"
    assert place[3] <= label.page.height, f"{drawn[:40]!r} runs off the label"
    label.places.append(place)
    label.page.paste(picture, place[:2])


def unpacked(data: str, *, size: int, row_bytes: int) -> Image.Image:
    """A graphic field as the manual reads it: counted digits, filled rows, repeated rows."""
    counts = {chr(ord("F") + n): n for n in range(1, 20)} | {chr(ord("f") + n): 20 * n for n in range(1, 21)}
    rows: list[str] = []
    row, count, width = "", 0, 2 * row_bytes
    for sign in data:
        if sign in counts:
            count += counts[sign]
            continue
        if sign == ":":
            assert not row
            row = rows[-1]
        elif sign in ",!":
            row = row.ljust(width, "0" if sign == "," else "F")
        else:
            row += sign * max(1, count)
        count = 0
        assert len(row) <= width, "a row is too long"
        if len(row) == width:
            rows.append(row)
            row = ""
    assert not row, "a row is too short"
    dots = bytes.fromhex("".join(rows))
    assert len(dots) == size
    return ImageOps.invert(Image.frombytes("1", (row_bytes * 8, len(rows)), dots).convert("L")).convert("1")


def native(url: str, level: str, module: int, *, mask: int | None = None) -> Image.Image:
    """A symbol as a printer draws it: without a quiet zone."""
    matrix = segno.make_qr(url, error=level, boost_error=False, mask=mask).matrix
    side = len(matrix)
    drawn = Image.frombytes("L", (side, side), bytes(0 if dark else 255 for row in matrix for dark in row))
    return drawn.convert("1").resize((side * module, side * module), Image.Resampling.NEAREST)


def _set_in_font_0(letters: str, height: int) -> Image.Image:
    font = _noto_sans(height * 0.8, width=62.5, weight=700)
    picture = Image.new("1", (max(1, math.ceil(font.getlength(letters))), height), 1)
    ImageDraw.Draw(picture).text((0, height * 0.8), letters, fill=0, font=font, anchor="ls")
    return picture


@cache
def _noto_sans(size: float, *, width: float = 100, weight: float = 400) -> ImageFont.FreeTypeFont:
    folder = typesetting.font_folders()["fontpkg_noto_sans"]
    (upright,) = (path for path in folder.rglob("*.ttf") if "Italic" not in path.name)
    font = ImageFont.truetype(upright, size)
    axes = {b"Weight": weight, b"Width": width}
    font.set_variation_by_axes([axes[axis["name"]] for axis in font.get_variation_axes()])
    return font

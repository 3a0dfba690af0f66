"""QR symbols as plain values: which modules are dark, and how large they come out on paper.

Sealed letters are as good as random, so what one mask gains over another it gains by the part of an address
that never changes: its host. The mask is therefore chosen once for a host, an error level and a number of
letters, by the standard's own penalty over a fixed sample of codes. A reprint is the same picture, a batch
can be drawn from tables (`omni.present.press`), and no symbol pays for eight trials. Mean penalty over 240
codes of four hosts at level Q: 677 by this choice, 633 by an encoder's own for each symbol, 771 by chance
(`tests/bench/symbols.py`). The choice costs some 70 ms, once in a process for each host and level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from qrcode import constants
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import QRData, lost_point

from omni.domain.code import ALPHABET
from omni.present.slip import BadLayout

QUIET_ZONE = 4
"""White modules on every side, as ISO/IEC 18004 asks. Never drawn smaller."""

MASKS = range(8)
"""The patterns a symbol may be masked with, by the standard's numbers."""

MASK_OF_OTHER_TEXTS = 7
"""For what is no address of ours, and so is drawn once: nothing is tried out for it."""

LARGEST_VERSION = 10
"""57 modules a side. Beyond it a phone has trouble with a label, and a roll with the width."""

LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}
"""The error levels by their letter, as the `qrcode` package knows them."""

_ADDRESS_OF_OURS = re.compile(f"(.*/)([{ALPHABET}]+)")
_SAMPLE = 16  # within 5 points of the best mask on average; chance is some 100 away


class Run(NamedTuple):
    """Dark modules side by side in one row; `x` and `y` count from the symbol's own corner."""

    x: int
    y: int
    length: int


@dataclass(frozen=True)
class Symbol:
    """One QR symbol. A row is an integer whose highest bit is its leftmost module; 1 is dark."""

    url: str
    version: int
    level: str
    modules: tuple[int, ...]

    @property
    def size(self) -> int:
        """Modules on one side, the quiet zone not counted."""
        return len(self.modules)

    @property
    def full_size(self) -> int:
        """Modules on one side with the quiet zone: the room a symbol takes on paper."""
        return self.size + 2 * QUIET_ZONE

    def is_dark(self, x: int, y: int) -> bool:
        """Whether a module is dark; outside the symbol is quiet zone, and white."""
        inside = 0 <= x < self.size and 0 <= y < self.size
        return inside and bool(self.modules[y] >> (self.size - 1 - x) & 1)

    def runs(self) -> Iterator[Run]:
        """The dark modules row by row, neighbours merged."""
        for y, row in enumerate(self.modules):
            for match in re.finditer("1+", f"{row:0{self.size}b}"):
                yield Run(match.start(), y, len(match.group()))

    def module_mm(self, width_mm: float) -> float:
        """Side of one module, in mm, when the symbol with its quiet zone is `width_mm` wide."""
        return width_mm / self.full_size

    def reading_distance_mm(self, width_mm: float) -> float:
        """How far away a phone reads it, in mm: ten times the width of the part inside the quiet zone.

        A rule of thumb of the trade, not of the standard.
        """
        return 10 * self.size * self.module_mm(width_mm)


@lru_cache(maxsize=256)
def symbol(url: str, *, level: str = "Q") -> Symbol:
    """Draw an address as the smallest QR symbol that holds it at this error level (L, M, Q or H).

    The same address is the same picture for ever. The text stays one segment, so an address in capital
    letters is in the dense alphanumeric mode throughout. Raises BadLayout for an address of ours that needs
    more than version 10.
    """
    ours = _ADDRESS_OF_OURS.fullmatch(url)
    mask = mask_for(ours[1], level=level, letters=len(ours[2])) if ours else MASK_OF_OTHER_TEXTS
    code = encoded(url, level=level, mask=mask)
    rows = tuple(int("".join("1" if dark else "0" for dark in row), 2) for row in code.modules)
    return Symbol(url=url, version=code.version, level=level, modules=rows)


def encoded(text: str, *, level: str, mask: int, mode: int | None = None) -> QRCode[Any]:
    """What the `qrcode` package draws for a text in one segment, in its densest mode or a given one."""
    code = _unmasked(text, level, mode)
    code.makeImpl(False, mask)
    return code


def version_for(prefix: str, *, level: str, letters: int) -> int:
    """The smallest version that holds an address with so many letters behind its prefix.

    Raises BadLayout when that is more than version 10: the host is too long for paper.
    """
    code = _blank(level)
    code.add_data(QRData(prefix + ALPHABET[-1] * letters))
    try:
        version: int = code.best_fit()
    except (DataOverflowError, ValueError):  # which of them depends on the release of `qrcode`
        version = LARGEST_VERSION + 1
    if version > LARGEST_VERSION:
        host = urlsplit(prefix).netloc or prefix
        raise BadLayout(
            f"{host} is too long to print: its symbol would need more than version {LARGEST_VERSION}"
            f" at level {level}; use a shorter host"
        )
    return version


@lru_cache(maxsize=64)
def mask_for(prefix: str, *, level: str, letters: int) -> int:
    """The mask of every address that begins like this: of the eight, the one of least mean penalty.

    The sample is the same in every process and for all time. Raises BadLayout like `version_for`.
    """
    version_for(prefix, level=level, letters=letters)
    totals = [0] * len(MASKS)
    for sealed in _sample(letters):
        code = _unmasked(prefix + sealed, level)
        for mask in MASKS:
            code.makeImpl(False, mask)
            totals[mask] += lost_point(code.modules)
    return totals.index(min(totals))


def _unmasked(text: str, level: str, mode: int | None = None) -> QRCode[Any]:
    code = _blank(level)
    code.add_data(QRData(text, mode=mode))
    code.best_fit()
    return code


def _blank(level: str) -> QRCode[Any]:
    if level not in LEVELS:
        raise ValueError(f"error level {level!r}: use one of {', '.join(LEVELS)}")
    return QRCode(error_correction=LEVELS[level])


def _sample(letters: int) -> Iterator[str]:
    """Letters as random as sealed ones."""
    for code in range(_SAMPLE):
        digits = blake2b(code.to_bytes(1, "big"), digest_size=64).digest()
        yield "".join(ALPHABET[digits[place % 64] % len(ALPHABET)] for place in range(letters))

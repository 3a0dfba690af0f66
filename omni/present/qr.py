"""QR symbols as plain values: which modules are dark, and how large they come out on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from qrcode import constants
from qrcode.main import QRCode

QUIET_ZONE = 4
"""White modules on every side, as ISO/IEC 18004 asks. Never drawn smaller."""

# Sealed letters are as good as random, so no mask suits them better for long; this one has the lowest
# average penalty over our addresses. Fixing it makes a reprint the same picture, at a quarter of the cost.
MASK = 7

_LEVELS = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}


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
    letters is in the dense alphanumeric mode throughout.
    """
    if level not in _LEVELS:
        raise ValueError(f"error level {level!r}: use one of {', '.join(_LEVELS)}")
    code = QRCode(error_correction=_LEVELS[level], mask_pattern=MASK)
    code.add_data(url, optimize=0)
    code.make()
    rows = tuple(int("".join("1" if dark else "0" for dark in row), 2) for row in code.modules)
    return Symbol(url=url, version=code.version, level=level, modules=rows)

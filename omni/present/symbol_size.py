"""How large a symbol comes out on paper, and what that means for a phone and for a till's scanner."""

from __future__ import annotations

from dataclasses import dataclass

from omni.present.qr import QUIET_ZONE, Symbol

GS1_WINDOW_MM = (0.396, 0.990)
"""The module sides that GS1 allows for what a till scans (2D in Retail implementation guideline)."""


@dataclass(frozen=True, kw_only=True)
class SymbolSize:
    """A symbol of a version and error level, `modules` wide without its quiet zone, at a size in mm."""

    version: int
    level: str
    modules: int
    module_mm: float

    @classmethod
    def across(cls, drawing: Symbol, width_mm: float) -> SymbolSize:
        """The size of a symbol that is so wide with its quiet zone."""
        return cls(
            version=drawing.version,
            level=drawing.level,
            modules=drawing.size,
            module_mm=width_mm / drawing.full_size,
        )

    @property
    def symbol_mm(self) -> float:
        """Width of the dark part, without its quiet zone."""
        return self.modules * self.module_mm

    @property
    def width_mm(self) -> float:
        """Width with the quiet zone: the room it takes on paper."""
        return (self.modules + 2 * QUIET_ZONE) * self.module_mm

    @property
    def reading_distance_mm(self) -> float:
        """How far away a phone reads it: ten times the dark part, a rule of the trade."""
        return 10 * self.symbol_mm

    @property
    def is_in_gs1_window(self) -> bool:
        """Whether a till's own scanner may be asked to read it."""
        finest, coarsest = GS1_WINDOW_MM
        return finest <= round(self.module_mm, 4) <= coarsest

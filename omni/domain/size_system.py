"""What sizes are told in: the systems that stand on labels, and lengths of the body."""

from enum import StrEnum
from typing import NamedTuple


class SizeSystem(StrEnum):
    """A system whose name stands beside a number on labels of clothes and shoes.

    The list is closed: these have numbers of their own in a market we know, for clothes or for shoes. Where
    people read a neighbour's numbers (Spain and Belgium the French, Ireland the British, Canada the American)
    its name is what they look for. Mondo is the length of a foot, on ski boots everywhere.
    """

    LETTERS = "int"
    EUROPE = "eu"
    BRITAIN = "uk"
    AMERICA = "us"
    AUSTRALIA = "au"
    FRANCE = "fr"
    ITALY = "it"
    GERMANY = "de"
    BRAZIL = "br"
    MEXICO = "mx"
    RUSSIA = "ru"
    JAPAN = "jp"
    CHINA = "cn"
    KOREA = "kr"
    MONDO = "mondo"

    @property
    def label(self) -> str:
        """What stands above its numbers, in every language."""
        return "Mondo" if self is SizeSystem.MONDO else self.upper()


class LengthUnit(StrEnum):
    """What people of a market measure themselves in."""

    CENTIMETRE = "cm"
    INCH = "in"

    def tenths(self, mm: int) -> int:
        """A length in tenths of this unit; to the nearest, in inches; no millimetre lies halfway.

        A tenth and not the quarter of a tailor's tape: feet of neighbouring sizes are 5 mm apart, and to the
        quarter inch (6.35 mm) two of them would read the same. What is 3 mm apart stays apart.

        >>> LengthUnit.INCH.tenths(254), LengthUnit.INCH.tenths(245)
        (100, 96)
        """
        # A tenth of an inch is 2.54 mm by definition.
        return mm if self is LengthUnit.CENTIMETRE else (mm * 100 + 127) // 254


class Span(NamedTuple):
    """A length of the body from least to most, in whole millimetres; both the same where it is one length."""

    least_mm: int
    most_mm: int

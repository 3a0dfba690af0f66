"""GS1 Digital Link: a GS1 key written as a web address, where it leads, and what it may not say.

Whoever reads an address knows the form of each element; the rules here are about what the elements say
together (GS1 Digital Link URI Syntax 1.6, GS1 General Specifications).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from omni.domain.gs1_key import GCN_DIGITS, GLN_DIGITS, GTIN_DIGITS, is_sound
from omni.domain.market import Market
from omni.domain.published import Published

Element = tuple[str, str]
"""An application identifier and its value."""

# How many digits of a value end in a check digit; a serial may follow them.
_CHECKED = {
    "00": 18,
    "01": GTIN_DIGITS,
    "02": GTIN_DIGITS,
    "253": 13,
    "255": GCN_DIGITS,
    "402": 17,
    **{str(place): GLN_DIGITS for place in range(410, 418)},
    "8003": 14,
    "8006": GTIN_DIGITS,
    "8017": 18,
    "8018": 18,
}
# What a coupon is worth: one of these, and of nothing but a coupon.
_WORTH = re.compile(r"39[04]\d|8111")


class PrimaryKey(StrEnum):
    """The keys whose addresses are answered, by their application identifiers."""

    GTIN = "01"
    GCN = "255"
    GLN = "414"


_QUALIFIERS = {
    PrimaryKey.GTIN: ("22", "10", "21", "235"),
    PrimaryKey.GCN: (),
    PrimaryKey.GLN: ("254", "7040"),
}
_ALONE = ("235", "254", "7040")
_NEVER_WITH = {
    PrimaryKey.GTIN: ("255", "37"),
    PrimaryKey.GCN: ("01", "02", "415", "8006", "8020", "8026"),
    PrimaryKey.GLN: (),
}


class LinkType(StrEnum):
    """What stands at the end of a link; the words are those of the GS1 Web Vocabulary."""

    PIP = "pip"
    PROMOTION = "promotion"
    LOCATION_INFO = "locationInfo"


@dataclass(frozen=True)
class Lead:
    """Where a key leads: to a page of the shop, else to a part of an edition's public site in a locale.

    The part without a name is the site's home.
    """

    type: LinkType
    title: str
    content: Published
    market: Market
    locale: str | None = None
    part: str = ""
    page: str | None = None


@dataclass(frozen=True)
class DigitalLink:
    """What a GS1 address says. A coupon's value may have a serial; attributes are sorted by identifier."""

    primary: PrimaryKey
    value: str
    qualifiers: tuple[Element, ...] = ()
    attributes: tuple[Element, ...] = ()

    @property
    def key(self) -> str:
        """The key alone: of all pieces that have it, without serial, lot or extension."""
        return self.value[:GCN_DIGITS] if self.primary is PrimaryKey.GCN else self.value

    @property
    def key_address(self) -> str:
        """The address of the key alone, without scheme and host."""
        return f"/{self.primary}/{self.key}"

    @property
    def address(self) -> str:
        """Everything it says in the canonical order, without scheme and host."""
        steps = ((self.primary.value, self.value), *self.qualifiers)
        path = "".join(f"/{identifier}/{quote(value, safe='')}" for identifier, value in steps)
        return f"{path}?{urlencode(self.attributes)}" if self.attributes else path


def faults(link: DigitalLink) -> Iterator[str]:
    """What is wrong with an address whose elements each have the right form; nothing when it is sound."""
    elements = ((link.primary.value, link.value), *link.qualifiers, *link.attributes)
    for identifier, value in elements:
        yield from _faults_of_one(identifier, value)
    yield from _faults_of_order(link)
    named = [identifier for identifier, _ in elements]
    yield from (f"({one}) stands twice" for one in sorted({one for one in named if named.count(one) > 1}))
    yield from (
        f"({other}) does not go with ({link.primary})"
        for other in _NEVER_WITH[link.primary]
        if other in named
    )
    worth = [identifier for identifier in named if _WORTH.fullmatch(identifier)]
    if worth and link.primary is not PrimaryKey.GCN:
        yield f"({worth[0]}) goes with (255) only"
    if len(worth) > 1:
        yield f"({worth[0]}) and ({worth[1]}) exclude each other"


def _faults_of_one(identifier: str, value: str) -> Iterator[str]:
    if not value.isascii():
        yield f"({identifier}) {value} has letters or digits that are not ASCII"
    elif identifier in _CHECKED and not is_sound(value[: _CHECKED[identifier]]):
        yield f"({identifier}) {value} has a wrong check digit"


def _faults_of_order(link: DigitalLink) -> Iterator[str]:
    qualifiers = [identifier for identifier, _ in link.qualifiers]
    for identifier in _ALONE:
        if identifier in qualifiers and len(qualifiers) > 1:
            yield f"({identifier}) is the only qualifier where it stands"
    for identifier, _ in link.attributes:
        if identifier in _QUALIFIERS[link.primary]:
            yield f"({identifier}) belongs in the path, behind ({link.primary})"

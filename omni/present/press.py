"""A batch of symbols from tables: each costs a few XORs instead of an encoding.

With prefix, version, error level, mask and segmentation fixed, a QR symbol is affine over GF(2): the bits of
the text go in unchanged, the Reed-Solomon words are sums of them, and the mask is laid over all. So the
symbol of any code is that of a blank one XOR one precomputed matrix for each pair of letters, and the matrix
of a pair is the XOR of the matrices of its bits. About a hundred symbols drawn by the `qrcode` package give
all of them, and a property test compares the outcome with that package module by module.

A matrix is one integer, its rows padded to whole bytes. The first code of a press waits some 0.15 s for the
tables, every other one a microsecond or two. A press holds one megabyte at version 3, four at version 10.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from itertools import product
from operator import getitem, xor
from typing import Any, NamedTuple

from qrcode.util import ALPHA_NUM, MODE_8BIT_BYTE, MODE_ALPHA_NUM, optimal_mode

from omni.domain.code import ALPHABET, LETTER_COUNT
from omni.present.qr import Symbol, encoded, mask_for, version_for


class Press:
    """Draws the symbols of all codes behind one prefix.

    `prefix` is everything of an address before its letters, and ends in a slash. Making a press is quick:
    what takes time waits for the first code. Raises BadLayout when the host is too long for version 10.
    """

    def __init__(
        self, prefix: str, *, level: str = "Q", letters: int = LETTER_COUNT, mask: int | None = None
    ) -> None:
        if not prefix.endswith("/"):
            raise ValueError(f"{prefix!r} does not end in a slash")
        self.prefix = prefix
        self.level = level
        self.letters = letters
        self.version = version_for(prefix, level=level, letters=letters)
        self.size = 17 + 4 * self.version
        self._row_bytes = -(-self.size // 8)
        self._asked_mask = mask

    @cached_property
    def mask(self) -> int:
        """The mask of every symbol: the one asked for, else the one that suits the prefix best."""
        if self._asked_mask is not None:
            return self._asked_mask
        return mask_for(self.prefix, level=self.level, letters=self.letters)

    def rows(self, letters: str) -> bytes:
        """One symbol as one-bit rows from the top, each padded to whole bytes; the highest bit is leftmost.

        1 is dark. Raises ValueError for letters that no code has.
        """
        blank, tables, split = self._plate
        try:
            matrix = reduce(xor, map(getitem, tables, split(letters.encode())), blank)
        except (KeyError, struct.error):
            raise ValueError(f"{letters!r} are not the {self.letters} letters of a code") from None
        return matrix.to_bytes(self.size * self._row_bytes, "big")

    def symbol(self, letters: str) -> Symbol:
        """The same symbol as a value, equal to `omni.present.qr.symbol` of the whole address."""
        packed, step, padding = self.rows(letters), self._row_bytes, -self.size % 8
        starts = range(0, len(packed), step)
        modules = tuple(int.from_bytes(packed[at : at + step], "big") >> padding for at in starts)
        return Symbol(self.prefix + letters, self.version, self.level, modules)

    @cached_property
    def _plate(self) -> _Plate:
        is_dense = optimal_mode(self.prefix.encode()) == MODE_ALPHA_NUM
        spelling = _DENSE if is_dense else _BYTES
        groups = list(_groups(self.prefix, self.letters))
        text = self.prefix + _FILLER * self.letters
        blank = self._drawn(text, spelling)
        tables = []
        for group in groups:
            units = (self._drawn(said, spelling) ^ blank for said in spelling.flipped(text, group))
            tables.append(_table(group, spelling, _sums(units)))
        return _Plate(blank, tables, _splitter(groups))

    def _drawn(self, text: str, spelling: _Spelling) -> int:
        """The matrix of a text as the `qrcode` package draws it."""
        code = encoded(text, level=self.level, mask=self.mask, mode=spelling.mode)
        padding = "0" * (-self.size % 8)
        rows = ("".join("1" if dark else "0" for dark in row) for row in code.modules)
        return int("".join(row + padding for row in rows), 2)


@lru_cache(maxsize=16)
def press_for(prefix: str, *, level: str = "Q", letters: int = LETTER_COUNT) -> Press:
    """The press of a prefix; a process keeps the sixteen it used last."""
    return Press(prefix, level=level, letters=letters)


# Not a nought: the `qrcode` package fails on a block of data that is nothing but zero bits.
_FILLER = ALPHABET[0]


class _Plate(NamedTuple):
    """A blank symbol, and for each group of letters what it changes by what it says.

    `split` cuts the letters of a code into one key for each table.
    """

    blank: int
    tables: Sequence[dict[int, int]]
    split: Callable[[bytes], tuple[Any, ...]]


class _Group(NamedTuple):
    """Characters that go into a symbol together, from where they start: what is fixed, then the letters."""

    at: int
    fixed: str
    sayings: Sequence[str]

    @property
    def blank(self) -> str:
        """What it says in the blank symbol."""
        return self.fixed + _FILLER * len(self.sayings[0])


_PAIRS = ["".join(pair) for pair in product(ALPHABET, repeat=2)]


def _groups(prefix: str, letters: int) -> Iterator[_Group]:
    """Pairs as the standard counts them, from the start of an address.

    Behind an odd prefix the first letter shares its number with the slash.
    """
    at = len(prefix)
    if at % 2:
        yield _Group(at - 1, prefix[-1], ALPHABET)
        at, letters = at + 1, letters - 1
    for pair in range(letters // 2):
        yield _Group(at + 2 * pair, "", _PAIRS)
    if letters % 2:
        yield _Group(at + letters - 1, "", ALPHABET)


@dataclass(frozen=True)
class _Spelling:
    """How characters become bits: one or two are a number in base `len(characters)`."""

    mode: int
    characters: str

    def number(self, text: str) -> int:
        """The number that one or two characters stand for."""
        return reduce(
            lambda number, letter: number * len(self.characters) + self.characters.index(letter), text, 0
        )

    def flipped(self, text: str, group: _Group) -> Iterator[str]:
        """The blank text with each bit of one group turned over, from the lowest."""
        base, width, number = len(self.characters), len(group.blank), self.number(group.blank)
        for bit in range((base**width - 1).bit_length()):
            high, low = divmod(number ^ 1 << bit, base)
            said = (self.characters[high] + self.characters[low])[-width:]
            yield text[: group.at] + said + text[group.at + width :]


# A byte's highest bit is never set by a letter: in base 128 the bits of two characters stand side by side.
_DENSE = _Spelling(MODE_ALPHA_NUM, ALPHA_NUM.decode())
_BYTES = _Spelling(MODE_8BIT_BYTE, "".join(map(chr, range(128))))


def _table(group: _Group, spelling: _Spelling, sums: Sequence[int]) -> dict[int, int]:
    """What each saying of a group changes, by the key its letters are cut into."""
    blank = spelling.number(group.blank)
    return {
        int.from_bytes(said.encode(), "little"): sums[spelling.number(group.fixed + said) ^ blank]
        for said in group.sayings
    }


def _sums(units: Iterator[int]) -> list[int]:
    """For every number the XOR of the units at its set bits."""
    sums = [0]
    for unit in units:
        sums += [unit ^ known for known in sums]
    return sums


def _splitter(groups: Sequence[_Group]) -> Callable[[bytes], tuple[Any, ...]]:
    """Cuts letters into the keys of their groups: two letters are read as one number, one as itself."""
    return struct.Struct("<" + "".join("BH"[len(group.sayings[0]) - 1] for group in groups)).unpack

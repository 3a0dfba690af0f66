"""A code is a sealed number: fifteen letters that open without a database.

Sealing is an unbalanced Feistel network with redundancy, three keyed BLAKE2b passes:

    tag    = H1(number)           32 bits, the redundancy a forger would have to guess
    masked = number xor H2(tag)   40 bits
    cover  = tag xor H3(masked)   32 bits

The value is `cover` then `masked`, 72 bits, written in base 29. Opening runs the passes backwards and
accepts only when H1 of the number is the tag again. The third pass is what keeps a shopper from walking:
without it the masked half of one receipt, xor-ed with a small number, is the neighbour's, and only the tag
is left to guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, combinations, product

NUMBER_BITS = 40
TAG_BITS = 32
LETTER_COUNT = 15
ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"


class Purpose(StrEnum):
    """What a secret is used for; a value made for one purpose is never taken for another.

    Only the purposes in `SEALED_PURPOSES` seal numbers; the others sign texts and hash references.
    """

    CODE = "code"
    VOUCHER = "voucher"
    REDEMPTION = "redemption"
    HOLDER = "holder"
    RENDER = "render"
    RECEIPT = "receipt"
    MEMBER = "member"
    EVIDENCE = "evidence"
    WEBHOOK = "webhook"
    STRANGER = "stranger"


SEALED_PURPOSES = (Purpose.CODE, Purpose.VOUCHER, Purpose.REDEMPTION)

_MARKS = {Purpose.VOUCHER: "V", Purpose.REDEMPTION: "R"}
_SHAPE = re.compile(f"[{''.join(_MARKS.values())}]?([{ALPHABET}]{{{LETTER_COUNT}}})")
_LONGEST_TYPED = 64
# Fewer letters than five are a slip of the finger; more than two codes are something else.
_PIECE = re.compile(f"(?![0-9]+$)(?!.{{{LETTER_COUNT}}}$)[{ALPHABET}]{{5,{2 * LETTER_COUNT}}}")

_TRIPLES = ["".join(letters) for letters in product(ALPHABET, repeat=3)]
_TRIPLE = len(_TRIPLES)
_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrs")

_LOOK_ALIKES = {"5": "S", "8": "B", "2": "Z", "6": "G", "S": "5", "B": "8", "Z": "2", "G": "6"}


def _forgiven_forms() -> dict[int, str]:
    # Beside Unicode's own dashes: minus, hyphen bullet, Arabic tatweel, and the long-vowel marks that the
    # hyphen key of a Japanese keyboard gives. "Cf" holds the invisible marks that come with copied Arabic.
    forms = dict.fromkeys((0x2212, 0x2043, 0x0640, 0x30FC, 0xFF70, *map(ord, "\t\n\r\v\f")), "")
    for point in chain(range(0x3100), range(0xFE00, 0x10000)):
        if unicodedata.category(chr(point)) in {"Pd", "Zs", "Zl", "Zp", "Cf"}:
            forms[point] = ""
    for letter in ALPHABET:
        full_width = chr(ord(letter) + 0xFEE0)
        for form in (letter, letter.lower(), full_width, full_width.lower()):
            forms[ord(form)] = letter
    for digit in filter(str.isdigit, ALPHABET):
        for zero in (0x0660, 0x06F0):  # Arabic-Indic, and its Persian and Urdu forms
            forms[zero + int(digit)] = digit
    return forms


_FORGIVEN = _forgiven_forms()


def normalise(text: str) -> str | None:
    """The fifteen letters somebody meant, or None when the text cannot be one of ours.

    Forgives case, spaces, dashes, invisible marks, full-width letters, Arabic-Indic digits, and the `V-` or
    `R-` in front of a voucher or redemption. Those marks are letters of the alphabet too, so only a
    sixteenth letter is a mark. Nothing is guessed: an O or an I is never ours.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    shape = _SHAPE.fullmatch(text.translate(_FORGIVEN))
    return shape[1] if shape else None


def is_piece(text: str) -> bool:
    """Whether a text may be a part of a code, or a code with more behind it: our letters, but not fifteen.

    Digits alone are rather a number of somebody else's.

    >>> is_piece("BCDFG-HJK"), is_piece("4567893"), is_piece("unknown")
    (True, False, False)
    """
    return len(text) <= _LONGEST_TYPED and _PIECE.fullmatch(text.translate(_FORGIVEN)) is not None


def show(letters: str, purpose: Purpose) -> str:
    """The letters as people read them: `XXXXX-XXXXX-XXXXX` for a code, `V-XXXX-XXXX-XXXX-XXX` for a voucher.

    A redemption reads like a voucher with an `R`. Raises ValueError for a purpose that seals no numbers.
    """
    if purpose is Purpose.CODE:
        return f"{letters[:5]}-{letters[5:10]}-{letters[10:]}"
    if purpose not in _MARKS:
        raise ValueError(f"{purpose} seals no numbers")
    return f"{_MARKS[purpose]}-{letters[:4]}-{letters[4:8]}-{letters[8:12]}-{letters[12:]}"


def look_alikes(text: str) -> Iterator[str]:
    """Fifteen-letter readings of a failed code with one, then two, of 5/S, 8/B, 2/Z, 6/G exchanged.

    At most 120 of them. One that opens may be offered as a question; it is never accepted silently.
    """
    letters = normalise(text) or ""
    doubtful = [place for place, letter in enumerate(letters) if letter in _LOOK_ALIKES]
    for count in (1, 2):
        for places in combinations(doubtful, count):
            yield "".join(_LOOK_ALIKES[it] if at in places else it for at, it in enumerate(letters))


class Sealer:
    """The three passes under one key for one purpose.

    The sizes are parameters so that a test can attack a construction small enough to be attacked; everything
    printed uses the defaults. Raises ValueError for a purpose that seals no numbers.
    """

    def __init__(
        self, key: bytes, purpose: Purpose, *, number_bits: int = NUMBER_BITS, tag_bits: int = TAG_BITS
    ) -> None:
        if purpose not in SEALED_PURPOSES:
            raise ValueError(f"{purpose} seals no numbers")
        self._number_bits = number_bits
        self._number_limit = 1 << number_bits
        self._value_limit = 1 << (number_bits + tag_bits)
        self._tag = _keyed_pass(key, f"{purpose}:tag", reads=number_bits, gives=tag_bits)
        self._mask = _keyed_pass(key, f"{purpose}:mask", reads=tag_bits, gives=number_bits)
        self._cover = _keyed_pass(key, f"{purpose}:cover", reads=number_bits, gives=tag_bits)

    def wrap(self, number: int) -> int:
        """The sealed value of a number. Raises ValueError when the number does not fit."""
        if not 0 <= number < self._number_limit:
            raise ValueError(f"a code number has {self._number_bits} bits")
        tag = self._tag(number)
        masked = number ^ self._mask(tag)
        return (tag ^ self._cover(masked)) << self._number_bits | masked

    def unwrap(self, value: int) -> int | None:
        """The number inside a sealed value, or None when it was not sealed with this key and purpose."""
        if not 0 <= value < self._value_limit:
            return None
        masked = value & (self._number_limit - 1)
        tag = value >> self._number_bits ^ self._cover(masked)
        number = masked ^ self._mask(tag)
        return number if self._tag(number) == tag else None


def _keyed_pass(key: bytes, person: str, *, reads: int, gives: int) -> Callable[[int], int]:
    # Copying a hash that has already taken its key in costs a third less than keying it for every code.
    width, size = -(-reads // 8), -(-gives // 8)
    excess = 8 * size - gives
    keyed = blake2b(key=key, digest_size=size, person=person.encode())

    def run(value: int) -> int:
        state = keyed.copy()
        state.update(value.to_bytes(width, "big"))
        return int.from_bytes(state.digest(), "big") >> excess

    return run


@lru_cache(maxsize=32)
def _sealer(key: bytes, purpose: Purpose) -> Sealer:
    return Sealer(key, purpose)


def seal(number: int, key: bytes, purpose: Purpose) -> str:
    """The fifteen letters that stand for a number under this key and purpose; always the same ones.

    Raises ValueError for a number that is negative or has more than 40 bits.
    """
    return _written(_sealer(key, purpose).wrap(number))


def seal_all(numbers: Iterable[int], key: bytes, purpose: Purpose) -> Iterator[str]:
    """What `seal` gives for each number, one at a time: for a batch of millions."""
    return map(_written, map(_sealer(key, purpose).wrap, numbers))


def _written(value: int) -> str:
    # Unrolled, because a batch of millions spends a third of its time here.
    value, fifth = divmod(value, _TRIPLE)
    value, fourth = divmod(value, _TRIPLE)
    value, third = divmod(value, _TRIPLE)
    first, second = divmod(value, _TRIPLE)
    return _TRIPLES[first] + _TRIPLES[second] + _TRIPLES[third] + _TRIPLES[fourth] + _TRIPLES[fifth]


def unseal(letters: str, key: bytes, purpose: Purpose) -> int | None:
    """The number these letters were sealed from, or None: a typo, a forgery, another key or purpose.

    Takes the letters as `normalise` gives them. A text chosen at random is accepted once in 2^32 tries.
    """
    return _sealer(key, purpose).unwrap(int(letters.translate(_DIGITS), len(ALPHABET)))

"""The fields of a ZPL label: words in the printer's own letters, and pictures."""

from __future__ import annotations

from itertools import groupby

from omni.present.dots import Dots

# Widths of letters in their height. Font 0 is CG Triumvirate Bold Condensed, of which there is no table;
# these are the widest of each kind in its relative Helvetica Narrow Bold, rounded up.
_NARROW, _WIDE = frozenset("fijlt.,:;'!|I()[] -·"), frozenset("mwMW@%&€")
_NARROW_ADVANCE, _WIDE_ADVANCE, _CAPITAL_ADVANCE, _ADVANCE = 0.3, 0.8, 0.64, 0.52

# How often the next digit stands: G to Y for 1 to 19, g to z for 20 to 400 (Zebra, alternative compression).
_ONES = {count: chr(ord("F") + count) for count in range(1, 20)}
_TWENTIES = {count: chr(ord("f") + count) for count in range(1, 21)}
_LONGEST_RUN = 419


def field(x: int, y: int, drawn: bytes) -> bytes:
    """Something at a place, in dots from the upper left corner of the label."""
    return b"^FO%d,%d%s^FS" % (x, y, drawn)


def text(letters: str, height: int, *, ends_at: int | None = None) -> bytes:
    """Words in font 0, so many dots high, flush left, or flush right with the dot they shall end at.

    Whatever could be a command or is no plain letter goes by its number.
    """
    block = b""
    if ends_at is not None:
        block = b"^FB%d,1,0,R" % ends_at
        # In a block a backslash begins a command of its own.
        letters = letters.replace("\\", "\\\\")
    return b"^A0N,%d,%d%s^FH^FD%s" % (height, height, block, b"".join(map(_escaped, letters.encode())))


def letters_width(letters: str) -> float:
    """How wide words in font 0 are at the most, in their height."""
    return sum(map(_advance, letters))


def graphic(drawing: Dots) -> bytes:
    """A picture in hexadecimal digits, repeated digits counted and repeated rows marked."""
    size = len(drawing.rows)
    rows, before = [], b""
    for row in drawing.bands(1):
        rows.append(":" if row.rows == before else _packed(row.rows.hex().upper()))
        before = row.rows
    return f"^GFA,{size},{size},{drawing.row_bytes},{''.join(rows)}".encode()


def _advance(letter: str) -> float:
    if letter in _NARROW:
        return _NARROW_ADVANCE
    if letter in _WIDE:
        return _WIDE_ADVANCE
    return _CAPITAL_ADVANCE if letter.isupper() else _ADVANCE


def _escaped(byte: int) -> bytes:
    is_plain = byte < 0x80 and byte not in b"^~_"
    return bytes([byte]) if is_plain else b"_%02X" % byte


def _packed(digits: str) -> str:
    """One row; what is white or black to its end is one sign."""
    for end, sign in (("0", ","), ("F", "!")):
        kept = digits.rstrip(end)
        # Only whole bytes are filled up.
        kept += end * (len(kept) % 2)
        if len(digits) - len(kept) > 1:
            return _counted(kept) + sign
    return _counted(digits)


def _counted(digits: str) -> str:
    return "".join(_run(digit, len(list(same))) for digit, same in groupby(digits))


def _run(digit: str, length: int) -> str:
    longest, rest = divmod(length, _LONGEST_RUN)
    twenties, ones = divmod(rest, 20)
    count = _TWENTIES.get(twenties, "") + _ONES.get(ones, "")
    short = digit * rest if rest < 3 else count + digit
    return (_TWENTIES[20] + _ONES[19] + digit) * longest + short

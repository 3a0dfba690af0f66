"""Which words a printer can set in its own letters, and how they are made safe to send."""

from __future__ import annotations

import re
import textwrap
import unicodedata

# Typographic signs of which every printer has a plain form; only for them no line becomes a picture.
_PLAIN = str.maketrans("\u00a0\u202f\u2009\u2018\u2019\u201c\u201d\u2013\u2014", "   ''\"\"--")


def plain(words: str) -> str:
    """Words with plain spaces, quotes and dashes."""
    return words.translate(_PLAIN)


def without_controls(words: str) -> str:
    """One line of words; a control character in a caption would be a command to the printer."""
    spaced = re.sub(r"[\t\r\n\f\v]+", " ", words)
    return "".join(letter for letter in spaced if unicodedata.category(letter) != "Cc").strip()


def stands_alone(words: str) -> bool:
    """Whether every letter has its own place, from left to right.

    A printer sets letters one after another: Hebrew would run backwards, Arabic fall apart, and a Thai vowel
    stand beside its consonant, even where the printer has the letters.
    """
    return all(
        unicodedata.bidirectional(letter) not in ("R", "AL", "AN")
        and unicodedata.category(letter) not in ("Mn", "Mc", "Cf")
        for letter in words
    )


def wrapped(words: str, columns: int) -> list[str]:
    """Words in rows of so many letters; a longer word stands alone in a row that is too long."""
    return textwrap.wrap(words, columns, break_long_words=False, break_on_hyphens=False)


def in_code_page(rows: list[str], page: str) -> list[bytes] | None:
    """Rows as bytes of a code page, or None where it lacks a letter."""
    try:
        return [plain(row).encode(page) for row in rows]
    except UnicodeEncodeError:
        return None

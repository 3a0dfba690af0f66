"""The code keys on paper: words for a person, a symbol for a camera.

The sheet is plain text, made to be printed and locked away. It is in English like the word list it uses
(BIP-39), so that it can be typed back in any office of the company.
"""

from __future__ import annotations

import re

from mnemonic import Mnemonic

from omni.domain.keyring import CodeKey, Keyring, KeyringProblem, fingerprint
from omni.present.qr import symbol
from omni.present.terminal import half_blocks

WORD_COUNT = 24

_COLUMNS = 4
_ENOUGH_LETTERS = 4
_ENGLISH = Mnemonic("english")
_HEAD = """\
OMNI RECOVERY SHEET: SECRET

Without these keys every paper that was ever printed is dead: no copy of the
database can open its code. Whoever holds them can print codes that pass for yours.
Print this sheet, scan each symbol once to be sure, and lock it away.

To bring the keys back, set OMNI_CODE_KEYS to the texts in the symbols, joined by
commas, the current key last. The words hold the same key, should a symbol not scan.
"""


def recovery_sheet(keyring: Keyring) -> str:
    """The sheet for a whole keyring: for each key its words, its fingerprint and its symbol."""
    parts = (_part(key, is_current=key.id == keyring.current_id) for key in keyring.keys)
    return "\n".join((_HEAD, *parts))


def read_words(words: str) -> bytes:
    """The 32 bytes of a key from its words, as typed back from the sheet.

    Numbers, commas and line breaks between the words do not matter, and four letters are enough of a word.
    Raises KeyringProblem when a word is missing, unknown, or in another's place.
    """
    typed = re.findall(r"[a-z]+", words.lower())
    if len(typed) != WORD_COUNT:
        raise KeyringProblem(f"A key has {WORD_COUNT} words and here are {len(typed)}: type them all.")
    known = [_ENGLISH.expand_word(word) if len(word) >= _ENOUGH_LETTERS else word for word in typed]
    # The place and not the word: an error may end up in a log.
    for place, word in enumerate(known, start=1):
        if word not in _ENGLISH.wordlist:
            raise KeyringProblem(f"Word {place} is not on the list: look at it again on the sheet.")
    try:
        return bytes(_ENGLISH.to_entropy(known))
    except ValueError:
        raise KeyringProblem("The words do not belong together: compare each with the sheet.") from None


def _part(key: CodeKey, *, is_current: bool) -> str:
    words = _ENGLISH.to_mnemonic(key.secret).split()
    cells = [f"{place:2}. {word:<10}" for place, word in enumerate(words, start=1)]
    rows = ["  ".join(cells[start : start + _COLUMNS]).rstrip() for start in range(0, WORD_COUNT, _COLUMNS)]
    title = f"Key {key.id}{', current' if is_current else ''}    fingerprint {fingerprint(key)}"
    picture = half_blocks(symbol(key.as_setting(), level="M"))
    return "\n".join((title, "", *rows, "", picture, ""))

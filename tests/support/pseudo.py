"""Two languages made from the source's own words: whatever is not in brackets cannot be translated.

Esperanto stands for long words with accents, Yiddish for a page read from the right. Neither is ever offered
to anybody outside the block that asks for them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil

from babel.messages.mofile import write_mo
from babel.support import Translations

from omni.present.catalogues import source_messages
from omni.present.locales import lending

LONGER_BY = 0.4
OPENING, CLOSING = "⟦", "⟧"

_PLACEHOLDER = re.compile(r"(%\(\w+\)[sd])")
_FILLING = " and again as much"
_ACCENTED = str.maketrans("AEIOUYCGNSZaeiouycgnsz", "ÀÉÎÖÛÝÇĜÑŠŽàéîöûýçĝñšž")
_HEBREW = str.maketrans("abcdefghijklmnopqrstuvwxyz", "אבקדעפגהיזכלמנוצףרסטותשחײץ")


def accented(text: str) -> str:
    """Latin letters with marks above and below."""
    return text.translate(_ACCENTED)


def hebrew(text: str) -> str:
    """Letters that are read from the right."""
    return text.lower().translate(_HEBREW)


def dressed(text: str, letters: Callable[[str], str]) -> str:
    """A message in brackets, in other letters and two fifths longer; its placeholders are as they were."""
    parts = _PLACEHOLDER.split(text)
    said = "".join(part if _PLACEHOLDER.fullmatch(part) else letters(part) for part in parts)
    extra = ceil(len(text) * LONGER_BY)
    filling = letters(_FILLING * ceil(extra / len(_FILLING)))[:extra]
    return f"{OPENING}{said}{filling}{CLOSING}"


@cache
def pseudo_catalogue(letters: Callable[[str], str]) -> Translations:
    """Every message of the pages and the code as it stands now, dressed, with the plurals of English."""
    catalogue = source_messages()
    for message in catalogue:
        if message.pluralizable:
            message.string = tuple(dressed(form, letters) for form in message.id)
        elif message.id:
            message.string = dressed(str(message.id), letters)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@contextmanager
def pseudo_languages() -> Iterator[None]:
    """Within this block `eo` and `yi` can be asked for like any complete language, in the whole process."""
    with lending({"eo": pseudo_catalogue(accented), "yi": pseudo_catalogue(hebrew)}):
        yield

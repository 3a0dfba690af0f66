"""The plain values every printed thing is made from: a code, and the words around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

Progress = Callable[[int], None]
"""Told, after each code, how many codes are drawn so far."""


class BadLayout(ValueError):
    """The paper cannot carry what was asked for; the message ends with what to do instead."""


class PrintUnavailable(RuntimeError):
    """A part that printing needs is not installed; the message names the command that installs it."""


@dataclass(frozen=True)
class PrintedCode:
    """One code as it goes on paper.

    `code` is in its shown form `XXXXX-XXXXX-XXXXX`; `url` is what the symbol says, capital letters only.
    """

    number_in_batch: int
    code: str
    url: str


class Line(NamedTuple):
    """One line of words and the locale it is said in, by which its direction and its letters are chosen."""

    text: str
    locale: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a paper says in one language: the offer, what to do with the symbol, and until when.

    Price and date are already written as this locale writes them; what is not said is empty. `page_says`
    names the store that the page will name too, so that a shopper knows a foreign sticker when she scans it.
    """

    locale: str
    caption: str
    headline: str = ""
    price: str = ""
    terms_line: str = ""
    page_says: str = ""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The words that stand around every code of one print run.

    `words` has one entry per language, in the order of the market's law, and at least one. `host` is the
    address in plain letters, so that a shopper can compare it with what the phone shows. `run` is the small
    type that says which revision, price and day this paper is from. `mark` is empty on live paper and
    "TEST" on any other. `logo` is the campaign's, as a picture file's bytes.
    """

    host: str
    words: tuple[Words, ...]
    run: str = ""
    mark: str = ""
    logo: bytes | None = None

    @property
    def locale(self) -> str:
        """The language that leads: the paper as a whole runs the way it is written."""
        return self.words[0].locale

    @property
    def offer(self) -> list[Line]:
        """Name and price of the offer, language by language."""
        return _once(Line(text, each.locale) for each in self.words for text in (each.headline, each.price))

    @property
    def captions(self) -> list[Line]:
        """What to do with the symbol."""
        return _once(Line(each.caption, each.locale) for each in self.words)

    @property
    def terms_lines(self) -> list[Line]:
        """Until when the code can be used, and where its terms are."""
        return _once(Line(each.terms_line, each.locale) for each in self.words)

    @property
    def promises(self) -> list[Line]:
        """What the page will say, to stand beside the host."""
        return _once(Line(each.page_says, each.locale) for each in self.words)


def _once(lines: Iterable[Line]) -> list[Line]:
    """Each wording once, in the first language that has it: two languages may share a name or a price."""
    said: dict[str, Line] = {}
    for line in lines:
        if line.text:
            said.setdefault(line.text, line)
    return list(said.values())

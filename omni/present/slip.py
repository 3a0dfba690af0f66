"""The plain values every printed thing is made from: a code, and the words around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from babel import Locale

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


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The words that stand around every code of one print run, already in the market's language.

    `host` is the address in plain letters, so that a shopper can compare it with what the phone shows.
    `run` is the small type that says which revision, price and day this paper is from. `mark` is empty
    on live paper and "TEST" on any other.
    """

    host: str
    caption: str
    caption_locale: str
    headline: str = ""
    price: str = ""
    terms_line: str = ""
    run: str = ""
    mark: str = ""

    @property
    def locale(self) -> Locale:
        """The caption's locale; both `fr_CA` and `fr-CA` are understood."""
        return Locale.parse(self.caption_locale.replace("-", "_"))

    @property
    def is_right_to_left(self) -> bool:
        """Whether the words run from right to left. Codes and hosts never do."""
        return bool(self.locale.text_direction == "rtl")

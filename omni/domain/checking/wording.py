"""Checks of the retailer's own words: what may not be said, and what must be true if it is."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from pydantic import Field

from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.localized import EVERY_LOCALE, locale_chain
from omni.domain.market_record import Part
from omni.domain.offer_facts import OfferFacts

ByLocale = dict[str, list[str]]
"""Words by locale, `*` for every one; `#` in a word stands for any number."""

_PERCENT = re.compile(
    r"(?P<minus>[-−–]\s?)?(?:[%٪％]\s?(?P<before>\d{1,3})|(?P<after>\d{1,3})(?:[.,]\d+)?\s?[%٪％])"
)
_SPACED_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


class Period(Part):
    """Days, both inclusive, in which something is allowed."""

    first: date = Field(alias="from")
    last: date = Field(alias="until")


@check("no-words")
def no_words(facts: OfferFacts, *, words: ByLocale, allowed: list[Period] | None = None) -> Verdict:
    """The campaign's own texts do not use certain words, unless the whole offer lies in an allowed period."""
    first, last = facts.content.opens_on, facts.content.last_unlock_on
    said = {
        f"{field}.{locale}": word
        for field, locale, text in facts.texts()
        if (word := _first_said(text, locale, words))
    }
    is_allowed = any(period.first <= first and last <= period.last for period in allowed or ())
    seen = {"opens": first.isoformat(), "closes": last.isoformat(), **said}
    return Verdict.of(seen, wrong=() if is_allowed else said, field="name")


@check("stock-counted")
def stock_counted(facts: OfferFacts, *, words: ByLocale) -> Verdict:
    """Who says that little is left counts what is left."""
    seen, wrong = {}, []
    for bundle in facts.content.offered:
        for field, locale, text in facts.texts_of(bundle):
            if word := _first_said(text, locale, words):
                seen[f"{field}.{locale}"] = {"word": word, "left": facts.stock.get(bundle.slug)}
                wrong += [f"{field}.{locale}"] if bundle.slug not in facts.stock else []
    return Verdict.of(seen, wrong=wrong, field="stock")


@check("texts-in")
def texts_in(facts: OfferFacts, *, languages: list[str]) -> Verdict:
    """Every text of the offer is written in these languages, and its market puts them first, in order."""
    first = [locale["id"].partition("_")[0] for locale in facts.market.locales][: len(languages)]
    written: dict[str, set[str]] = {}
    for field, locale, _ in facts.texts():
        written.setdefault(field, set()).add(locale.partition("_")[0])
    seen = {"locales": first, **{field: sorted(told) for field, told in written.items()}}
    wrong = [field for field, told in written.items() if not told.issuperset(languages)]
    if first != list(languages):
        wrong.append("locales")
    return Verdict.of(seen, wrong=wrong, field="locales")


def percentages_claimed(text: str, locale: str, words: ByLocale) -> list[int]:
    """The percentages a text announces as a reduction: with a minus, or beside a word that says so."""
    announces = _first_said(text, locale, words) is not None
    return [
        int(found["before"] or found["after"])
        for found in _PERCENT.finditer(text)
        if announces or found["minus"]
    ]


def _first_said(text: str, locale: str, words: Mapping[str, list[str]]) -> str | None:
    return next((word for word in _words_for(locale, words) if _pattern(word).search(text)), None)


def _words_for(locale: str, words: Mapping[str, list[str]]) -> Iterator[str]:
    for name in (*locale_chain(locale), EVERY_LOCALE):
        yield from words.get(name, ())


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """A word as it may stand in a text: whole where its script parts words by spaces, in any case."""
    body = r"\d+".join(re.escape(part) for part in word.split("#")).replace(r"\ ", r"\s+")
    left = r"(?<!\w)" if _is_spaced(word[0]) else ""
    right = r"(?!\w)" if _is_spaced(word[-1]) else ""
    return re.compile(left + body + right, re.IGNORECASE)


def _is_spaced(mark: str) -> bool:
    return unicodedata.name(mark, "").startswith(_SPACED_SCRIPTS)

"""Languages: which catalogue speaks, and what it says.

Babel alone, no Flask-Babel. Catalogues are read straight from their .po files, each once per process, and
asked in turn along the chain of parent locales. They are never merged: a merged catalogue takes the plural
rule of whichever came last and then counts wrongly in Arabic.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment

from omni import asset
from omni.present.own_names import OWN_NAMES, RIGHT_TO_LEFT

SOURCE = "en"
"""The locale the messages in the code are written in."""

_LONGEST_TAG, _MOST_WISHES = 40, 40


def marked(message: str) -> str:
    """A message noted for the translators here and translated where it is shown."""
    return message


# --- tags -----------------------------------------------------------------------------------------


def canonical(tag: str) -> str | None:
    """The CLDR id of a language tag in any spelling (`zh-TW`, `iw`, `EN-us`), or None for nonsense.

    Subtags nobody knows are dropped from the end until the rest means something. Never raises.
    """
    return _canonical(tag) if len(tag) <= _LONGEST_TAG else None


@lru_cache(maxsize=2048)
def _canonical(tag: str) -> str | None:
    # What follows a dot or an at sign is a computer's business: `de_DE.UTF-8@euro`.
    parts = re.split("[.@]", tag)[0].strip().replace("-", "_").split("_")
    # Babel gives a renamed language a country of its own choice, `he_IL` for `iw`, or none of its new names.
    parts[:1] = get_global("language_aliases").get(parts[0].lower(), parts[0]).split("_")
    if len(parts) > 1 and len(parts[1]) == 3 and parts[1].isalpha():
        # `zh-cmn-Hant` and `zh-yue` name the language twice; the second is the exacter.
        parts = parts[1:] if _canonical(parts[1]) else parts[:1] + parts[2:]
    while parts:
        try:
            found = Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError, TypeError):
            parts.pop()
            continue
        return str(found)
    return None


def _locale(tag: str) -> Locale:
    return Locale.parse(canonical(tag) or SOURCE)


@lru_cache(maxsize=2048)
def _written(tag: str) -> tuple[str, str]:
    """Language and script a locale is read in, with the script that goes without saying filled in."""
    locale = _locale(tag)
    likely = get_global("likely_subtags")
    full = likely.get(f"{locale.language}_{locale.territory}") or likely.get(locale.language) or ""
    script = locale.script or next((part for part in full.split("_") if len(part) == 4), "")
    # Cantonese is spoken, and written as Chinese.
    return "zh" if locale.language == "yue" else locale.language, script


def parent(tag: str) -> str | None:
    """The locale to ask next when this one has no words for something, as CLDR chains them.

    A locale in another script than its language's usual one has no parent: readers of Traditional
    Chinese are not helped by the simplified page.
    """
    exceptions = get_global("parent_exceptions")
    above = exceptions.get(tag) or tag.rpartition("_")[0]
    if not above or above == "root" or _written(above) != _written(tag):
        return None
    return above


def chain(tag: str) -> tuple[str, ...]:
    """A locale and all those that are asked after it, nearest first."""
    above = parent(tag)
    return (tag, *chain(above)) if above else (tag,)


def bcp47(locale: str) -> str:
    """A locale as HTML, HTTP and JSON spell it: `zh-Hans-CN`."""
    return (canonical(locale) or SOURCE).replace("_", "-")


@lru_cache(maxsize=512)
def direction(locale: str) -> str:
    """Which way a locale is written: `ltr` or `rtl`."""
    language = _tongue(locale)
    if language in OWN_NAMES:
        return "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return _locale(locale).text_direction


@lru_cache(maxsize=2048)
def language_name(locale: str, in_locale: str) -> str:
    """What one language is called in another, without the country: `Japanese`, `chinois (simplifié)`."""
    spoken = _locale(locale)
    name = Locale(spoken.language, script=spoken.script).get_display_name(_locale(in_locale))
    return name or bcp47(locale)


def own_name(locale: str) -> str:
    """What a locale's language calls itself, without the country."""
    return OWN_NAMES.get(_tongue(locale)) or language_name(locale, locale)


def _tongue(locale: str) -> str:
    """A locale's language, and its script where that is said."""
    spoken = _locale(locale)
    return f"{spoken.language}_{spoken.script}" if spoken.script else spoken.language


# --- catalogues -----------------------------------------------------------------------------------


def catalogue_path(locale: str, domain: str) -> Path:
    """Where the catalogue of one locale and domain (`messages` or `terms`) lies, present or not."""
    return asset("locales") / locale / "LC_MESSAGES" / f"{domain}.po"


def catalogue_note(path: Path, field: str) -> str:
    """One `X-` field of a catalogue's header, which Babel would drop; empty when it is not there."""
    header = path.read_text(encoding="utf-8").partition("\n\n")[0]
    found = re.search(rf'^"{re.escape(field)}: (.*)\\n"$', header, re.MULTILINE)
    return found[1] if found else ""


def interface_locales() -> tuple[str, ...]:
    """The locales Omni may be read in: those whose catalogue says that it is complete."""
    return (*_complete(), *_lent)


@cache
def _complete() -> tuple[str, ...]:
    paths = sorted(asset("locales").glob("*/LC_MESSAGES/messages.po"))
    complete = (path for path in paths if catalogue_note(path, "X-Review-State").startswith("complete"))
    return tuple(path.parts[-3] for path in complete)


_lent: dict[str, NullTranslations] = {}
_loading = threading.RLock()


@contextmanager
def lending(catalogues: Mapping[str, NullTranslations]) -> Iterator[None]:
    """Within this block these are complete catalogues too, in the whole process: languages on trial."""
    _lent.update(catalogues)
    try:
        yield
    finally:
        for locale in catalogues:
            del _lent[locale]


@cache
def _translations(locale: str) -> NullTranslations:
    with _loading:
        above = parent(locale)
        rest = _translations(above) if above else NullTranslations()
        path = catalogue_path(locale, "messages")
        if not path.is_file():
            return rest
        own = load(path)
        own.add_fallback(rest)
        return own


def load(path: Path) -> Translations:
    """The words of one .po file, counted by the plural rule its own header states."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3], domain=path.stem)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=path.stem)


# --- speaking -------------------------------------------------------------------------------------


class _Voice(NamedTuple):
    locale: str
    words: NullTranslations


_SILENT = _Voice(SOURCE, NullTranslations())
_voice: ContextVar[_Voice] = ContextVar("omni_voice", default=_SILENT)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Within this block every message is said in this locale; an unknown one speaks the source language."""
    chosen = canonical(locale) or SOURCE
    token = _voice.set(_Voice(chosen, _lent.get(chosen) or _translations(chosen)))
    try:
        yield
    finally:
        _voice.reset(token)


def current_locale() -> str:
    """The locale being spoken now."""
    return _voice.get().locale


def gettext(message: str, /, **values: object) -> str:
    """A message in the locale being spoken, its placeholders filled when values are given."""
    text = _voice.get().words.gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """A message that counts, in the form this locale uses for the number."""
    text = _voice.get().words.ngettext(singular, plural, number)
    return text % values if values else text


def pgettext(context: str, message: str, /, **values: object) -> str:
    """A message whose meaning depends on where it stands."""
    text = str(_voice.get().words.pgettext(context, message))
    return text % values if values else text


def install(env: Environment) -> None:
    """Teach a Jinja environment `{% trans %}`, `_`, `ngettext` and `pgettext` in the locale being spoken.

    The new style escapes values, and trimmed blocks forget the line breaks of the template.
    """
    env.add_extension("jinja2.ext.i18n")
    env.policies["ext.i18n.trimmed"] = True
    teach = env.install_gettext_callables  # type: ignore[attr-defined]
    teach(gettext, ngettext, newstyle=True, pgettext=pgettext)


# --- choosing -------------------------------------------------------------------------------------


def _wishes(asked: str | None, accept_language: str | None) -> list[str]:
    """What the reader would like, best first: her own choice, what her phone says, and English after all."""
    weighed: list[tuple[float, str]] = []
    for entry in (accept_language or "").split(",", _MOST_WISHES)[:_MOST_WISHES]:
        tag, _, weight = entry.partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight, re.IGNORECASE | re.ASCII)
        weighed.append((float(quality[1]) if quality else 1.0, tag))
    tags = [asked or ""] + [tag for quality, tag in sorted(weighed, key=lambda pair: -pair[0]) if quality > 0]
    known = [tag for tag in map(canonical, tags) if tag]
    named = [{_written(tag)[0] for tag in known[:place]} for place in range(len(known))]
    # Phones in Taiwan add a plain `zh` to their `zh-TW`; that does not ask for the other script.
    wishes = [tag for tag, before in zip(known, named, strict=True) if "_" in tag or tag not in before]
    return [*wishes, SOURCE] if wishes else []


def _match(wish: str, offered: Sequence[str]) -> str | None:
    """The offered locale that answers a wish: itself, else the first in that language and script."""
    if "_" in wish and wish in offered:
        return wish
    return next((locale for locale in offered if _written(locale) == _written(wish)), None)


def matching(wish: str, offered: Sequence[str]) -> str | None:
    """The offered locale that answers a wish in any spelling; None when none has its language and script."""
    known = canonical(wish)
    return _match(known, offered) if known else None


def _first_match(wishes: Sequence[str], offered: Sequence[str]) -> str | None:
    return next((found for wish in wishes if (found := _match(wish, offered))), None)


def choose_interface(*, asked: str | None, accept_language: str | None, market_locales: Sequence[str]) -> str:
    """The locale the page's own words are in.

    The reader's choice, then her phone's, among the complete catalogues; the market's locale lends its
    country, so English in Britain writes British dates. A reader none of whose languages we speak gets
    English before the market's own; one who states no wish gets the market's.
    """
    complete = interface_locales()
    known = [locale for locale in map(canonical, market_locales) if locale]
    local = [locale for locale in known if any(step in complete for step in chain(locale))]
    return _first_match(_wishes(asked, accept_language), [*local, *complete]) or next(iter(local), SOURCE)


def choose_terms(*, market_locales: Sequence[str], asked: str | None, accept_language: str | None) -> str:
    """Which of the market's locales the price, the offer's name and the terms are in; never another one.

    Exact, then language and script. A reader who reads none of them gets English where the market has
    it, else the market's first, which is also what a reader without a wish gets. A market whose law
    puts one language first passes no `accept_language`: then only the reader's own choice moves it.
    """
    spelled = {canonical(locale) or locale: locale for locale in market_locales}
    found = _first_match(_wishes(asked, accept_language), list(spelled))
    return spelled[found] if found else market_locales[0]

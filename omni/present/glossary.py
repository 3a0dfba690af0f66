"""One word for one thing, in every language: the glossary as data, and its check."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import yaml
from babel.messages import Catalog
from babel.messages.catalog import Message
from pydantic import BaseModel, ConfigDict, Field

from omni import asset
from omni.present.locales import SOURCE, canonical, chain


class Finding(NamedTuple):
    """Something wrong with one message of one catalogue."""

    file: str
    msgid: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.msgid!r} {self.problem}"


class Spoken(BaseModel):
    """The word for a concept in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shopper: str
    staff: str


class Concept(BaseModel):
    """One thing people read about: its words by language, why they were chosen, and what not to say.

    `keep` lists the forms one of which a translation must contain when its source says the first English
    form; `harmless` lists phrases in which an avoided word means something else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inner: str
    why: str
    words: Mapping[str, Spoken]
    avoid: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    harmless: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    keep: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class Glossary(BaseModel):
    """Every concept, and the inner words that no screen may ever show in any language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    never: tuple[str, ...]
    concepts: tuple[Concept, ...]


@cache
def glossary() -> Glossary:
    """The glossary that travels with Omni."""
    return Glossary.model_validate(yaml.safe_load((asset("locales") / "glossary.yaml").read_text("utf-8")))


def check(catalogue: Catalog, *, file: str = "", locale: str | None = None) -> list[Finding]:
    """Where a catalogue says a word the glossary forbids, or drops one it fixes."""
    spoken = locale or str(catalogue.locale or SOURCE)
    findings = []
    for message in catalogue:
        if message.id:
            source, said = _joined(message.id), _joined(message.string)
            where = place(file, message)
            findings += [Finding(where, source, problem) for problem in _problems(source, said, spoken)]
    return findings


def place(file: str, message: Message) -> str:
    """The file and line of a message; the file alone when the message was not read from one."""
    return f"{file}:{message.lineno}" if message.lineno else file


def _problems(source: str, said: str, locale: str) -> Iterator[str]:
    for word in glossary().never:
        if _says(source, word) or _says(said, word):
            yield f"shows the inner word {word!r}"
    for concept in glossary().concepts:
        for word in _forbidden(concept, source, said, locale):
            yield f"says {word!r} for {_word(concept, locale)!r}"
        if said and _drops(concept, source, said, locale):
            yield f"drops {_word(concept, locale)!r}"


def _forbidden(concept: Concept, source: str, said: str, locale: str) -> Iterator[str]:
    for text, language in ((source, SOURCE), (said, locale)):
        for phrase in _by_language(concept.harmless, language):
            text = re.sub(re.escape(phrase), " ", text, flags=re.IGNORECASE)
        yield from (word for word in _by_language(concept.avoid, language) if _says(text, word))


def _drops(concept: Concept, source: str, said: str, locale: str) -> bool:
    """Whether the source names the concept in its fixed form and the translation does not."""
    forms = _by_language(concept.keep, locale)
    named = any(_says(source, form) for form in concept.keep.get(SOURCE, ()))
    return named and bool(forms) and not any(form.casefold() in said.casefold() for form in forms)


def _word(concept: Concept, locale: str) -> str:
    spoken = (concept.words[step].shopper for step in _languages(locale) if step in concept.words)
    return next(spoken, concept.inner)


def _by_language(words: Mapping[str, tuple[str, ...]], locale: str) -> tuple[str, ...]:
    return next((words[step] for step in _languages(locale) if step in words), ())


def _languages(locale: str) -> tuple[str, ...]:
    known = canonical(locale)
    return chain(known) if known else ()


def _says(text: str, word: str) -> bool:
    script = unicodedata.name(word[0], "").partition(" ")[0]
    if script == "LATIN":
        return re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", text, re.IGNORECASE) is not None
    if script == "CYRILLIC":
        # Russian and Kazakh change the ends of words and leave their beginnings alone.
        return re.search(rf"(?<!\w){re.escape(word)}", text, re.IGNORECASE) is not None
    # Japanese has no spaces, and Arabic writes its articles and prepositions on to the word.
    return word in text


def _joined(words: object) -> str:
    forms = words if isinstance(words, list | tuple) else (words,)
    # Good typography must not hide a word from the check.
    return "\n".join(str(form or "") for form in forms).replace("’", "'")

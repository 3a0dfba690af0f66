"""Keeping catalogues true: what the code says now, and what the translators have of it.

`python -m omni.present.catalogues` re-extracts every message and brings the catalogues up to date: new
messages arrive empty, vanished ones leave, nothing is guessed. The header of a catalogue is kept as written,
for it carries the plural rule and the state of review.
"""

from __future__ import annotations

import io
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from gettext import c2py
from pathlib import Path
from typing import NamedTuple

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import PoFileError, read_po, write_po

from omni import asset
from omni.present.clauses import SENTENCES, TITLES
from omni.present.glossary import Finding, check, place
from omni.present.locales import SOURCE, catalogue_note, marked

_KEYWORDS = {**DEFAULT_KEYWORDS, marked.__name__: None}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
_NUMBER = "%(num)s"
_PLURAL_RULE = re.compile(r"nplurals=(\d+); plural=(.+);")
_COUNTED = (*range(1001), 1_000_000)
_SHORT_MESSAGE, _LONGEST, _SHORTEST = 20, 3, 0.25


class Report(NamedTuple):
    """One catalogue: how many of the wanted messages it says, who reviewed it, what is wrong, what is odd."""

    file: str
    said: int
    wanted: int
    review: str
    problems: tuple[Finding, ...]
    doubts: tuple[Finding, ...]


def source_messages() -> Catalog:
    """Every message of the pages and the code, extracted now, as `babel.toml` says where to look."""
    mappings = tomllib.loads(asset("babel.toml").read_text(encoding="utf-8"))["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {mapping["pattern"]: mapping for mapping in mappings}
    template = Catalog()
    for root in (Path(__file__).parent.parent, asset("templates")):
        for _, _, message, comments, context in extract_from_dir(
            root, methods, options, keywords=_KEYWORDS, comment_tags=("NOTE:",), strip_comment_tags=True
        ):
            template.add(message, None, auto_comments=comments, context=context)
    return template


def source_terms() -> Catalog:
    """Every legal title and sentence, each under its key."""
    template = Catalog()
    for key, text in {**TITLES, **SENTENCES}.items():
        template.add(text, None, context=key)
    return template


def update(locale_dir: Path) -> list[Path]:
    """Bring every catalogue below a folder up to date with the source; returns the files that changed."""
    sources = {"messages": source_messages(), "terms": source_terms()}
    changed = []
    for path in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")):
        before = path.read_text(encoding="utf-8")
        catalogue = _read(path)
        # A copy: Babel hands a source's message objects on, and English written into one would be in all.
        catalogue.update(deepcopy(sources[path.stem]), no_fuzzy_matching=True)
        if path.parts[-3] == SOURCE:
            _speak_source(catalogue)
        if _is_overlay(path):
            _keep_spoken(catalogue)
        after = _header(before) + _body(catalogue)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def catalogue_reports(locale_dir: Path) -> list[Report]:
    """How every catalogue below a folder stands, file by file."""
    sources = {"messages": source_messages(), "terms": source_terms()}
    paths = sorted(locale_dir.glob("*/LC_MESSAGES/*.po"))
    return [_report(path, sources[path.stem]) for path in paths]


def catalogue_findings() -> list[Finding]:
    """Everything wrong with the catalogues that travel with Omni, file by file; empty when all is well."""
    return [problem for report in catalogue_reports(asset("locales")) for problem in report.problems]


def _report(path: Path, source: Catalog) -> Report:
    wanted = {_identity(message) for message in source if message.id}
    review = catalogue_note(path, "X-Review-State")
    try:
        catalogue = _read(path)
    except PoFileError as broken:
        problem = Finding(
            f"{_short(path)}:{broken.lineno + 1}", broken.line.strip(), f"cannot be read: {broken}"
        )
        return Report(_short(path), 0, len(wanted), review, (problem,), ())
    messages = [message for message in catalogue if _identity(message) in wanted]
    problems = [
        *header_problems(path),
        *catalogue_problems(catalogue, source, path),
        *check(catalogue, file=_short(path), locale=path.parts[-3]),
    ]
    return Report(
        file=_short(path),
        said=sum(all(_texts(message.string)) and not message.fuzzy for message in messages),
        wanted=len(messages if _is_overlay(path) else wanted),
        review=review,
        problems=tuple(problems),
        doubts=tuple(catalogue_doubts(catalogue, path)),
    )


def header_problems(path: Path) -> Iterator[Finding]:
    """What the header of a catalogue lacks: its state of review, or a plural rule that uses every form."""
    if not catalogue_note(path, "X-Review-State"):
        yield Finding(_short(path), "X-Review-State", "is not stated in the header")
    rule = _PLURAL_RULE.fullmatch(catalogue_note(path, "Plural-Forms"))
    if rule is None:
        yield Finding(_short(path), "Plural-Forms", "is not stated in the header")
    elif set(_uses(rule[2])) != set(range(int(rule[1]))):
        yield Finding(_short(path), "Plural-Forms", "states a rule that does not use each of its forms")


def catalogue_problems(catalogue: Catalog, source: Catalog, path: Path) -> Iterator[Finding]:
    """How one catalogue differs from what its source asks of it, apart from the choice of words.

    A catalogue that lists only what it says otherwise than its parent states `overlay` in its header.
    """
    wanted = {_identity(message) for message in source if message.id}
    present = {_identity(message) for message in catalogue if message.id}
    missing = set() if _is_overlay(path) else wanted - present
    for identity in sorted(missing):
        yield Finding(_short(path), identity[1], "is missing")
    for identity in sorted(present - wanted):
        yield Finding(_short(path), identity[1], "is no longer said anywhere")
    exact = {form for form, numbers in _uses(catalogue.plural_expr).items() if numbers == 1}
    for message in catalogue:
        for problem in _message_problems(message, exact) if message.id else ():
            yield Finding(place(_short(path), message), _identity(message)[1], problem)


def catalogue_doubts(catalogue: Catalog, path: Path) -> Iterator[Finding]:
    """Translations so much longer or shorter than their source that something was probably lost or added."""
    for message in catalogue:
        length = min(map(_breadth, _texts(message.id)))
        if length >= _SHORT_MESSAGE:
            ratios = [_breadth(text) / length for text in _texts(message.string) if text]
            if not all(_SHORTEST <= ratio <= _LONGEST for ratio in ratios):
                doubt = "is much longer or shorter than its source"
                yield Finding(place(_short(path), message), _identity(message)[1], doubt)


def _message_problems(message: Message, exact: set[int]) -> Iterator[str]:
    said = _texts(message.string)
    if not all(said):
        yield "is not translated in every form"
    if message.fuzzy:
        yield "is a guess (fuzzy) and counts as untranslated"
    expected = set().union(*(_PLACEHOLDER.findall(text) for text in _texts(message.id)))
    for form, text in enumerate(said):
        # The form of one number alone may write it as a word, "one use"; a form of 1, 21 and 31 may not.
        spared = {_NUMBER} if message.pluralizable and form in exact else set()
        if text and (set(_PLACEHOLDER.findall(text)) ^ expected) - spared:
            yield "has other placeholders than its source"
    for text in filter(None, _texts(message.id) + said):
        yield from _text_problems(text)


def _text_problems(text: str) -> Iterator[str]:
    if "<" in text or ">" in text:
        yield "contains markup"
    if "%" in _PLACEHOLDER.sub("", text):
        yield "contains a literal percent sign; pass a formatted percentage"
    if any(unicodedata.bidirectional(mark) in _DIRECTING or mark in "\u200e\u200f\u061c" for mark in text):
        yield "contains a hidden direction mark"


_DIRECTING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def _breadth(text: str) -> int:
    """The letters of a text without its placeholders; a Chinese one says as much as two Latin ones."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in _PLACEHOLDER.sub("", text)
    )


def _uses(rule: str) -> Counter[int]:
    """How many numbers each form of a plural rule is for; empty when it is no rule."""
    try:
        form_of: Callable[[int], int] = c2py(rule)
        return Counter(map(form_of, _COUNTED))
    except (ValueError, ArithmeticError):
        return Counter()


def _texts(words: object) -> list[str]:
    return [str(text or "") for text in words] if isinstance(words, list | tuple) else [str(words or "")]


def _identity(message: Message) -> tuple[str, str]:
    return message.context or "", _texts(message.id)[0]


def _short(path: Path) -> str:
    return "/".join(path.parts[-4:])


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain=path.stem, abort_invalid=True)


def _speak_source(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            message.string = message.id


def _is_overlay(path: Path) -> bool:
    return path.is_file() and catalogue_note(path, "X-Review-State").startswith("overlay")


def _keep_spoken(catalogue: Catalog) -> None:
    for message in list(catalogue):
        if message.id and not any(_texts(message.string)):
            catalogue.delete(message.id, message.context)


def _header(text: str) -> str:
    return text.partition("\n\n")[0] + "\n\n"


def _body(catalogue: Catalog) -> str:
    written = io.BytesIO()
    write_po(written, catalogue, width=0, omit_header=True, ignore_obsolete=True)
    return written.getvalue().decode().rstrip("\n") + "\n"


if __name__ == "__main__":
    for changed_path in update(asset("locales")):
        print(f"updated {_short(changed_path)}")

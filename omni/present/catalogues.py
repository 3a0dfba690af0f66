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
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from omni import asset
from omni.present.clauses import SENTENCES, TITLES
from omni.present.glossary import Finding, check
from omni.present.locales import SOURCE, catalogue_note, marked

_KEYWORDS = {**DEFAULT_KEYWORDS, marked.__name__: None}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


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


def catalogue_findings() -> list[Finding]:
    """Everything wrong with the catalogues that travel with Omni, file by file; empty when all is well."""
    sources = {"messages": source_messages(), "terms": source_terms()}
    findings: list[Finding] = []
    for path in sorted(asset("locales").glob("*/LC_MESSAGES/*.po")):
        catalogue = _read(path)
        findings += catalogue_problems(catalogue, sources[path.stem], path)
        findings += check(catalogue, file=_short(path), locale=path.parts[-3])
    return findings


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
    for message in catalogue:
        for problem in _message_problems(message) if message.id else ():
            yield Finding(_short(path), _identity(message)[1], problem)


def _message_problems(message: Message) -> Iterator[str]:
    said = _texts(message.string)
    if not all(said):
        yield "is not translated in every form"
    if message.fuzzy:
        yield "is a guess (fuzzy) and counts as untranslated"
    expected = set().union(*(_PLACEHOLDER.findall(text) for text in _texts(message.id)))
    for text in filter(None, said):
        # One form of a plural may write its number as a word: "one use".
        surplus = set(_PLACEHOLDER.findall(text)) ^ expected
        if surplus - ({"num"} if message.pluralizable else set()):
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


def _texts(words: object) -> list[str]:
    return [str(text or "") for text in words] if isinstance(words, list | tuple) else [str(words or "")]


def _identity(message: Message) -> tuple[str, str]:
    return message.context or "", _texts(message.id)[0]


def _short(path: Path) -> str:
    return "/".join(path.parts[-4:])


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain=path.stem)


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

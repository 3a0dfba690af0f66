"""Market files: one TOML file per market, shipped with Omni and replaceable by the deploying company.

`docs/markets.md` explains every field. What a file says of itself is checked by MarketRecord; what only CLDR
knows (currencies, countries, locales) is checked here. A folder of files is taken whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from babel import Locale
from babel.numbers import list_currencies
from pydantic import ValidationError

from omni.domain.market_record import MarketRecord
from omni.present.file_problems import FileProblems, Problem
from omni.present.locales import canonical
from omni.present.toml_tree import problem_of, read_toml
from omni.present.yaml_tree import Path as Place
from omni.present.yaml_tree import dotted

_IN_OUR_WORDS = {
    "missing": "is missing; docs/markets.md shows an example",
    "extra_forbidden": "is not a field of a market file; mend the spelling or delete the line",
}


def read_market(text: str, *, file: str) -> MarketRecord:
    """One market record. Raises FileProblems that name file, line and field."""
    tree = read_toml(text, file=file)
    try:
        record = MarketRecord.model_validate(tree.values)
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_input=False)
        problems = [problem_of(error, tree, file=file, in_our_words=_IN_OUR_WORDS) for error in errors]
        raise FileProblems(problems) from None
    unknown = [
        Problem(file, tree.line(place), dotted(place), message) for place, message in _strange(record, file)
    ]
    if unknown:
        raise FileProblems(unknown)
    return record


@cache
def shipped() -> dict[str, MarketRecord]:
    """The market records that come with Omni, by id."""
    return _read_all(files("omni") / "markets", called="")


@cache
def known(folder: Path | None) -> Mapping[str, MarketRecord]:
    """The markets of an installation by id: the shipped ones, replaced and joined by those of a folder.

    Read once per process. Raises FileProblems with everything wrong in the folder.
    """
    if folder is None:
        return shipped()
    try:
        return {**shipped(), **_read_all(folder, called=f"{folder}/")}
    except OSError as failure:
        raise FileProblems([Problem(str(folder), None, "", f"cannot be read ({failure.strerror})")]) from None


def _read_all(folder: Traversable, *, called: str) -> dict[str, MarketRecord]:
    records, problems = {}, []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".toml"):
            continue
        file = called + entry.name
        try:
            record = read_market(entry.read_text(encoding="utf-8-sig"), file=file)
        except UnicodeDecodeError:
            problems.append(Problem(file, None, "", "is not UTF-8; save the file with that encoding"))
        except FileProblems as refused:
            problems += refused.problems
        else:
            records[record.id] = record
    if problems:
        raise FileProblems(problems)
    return records


def _strange(record: MarketRecord, file: str) -> Iterator[tuple[Place, str]]:
    """What CLDR does not know, and an id that is not the file's name."""
    if Path(file).stem != record.id:
        yield ("id",), f"is {record.id}, but the file is called {Path(file).name}"
    if record.country not in Locale("en").territories:
        yield ("country",), f"{record.country} is no country's code"
    if record.currency not in list_currencies():
        yield ("currency",), f"{record.currency} is no currency's code"
    for number, locale in enumerate(record.locales):
        for key, told in (("id", locale.id), ("terms", locale.terms)):
            if (nearest := canonical(told)) != told:
                hint = f"; write {nearest}" if nearest else ""
                yield ("locales", number, key), f"{told} is not a locale that CLDR knows{hint}"

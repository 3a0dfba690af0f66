"""Rule files: TOML files of display rules, shipped with Omni, replaced and joined by a company's own.

`docs/rules.md` explains every field. A set of files is taken whole or not at all: a rule that names a market,
fact, check or sentence that does not exist is refused, for it would never speak.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from omni.domain.campaign_rules import nearest
from omni.domain.checking import CHECKS
from omni.domain.display_rule import EVERYWHERE, DisplayRule
from omni.domain.offer_facts import NEEDS, TRIGGERS
from omni.present.clauses import SENTENCES, TITLES
from omni.present.file_problems import FileProblems, Problem
from omni.present.market_file import shipped
from omni.present.yaml_tree import dotted

FILLED_IN = ("permit_no", "year")
"""What exact words may have in braces."""

_RULE_BEGINS = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_IN_OUR_WORDS = {
    "missing": "is missing; docs/rules.md shows an example",
    "extra_forbidden": "is not a field here; mend the spelling or delete the line",
}

_Fault = tuple[tuple[str | int, ...], str]


def read_rules(text: str, *, file: str, markets: Collection[str]) -> list[DisplayRule]:
    """The display rules of one file. Raises FileProblems that name file, line and field.

    The line is that of the rule's field, or of the rule where the field is missing.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        said = f"is not TOML: {_SYNTAX_LINE.sub('', str(error))}"
        raise FileProblems([Problem(file, int(found[1]) if found else None, "", said)]) from None
    if set(values) != {"rule"} or not isinstance(values["rule"], list):
        raise FileProblems([Problem(file, 1, "", "holds rules and nothing else; begin each with [[rule]]")])
    rules, problems = [], []
    for record, (first, lines) in zip(values["rule"], _blocks(text), strict=True):
        try:
            rules.append(_rule(record, markets))
        except _Refused as refused:
            name = str(record.get("id", "rule"))
            problems += [
                Problem(file, _line(lines, place, first), dotted((name, *place)), message)
                for place, message in refused.faults
            ]
    if problems:
        raise FileProblems(problems)
    return rules


@cache
def shipped_rules() -> tuple[DisplayRule, ...]:
    """The display rules that come with Omni: those of every market first, then file by file."""
    return tuple(_read_all(files("omni") / "rules", called="", markets=shipped()).values())


@cache
def known_rules(folder: Path | None, markets: frozenset[str]) -> tuple[DisplayRule, ...]:
    """The rules of an installation: the shipped ones, replaced (by id) and joined by those of a folder.

    Read once per process. Raises FileProblems with everything wrong in the folder.
    """
    if folder is None:
        return shipped_rules()
    try:
        own = _read_all(folder, called=f"{folder}/", markets=markets)
    except OSError as failure:
        raise FileProblems([Problem(str(folder), None, "", f"cannot be read ({failure.strerror})")]) from None
    return tuple({**{rule.id: rule for rule in shipped_rules()}, **own}.values())


class _Refused(Exception):
    """One record cannot stand."""

    def __init__(self, faults: list[_Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def _read_all(folder: Traversable, *, called: str, markets: Collection[str]) -> dict[str, DisplayRule]:
    rules: dict[str, DisplayRule] = {}
    problems = []
    for entry in sorted(folder.iterdir(), key=lambda entry: (entry.name != "common.toml", entry.name)):
        if not entry.name.endswith(".toml"):
            continue
        file = called + entry.name
        try:
            read = read_rules(entry.read_text(encoding="utf-8-sig"), file=file, markets=markets)
        except UnicodeDecodeError:
            problems.append(Problem(file, None, "", "is not UTF-8; save the file with that encoding"))
        except FileProblems as refused:
            problems += refused.problems
        else:
            problems += [
                Problem(file, None, rule.id, "is there twice; keep one of them")
                for rule in read
                if rule.id in rules
            ]
            rules |= {rule.id: rule for rule in read}
    if problems:
        raise FileProblems(problems)
    return rules


def _rule(record: Mapping[str, Any], markets: Collection[str]) -> DisplayRule:
    try:
        rule = DisplayRule.model_validate(record)
    except ValidationError as refused:
        raise _Refused([_fault(error) for error in _errors(refused)]) from None
    if faults := [*_strange(rule, markets), *_unfit_params(rule)]:
        raise _Refused(faults)
    return rule


def _strange(rule: DisplayRule, markets: Collection[str]) -> Iterator[_Fault]:
    """What a rule names that there is not."""
    yield from _unknown("markets", rule.markets, {EVERYWHERE, *markets})
    yield from _unknown("trigger", rule.trigger, TRIGGERS)
    for fact, wanted in rule.trigger.items():
        if fact in TRIGGERS:
            yield from _unknown(f"trigger.{fact}", wanted, TRIGGERS[fact].values)
    yield from _unknown("needs", rule.needs, NEEDS)
    yield from _unknown("check", (rule.check,), CHECKS)
    yield from _unknown("display", rule.display, SENTENCES)
    if rule.clause is not None:
        yield from _unknown("clause", (rule.clause,), TITLES)
    for locale, words in (rule.exact.root if rule.exact else {}).items():
        yield from _unknown(f"exact.{locale}", re.findall(r"\{([^{}]*)\}", words), FILLED_IN)


def _unknown(field: str, named: Collection[str], known: Collection[str]) -> Iterator[_Fault]:
    for name in named:
        if name not in known:
            yield (field,), f"{name} is not known{nearest(name, sorted(known))}"


def _unfit_params(rule: DisplayRule) -> list[_Fault]:
    """What the rule's own check cannot do with its params."""
    if rule.check not in CHECKS:
        return []
    try:
        CHECKS[rule.check].params.model_validate(rule.params)
    except ValidationError as refused:
        return [(("params", *place), message) for place, message in map(_fault, _errors(refused))]
    return []


def _errors(refused: ValidationError) -> list[ErrorDetails]:
    return refused.errors(include_url=False, include_input=False)


def _fault(error: ErrorDetails) -> _Fault:
    place: tuple[str | int, ...] = error["loc"]
    message = _IN_OUR_WORDS.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if not place:
        # What is wrong between several fields names the one to mend itself.
        field, _, message = message.partition(": ")
        place = (field,)
    return place, message


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of each rule, with the number of the first; tomllib keeps none."""
    lines = text.splitlines()
    begins = [number for number, line in enumerate(lines) if _RULE_BEGINS.match(line)]
    for first, after in zip(begins, [*begins[1:], len(lines)], strict=True):
        yield first + 1, lines[first:after]


def _line(lines: list[str], place: tuple[str | int, ...], first: int) -> int:
    """Where the innermost named field of a rule stands; for one that is missing, where the rule begins."""
    for step in reversed([step for part in place if isinstance(part, str) for step in part.split(".")]):
        key: Callable[[str], object] = re.compile(rf'\s*"?{re.escape(step)}"?\s*=').match
        if found := next((number for number, line in enumerate(lines) if key(line)), None):
            return first + found
    return first

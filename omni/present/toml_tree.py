"""TOML read as plain values, each with the line it stands on; tomllib keeps none."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

from pydantic_core import ErrorDetails

from omni.present.file_problems import FileProblems, Problem
from omni.present.yaml_tree import Path, Tree, dotted

_TABLE = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_NEXT_OF_LIST = re.compile(r"\s*\[\[\s*([\w.-]+)\s*\]\]")
_KEY = re.compile(r"\s*([\w.-]+)\s*=")
_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def read_toml(text: str, *, file: str) -> Tree:
    """The values and lines of one TOML document. Raises FileProblems for what is not TOML."""
    try:
        return Tree(tomllib.loads(text), _lines(text))
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        said = f"is not TOML: {_SYNTAX_LINE.sub('', str(error))}"
        raise FileProblems([Problem(file, int(found[1]) if found else None, "", said)]) from None


def problem_of(error: ErrorDetails, tree: Tree, *, file: str, in_our_words: dict[str, str]) -> Problem:
    """What a model says of a file's field, at its line; `in_our_words` by the kind of error."""
    place: Path = error["loc"]
    message = in_our_words.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if not place:
        # What is wrong between several fields names the one to mend itself.
        field, _, message = message.partition(": ")
        place = tuple(field.split("."))
    return Problem(file, tree.line(place), dotted(place), message)


def _lines(text: str) -> dict[Path, int]:
    """The line of every table and of every key that begins a line."""
    lines: dict[Path, int] = {}
    table: Path = ()
    seen: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = tuple(header[1].split("."))
            lines.setdefault(table, number)
        elif header := _NEXT_OF_LIST.match(line):
            table = (*header[1].split("."), seen[header[1]])
            seen[header[1]] += 1
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *key[1].split(".")), number)
    return lines

"""YAML read as plain text values, each with the line it stands on.

Nothing is guessed from a scalar's looks, so 49.90 keeps its digits and `no` stays a word. What makes YAML
dangerous or surprising (aliases, tags, merge keys, duplicate keys, empty values) is refused where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from omni.present.file_problems import FileProblems, Problem

MAX_CHARACTERS = 500_000
"""Some twenty times the demo campaign; what is larger was not written by hand."""
_TOO_LARGE = "is larger than 500 kB; put the prices and places of many stores into CSV files"
_MAX_DEPTH = 20
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "timestamp")}

Path = tuple[str | int, ...]


@dataclass
class Tree:
    """A file's values, as text, lists and mappings, and the line (from 1) of every one of them."""

    values: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Where a field stands; for one that is missing, where its parent does."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Composer(yaml.SafeLoader):
    """PyYAML's composer without aliases and without depth: both only serve to exhaust a reader."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases (& and *) are not read here; write the value out, or quote it",
                problem_mark=event.start_mark,
            )
        if self.depth >= _MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="is nested too deeply", problem_mark=event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def read_tree(text: str | bytes, *, file: str) -> Tree:
    """The values and lines of one YAML document.

    Raises FileProblems for what is not UTF-8, too large, not YAML, or one of the refused constructs.
    """
    written = _decoded(text, file)
    if len(written) > MAX_CHARACTERS:
        raise FileProblems([Problem(file, None, "", _TOO_LARGE)])
    try:
        node = _Composer(written).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise FileProblems([_syntax_problem(error, file)]) from None
    except yaml.YAMLError:
        raise FileProblems(
            [Problem(file, None, "", "has a control character; save it as plain text")]
        ) from None
    if not isinstance(node, MappingNode):
        raise FileProblems([Problem(file, 1, "", "holds no fields; start with `version: 1`")])
    reading = _Reading(file)
    values = reading.value(node, ())
    if reading.problems:
        raise FileProblems(reading.problems)
    return Tree(values, reading.lines)


def _decoded(text: str | bytes, file: str) -> str:
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    if len(text) > 4 * MAX_CHARACTERS:
        raise FileProblems([Problem(file, None, "", _TOO_LARGE)])
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise FileProblems(
            [Problem(file, line, "", "is not UTF-8; save the file with that encoding")]
        ) from None


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = error.problem or "is not YAML"
    if "'\\t'" in said:
        said = "starts with a tab; indent with spaces"
    elif "single document" in f"{error.context} {said}":
        said = "starts a second document; one file holds one campaign"
    elif said.startswith(("mapping values are not allowed", "could not find expected ':'")):
        said = "is not `field: value`; check the indentation, and quote a text that holds a colon"
    return Problem(file, mark.line + 1 if mark else None, "", said)


@dataclass
class _Reading:
    """The walk from nodes to values, collecting lines and problems on its way."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def value(self, node: Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(child, (*path, place)) for place, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                self._refuse(line, path, "has a key that is not a word; write `field: value`")
                continue
            here = (*path, key.value)
            if key.value in found:
                self._refuse(line, here, f"stands twice, first in line {self.lines[here]}; keep one")
                continue
            self.lines[here] = line
            found[key.value] = self.value(child, here)
        return found

    def _scalar(self, node: Node, path: Path) -> str:
        if isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null":
            self._refuse(node.start_mark.line + 1, path, "is empty; write a value or delete the line")
        elif node.tag not in _PLAIN_TAGS:
            self._refuse(
                node.start_mark.line + 1, path, f"has the tag {node.tag}; quote a text that starts with !"
            )
        return str(node.value)

    def _refuse(self, line: int, path: Path, message: str) -> None:
        self.problems.append(Problem(self.file, line, dotted(path), message))


def dotted(path: Path) -> str:
    """A path as people write it: `markets.fr.prices.ski`, `markets[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")

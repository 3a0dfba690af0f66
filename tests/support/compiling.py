"""Compiled once for all tests: hundreds of applications and databases are made, all of the same text.

Pages, addresses and statements are compiled for each application and engine anew, as long as nobody keeps
what came of it; together that is a third of what a small test takes.
"""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Mapper
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]

MOST_STATEMENTS = 3_000


class Statements(LRUCache[Any, Any]):
    """Statements by their text and the kind of engine, whichever engine of that kind compiled them."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The statement, when an engine of that kind knows it."""
        return super().get(_of_its_kind(key), default)

    def __setitem__(self, key: Any, statement: Any) -> None:
        super().__setitem__(_of_its_kind(key), statement)


def _of_its_kind(key: Any) -> Any:
    dialect, *rest = key
    return (type(dialect), *rest)


def pytest_configure() -> None:
    """Let every application and engine of this process share what one of them compiled."""
    _share_pages()
    _share_addresses()
    _share_statements()


def _share_pages() -> None:
    # A folder serves the workers of a run and the runs after it; a changed template is compiled anew.
    folder = Path(gettempdir()) / f"omni-templates-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(folder))}


def _share_addresses() -> None:
    known: dict[tuple[Any, ...], Builder] = {}
    compiled = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compiled(rule, append_unknown)
        key = (rule.rule, *rule._trace, append_unknown)
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    Rule._compile_builder = compile_once  # type: ignore[assignment, method-assign]


def _share_statements() -> None:
    known = Statements(MOST_STATEMENTS)
    Mapper._compiled_cache = known  # type: ignore[assignment]  # what a session writes with

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=known)

"""A brand's own templates, which stand before ours without a line of ours being touched.

In the folder that a setting names, `<brand>/shopper/offer.html` comes before `shopper/offer.html`, and that
before the page we ship. One of ours can be changed in part: `{% extends 'omni/shopper/offer.html' %}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    TemplateSyntaxError,
    nodes,
)

from omni.present import pages

OURS = "omni"
"""What a template of ours is called from within a brand's, as the folder before its name."""


def dressed(env: Environment, folder: Path, brand: str | None) -> Environment:
    """The same environment, asking the folder's own templates first, and before those the brand's."""
    ours: BaseLoader = env.loader or FileSystemLoader([])
    folders = [folder / brand, folder] if brand else [folder]
    theirs = FileSystemLoader(folders)
    return env.overlay(loader=ChoiceLoader([theirs, PrefixLoader({OURS: ours}), ours]))


def faults(folder: Path) -> Iterator[str]:
    """What is wrong with the templates of a folder, one line each: file, line, and why they cannot be used.

    A template that cannot be compiled is one, and one that stops turning `<` in what it is given into text.
    """
    env = Environment(autoescape=True)  # what is compiled here is never drawn
    pages.prepare(env)
    for path in sorted(folder.rglob("*.html")):
        try:
            tree = env.parse(path.read_text(encoding="utf-8"), path.name, str(path))
            env.compile(tree, path.name, str(path))
        except TemplateSyntaxError as error:
            yield f"{path}:{error.lineno}: {error.message}"
        except (OSError, UnicodeDecodeError) as error:
            yield f"{path}: cannot be read ({error})"
        else:
            yield from (f"{path}:{line}: autoescape stays on; take it out" for line in _unescaped(tree))


def _unescaped(tree: nodes.Template) -> Iterator[int]:
    for changed in tree.find_all(nodes.EvalContextModifier):
        options = {option.key: option.value for option in changed.options}
        value = options.get("autoescape")
        if value is not None and not (isinstance(value, nodes.Const) and value.value is True):
            yield changed.lineno

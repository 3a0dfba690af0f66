"""The pages of docs/ say what is there: commands exist, code can be read, links lead somewhere."""

import re
import shlex
from pathlib import Path

import click
import pytest

from omni.cli import omni
from tests.house.test_readme import assert_parses

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
RECIPES = [name for name in PAGES if name.startswith("shops/") and name != "shops/rungs.md"]

every_page = pytest.mark.parametrize("name", PAGES)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language; none is a command line."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def assert_a_command(words: list[str]) -> None:
    """Parse a command line; that a file of the reader's is not here is no fault of it."""
    try:
        assert_parses(words, omni)
    except click.BadParameter as wrong:
        if not wrong.message.endswith("does not exist."):
            raise


@every_page
def test_every_command_line_can_be_parsed(name: str) -> None:
    lines = [line for block in blocks(PAGES[name], "") for line in block.splitlines()]
    for line in lines:
        if line.startswith("omni "):
            assert_a_command(shlex.split(re.split(" [<>|] ", line)[0], comments=True)[1:])


@every_page
def test_every_link_leads_to_a_file(name: str) -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", PAGES[name])
    assert [link for link in links if not (DOCS / name).parent.joinpath(link).exists()] == []


@every_page
def test_python_in_it_can_be_compiled(name: str) -> None:
    for source in blocks(PAGES[name], "python"):
        compile(source, name, "exec")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_that_it_was_not_run(name: str) -> None:
    assert PAGES[name].splitlines()[2].startswith("*Not run*")

"""The README says what the code does: its tables are made from it, and its commands exist."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import click
import pytest

from omni.cli import HOMES, omni
from omni.cli.helping import FIRST_DAY, THE_REST
from omni.cli.tables import README, with_tables

TEXT = README.read_text(encoding="utf-8")
CLI = Path(__file__).parents[2] / "omni" / "cli"


def every_command(group: click.Group = omni, path: tuple[str, ...] = ("omni",)):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


COMMANDS = dict(every_command())


def test_the_tables_are_current() -> None:
    assert with_tables(TEXT) == TEXT, "run python -m omni.cli.tables"


def test_every_command_stands_in_one_list_by_person() -> None:
    listed = [name for lists in (FIRST_DAY, THE_REST) for names in lists.values() for name in names]
    assert sorted(listed) == sorted(set(omni.list_commands(click.Context(omni))) - {"help"})


def test_every_module_of_commands_says_which_live_there() -> None:
    modules = {path.stem for path in CLI.glob("*.py") if "\nCOMMANDS = " in path.read_text(encoding="utf-8")}
    assert modules == {*HOMES, "helping"}
    for home, names in HOMES.items():
        assert [command.name for command in import_module(f"omni.cli.{home}").COMMANDS] == list(names)


def test_the_first_day_has_eight_commands() -> None:
    assert sum(len(names) for names in FIRST_DAY.values()) == 8


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_has_an_example_that_can_be_parsed(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert command.epilog, "no example"
    examples = [line.strip() for line in command.epilog.splitlines() if line.strip().startswith("omni")]
    assert examples
    for example in examples:
        words = shlex.split(re.split(" [>|] ", example)[0])
        assert_parses(words[1:], omni)


@pytest.mark.parametrize("line", re.findall(r"^ *(omni .+?)$", TEXT, re.MULTILINE))
def test_every_command_line_in_it_can_be_parsed(line: str) -> None:
    assert_parses(shlex.split(line, comments=True)[1:], omni)


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))
def test_every_file_it_links_to_is_there(link: str) -> None:
    assert (README.parent / link).exists()


def assert_parses(words: list[str], group: click.Group) -> None:
    """Parse as far as the command's own arguments, running nothing."""
    command: click.Command = group
    while isinstance(command, click.Group) and words:
        if words[0] == "--data-dir":
            words = words[2:]
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command, words = found, words[1:]
    with command.make_context("omni", list(words)):
        pass

"""Help by person: the eight commands of a first day at once, the rest when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

import click

FIRST_DAY = {
    "Set up": ("demo", "init"),
    "Author": ("new", "import", "launch"),
    "Print": ("issue", "print"),
    "Look": ("stats",),
}
"""The commands of a first day, by who sits there."""

THE_REST = {
    "Set up": (
        "serve",
        "worker",
        "doctor",
        "db",
        "keyring",
        "people",
        "keys",
        "hooks",
        "shops",
        "purge",
        "scans",
    ),
    "Author": ("schema", "brand", "check", "rules", "preview", "build", "pause", "resume", "end"),
    "Print": ("receipt", "receipts", "pools", "void", "recalls", "recall-sheets", "printers"),
    "Look": (
        "open",
        "strangers",
        "terms",
        "evidence",
        "settlement",
        "liability",
        "editions",
        "placements",
        "markets",
        "reconcile",
        "catalogues",
    ),
}
"""Everything else."""


C = TypeVar("C", bound=click.Command)


def example(*lines: str) -> Callable[[C], C]:
    """Put examples under a command's help."""

    def add(command: C) -> C:
        command.epilog = (
            "\b\nExample" + ("s" if lines[1:] else "") + ":\n" + "\n".join(f"  {line}" for line in lines)
        )
        return command

    return add


class ByPerson(click.Group):
    """The group of all commands, listed by who uses them; `homes` says in which module each one lives."""

    def __init__(self, *arguments: Any, homes: Mapping[str, Sequence[str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._homes = {name: home for home, names in homes.items() for name in names}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*self.commands, *self._homes})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, and with it those that live in the same place."""
        if cmd_name in self._homes and cmd_name not in self.commands:
            for command in import_module(f"omni.cli.{self._homes[cmd_name]}").COMMANDS:
                self.add_command(command)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands of a first day only."""
        _sections(ctx, formatter, FIRST_DAY)
        formatter.write_paragraph()
        formatter.write_text("`omni help all` lists the rest, `omni COMMAND --help` explains one.")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Where to begin."""
        with formatter.section("Example"):
            formatter.write_text("omni demo")


@example("omni help all", "omni help print")
@click.command("help")
@click.argument("topic", default="")
@click.pass_context
def help_(context: click.Context, topic: str) -> None:
    """Explain a command, or list all of them."""
    parent = context.parent
    assert parent is not None
    group: Any = parent.command
    if topic == "all":
        formatter = context.make_formatter()
        both = {person: FIRST_DAY[person] + THE_REST[person] for person in FIRST_DAY}
        _sections(parent, formatter, both)
        click.echo(formatter.getvalue().strip("\n"))
    elif not topic:
        click.echo(parent.get_help())
    elif (command := group.get_command(parent, topic)) is None:
        raise click.UsageError(f"there is no command {topic}: `omni help all` lists them", ctx=parent)
    else:
        click.echo(command.get_help(click.Context(command, info_name=topic, parent=parent)))


def _sections(
    context: click.Context, formatter: click.HelpFormatter, people: dict[str, tuple[str, ...]]
) -> None:
    group: Any = context.command
    for person, names in people.items():
        with formatter.section(person):
            rows = [(name, group.get_command(context, name).get_short_help_str(90)) for name in names]
            formatter.write_dl(rows)


COMMANDS = (help_,)

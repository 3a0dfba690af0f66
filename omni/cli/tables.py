"""The tables of commands and settings in the README, made from the code.

`python -m omni.cli.tables` writes them between their markers; a test proves that they are current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from omni.cli import omni as every_command
from omni.cli.helping import FIRST_DAY, THE_REST
from omni.settings import SETTINGS

README = Path(__file__).parents[2] / "README.md"


def with_tables(text: str) -> str:
    """A README with its tables as the code has them now."""
    for name, lines in (("commands", _commands()), ("settings", _settings())):
        between = f"<!-- {name} -->\n" + "\n".join(lines) + f"\n<!-- /{name} -->"
        before, _, rest = text.partition(f"<!-- {name} -->")
        text = before + between + rest.partition(f"<!-- /{name} -->")[2]
    return text


def _commands() -> Iterator[str]:
    yield "| who | command | does |"
    yield "|---|---|---|"
    for person in FIRST_DAY:
        for name in FIRST_DAY[person] + THE_REST[person]:
            command = every_command.get_command(click.Context(every_command), name)
            assert command is not None, f"{name} is listed and lives nowhere"
            more = " " + "\\|".join(command.commands) if isinstance(command, click.Group) else ""
            star = "**" if name in FIRST_DAY[person] else ""
            yield f"| {person} | {star}`omni {name}{more}`{star} | {command.get_short_help_str(200)} |"


def _settings() -> Iterator[str]:
    yield "| setting | default | for |"
    yield "|---|---|---|"
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else ""
        yield f"| `{setting.variable}` | {default} | {setting.help} |"


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")

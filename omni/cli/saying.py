"""How commands answer: refusals as sentences, rows as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import click

from omni.domain.refusal import Reason, Refused, Unknown
from omni.present.wording import sentence

T = TypeVar("T")


class NothingDone(click.ClickException):
    """A check failed or a rule said no: exit code 1."""

    exit_code = 1


def unless_refused(outcome: T | Refused) -> T:
    """The outcome of a verb, when no rule said no; else NothingDone with the sentence for staff."""
    if isinstance(outcome, Refused):
        details = "; ".join(f"{name} {_plain(value)}" for name, value in outcome.details.items() if value)
        said = sentence(outcome.reason.value, audience="staff")
        raise NothingDone(f"{said} [{outcome.reason.value}{': ' + details if details else ''}]")
    return outcome


def unknown(problem: Unknown) -> str:
    """What to say about something named that does not exist."""
    if problem.reason is Reason.NOT_FOUND:
        return f"{problem.what or 'that'} is not known here"
    said = sentence(problem.reason.value, audience="staff")
    return f"{problem.what}: {said}" if problem.what else said


def in_one_line(problem: click.ClickException) -> str:
    """Click's own complaint on one line, with the way to the help of the command it is about."""
    message = " ".join(problem.format_message().split())
    if isinstance(problem, click.UsageError) and problem.ctx is not None:
        return f"{message} (see `{problem.ctx.command_path} --help`)"
    return message


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        click.echo("Nothing yet.")
        return
    widths = [max(len(line[place]) for line in (columns, *cells)) for place in range(len(columns))]
    right = [all(line[place].lstrip("-").isdigit() for line in cells) for place in range(len(columns))]
    for line in (columns, *cells):
        padded = (
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(line, widths, right, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def document(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

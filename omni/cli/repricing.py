"""What becomes of paper that says less than a new price: asked once at a terminal, told in any case."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import click

from omni.domain.repricing import PrintedPrice
from omni.present.formatting import iso_instant, money
from omni.services.repricing import Rise, Undecided

T = TypeVar("T")

printed_option = click.option(
    "--printed",
    type=click.Choice([choice.value for choice in PrintedPrice]),
    help="Where a price rises above paper: honour what is printed, or recall it. Else it is asked.",
)


def settled(verb: Callable[[PrintedPrice | None], T], printed: str | None) -> T:
    """Run an import, and once more with the answer where it raises a price above paper.

    Nothing is kept of the first time. Without a terminal there is nobody to ask, and paper is honoured.
    """
    if printed is not None or not sys.stdin.isatty():
        return verb(PrintedPrice(printed or PrintedPrice.HONOUR))
    try:
        return verb(None)
    except Undecided as undecided:
        for rise in undecided.rises:
            _say(rise)
        answer = click.prompt(
            "Honour what is printed, or recall it?",
            type=click.Choice([choice.value for choice in PrintedPrice]),
            default=PrintedPrice.HONOUR.value,
            err=True,
        )
        return verb(PrintedPrice(answer))


def say_decided(rises: Sequence[Rise], *, was_asked_for: bool) -> None:
    """Tell what was decided about which paper, and by whose choice."""
    for rise in rises:
        _say(rise)
    decisions = {rise.decision for rise in rises}
    if PrintedPrice.HONOUR in decisions:
        chosen = "" if was_asked_for else " (the default; --printed recall takes it down)"
        click.echo(f"What is printed is honoured{chosen}: its codes keep the lower price until their end.")
    if PrintedPrice.RECALL in decisions:
        click.echo("What hangs is recalled; slips in shoppers' hands are honoured.")
        for edition in sorted({rise.edition for rise in rises}):
            click.echo(f"Next: omni recall-sheets {edition}")


def _say(rise: Rise) -> None:
    for line in _lines(rise):
        click.echo(line, err=rise.decision is None)


def _lines(rise: Rise) -> Iterator[str]:
    def amount(minor: int) -> str:
        return money(minor, rise.currency, "en", digits=rise.digits)

    begins = f" from {iso_instant(rise.begins_at, rise.zone)}" if rise.begins_at else ""
    yield f"{rise.edition}, {rise.bundle}: {amount(rise.price_minor)}{begins}, and paper says less:"
    for paper in rise.paper:
        form = " ".join(filter(None, (paper.form, paper.layout)))
        where = "" if paper.hangs else ", in shoppers' hands"
        old, new = amount(paper.price_minor), amount(rise.price_minor)
        yield f"  {paper.placement}: {paper.copies:,} × {form}, {old} -> {new}{where}"

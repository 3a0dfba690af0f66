"""Price and sales files, read with a bar for the long ones and recorded in one transaction."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import Progress

from omni.cli import repricing
from omni.cli.desk import Desk
from omni.domain.price_list import DoesNotFit
from omni.present import market_file, price_file, shop_file
from omni.present.file_problems import FileProblems, Problem
from omni.present.price_file import Kind
from omni.services import pricing
from omni.services.pricing import Recorded

_WORTH_A_BAR = 1_000_000
"""Bytes; anything shorter is done before a bar is drawn."""

_LONGEST_HEADER = 4096
_STEPS = 200

T = TypeVar("T")


def kind_of(path: Path) -> Kind | shop_file.Kind | None:
    """What a file tells, by its header; None for a campaign file. Raises FileProblems for a strange CSV."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        header = file.readline(_LONGEST_HEADER)
    kind = price_file.kind_of(header) or shop_file.kind_of(header)
    if kind is None and path.suffix.lower() == ".csv":
        message = (
            "is neither prices (market,item,amount,valid_from), sales (market,item,day,units,amount),"
            " a shop's codes (code) nor orders (order_ref,event,at)"
        )
        raise FileProblems([Problem(str(path), 1, "", message)])
    return kind


def feed(desk: Desk, path: Path, kind: Kind, *, printed: str | None = None) -> None:
    """Record what a file tells, all of it or nothing; asks first where a price rises above paper.

    Raises FileProblems.
    """
    markets = market_file.known(desk.settings.markets_dir)
    read = _READERS[kind]
    with bars(path) as shown, path.open(encoding="utf-8-sig", newline="") as file:
        lines = told(file, shown, f"Reading {path.name}", path.stat().st_size, len)
        lists = read(lines, file=str(path), markets=markets)
    try:
        if kind is Kind.SALES:
            recorded = _record(desk, path, lists, pricing.record_sales)
        else:
            recorded = repricing.settled(
                lambda decision: _record(desk, path, lists, partial(pricing.record_prices, printed=decision)),
                printed,
            )
    except DoesNotFit as wrong:
        problems = [Problem(str(path), misfit.line, misfit.field, misfit.message) for misfit in wrong.misfits]
        raise FileProblems(sorted(problems, key=lambda problem: problem.line or 0)) from None
    click.echo(f"{path}: {recorded.added:,} {kind.value} recorded, {recorded.known:,} known already")
    repricing.say_decided(recorded.rises, was_asked_for=printed is not None or sys.stdin.isatty())


def _record(desk: Desk, path: Path, lists: Sequence[Any], verb: Callable[..., Recorded]) -> Recorded:
    with bars(path) as shown, desk.place.db.writing() as tx:
        some = told(lists, shown, "Recording", len(lists), lambda _: 1)
        return verb(tx, desk.now(), lists=some, source=path.name, by=desk.by)


_READERS: dict[Kind, Callable[..., Any]] = {
    Kind.PRICES: price_file.read_prices,
    Kind.SALES: price_file.read_sales,
}


@contextmanager
def bars(path: Path) -> Iterator[Progress | None]:
    """Room for a bar, where a file is long enough to want one."""
    if path.stat().st_size < _WORTH_A_BAR:
        yield None
        return
    with Progress(console=Console(stderr=True)) as shown:
        yield shown


def told(
    things: Iterable[T], shown: Progress | None, title: str, total: int, size: Callable[[T], int]
) -> Iterator[T]:
    """The same things, and a bar that fills as they are taken; told now and then, as each would take long."""
    if shown is None:
        yield from things
        return
    task, unsaid = shown.add_task(title, total=total), 0
    for thing in things:
        yield thing
        unsaid += size(thing)
        if unsaid * _STEPS >= total:
            shown.advance(task, unsaid)
            unsaid = 0
    shown.update(task, completed=total)

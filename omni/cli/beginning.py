"""The first campaign: five questions and a file, or options and a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.campaign_rules import nearest
from omni.domain.market_record import MarketRecord
from omni.present import campaign_file, market_file
from omni.present.campaign_file import Beginning

T = TypeVar("T")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ITEM = re.compile(r"(?P<sku>\S+?)(?::(?P<quantity>[1-9][0-9]{0,3}))?")


@example("omni new", "omni new winter --markets fr,de", "omni new winter --markets fr --opens 2026-12-01")
@click.command()
@click.argument("name", required=False)
@click.option("--markets", help="Ids separated by commas; `omni markets` lists them.")
@click.option("--opens", type=click.DateTime(["%Y-%m-%d"]), help="First day; else tomorrow.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it; else NAME.yaml.")
@pass_desk
def new(
    desk: Desk, name: str | None, markets: str | None, opens: datetime | None, output: Path | None
) -> None:
    """Write the smallest campaign file, commented. Without --markets it asks five questions."""
    known = market_file.known(desk.settings.markets_dir)
    beginning = Beginning(opens.date() if opens else desk.now().date() + timedelta(days=1))
    if markets is None and sys.stdin.isatty():
        slug = _name(name) if name else _ask("Name, such as double-11", _name)
        records = _ask("Markets, such as fr,de", lambda text: _markets(text, known))
        beginning = _asked(beginning, records)
    elif name is None or markets is None:
        raise click.UsageError("say a name and --markets", ctx=click.get_current_context())
    else:
        slug, records = _name(name), _markets(markets, known)
    path = output or Path(f"{slug}.yaml")
    text = campaign_file.smallest(slug, records, beginning)
    campaign_file.read(text, file=str(path), markets=known)
    _write(path, text)
    click.echo(f"{path} is written. Change what you like, then: omni import {path}")


def _asked(beginning: Beginning, records: Sequence[MarketRecord]) -> Beginning:
    """The other three questions: when, what at which price, and where it can be spent."""
    last = beginning.opens_on + timedelta(days=29)
    opens, closes = _ask("First and last day", _days, f"{beginning.opens_on} {last}")
    items = _ask("Items of the first bundle, as your shop calls them", _items, "item-1:1, item-2:1")
    prices = {
        currency: _ask(f"Its price in {currency}", _price)
        for currency in dict.fromkeys(record.currency for record in records)
    }
    shop = _ask("Link to the shop's basket", str, beginning.shop)
    return replace(beginning, opens_on=opens, closes_on=closes, items=items, prices=prices, shop=shop)


def _ask(question: str, understand: Callable[[str], T], usual: str | None = None) -> T:
    """Ask until the answer can be understood."""
    answer: T = click.prompt(question, default=usual, value_proc=understand)
    return answer


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise click.BadParameter("write lower-case letters, digits and dashes", param_hint="NAME")
    return text


def _markets(text: str, known: Mapping[str, MarketRecord]) -> list[MarketRecord]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in known:
            raise click.BadParameter(
                f"{name} is not a market here{nearest(name, known)}", param_hint="--markets"
            )
    if not names:
        raise click.BadParameter("name at least one", param_hint="--markets")
    return [known[name] for name in names]


def _days(text: str) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(day) for day in text.split())
    except ValueError:
        raise click.UsageError("write two days, such as 2026-11-01 2026-11-30") from None
    if last < first:
        raise click.UsageError("the last day is before the first")
    return first, last


def _items(text: str) -> dict[str, int]:
    found = [_ITEM.fullmatch(part.strip()) for part in text.split(",")]
    items = {item["sku"]: int(item["quantity"] or 1) for item in found if item}
    if len(items) < len(found):
        raise click.UsageError("write each item once, with how many: skis:1, poles:2")
    return items


def _price(text: str) -> str:
    try:
        is_price = Decimal(text) > 0
    except InvalidOperation:
        is_price = False
    if not is_price:
        raise click.UsageError("write an amount, such as 49 or 49.90")
    return text.strip()


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise saying.NothingDone(f"{path} is there already; choose another name with -o") from None


COMMANDS = (new,)

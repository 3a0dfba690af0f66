"""What marketers do with a campaign file: apply it, put it live, and live with it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from omni.cli import bringing, feeding, repricing, saying, shop_feeding
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.cli.repricing import printed_option
from omni.domain.campaign import Edition
from omni.domain.campaign_rules import defaults_used
from omni.present import campaign_file, market_file, shop_file
from omni.present.file_problems import FileProblems, Problem
from omni.present.formatting import market_name
from omni.present.price_file import Kind
from omni.services import launching, naming
from omni.services.launching import PAUSE_REASONS

edition_argument = click.argument("edition", metavar="CAMPAIGN/MARKET")


@example("omni schema campaign > campaign.schema.json")
@click.command()
@click.argument("kind", type=click.Choice(["campaign"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of a campaign file, for editors."""
    saying.document({"campaign": campaign_file.json_schema}[kind]())


@example(
    "omni import winter.yaml",
    "omni import winter.yaml --printed recall",
    "omni import prices.csv    # market,item,amount,valid_from[,valid_until,surface,correction]",
    "                          # fr,teapot,49.90,2026-09-01",
    "omni import sales.csv     # market,item,day,units,amount[,place]",
    "                          # cn,teapot,2026-11-01,12,399.00",
    "omni import shop-codes.csv --edition double-11/fr    # code",
    "omni import orders.csv    # order_ref,event,at[,voucher,total_minor,amount_minor,currency,lines,...]",
    "                          # 1001,placed,2026-11-11T10:02Z,OM4KD9XPT2RV,5990,0,EUR,teapot:1",
)
@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@printed_option
@click.option("--edition", metavar="CAMPAIGN/MARKET", help="Whose claims are given a shop's own codes.")
@click.option("--bundle", metavar="SLUG", help="For which bundle, where the edition has several.")
@pass_desk
def import_(
    desk: Desk, files: tuple[Path, ...], printed: str | None, edition: str | None, bundle: str | None
) -> None:
    """Apply campaign files, and CSV files of prices, sales, shop codes and orders; all or nothing per file.

    In a CSV file a day is the market's own and an instant carries its offset; a price holds up to but not
    including valid_until, else until the next one begins. An item is a SKU, or a bundle as campaign/bundle.
    Where a bundle's price rises above what live paper says, it is asked first what becomes of that paper.
    Order events are checked one by one: those that cannot be recorded are listed, and the others are.
    """
    for path in files:
        match _told_by(path):
            case None:
                _apply(desk, path, printed)
            case shop_file.Kind.CODES:
                shop_feeding.feed_codes(desk, path, edition, bundle)
            case shop_file.Kind.ORDERS:
                shop_feeding.feed_orders(desk, path)
            case kind:
                feeding.feed(desk, path, kind, printed=printed)


def _told_by(path: Path) -> Kind | shop_file.Kind | None:
    try:
        return feeding.kind_of(path)
    except OSError as failure:
        raise _unreadable(path, failure) from None


def _apply(desk: Desk, path: Path, printed: str | None) -> None:
    markets = market_file.known(desk.settings.markets_dir)
    file = campaign_file.read(_content(path), file=str(path), markets=markets)
    applied = repricing.settled(lambda decision: bringing.bring(desk, file, path, printed=decision), printed)
    for edition in applied:
        campaign, _, market = edition.key.partition("/")
        told = "changed" if edition.has_changed else "as it was"
        name = file.name.text("en") or next(iter(file.name.root.values()))
        click.echo(f"{name} in {market_name(market, 'en')}: revision {edition.revision} ({told})")
    rises = [rise for edition in applied for rise in edition.rises]
    repricing.say_decided(rises, was_asked_for=printed is not None or sys.stdin.isatty())
    for default in defaults_used(file, markets):
        click.echo(f"  default: {default}")
    click.echo(f"Next: omni check {campaign}/{market}")


@example("omni launch double-11/fr")
@click.command()
@edition_argument
@pass_desk
def launch(desk: Desk, edition: str) -> None:
    """Put an edition live, when nothing blocks it."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        found = naming.edition_named(tx, edition)
        done = launching.launch(
            tx,
            now,
            edition=found,
            rules=desk.place.rules,
            is_sandbox=desk.settings.is_sandbox,
            by=desk.by,
        )
    _say_state(edition, saying.unless_refused(done))


@example(
    "omni pause double-11/fr --reason technical",
    "omni pause double-11/fr --reason other --words 'Back at noon.'",
)
@click.command()
@edition_argument
@click.option("--reason", type=click.Choice(PAUSE_REASONS), required=True, help="What shoppers are told.")
@click.option("--words", help="Own words, beside the reason's.")
@pass_desk
def pause(desk: Desk, edition: str, reason: str, words: str | None) -> None:
    """Stop an edition for a while; codes stay valid."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        found = naming.edition_named(tx, edition)
        done = launching.pause(tx, now, edition=found, reason=reason, words=words, by=desk.by)
    _say_state(edition, saying.unless_refused(done))


@example("omni resume double-11/fr")
@click.command()
@edition_argument
@pass_desk
def resume(desk: Desk, edition: str) -> None:
    """Go on after a pause."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        done = launching.resume(tx, now, edition=naming.edition_named(tx, edition), by=desk.by)
    _say_state(edition, saying.unless_refused(done))


@example("omni end double-11/fr")
@click.command()
@edition_argument
@pass_desk
def end(desk: Desk, edition: str) -> None:
    """End an edition for good; what was unlocked keeps its printed date."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        done = launching.end(tx, now, edition=naming.edition_named(tx, edition), by=desk.by)
    _say_state(edition, saying.unless_refused(done))


def _say_state(key: str, edition: Edition) -> None:
    click.echo(f"{key} is {edition.state.value}.")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise _unreadable(path, failure) from None


def _unreadable(path: Path, failure: OSError) -> FileProblems:
    return FileProblems([Problem(str(path), None, "", f"cannot be read ({failure.strerror})")])


COMMANDS = (schema, import_, launch, pause, resume, end)

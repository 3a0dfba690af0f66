"""What marketers do with a campaign file: apply it, put it live, and live with it."""

from __future__ import annotations

from pathlib import Path

import click

from omni.cli import bringing, feeding, saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.campaign import Edition
from omni.domain.campaign_rules import defaults_used
from omni.present import campaign_file, market_file
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
    "omni import prices.csv    # market,item,amount,valid_from[,valid_until,surface,correction]",
    "                          # fr,teapot,49.90,2026-09-01",
    "omni import sales.csv     # market,item,day,units,amount[,place]",
    "                          # cn,teapot,2026-11-01,12,399.00",
)
@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@pass_desk
def import_(desk: Desk, files: tuple[Path, ...]) -> None:
    """Apply campaign files, and CSV files of prices and sales; all or nothing per file.

    In a CSV file a day is the market's own and an instant carries its offset; a price holds up to but not
    including valid_until, else until the next one begins. An item is a SKU, or a bundle as campaign/bundle.
    """
    for path in files:
        if kind := _told_by(path):
            feeding.feed(desk, path, kind)
        else:
            _apply(desk, path)


def _told_by(path: Path) -> Kind | None:
    try:
        return feeding.kind_of(path)
    except OSError as failure:
        raise _unreadable(path, failure) from None


def _apply(desk: Desk, path: Path) -> None:
    markets = market_file.known(desk.settings.markets_dir)
    file = campaign_file.read(_content(path), file=str(path), markets=markets)
    for edition in bringing.bring(desk, file, path):
        campaign, _, market = edition.key.partition("/")
        told = "changed" if edition.has_changed else "as it was"
        name = file.name.text("en") or next(iter(file.name.root.values()))
        click.echo(f"{name} in {market_name(market, 'en')}: revision {edition.revision} ({told})")
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

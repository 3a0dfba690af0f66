"""The first hour: data folder, keys, schema, the first owner."""

from __future__ import annotations

import os
from pathlib import Path

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.people import Role
from omni.present.recovery_sheet import recovery_sheet
from omni.services import admitting

_RECOVERY_SHEET = "recovery-sheet.txt"


@example("omni init", "omni --data-dir /srv/omni init --owner Ada")
@click.command()
@click.option("--owner", default="owner", show_default=True, help="Name of the first owner.")
@pass_desk
def init(desk: Desk, owner: str) -> None:
    """Make data folder, keys, database and first owner. Safe to repeat."""
    prepare(desk)
    click.echo(f"Data folder: {desk.settings.data_dir.absolute()}")
    click.echo("Database: ready, newest schema.")
    now = desk.now()
    with desk.place.db.writing() as tx:
        is_first = not any(person.role is Role.OWNER for person in admitting.people(tx))
        if is_first:
            person = admitting.add_person(tx, now, name=owner, role=Role.OWNER)
            token = admitting.make_link(tx, now, desk.composer.world.mint, person=person)
    if is_first:
        click.echo(f"Once `omni serve` runs, {owner} signs in with this link, once, within a day:")
        click.echo(f"{desk.settings.base_url}/sign-in/{token}")
    else:
        click.echo("There is an owner already; `omni people link NAME` prints a fresh sign-in link.")
    click.echo("Next: omni new NAME --markets fr,de")


def prepare(desk: Desk) -> None:
    """Keys and schema, and the recovery sheet when keys were made."""
    made = desk.composer.prepare(desk.settings)
    if "code-keys" not in made:
        return
    sheet = recovery_sheet_file(desk)
    _write_secret(sheet, recovery_sheet(desk.composer.keyring(desk.settings)))
    click.echo(f"Recovery sheet: {sheet.absolute()}")
    click.echo("Print it, lock it away, delete the file: without these keys every printed code is dead.")


def recovery_sheet_file(desk: Desk) -> Path:
    """Where the recovery sheet lies until somebody has printed it and deleted the file."""
    return desk.settings.data_dir / _RECOVERY_SHEET


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


@example("omni db status", "omni db upgrade")
@click.group()
def db() -> None:
    """The database schema: where it stands, and the newest."""


@example("omni db status")
@db.command("status")
@pass_desk
def db_status(desk: Desk) -> None:
    """Which schema the database has; exit code 1 when it is not the newest."""
    current, newest = desk.composer.schema_standing(desk.settings)
    click.echo(f"{current or 'no'} schema; the newest is {newest}")
    if current != newest:
        raise saying.NothingDone("the schema is older than this Omni: run `omni db upgrade`")


@example("omni db upgrade")
@db.command("upgrade")
@pass_desk
def db_upgrade(desk: Desk) -> None:
    """Bring the schema to the newest; each step is one transaction."""
    before, _ = desk.composer.schema_standing(desk.settings)
    prepare(desk)
    after, _ = desk.composer.schema_standing(desk.settings)
    click.echo(f"{before or 'no'} schema is now {after}." if before != after else f"Already at {after}.")


COMMANDS = (init, db)

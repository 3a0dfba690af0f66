"""Keeping an installation: its code keys on paper and in rotation, and what may be removed."""

from __future__ import annotations

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.keyring import MOST_KEYS, Keyring, new_key
from omni.present.recovery_sheet import recovery_sheet
from omni.services import keeping_keys, purging


@example("omni keyring sheet > recovery.txt", "omni keyring add")
@click.group()
def keyring() -> None:
    """The code keys: without them every printed code is dead."""


@example("omni keyring sheet > recovery.txt")
@keyring.command("sheet")
@pass_desk
def keyring_sheet(desk: Desk) -> None:
    """Print the recovery sheet: every key as words and symbol. A secret."""
    click.echo(recovery_sheet(desk.composer.keyring(desk.settings)))


@example("omni keyring export")
@keyring.command("export")
@pass_desk
def keyring_export(desk: Desk) -> None:
    """Print the keys as OMNI_CODE_KEYS takes them. A secret."""
    click.echo(desk.composer.keyring(desk.settings).as_setting())


@example("omni keyring add")
@keyring.command("add")
@pass_desk
def keyring_add(desk: Desk) -> None:
    """Make a new key; what is issued from now on is sealed with it, the others go on opening."""
    held = desk.place.keyring
    free = sorted(set(range(1, MOST_KEYS + 1)) - {key.id for key in held.keys})
    if not free:
        raise saying.NothingDone(f"there are {MOST_KEYS} keys already: retire one first")
    grown = Keyring((*held.keys, new_key(free[0], desk.composer.world.mint)), free[0])
    now = desk.now()
    desk.composer.keep_keyring(desk.settings, grown)
    with desk.place.db.writing() as tx:
        keeping_keys.remember_keys(tx, now, grown)
    click.echo(f"Key {free[0]} is current. Restart `omni serve`, then print a new sheet: omni keyring sheet")


@example("omni keyring retire 1 --yes")
@keyring.command("retire")
@click.argument("key", type=int)
@click.option("--yes", is_flag=True, help="Yes, everything printed with it may die.")
@pass_desk
def keyring_retire(desk: Desk, key: int, *, yes: bool) -> None:
    """Let an old key go; nothing that was printed with it opens ever again."""
    held = desk.place.keyring
    if key == held.current_id:
        raise saying.NothingDone(f"key {key} is the current one: add another first")
    if not yes:
        raise saying.NothingDone(
            f"every code printed with key {key} would be dead: say --yes when that is meant"
        )
    now = desk.now()
    with desk.place.db.writing() as tx:
        keeping_keys.retire_key(tx, now, key_id=key)
        rest = tuple(one for one in held.keys if one.id != key)
        desk.composer.keep_keyring(desk.settings, Keyring(rest, held.current_id))
    click.echo(f"Key {key} is gone.")


@example("omni purge --test", "omni purge --test --dry-run")
@click.command()
@click.option(
    "--test", "tests", is_flag=True, required=True, help="Remove every test code and all that belongs to it."
)
@click.option("--dry-run", is_flag=True, help="Only say how much it would be.")
@pass_desk
def purge(desk: Desk, *, tests: bool, dry_run: bool) -> None:
    """Remove what may be removed. Facts about real codes never are."""
    if not tests:
        raise click.UsageError("say --test", ctx=click.get_current_context())
    if dry_run:
        with desk.place.db.reading() as session:
            removed = purging.count_tests(session)
    else:
        with desk.place.db.writing() as tx:
            removed = purging.purge_tests(tx)
    saying.table(("what", "would go" if dry_run else "gone"), list(removed.items()))


COMMANDS = (keyring, purge)

"""Who may come in: people by one-time links, machines by keys."""

from __future__ import annotations

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.people import Role, Scope
from omni.domain.record import Origin
from omni.services import admitting, naming


@example("omni people add Tom --role staff --placement fr-paris-till-1", "omni people link Tom")
@click.group()
def people() -> None:
    """People who sign in, and their one-time links."""


@example("omni people add Ada --role owner", "omni people add Tom --role staff --placement fr-paris-till-1")
@people.command("add")
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What they are there for."
)
@click.option("--placement", metavar="SLUG", help="The till they stand at, so that they need not choose it.")
@pass_desk
def people_add(desk: Desk, name: str, role: str, placement: str | None) -> None:
    """Add somebody and print their first sign-in link."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        till = naming.placement_named(tx, placement) if placement else None
        person = admitting.add_person(
            tx, now, name=name, role=Role(role), placement_id=till.id if till else None
        )
        token = admitting.make_link(tx, now, desk.composer.world.mint, person=person)
    _say_link(desk, name, token)


@example("omni people list")
@people.command("list")
@pass_desk
def people_list(desk: Desk) -> None:
    """Everybody who may sign in, and who no longer may."""
    with desk.place.db.reading() as session:
        everybody = admitting.people(session)
    saying.table(
        ("name", "role", "state"),
        [(one.name, one.role.value, "disabled" if one.disabled_at else "may sign in") for one in everybody],
    )


@example("omni people disable Tom")
@people.command("disable")
@click.argument("name")
@pass_desk
def people_disable(desk: Desk, name: str) -> None:
    """Shut somebody out, on every device, at once."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        admitting.disable_person(tx, now, name=name)
    click.echo(f"{name} can no longer sign in, and is signed out everywhere.")


@example("omni people link Tom")
@people.command("link")
@click.argument("name")
@pass_desk
def people_link(desk: Desk, name: str) -> None:
    """Print a fresh sign-in link; it opens once, within a day."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        person = admitting.person_named(tx, name)
        if person.disabled_at is not None:
            raise saying.NothingDone(f"{name} is disabled and cannot be given a link")
        token = admitting.make_link(tx, now, desk.composer.world.mint, person=person)
    _say_link(desk, name, token)


@example("omni keys add 'Paris tills' --scopes pos", "omni keys list")
@click.group()
def keys() -> None:
    """Keys of tills and shops that use the API."""


@example("omni keys add shop --scopes shop,stats", "omni keys add trial --scopes pos,shop --test")
@keys.command("add")
@click.argument("name")
@click.option("--scopes", required=True, help=f"What it opens: {', '.join(scope.value for scope in Scope)}.")
@click.option("--test", "is_test", is_flag=True, help="A test key: it meets test codes only.")
@pass_desk
def keys_add(desk: Desk, name: str, scopes: str, *, is_test: bool) -> None:
    """Make a key and print it, once."""
    now, origin = desk.now(), Origin.TEST if is_test else Origin.LIVE
    wanted = _scopes(scopes)
    with desk.place.db.writing() as tx:
        key = admitting.add_client(tx, now, desk.composer.world.mint, name=name, scopes=wanted, origin=origin)
    click.echo(key)
    click.echo("Keep it now: it is stored nowhere and never shown again.", err=True)


@example("omni keys list")
@keys.command("list")
@pass_desk
def keys_list(desk: Desk) -> None:
    """Every key by name; the keys themselves are stored nowhere."""
    with desk.place.db.reading() as session:
        clients = admitting.clients(session)
    saying.table(
        ("name", "scopes", "kind", "state"),
        [
            (one.name, ",".join(one.scopes), one.origin.value, "revoked" if one.revoked_at else "in use")
            for one in clients
        ],
    )


@example("omni keys revoke trial")
@keys.command("revoke")
@click.argument("name")
@pass_desk
def keys_revoke(desk: Desk, name: str) -> None:
    """Take a key away, at once."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        admitting.revoke_client(tx, now, name=name)
    click.echo(f"The key of {name} opens nothing any more.")


def _scopes(written: str) -> list[Scope]:
    known = {scope.value: scope for scope in Scope}
    names = [name.strip() for name in written.split(",") if name.strip()]
    if not names or any(name not in known for name in names):
        raise click.BadParameter(f"write one or more of {', '.join(known)}", param_hint="--scopes")
    return [known[name] for name in dict.fromkeys(names)]


def _say_link(desk: Desk, name: str, token: str) -> None:
    click.echo(f"{name} signs in once, within a day, at:")
    click.echo(f"{desk.settings.base_url}/sign-in/{token}")


COMMANDS = (people, keys)

"""Webhooks: who is told of what happens, and what became of the messages."""

from __future__ import annotations

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.hook import Hook, Topic
from omni.outside.post import Post
from omni.services import delivering, hooking

EVERYTHING = "all"


@example("omni hooks add shop https://shop.example/webhooks --topics all", "omni hooks test shop")
@click.group()
def hooks() -> None:
    """Webhooks: tell shops what happens, as it happens."""


@example(
    "omni hooks add shop https://shop.example/webhooks --topics all",
    "omni hooks add tills https://tills.example/omni --topics redemption.recorded,redemption.reversed",
)
@hooks.command("add")
@click.argument("name")
@click.argument("url")
@click.option(
    "--topics",
    required=True,
    help=f"What it hears of: {EVERYTHING}, or some of {', '.join(topic.value for topic in Topic)}.",
)
@pass_desk
def add(desk: Desk, name: str, url: str, topics: str) -> None:
    """Tell an address what happens from now on, and print the secret that signs it, once."""
    now, wanted = desk.now(), _topics(topics)
    with desk.place.db.writing() as tx:
        hook = hooking.add_hook(
            tx,
            now,
            name=name,
            url=url,
            topics=wanted,
            keyring=desk.place.keyring,
            allows_http=desk.settings.webhook_private_networks,
            by=desk.by,
        )
    _say_secret(desk, hook)


@example("omni hooks list", "omni hooks list --parked")
@hooks.command("list")
@click.option("--parked", "is_parked", is_flag=True, help="The messages that were given up, with the reason.")
@pass_desk
def list_(desk: Desk, *, is_parked: bool) -> None:
    """Every webhook, and what waits for it."""
    with desk.place.db.reading() as session:
        found = hooking.standings(session)
    if is_parked:
        rows = [
            (each.id, at.hook.slug, each.message_id.partition(":")[0], each.tries, each.trouble or "")
            for at in found
            for each in at.oldest_parked
        ]
        saying.table(("message", "name", "topic", "tries", "trouble"), rows)
        return
    saying.table(
        ("name", "address", "topics", "state", "waiting", "parked"),
        [
            (
                at.hook.slug,
                at.hook.url,
                ",".join(at.hook.topics),
                "disabled" if at.hook.disabled_at else "in use",
                at.waiting,
                at.parked,
            )
            for at in found
        ],
    )


@example("omni hooks test shop")
@hooks.command("test")
@click.argument("name")
@pass_desk
def test(desk: Desk, name: str) -> None:
    """Send one signed message that says nothing, and say what came back."""
    place = desk.place
    with place.db.reading() as session:
        hook = hooking.hook_named(session, name)
    letter = delivering.trial_letter(hook, desk.now(), keyring=place.keyring, mint=place.world.mint)
    post = Post(allows_private=desk.settings.webhook_private_networks)
    answer = post.send(letter.url, letter.body, letter.headers)
    if not answer.is_taken:
        raise saying.NothingDone(f"{name}: {answer.trouble}. {_in_one_line(answer.said)}".strip())
    click.echo(f"{name} answered {answer.status}. {_in_one_line(answer.said)}".strip())


@example("omni hooks rotate shop")
@hooks.command("rotate")
@click.argument("name")
@pass_desk
def rotate(desk: Desk, name: str) -> None:
    """Print a new secret; the one before is good for 24 hours more."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        hook = hooking.rotate(tx, now, name=name, keyring=desk.place.keyring)
    _say_secret(desk, hook)


@example("omni hooks disable shop")
@hooks.command("disable")
@click.argument("name")
@pass_desk
def disable(desk: Desk, name: str) -> None:
    """Send nothing more; what waits stays, and what happens meanwhile is not told."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        hooking.disable(tx, now, name=name)
    click.echo(f"{name} is sent nothing more; `omni hooks enable {name}` changes that.")


@example("omni hooks enable shop")
@hooks.command("enable")
@click.argument("name")
@pass_desk
def enable(desk: Desk, name: str) -> None:
    """Send again, first what still waits."""
    with desk.place.db.writing() as tx:
        hooking.enable(tx, name=name)
    click.echo(f"{name} is sent messages again.")


@example(
    "omni hooks replay --parked", "omni hooks replay --hook shop --parked", "omni hooks replay --message 41"
)
@hooks.command("replay")
@click.option("--hook", "name", metavar="NAME", help="Of one webhook only.")
@click.option("--message", type=int, metavar="ID", help="One message, in whatever state.")
@click.option("--parked", "is_parked", is_flag=True, help="All that were given up.")
@pass_desk
def replay(desk: Desk, name: str | None, message: int | None, *, is_parked: bool) -> None:
    """Send messages again, for another 72 hours. Exit code 1 when there are none."""
    if is_parked == (message is not None):
        raise click.UsageError("say --message ID or --parked")
    now = desk.now()
    with desk.place.db.writing() as tx:
        hook_id = hooking.hook_named(tx, name).id if name else None
        count = hooking.replay(tx, now, hook_id=hook_id, delivery_id=message)
    if not count:
        raise saying.NothingDone("there is no such message")
    click.echo(f"{count} {'message goes' if count == 1 else 'messages go'} out again while a worker runs.")


@example("omni hooks skip 41")
@hooks.command("skip")
@click.argument("message", type=int)
@pass_desk
def skip(desk: Desk, message: int) -> None:
    """Take a given-up message for delivered, so that those behind it go on."""
    now = desk.now()
    with desk.place.db.writing() as tx:
        hooking.skip(tx, now, delivery_id=message, by=desk.by)
    click.echo(f"Message {message} is never sent; those behind it go on.")


def _topics(written: str) -> list[Topic]:
    known = {topic.value: topic for topic in Topic}
    names = [name.strip() for name in written.split(",") if name.strip()]
    if names == [EVERYTHING]:
        return list(Topic)
    if not names or any(name not in known for name in names):
        raise click.BadParameter(
            f"write {EVERYTHING}, or one or more of {', '.join(known)}", param_hint="--topics"
        )
    return [known[name] for name in names]


def _say_secret(desk: Desk, hook: Hook) -> None:
    click.echo(hooking.secrets_of(hook, desk.place.keyring, desk.now())[0])
    click.echo("Give it to whoever checks the signatures; it is not shown again.", err=True)


def _in_one_line(said: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())


COMMANDS = (hooks,)

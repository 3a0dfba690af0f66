"""What is this code: batch, place, state, and its life as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.claim import CodeExchange
from omni.domain.code import Purpose
from omni.domain.refusal import Reason, Unknown
from omni.present.formatting import iso_instant, money
from omni.present.paper import mark_of, printed_code
from omni.services import exchanging, opening
from omni.services.opening import History, OpenedCode


@example("omni open 5CZ6X-9KJPW-2M4TD", "omni open V-5CZ6-X9KJ-PW2M-4TD")
@click.command("open")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def open_(desk: Desk, code: str, *, as_json: bool) -> None:
    """Say what a code or voucher is: batch, place, state, history. Changes nothing."""
    now, place = desk.now(), desk.place
    opened = place.keyring.open(_letters(code))
    catalogue = place.catalogue.fresh()
    batch = opening.batch_for(catalogue, opened) if opened else None
    if opened is None or batch is None:
        raise Unknown(Reason.UNKNOWN_CODE)
    with place.db.reading() as session:
        seen = opening.look(session, now, catalogue=catalogue, batch=batch, number=opened.number)
        life = opening.history(session, opened.number)
        moves = [exchanging.came_of(session, opened.number), exchanging.given_up(session, opened.number)]
    told = _facts(desk, seen)
    moments = [*_life(seen, life), *_moved(desk, seen, moves)]
    sentences = [f"{_when(seen, at)}  {what}" for at, what in sorted(moments)]
    if as_json:
        saying.document({**told, "history": sentences})
        return
    for name, value in told.items():
        click.echo(f"{name:10} {value}")
    for sentence in sentences:
        click.echo(f"  {sentence}")


def _letters(text: str) -> str:
    """What was typed; of a whole printed address only its last part."""
    return text.strip().rsplit("/", 1)[-1]


def _facts(desk: Desk, seen: OpenedCode) -> dict[str, object]:
    batch = seen.batch
    printed = printed_code(desk.place.keyring, batch, seen.number)
    mark = mark_of(batch, is_sandbox=desk.settings.is_sandbox)
    told: dict[str, object] = {
        "code": printed.code,
        "url": printed.url,
        "edition": f"{seen.content.campaign}/{seen.market.id}",
        "placement": seen.placement.slug,
        "batch": batch.id,
        "place": printed.number_in_batch,
        "bundle": seen.bundle.slug,
        "state": seen.state.value,
    }
    if seen.claim is not None:
        told["voucher"] = desk.place.keyring.seal(seen.number, Purpose.VOUCHER, batch.key_id)
        told["valid"] = f"until {_when(seen, seen.ends_at or seen.claim.expires_at)}"
    return told | ({"kind": mark} if mark else {})


def _life(seen: OpenedCode, life: History) -> Iterator[tuple[datetime, str]]:
    def amount(minor: int) -> str:
        return money(minor, seen.market.currency, "en", digits=seen.market.digits)

    if life.receipt is None:
        yield seen.batch.issued_at, f"issued in batch {seen.batch.id} by {seen.batch.issued_by}"
    else:
        total = (
            f", receipt of {amount(life.receipt.total_minor)}" if life.receipt.total_minor is not None else ""
        )
        yield life.receipt.printed_at, f"given out at {seen.placement.slug}{total} ({life.receipt.why})"
    if life.claim is not None:
        yield life.claim.claimed_at, f"unlocked in {life.claim.locale} at {amount(life.claim.price_minor)}"
    for used in life.redemptions:
        yield used.redeemed_at, f"used for order {used.order_ref}, worth {amount(used.benefit_minor)}"
    for back in life.reversals:
        yield back.reversed_at, f"taken back {amount(back.benefit_minor)} of use {back.seq}: {back.reason}"


def _moved(
    desk: Desk, seen: OpenedCode, moves: Iterable[CodeExchange | None]
) -> Iterator[tuple[datetime, str]]:
    """The exchanges a code came of or was given up in, with the code at the other end."""
    catalogue, keyring = desk.place.catalogue.fresh(), desk.place.keyring
    for move in filter(None, moves):
        is_new = move.to_number == seen.number
        other = move.number if is_new else move.to_number
        batch = catalogue.batch_of(other)
        code = keyring.seal(other, Purpose.CODE, batch.key_id) if batch else "a code that was purged"
        market = catalogue.editions[move.from_edition_id if is_new else move.to_edition_id].market_id
        yield move.exchanged_at, f"{'given out for' if is_new else 'exchanged for'} {code} of {market}"


def _when(seen: OpenedCode, at: datetime) -> str:
    return iso_instant(at, seen.market.time_zone)


COMMANDS = (open_,)

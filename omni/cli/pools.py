"""Codes for offline: what devices keep, what they told, and what of it disagrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.code import Purpose
from omni.services import pooling

_SIDE = ("code", "printed_at", "total_minor", "currency")


@example("omni pools", "omni pools --conflicts", "omni pools --conflicts --json")
@click.command()
@click.option("--conflicts", "has_conflicts", is_flag=True, help="What disagrees instead, with both sides.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def pools(desk: Desk, *, has_conflicts: bool, as_json: bool) -> None:
    """The codes that devices keep for when their line is down, and what they told of them."""
    rows = _conflicts(desk) if has_conflicts else _states(desk)
    if as_json:
        saying.document({"conflicts" if has_conflicts else "pools": rows})
    elif has_conflicts:
        columns = ("pool", "device", "reason", "side", *_SIDE)
        saying.table(columns, [line for row in rows for line in _both_sides(row)])
    else:
        columns = ("id", "edition", "placement", "device", "codes", "recorded", "conflicts", "made_at")
        saying.table(columns, [tuple(row[name] for name in columns) for row in rows])


def _states(desk: Desk) -> list[dict[str, Any]]:
    catalogue = desk.place.catalogue.fresh()
    with desk.place.db.reading() as session:
        states = pooling.states(session)
    return [
        {
            "id": state.batch.id,
            "edition": catalogue.edition_key(state.batch.edition_id),
            "placement": catalogue.placements[state.batch.placement_id].slug,
            "device": state.pool.device,
            "codes": state.batch.size,
            "recorded": state.recorded,
            "conflicts": state.conflicts,
            "made_at": state.pool.made_at.isoformat(),
        }
        for state in states
    ]


def _conflicts(desk: Desk) -> list[dict[str, Any]]:
    with desk.place.db.reading() as session:
        devices = {state.pool.batch_id: state.pool.device for state in pooling.states(session)}
        found = pooling.conflicts(session)
    return [
        {
            "pool": each.batch_id,
            "device": devices[each.batch_id],
            "reason": each.reason.value,
            "sent": _side(desk, each.sent),
            "stands": _side(desk, each.stands),
            "found_at": each.found_at.isoformat(),
        }
        for each in found
    ]


def _side(desk: Desk, told: Mapping[str, Any]) -> dict[str, Any]:
    batch = desk.place.catalogue.fresh().batch_of(told["number"])
    assert batch is not None, "a fact belongs to a batch"
    code = desk.place.keyring.seal(told["number"], Purpose.CODE, batch.key_id)
    return {"code": code, **{name: told[name] for name in _SIDE[1:]}}


def _both_sides(row: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    about = (row["pool"], row["device"], row["reason"])
    return [
        (*about, side, *("" if row[side][name] is None else row[side][name] for name in _SIDE))
        for side in ("sent", "stands")
    ]


COMMANDS = (pools,)

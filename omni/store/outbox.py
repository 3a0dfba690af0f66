"""Announcing facts: the message stands in the fact's own transaction, or neither does.

A message with a `turn` is for subscribers too, and those of one stream reach them in the order of their
turns. A code's claim is turn 0; a redemption or reversal has as its turn how many of both its code has by
then, itself among them. An edition's turns are the ids of its steps; what runs low has a stream of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from omni.domain.counting import OutboxMessage
from omni.domain.hook import Topic
from omni.domain.record import BUCKETS, Origin
from omni.store.rows import insert_all, insert_if_absent
from omni.store.writes import Writes

LOW_PERCENT = 10
"""At how much of a counted stock its subscribers are told that it runs low."""


def announce(
    into: Session | Writes,
    topic: str,
    fact_id: str,
    *,
    at: datetime,
    number: int,
    origin: Origin,
    cells: Sequence[Mapping[str, Any]],
    body: Mapping[str, Any],
    turn: int | None = None,
) -> None:
    """Write the message of a fact; `fact_id` makes its id, so one fact has one message.

    What is a test is announced nowhere: it never counts and no subscriber hears of it. A sample only counts.
    What subscribers hear of is written from the fact when it is sent, so no usable code is stored: for them
    `fact_id` is the key of the fact, `number`, `number:seq` or `number:seq:rev`.
    """
    if origin is Origin.TEST:
        return
    message = {
        "bucket": number % BUCKETS,
        "id": f"{topic}:{fact_id}",
        "topic": topic,
        "at": at,
        "cells": [dict(cell) for cell in cells],
        "body": dict(body),
        "turn": turn if origin is Origin.LIVE else None,
    }
    if isinstance(into, Writes):
        into.insert(OutboxMessage, [message])
    else:
        insert_all(into, OutboxMessage, [message])


def announce_of_edition(
    tx: Session,
    topic: Topic,
    fact_id: str,
    *,
    at: datetime,
    edition_id: int,
    body: Mapping[str, Any],
    turn: int = 0,
) -> bool:
    """Write a message about an edition, unless it is there; says whether it was written.

    Subscribers get `body` as it stands here, with the edition and market by name. Nothing is counted by it.
    """
    return insert_if_absent(
        tx,
        OutboxMessage,
        bucket=edition_id % BUCKETS,
        id=f"{topic}:{fact_id}",
        topic=topic,
        at=at,
        cells=[],
        body={**body, "edition_id": edition_id},
        folded_at=at,
        turn=turn,
    )


def announce_low_stock(
    tx: Session, *, at: datetime, edition_id: int, what: str, remaining: int, granted: int
) -> bool:
    """Tell subscribers that a counted stock runs low, once for each size it ever had; says whether it did.

    `what` is the name of the counter, and `remaining` what all of its slots have left together.
    """
    if remaining * 100 > granted * LOW_PERCENT:
        return False
    return announce_of_edition(
        tx,
        Topic.STOCK_LOW,
        f"{edition_id}:{granted}:{what}"[:80],
        at=at,
        edition_id=edition_id,
        body={"what": what.removeprefix("stock:"), "remaining": remaining, "stock": granted},
    )


def fact_of(message: OutboxMessage) -> tuple[int, ...]:
    """The key of the fact a code's message is about: its number, then its seq and rev where it has them."""
    return tuple(int(part) for part in message.id.removeprefix(f"{message.topic}:").split(":"))


def stream_of(message: OutboxMessage) -> str:
    """The stream a message for subscribers belongs to; those of one stream are sent one after the other."""
    match message.topic.partition(".")[0]:
        case "claim" | "redemption":
            return f"code:{fact_of(message)[0]}"
        case "edition":
            return f"edition:{message.body['edition_id']}"
        case _:
            return message.id[:64]

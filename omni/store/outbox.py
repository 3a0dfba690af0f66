"""Announcing facts: the message stands in the fact's own transaction, or neither does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from omni.domain.counting import OutboxMessage
from omni.domain.record import BUCKETS, Origin


def announce(
    tx: Session,
    topic: str,
    fact_id: str,
    *,
    at: datetime,
    number: int,
    origin: Origin,
    cells: Sequence[Mapping[str, Any]],
    body: Mapping[str, Any],
) -> None:
    """Write the message of a fact; `fact_id` makes its id, so one fact has one message.

    What is a test is announced nowhere: it never counts and no subscriber hears of it.
    """
    if origin is Origin.TEST:
        return
    tx.add(
        OutboxMessage(
            bucket=number % BUCKETS,
            id=f"{topic}:{fact_id}",
            topic=topic,
            at=at,
            cells=[dict(cell) for cell in cells],
            body=dict(body),
        )
    )

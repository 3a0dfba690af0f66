"""What a worker does for subscribers: hands facts over to them, and sends what is due."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from omni.domain.delivery_rule import Answer
from omni.domain.hook import Delivery
from omni.domain.keyring import KeyringProblem
from omni.outside.post import Post
from omni.services import delivering

if TYPE_CHECKING:
    from omni.app import Installation

SIDE_BY_SIDE = 4
"""How many messages one subscriber is sent at the same time, each of another stream."""

_ROUND = timedelta(seconds=10)


def hand_over(place: Installation, stop: threading.Event) -> int:
    """Hand every announced fact over to the subscribers that want to hear of it; says how many facts."""
    facts = 0
    while not stop.is_set():
        with place.db.writing() as tx:
            handed = delivering.hand_over(tx, place.world.now())
        if not handed:
            break
        facts += handed
    return facts


def deliver(place: Installation, stop: threading.Event) -> int:
    """Send subscribers what is due, all of them side by side; says how many messages were taken.

    A round ends for everybody after some seconds: one that is slow keeps nobody else waiting for longer.
    """
    with place.db.reading() as session:
        due = delivering.hooks_due(session, place.world.now())
    if not due:
        return 0
    with ThreadPoolExecutor(len(due), thread_name_prefix="subscriber") as pool:
        return sum(pool.map(partial(_serve, place, stop), due))


def _serve(place: Installation, stop: threading.Event, hook_id: int) -> int:
    """Send one subscriber what is due, until nothing is, or it falls silent, or its time is over."""
    until, count = place.world.now() + _ROUND, 0
    is_silent = threading.Event()
    while not (stop.is_set() or is_silent.is_set()) and place.world.now() < until:
        taken = _take(place, hook_id)
        if not taken:
            break
        count += len(taken)
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="letter") as lanes:
            answers = list(lanes.map(partial(_answer, place, stop, is_silent), taken))
        _settle(place, taken, answers)
    return count


def _take(place: Installation, hook_id: int) -> Sequence[Delivery]:
    with place.db.reading() as session:
        ids = delivering.due(session, place.world.now(), hook_id=hook_id)
    if not ids:
        return ()
    with place.db.writing() as tx:
        return delivering.take(tx, place.world.now(), ids=ids)


def _answer(
    place: Installation, stop: threading.Event, is_silent: threading.Event, taken: Delivery
) -> Answer | None:
    """What a subscriber says to one message; None when it was not sent, because it says nothing at all."""
    if stop.is_set() or is_silent.is_set():
        return None
    try:
        with place.db.reading() as session:
            letter = delivering.letter(session, place.world.now(), delivery=taken, keyring=place.keyring)
    except KeyringProblem as lost:
        return Answer(None, str(lost))
    post = Post(allows_private=place.settings.webhook_private_networks)
    answer = post.send(letter.url, letter.body, letter.headers)
    if answer.status is None:
        is_silent.set()
    return answer


def _settle(place: Installation, taken: Sequence[Delivery], answers: Sequence[Answer | None]) -> None:
    now = place.world.now()
    with place.db.writing() as tx:
        for message, answer in zip(taken, answers, strict=True):
            if answer is None:
                delivering.put_back(tx, taken=message)
            else:
                dice = int.from_bytes(place.world.mint(4)) / 0xFFFF_FFFF
                delivering.settle(tx, now, taken=message, answer=answer, dice=dice)

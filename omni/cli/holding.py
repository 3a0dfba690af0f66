"""Letting go of reservations that ran out, so that what they kept is free for the next shopper."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from omni.services import running_out

if TYPE_CHECKING:
    from omni.app import Installation

AT_ONCE = 200


def release_run_out(place: Installation, stop: threading.Event) -> int:
    """Let go of the holds that ran out, each in a transaction of its own; says how many those were.

    A hold that ran out reserves nothing for its own voucher from that instant on; others get at what it kept
    when this was here, or whoever asks about that voucher.
    """
    with place.db.reading() as session:
        overdue = running_out.run_out(session, place.world.now(), limit=AT_ONCE)
    released = 0
    for number, batch_id in overdue:
        if stop.is_set():
            break
        with place.db.writing() as tx:
            released += running_out.let_run_out(tx, place.world.now(), number=number, batch_id=batch_id)
    return released

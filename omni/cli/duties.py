"""What a worker does beside folding and printing, one line for each duty.

A quick duty is asked once a turn. A slow one talks to other machines, so it has a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from omni.cli import delivering, holding, mirroring, retaining

if TYPE_CHECKING:
    from omni.app import Installation

Do = Callable[["Installation", threading.Event], int]
"""Does what is due now, and says how much that was; stops early when told to."""


class Duty(NamedTuple):
    """What is done again and again, and the job that one worker at a time has of it.

    Without a job all workers do it side by side, because each piece of it is claimed on its own.
    """

    do: Do
    job: str | None


QUICK: tuple[Duty, ...] = (
    Duty(holding.release_run_out, "release-holds"),
    Duty(delivering.hand_over, "hand-over"),
    Duty(retaining.retain, "retain"),
)
"""Done between two foldings: a few transactions at most."""

SLOW: tuple[Duty, ...] = (Duty(delivering.deliver, None), Duty(mirroring.Mirrors(), "mirror"))
"""Done beside everything else: they wait for other machines."""

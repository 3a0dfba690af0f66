"""What a worker does beside folding and printing, one line for each duty.

A quick duty is asked once a turn. A slow one talks to other machines, so it has a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from omni.cli import delivering, holding, mirroring

if TYPE_CHECKING:
    from omni.app import Installation

Duty = Callable[["Installation", threading.Event], int]
"""Does what is due now, and says how much that was; stops early when told to."""

QUICK: tuple[Duty, ...] = (holding.release_run_out, delivering.hand_over)
"""Done between two foldings: a few transactions at most."""

SLOW: tuple[Duty, ...] = (delivering.deliver, mirroring.Mirrors())
"""Done beside everything else: they wait for other machines."""

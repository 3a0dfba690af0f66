"""The two things asked of the outside, held still: what time it is, and the dice."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import shake_256
from itertools import count

import pytest


@pytest.fixture
def now() -> datetime:
    """Ten in the morning, UTC, on the eleventh of the eleventh."""
    return datetime(2026, 11, 11, 10, tzinfo=UTC)


@pytest.fixture
def mint() -> Callable[[int], bytes]:
    """Dice that fall the same way in every run, and never twice the same within one test."""
    throws = count(1)
    return lambda size: shake_256(b"%d" % next(throws)).digest(size)

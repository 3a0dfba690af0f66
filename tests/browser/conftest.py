"""What every test of pages in a browser begins with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omni.app import Installation
from tests.support.looking import served


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to look at pages."""
    return "sqlite"


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    """The address of a server of this test's own."""
    with served(installation) as address:
        yield address

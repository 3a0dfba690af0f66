"""Who runs what: a file that makes something costly once goes to one worker, other tests to whoever is free.

pytest-xdist's own mark for that does nothing with today's pytest: it is written where nobody reads it.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

TOGETHER = ("tests/house/test_packaging.py",)
"""Files whose fixture takes half a minute."""


class Sharing(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out single tests, and the files that stay together whole and first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    """Share the tests out like this where groups are asked for."""
    return Sharing(config, log) if config.getvalue("dist") == "loadgroup" else None

"""Long proofs: a tenth of their count in `make test`, all of it in `make prove`, with a printed seed.

What pages say does not depend on the engine: there `make test` is content with one, `make prove` is not.
"""

import os
import random

import pytest
from hypothesis import settings

FULL = os.environ.get("OMNI_PROVE") == "1"
EXAMPLES = 1_000

# No deadline: the machine is shared, and a slow example is not a wrong one.
settings.register_profile("full", max_examples=EXAMPLES, deadline=None, print_blob=True)
settings.register_profile("tenth", max_examples=EXAMPLES // 10, deadline=None, print_blob=True)
settings.load_profile("full" if FULL else "tenth")


def share_of(full_count: int) -> int:
    """How many of a proof's `full_count` trials this run makes: all of them, or a tenth (at least one)."""
    return full_count if FULL else max(1, full_count // 10)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix the seed before Hypothesis reads it. Workers of one run are handed the same one."""
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the pages on PostgreSQL to `make prove`; how many those are stands in the closing line."""
    if FULL:
        return
    left_out = [item for item in items if item.get_closest_marker("pages") and _is_on_postgres(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _is_on_postgres(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and call.params.get("engine_name") == "postgresql"


def pytest_report_header(config: pytest.Config) -> str:
    """Say how much is proved and how to run exactly this again."""
    seed = config.getoption("hypothesis_seed")
    much = "full count, pages on both engines" if FULL else "a tenth, pages on SQLite"
    return f"proofs: {much}, repeat with --hypothesis-seed={seed}"


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers for a proof that rolls its own; the same printed seed rolls them again."""
    return random.Random(f"{request.config.getoption('hypothesis_seed')}/{request.node.nodeid}")

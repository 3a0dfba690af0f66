"""Long proofs: a tenth of their count in `make test`, all of it in `make prove`, with a printed seed."""

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


def pytest_report_header(config: pytest.Config) -> str:
    """Say how much is proved and how to run exactly this again."""
    seed = config.getoption("hypothesis_seed")
    return f"proofs: {'full count' if FULL else 'a tenth'}, repeat with --hypothesis-seed={seed}"


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers for a proof that rolls its own; the same printed seed rolls them again."""
    return random.Random(f"{request.config.getoption('hypothesis_seed')}/{request.node.nodeid}")

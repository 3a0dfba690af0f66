"""The whole OpenAPI document against a running server: whatever it allows is answered as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from omni.app import Installation
from omni.domain.people import Scope
from tests.support.machines import a_key
from tests.support.proofs import share_of
from tests.support.serving import environment, served

HERE = Path(__file__)
CONFIG = HERE.parents[1] / "support" / "schemathesis.toml"


@pytest.fixture
def engine_name() -> str:
    """Requests are refused and answered before a database is asked; what it then says, other tests ask."""
    return "sqlite"


@pytest.mark.proof
@pytest.mark.pages
def test_nothing_the_document_allows_is_answered_otherwise(installation: Installation) -> None:
    with served(installation) as server:
        told = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                *("--config-file", str(CONFIG), "run", f"http://127.0.0.1:{server.port}/api/v1/openapi.json"),
                *("--header", f"Authorization: Bearer {a_key(installation, scopes=[Scope.ADMIN])}"),
                *("--phases", "examples,coverage,fuzzing", "--max-examples", str(share_of(100))),
                *("--seed", "11", "--no-color"),
            ],
            cwd=installation.settings.data_dir,
            env=environment(),
            capture_output=True,
            text=True,
        )
    assert told.returncode == 0, told.stdout[-12_000:]

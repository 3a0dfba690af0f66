"""What a server of a test wrote, in the report of the test that failed: nobody else sees that log again."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ENOUGH_CHARACTERS = 8_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add every log in the folder of a test that failed."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder is not None:
        for log in sorted(folder.rglob("server.log")):
            report.sections.append((str(log.relative_to(folder)), telling(log)))
    return report


def telling(log: Path) -> str:
    """The first error with what followed it, or the end of a log without one."""
    said = log.read_text(errors="replace")
    first_error = said.find(" ERROR ")
    if first_error < 0:
        return said[-ENOUGH_CHARACTERS:]
    return said[first_error : first_error + ENOUGH_CHARACTERS]

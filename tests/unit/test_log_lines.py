"""What a serving process writes to standard error."""

import json
import logging
from collections.abc import Iterator

import pytest

from omni.web.log_lines import write_log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def said(form: str, capsys: pytest.CaptureFixture[str]) -> str:
    write_log(form)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("omni.web").exception("an incident %s", "é")
    logging.getLogger("omni.web").info("nobody needs to know")
    return capsys.readouterr().err


def test_machines_get_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = said("json", capsys).splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "omni.web", "an incident é")
    assert told["at"].endswith("+00:00")
    assert "ValueError: two\nlines" in told["traceback"]


def test_people_get_lines_they_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    first = said("text", capsys).splitlines()[0]
    assert first.endswith("ERROR omni.web: an incident é")

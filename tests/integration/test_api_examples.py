"""The examples in the API's documents are a day that really happened: here it happens again."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask

from omni.web.api.examples import FILE, examples
from omni.web.api.operations import OPERATIONS
from tests.support.api_tour import a_place, as_text, tell


@pytest.fixture
def engine_name() -> str:
    """Documents are the same on both engines."""
    return "sqlite"


def test_the_examples_are_what_the_api_says_today() -> None:
    with a_place() as place:
        assert FILE.read_text() == as_text(tell(place)), "run: python -m tests.support.api_tour"


def test_every_operation_that_speaks_json_has_an_example() -> None:
    speaking = {
        each.name
        for each in OPERATIONS
        if not all(isinstance(answer, str) for answer in each.answers.values())
    }
    assert speaking - examples().keys() == set()


def test_every_example_ended_as_its_operation_says() -> None:
    for operation in OPERATIONS:
        for each in examples().get(operation.name, ()):
            assert each.is_problem or each.status in operation.answers, (operation.name, each.summary)


def test_no_two_examples_of_an_operation_have_one_name() -> None:
    for name, told in examples().items():
        assert len({each.slug for each in told}) == len(told), name


def test_the_page_shows_each_example_as_it_is_typed(app: Flask) -> None:
    page = unescape(app.test_client().get("/api/v1/docs").get_data(as_text=True))
    for told in examples().values():
        for each in told:
            assert each.summary in page
            assert f"curl -X {each.method} '/api/v1{each.path}'" in page


def test_no_example_gives_a_key_away() -> None:
    assert "omni_" not in FILE.read_text()

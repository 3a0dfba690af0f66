"""Whatever is asked of the cube, the level that answers says what all the cells together say."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omni.domain.counting import CellLevel
from omni.domain.cube import Kind
from omni.store import cube
from omni.store.cube import Coordinates, Measure, Sum
from omni.store.engine import Database
from tests.support.proofs import share_of

DAYS = st.integers(20_000, 20_004)
KINDS = st.sampled_from([Kind.SCAN.value, Kind.CLAIM.value, Kind.REDEEM.value, "refused-cap-reached"])
COORDINATES = st.sampled_from([name for name in Coordinates._fields if name not in ("level", "kind")])
CELLS = st.lists(
    st.builds(
        lambda day, quarter, **rest: {**rest, "day": day, "quarter": 96 * day + quarter},
        day=DAYS,
        quarter=st.integers(0, 95),
        edition_id=st.integers(0, 2),
        placement_id=st.integers(0, 3),
        touchpoint=st.sampled_from(["receipt", "screen"]),
        kind=KINDS,
        variant=st.sampled_from(["default", "b"]),
        arm=st.just("treatment"),
        locale=st.sampled_from(["", "fr_FR"]),
        currency=st.sampled_from(["", "EUR"]),
        # None: a print run that was stopped before anything came out.
        n=st.integers(0, 3),
        amount_minor=st.integers(-500, 500),
    ),
    min_size=5,
    max_size=25,
)


class Question(NamedTuple):
    """What may be asked of a cube."""

    by: list[str]
    measures: list[Measure]
    edition_ids: set[int]
    first_day: int | None
    last_day: int | None

    def is_about(self, counted: dict[str, Any]) -> bool:
        return (
            counted["edition_id"] in self.edition_ids
            and (self.first_day is None or counted["day"] >= self.first_day)
            and (self.last_day is None or counted["day"] <= self.last_day)
        )


QUESTIONS = st.builds(
    Question,
    st.lists(COORDINATES, unique=True, max_size=3),
    st.lists(
        st.builds(Measure, st.frozensets(KINDS, min_size=1), st.sampled_from(Sum._fields)),
        min_size=1,
        max_size=3,
    ),
    st.sets(st.integers(0, 2), min_size=1),
    st.none() | DAYS,
    st.none() | DAYS,
)


@pytest.mark.proof
@settings(max_examples=share_of(250), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=CELLS, questions=st.lists(QUESTIONS, min_size=10, max_size=20))
def test_the_level_that_answers_says_what_all_the_cells_say(
    database: Database, cells: list[dict[str, Any]], questions: list[Question]
) -> None:
    with database.writing() as tx:
        cube.clear(tx)
        cube.add(tx, cells)
        for question in questions:
            meant = [each for each in cells if question.is_about(each)]
            found = dict(cube.totals(tx, **question._asdict()))
            assert found == added_up(meant, question.by, question.measures)


def added_up(
    cells: list[dict[str, Any]], by: list[str], measures: list[Measure]
) -> dict[tuple[Any, ...], tuple[int | None, ...]]:
    """The same by hand."""
    held: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for each in cells:
        held[tuple({**each, "time": each["day"]}[name] for name in by)].append(each)
    sums: dict[tuple[Any, ...], tuple[int | None, ...]] = {}
    for at, group in held.items():
        parts = [[each[of] for each in group if each["kind"] in kinds] for kinds, of in measures]
        if any(each["n"] for each in group):
            sums[at] = tuple(sum(part) if part else None for part in parts)
    return sums


@pytest.mark.parametrize(
    "by,is_bounded,level",
    [
        ([], False, CellLevel.EDITION_DAY),
        (["edition_id", "time"], True, CellLevel.EDITION_DAY),
        (["placement_id", "edition_id"], False, CellLevel.PLACEMENT),
        (["placement_id"], True, CellLevel.DAY),
        (["placement_id", "time"], False, CellLevel.DAY),
    ],
)
def test_the_level_with_the_fewest_cells_answers(by: list[str], is_bounded: bool, level: CellLevel) -> None:
    assert cube.level_for(by, is_bounded=is_bounded) is level

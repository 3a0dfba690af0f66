"""Whatever lies in a spool, forged or not: every good line is counted once, every other one is set aside."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from omni.app import Installation
from omni.domain.batch import Batch
from omni.domain.counting import OrphanScan, Scan, SpoolDamage
from omni.services.reconciling import reconcile
from omni.store.frames import PAYLOAD_LIMIT, frame
from omni.store.rows import table_of
from tests.support.codes import a_batch
from tests.support.journeys import a_scan, an_orphan, fold
from tests.support.proofs import share_of

CODES = 3
MACHINE = "7d9c0e4e-1111-4111-8111-111111111111"
FILES = count()

TOO_LARGE = [1 << 31, 1 << 63, 1 << 70, 10**400]
STRANGE_NUMBERS: list[Any] = [-1, -(1 << 70), 0.5, True, "1", None, [], {}, *TOO_LARGE]
STRANGE_WORDS = ["a\0b", "\0", "\ud800", "two words", "<b>", "x" * 33, "é", 7, None, ["fr_FR"], {}]
STRANGE_DAYS = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2027-11-11T10:00:00Z"]
STRANGE_DAYS += ["2025-11-11T10:00:00Z", "1969-12-31T23:59:59.999Z"]
FORGED: dict[str, list[Any]] = {
    "at": [*STRANGE_DAYS, "2026-11-11T10:00:00", "tomorrow", "\0", 0, 1e300, -(10**30), None],
    "number": [*STRANGE_NUMBERS, CODES, 1 << 40],
    "batch_id": [*STRANGE_NUMBERS, 0],
    "edition_id": [*STRANGE_NUMBERS, 0],
    "placement_id": [*STRANGE_NUMBERS, 0],
    "revision": STRANGE_NUMBERS,
    "kind": ["person", "", "x" * 99, 1, None],
    "device": ["toaster", "", "\0", 1, None],
    "origin": ["dream", None],
    "shared": ["perhaps", 2, None],
    "looks_like": ["not-a-code", "x"],
    "mark": ["0123456789abcdef", "\0", 7],
    **dict.fromkeys(("touchpoint", "variant", "arm", "locale"), STRANGE_WORDS),
}
FORGERIES = [(field, value) for field, values in FORGED.items() for value in values]
RUBBISH = st.one_of(
    st.tuples(st.binary(max_size=50).filter(lambda text: b"\n" not in text), st.just(1)),
    st.sampled_from([(b"[", PAYLOAD_LIMIT), (b'{"a":', 13_000), (b'"', 65_000), (b"9", 65_000)]),
    st.sampled_from([(b"null", 1), (b"{}", 1), (b"1e999", 1), (b"", 1)]),
)
NUMBERS = st.integers(0, CODES - 1)
ANYTHING = st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists, max_leaves=9)
LINES = st.one_of(
    st.tuples(st.just("code"), NUMBERS),
    st.tuples(st.just("later version"), ANYTHING),
    st.tuples(st.just("orphan"), NUMBERS),
    st.tuples(st.just("forged"), st.sampled_from(FORGERIES)),
    st.tuples(st.just("rubbish"), RUBBISH),
)
GOOD = {"code", "later version", "orphan"}


def payload(place: Installation, batch: Batch, line: tuple[str, Any]) -> bytes:
    """A line of one kind; a forged one is right in everything but one field."""
    what, value = line
    scan = a_scan(place, batch, batch.first_number + (value if what == "code" else 0))
    match what:
        case "code":
            return scan.to_payload()
        case "orphan":
            return an_orphan(place).to_payload()
        case "rubbish":
            text, times = value
            return bytes(text * times)
    document = {**scan.model_dump(mode="json", exclude_none=True), "mood": value}
    if what == "forged":
        field, forged = value
        document = {**document, "mood": "", field: forged}
        if field == "number" and forged == CODES:
            document["number"] += batch.first_number
    return json.dumps(document).encode()


def spooled(folder: Path, payloads: list[bytes]) -> tuple[str, list[int]]:
    """A file of a machine nobody has heard of, whose writer is dead; where each of its lines begins."""
    home = folder / MACHINE
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"20261111T095959.000000-{next(FILES):08x}.spool"
    starts = []
    with path.open("wb") as file:
        for line in payloads:
            starts.append(file.tell())
            file.write(frame(line))
    return f"{MACHINE}/{path.name}", starts


def positions(place: Installation, kind: type[SQLModel], spool_id: str) -> set[int]:
    columns = table_of(kind).c
    with place.db.reading() as session:
        where = select(columns.position).where(columns.spool_id == spool_id)
        return set(session.connection().execute(where).scalars())


@pytest.mark.proof
@settings(
    max_examples=share_of(200),
    # Shrinking would take minutes: every example is some transactions on a real database.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=st.lists(LINES, min_size=1, max_size=12))
def test_every_good_line_is_counted_once_and_every_other_is_set_aside(
    installation: Installation, lines: list[tuple[str, Any]]
) -> None:
    batch = a_batch(installation, count=CODES)
    folder = installation.settings.data_dir / "spool"
    spool_id, starts = spooled(folder, [payload(installation, batch, line) for line in lines])
    fold(installation)
    assert not (folder / spool_id).exists(), "folded to its end"
    at = {
        what: {start for start, line in zip(starts, lines, strict=True) if line[0] == what} for what in GOOD
    }
    assert positions(installation, Scan, spool_id) == at["code"] | at["later version"]
    assert positions(installation, OrphanScan, spool_id) == at["orphan"]
    assert positions(installation, SpoolDamage, spool_id) == set(starts) - set().union(*at.values())
    with installation.db.reading() as session:
        assert reconcile(session) == []


def test_no_forged_field_is_believed(installation: Installation) -> None:
    batch = a_batch(installation, count=CODES)
    folder = installation.settings.data_dir / "spool"
    forged = [payload(installation, batch, ("forged", forgery)) for forgery in FORGERIES]
    spool_id, starts = spooled(folder, forged)
    fold(installation)
    set_aside = positions(installation, SpoolDamage, spool_id)
    assert [each for start, each in zip(starts, FORGERIES, strict=True) if start not in set_aside] == []
    assert not (folder / spool_id).exists(), "folded to its end"

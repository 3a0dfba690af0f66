"""The lines of a spool under every ill that befalls files: cuts, flipped bytes, strangers' bytes between."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omni.store.frames import FRAME_LIMIT, PAYLOAD_LIMIT, Damage, DamageReason, Frame, frame, frames

payloads = st.lists(st.binary(max_size=40).filter(lambda text: b"\n" not in text), max_size=8)
rubbish = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"\n", b"\n\n", b"\n0005", b"\n0005deadbeefhello", b"\nffff00000000", b"\0" * 20]),
)


def spooled(lines: list[bytes]) -> bytes:
    return b"".join(frame(line) for line in lines)


def read(data: bytes) -> list[bytes]:
    return [found.payload for found in frames(data) if isinstance(found, Frame)]


@given(payloads, st.integers(0, 10**9))
def test_what_is_written_is_read_and_every_position_is_its_own(lines, offset):
    data = spooled(lines)
    found = list(frames(data, offset))
    assert [line.payload for line in found] == lines
    assert [data[line.start - offset : line.end - offset] for line in found] == [
        frame(line) for line in lines
    ]


@given(payloads, st.data())
def test_reading_goes_on_from_any_line(lines, data):
    spool = spooled(lines)
    ends = [0, *(found.end for found in frames(spool))]
    start = data.draw(st.sampled_from(ends))
    assert list(frames(spool[start:], start)) == [found for found in frames(spool) if found.start >= start]


@given(payloads, st.data())
def test_a_cut_costs_only_the_line_it_goes_through(lines, data):
    spool = spooled(lines)
    cut = data.draw(st.integers(0, len(spool)))
    whole = [found.payload for found in frames(spool) if found.end <= cut]
    assert read(spool[:cut]) == whole
    left = [found for found in frames(spool[:cut]) if isinstance(found, Damage)]
    assert all(found.reason is DamageReason.TORN and found.end == cut for found in left)
    assert len(left) <= 1


@given(payloads, st.data(), st.integers(1, 255))
def test_a_flipped_byte_costs_only_the_line_it_is_in(lines, data, flip):
    assume(lines)
    spool = bytearray(spooled(lines))
    at = data.draw(st.integers(0, len(spool) - 1))
    hit = next(i for i, found in enumerate(frames(bytes(spool))) if at < found.end)
    spool[at] ^= flip
    assert read(bytes(spool)) == lines[:hit] + lines[hit + 1 :]


@given(st.lists(st.tuples(rubbish, st.sampled_from([b"a", b"bb", b'{"n":1}'])), min_size=1, max_size=8))
def test_what_a_stranger_or_a_short_write_leaves_between_lines_costs_no_line(mixture):
    data = b"".join(between + frame(line) for between, line in mixture)
    found = read(data)
    assert [line for line in found if line] == [line for _, line in mixture]


@given(st.binary(max_size=300), st.integers(0, 1000))
def test_any_bytes_are_accounted_for_without_gap_or_overlap(data, offset):
    found = list(frames(data, offset))
    edges = [offset, *(edge for piece in found for edge in (piece.start, piece.end)), offset + len(data)]
    assert all(left == right for left, right in list(pairwise(edges))[::2])
    assert all(piece.end > piece.start for piece in found)


@given(st.binary(max_size=60), st.binary(max_size=60).filter(lambda text: b"\n" not in text))
def test_more_bytes_never_change_what_was_already_whole(data, more):
    before = [found for found in frames(data) if not _is_torn(found)]
    assert list(frames(data + b"\n" + more))[: len(before)] == before


@pytest.mark.parametrize("payload", [b"two\nlines", b"x" * (PAYLOAD_LIMIT + 1)], ids=["newline", "too long"])
def test_what_cannot_be_one_line_is_refused(payload):
    with pytest.raises(ValueError, match="one line"):
        frame(payload)


def test_the_longest_payload_comes_back():
    assert read(frame(b"x" * PAYLOAD_LIMIT)) == [b"x" * PAYLOAD_LIMIT]


def test_a_tail_that_nothing_can_complete_is_garbled_rather_than_torn():
    (waiting,) = frames(b"\0" * (FRAME_LIMIT - 1))
    (hopeless,) = frames(b"\0" * FRAME_LIMIT)
    assert isinstance(waiting, Damage)
    assert isinstance(hopeless, Damage)
    assert (waiting.reason, hopeless.reason) == (DamageReason.TORN, DamageReason.GARBLED)


def _is_torn(found: Frame | Damage) -> bool:
    return isinstance(found, Damage) and found.reason is DamageReason.TORN

"""The lines of a spool: framed so that a cut, a flipped bit or a foreign write costs one line and no more."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

# A line begins with its newline, so what a dying writer left unfinished ends where the next line begins.
_HEAD = re.compile(rb"\n([0-9a-f]{4})([0-9a-f]{8})")
_HEAD_SIZE = 13

PAYLOAD_LIMIT = 0xFFFF
"""The longest payload a frame can carry, in bytes."""

FRAME_LIMIT = _HEAD_SIZE + PAYLOAD_LIMIT
"""The longest frame, in bytes."""


class DamageReason(StrEnum):
    """What is wrong with a stretch of a spool."""

    TORN = "torn"
    GARBLED = "garbled"
    UNREADABLE = "unreadable"


class Frame(NamedTuple):
    """One whole line; `start` and `end` are positions in the file."""

    start: int
    end: int
    payload: bytes


class Damage(NamedTuple):
    """A stretch that holds no record: torn at the end of the file, garbled, or sound but not understood."""

    start: int
    end: int
    reason: DamageReason


def frame(payload: bytes) -> bytes:
    """A payload as a line of its own: newline, length, CRC32, payload. ValueError when it cannot be one."""
    if b"\n" in payload or len(payload) > PAYLOAD_LIMIT:
        raise ValueError("a payload is one line of at most 65,535 bytes")
    return b"\n%04x%08x%s" % (len(payload), zlib.crc32(payload), payload)


def frames(data: bytes, offset: int = 0) -> Iterator[Frame | Damage]:
    """The lines of a stretch of a spool that begins at a position of its file, without a gap.

    After damage it goes on at the next newline. A last line that is not whole is torn: whether more of it
    may come is for the caller to know. Beyond the size of a frame nothing can complete it, and it is garbled.
    """
    at = 0
    while at < len(data):
        found = _sound(data, at, offset) or _damaged(data, at, offset)
        at = found.end - offset
        yield found


def _sound(data: bytes, at: int, offset: int) -> Frame | None:
    head = _HEAD.match(data, at)
    if head is None:
        return None
    end = head.end() + int(head[1], 16)
    payload = data[head.end() : end]
    whole = end <= len(data) and zlib.crc32(payload) == int(head[2], 16)
    return Frame(at + offset, end + offset, payload) if whole else None


def _damaged(data: bytes, at: int, offset: int) -> Damage:
    end = data.find(b"\n", at + 1)
    if end >= 0:
        return Damage(at + offset, end + offset, DamageReason.GARBLED)
    reason = DamageReason.TORN if len(data) - at < FRAME_LIMIT else DamageReason.GARBLED
    return Damage(at + offset, len(data) + offset, reason)

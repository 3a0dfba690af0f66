"""Pages drawn once, with gaps where every reader has something of their own."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Response

from omni.web.headers import harden

T = TypeVar("T")

# Characters that no text of ours contains stand where every scan has its own.
CODE, TOKEN, ORIGIN, TIME, DAY, LEFT = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"
_GAPS = re.compile(f"([{CODE}{TOKEN}{ORIGIN}{TIME}{DAY}{LEFT}])")


@dataclass(frozen=True)
class Gapped:
    """A text with gaps: its pieces, and which gap follows each of them but the last."""

    pieces: Sequence[bytes]
    gaps: Sequence[str]

    @classmethod
    def of(cls, text: str) -> Gapped:
        """A text in which the characters of gaps stand."""
        split = _GAPS.split(text)
        return cls([piece.encode() for piece in split[::2]], split[1::2])

    def filled(self, own: Mapping[str, bytes]) -> bytes:
        """The text with its gaps filled."""
        parts = [self.pieces[0]]
        for gap, piece in zip(self.gaps, self.pieces[1:], strict=True):
            parts += own[gap], piece
        return b"".join(parts)


@dataclass(frozen=True)
class Shell:
    """A page with gaps, its status line and its headers but for the length."""

    body: Gapped
    status: str
    headers: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, response: Response) -> Shell:
        """The shell of a page that was drawn with gaps."""
        harden(response)
        headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
        return cls(Gapped.of(response.get_data(as_text=True)), response.status, headers)


class Kept(Generic[T]):
    """The last so many things that were made, by what they were made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self.get = self._kept.get

    def put(self, key: Hashable, made: T) -> T:
        """Keep something; what was kept first goes first."""
        self._kept[key] = made
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key, made when it is not there."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found

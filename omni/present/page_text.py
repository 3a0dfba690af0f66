"""The words of a page without its looks: what a shopper reads, top to bottom, each piece in its language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_LINES = ("address", "button", "dd", "dt", "h1", "h2", "h3", "label", "li", "option", "p", "summary")
_PARTS = ("article", "details", "div", "dl", "footer", "form", "header", "main", "section", "select", "ul")
_BLOCKS = frozenset((*_LINES, *_PARTS, "ol"))
_SILENT = frozenset({"head", "nav", "script", "style", "svg"})
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


@dataclass(frozen=True)
class Piece:
    """One paragraph of a page: the element it stands in, its language, its words."""

    kind: str
    locale: str
    text: str


def page_text(html: str, *, leaving_out: str = "") -> list[Piece]:
    """The paragraphs of a page in reading order; of pictures what they show in words, of menus nothing.

    An element of the class that is left out is skipped with all it holds.
    """
    reader = _Reader(leaving_out)
    reader.feed(html)
    reader.close()
    reader.end_piece()
    return reader.pieces


class _Reader(HTMLParser):
    """Collects text until a block begins or ends."""

    def __init__(self, leaving_out: str) -> None:
        super().__init__()
        self._left_out = leaving_out
        self.pieces: list[Piece] = []
        self._open: list[tuple[str, str]] = []
        self._silence: list[int] = []
        self._words: list[str] = []
        self._kind, self._locale = "p", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in _BLOCKS or tag == "br":
            self.end_piece()
        if tag == "img":
            self._hear(named.get("alt") or "")
            self.end_piece()
        if tag not in _VOID:
            is_left_out = self._left_out and self._left_out in (named.get("class") or "").split()
            self._open.append((tag, named.get("lang") or self._spoken()))
            self._silence += [len(self._open)] if is_left_out or tag in _SILENT else []

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_piece()
        while any(name == tag for name, _ in self._open):
            self._silence = [depth for depth in self._silence if depth < len(self._open)]
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        self._hear(data)

    def end_piece(self) -> None:
        """What was heard since the last block is one piece."""
        text = re.sub(r"[ \t\n]+", " ", "".join(self._words)).strip()
        if text:
            self.pieces.append(Piece(self._kind, self._locale, text))
        self._words = []

    def _hear(self, words: str) -> None:
        if self._silence:
            return
        if words.strip() and not "".join(self._words).strip():
            blocks = [name for name, _ in self._open if name in _BLOCKS]
            self._kind, self._locale = (blocks or ["p"])[-1], self._spoken()
        self._words.append(words)

    def _spoken(self) -> str:
        return self._open[-1][1] if self._open else ""

"""Share cards, drawn once and kept for whoever asks next: a phone, or a site being built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Response

from omni.domain.offer import Picture
from omni.present.easels import Easels
from omni.present.share_card import Easel, ShareCard
from omni.services import showing
from omni.web import here
from omni.web.kept_files import KeptFiles
from omni.web.shopper_pictures import FOR_EVER


class Cards:
    """The cards of this installation; one that was not drawn yet is drawn on an easel."""

    def __init__(self) -> None:
        self._easel = Easel(_picture)
        self._kept = KeptFiles("cards")
        self._easels = Easels({}, {})

    @contextmanager
    def coming(self, cards: Iterable[ShareCard]) -> Iterator[None]:
        """Draw beside all that follows, on other cores, those of many cards that were not drawn yet."""
        self._kept.make_room()
        missing = [card for card in cards if not self._kept.has(_file(card))]
        found = {digest: _picture(digest) for digest in {card.picture for card in missing} if digest}
        pictures = {digest: picture for digest, picture in found.items() if picture}
        files = {self._kept.path(_file(card)): card for card in missing}
        with Easels(files, pictures) as self._easels:
            yield

    def answer(self, card: ShareCard) -> Response:
        """A card as it is served at its address. Raises PrintUnavailable without the extra `print`."""
        response = Response(self._body(card), mimetype="image/jpeg")
        response.headers["Cache-Control"] = FOR_EVER
        return response

    def _body(self, card: ShareCard) -> bytes:
        name = _file(card)
        self._easels.settle(self._kept.path(name))
        body = self._kept.get(name)
        if body is None:
            body = self._easel.draw(card)
            self._kept.keep(name, body)
        return body


def _file(card: ShareCard) -> str:
    return f"{card.digest}.jpg"


def _picture(digest: str) -> Picture | None:
    with here().db.reading() as session:
        return showing.picture(session, digest)

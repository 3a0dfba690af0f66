"""A market of the demo in which one state of a page after another is brought about, by our own services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from threading import Event
from typing import Any, NoReturn

from flask import Flask, abort

from omni.app import Installation, build_app
from omni.cli.holding import release_run_out
from omni.domain.batch import Batch
from omni.domain.campaign import EditionState
from omni.domain.campaign_file import CampaignFile
from omni.domain.policies import HoldPart, HoldWhen
from omni.domain.refusal import Refused
from omni.domain.rulebook import Caller
from omni.services import launching
from omni.services.holding import PAGE, hold
from omni.services.matching import WantedLine
from omni.store import finders
from omni.store.engine import Database
from tests.support.codes import a_batch, a_receipt_code, code_of, voucher_of
from tests.support.installations import FESTIVAL, Clock, author, demo_file, put_live
from tests.support.journeys import spend, take_back, unlock
from tests.support.looking import serving


@dataclass(frozen=True)
class Reader:
    """Somebody's phone, in a market and at a shop there."""

    language: str
    market: str
    shop: str


READERS = {
    "fr": Reader("fr-FR", "fr", "fr-paris"),
    "ar": Reader("ar-SA", "sa", "sa-riyadh"),
    "ja": Reader("ja-JP", "jp", "jp-tokyo"),
    "th": Reader("th-TH", "th", "th-bangkok"),
}
"""Four scripts, one of them from right to left."""

BEFORE = datetime(2026, 10, 20, 10, tzinfo=UTC)
USING = datetime(2027, 1, 5, 10, tzinfo=UTC)
RETURNING = datetime(2027, 1, 20, 10, tzinfo=UTC)
"""Before the demo opens; after its last unlock; after its last use, while goods may still come back."""

ALL_OVER_HERE = datetime(2026, 11, 25, 10, tzinfo=UTC)
"""After all its days in a market that ends soon, while the others go on."""

ONE_ITEM = WantedLine(next(iter(demo_file().bundles["tea"].items)), 1)

SCARCE = "rain"
"""The bundle of which there is one."""

_NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/omni"
_A_TIME_OF_ITS_OWN = timedelta(minutes=20)


def go_live_for_readers(database_url: str) -> None:
    """Put the demo live in the markets of these readers."""
    parts = demo_file().markets
    here = {reader.market: parts[reader.market] for reader in READERS.values()}
    put_live(database_url, demo_file().model_copy(update={"markets": here}))


@dataclass
class Scene:
    """The demo in one reader's market, served twice: once without its database."""

    place: Installation
    clock: Clock
    reader: Reader
    base: str
    base_away: str
    _turns: Iterator[int] = field(default_factory=count)
    _written: CampaignFile | None = None

    def begin(self) -> None:
        """Put everything back as the demo has it, at a time of its own."""
        self.go_to(FESTIVAL + next(self._turns) * _A_TIME_OF_ITS_OWN)
        release_run_out(self.place, Event())
        if self.edition.state is EditionState.PAUSED:
            self.step(launching.resume)
        self.write()

    def go_to(self, instant: datetime) -> None:
        """It is another time."""
        self.clock.at = instant
        self.place.catalogue.fresh()

    @property
    def elsewhere(self) -> Reader:
        """Somebody in another market."""
        return READERS["ja" if self.reader is READERS["fr"] else "fr"]

    @property
    def edition(self) -> Any:
        """The demo in this market."""
        with self.place.db.reading() as session:
            return finders.edition_by_key(session, f"double-11/{self.reader.market}")

    def write(self, **changes: Any) -> None:
        """Let the demo's part of this market say this; without changes, what it says."""
        file = self._file(**changes)
        if file != (self._written or self._file()):
            with self.place.db.writing() as tx:
                author(tx, self.clock.at, file)
            self.place.catalogue.fresh()
        self._written = file

    def end_soon(self) -> None:
        """All ends in November here, and what hangs in another market's pop-up is named to follow."""
        there = self.elsewhere
        self.batch(edition=f"double-11/{there.market}", placement=f"{there.shop}-popup", shared=True)
        days = {"last_issue": 15, "last_unlock": 15, "last_use": 20, "returns_until": 30}
        ends = {name: date(2026, 11, day) for name, day in days.items()}
        self.write(afterwards=f"{there.shop}-popup", **ends)

    def draft(self, campaign: str) -> str:
        """The edition of a campaign that is written like the demo, and not launched."""
        with self.place.db.writing() as tx:
            author(tx, self.clock.at, self._file().model_copy(update={"campaign": campaign}))
        return f"{campaign}/{self.reader.market}"

    def _file(self, **changes: Any) -> CampaignFile:
        part = demo_file().markets[self.reader.market].model_copy(update=changes)
        return demo_file().model_copy(update={"markets": {self.reader.market: part}})

    def step(self, verb: Callable[..., object], **details: object) -> None:
        """Pause, resume or end the demo in this market."""
        with self.place.db.writing() as tx:
            edition = finders.edition_by_key(tx, f"double-11/{self.reader.market}")
            _done(verb(tx, self.clock.at, edition=edition, by="tests", **details))
        self.place.catalogue.fresh()

    def batch(self, bundle: str | None = "tea", **asked: Any) -> Batch:
        """A code of the shop's pop-up."""
        usual = {"edition": f"double-11/{self.reader.market}", "placement": f"{self.reader.shop}-popup"}
        return a_batch(self.place, bundle=bundle, **{**usual, "count": 1, **asked})

    def receipt(self) -> str:
        """The address of the code of a receipt, printed two minutes ago."""
        number, till = f"{self.clock.at:%d%H%M}", f"{self.reader.shop}-till-1"
        return f"/c/{a_receipt_code(self.place, placement=till, number=number)}"

    def poster(self) -> str:
        """The address of the code that hangs in the pop-up."""
        self.batch(shared=True, count=50)
        return f"/p/{self.reader.shop}-popup"

    def code(self, batch: Batch) -> str:
        """The address of a batch's code."""
        return f"/c/{code_of(self.place, batch)}"

    def voucher(self, batch: Batch) -> str:
        """The address of its voucher."""
        return f"/v/{voucher_of(self.place, code_of(self.place, batch))}"

    def unlocked(self, bundle: str = "tea") -> Batch:
        """A code that is unlocked."""
        batch = self.batch(bundle)
        locale = self.reader.language.replace("-", "_")
        _done(unlock(self.place, batch, batch.first_number, key=str(batch.id), locale=locale))
        return batch

    def used(self, *lines: WantedLine) -> Batch:
        """A code that was used, for these items or for all."""
        batch = self.unlocked()
        currency = self.place.catalogue.fresh().markets[self.reader.market].currency
        order: dict[str, Any] = {"order_ref": f"O-{batch.id}", "total_minor": 9_900_000, "currency": currency}
        _done(spend(self.place, batch, batch.first_number, key=str(batch.id), lines=lines, **order))
        return batch

    def bring_back(self, batch: Batch) -> Batch:
        """Take back all that a code was used for; its batch again."""
        _done(take_back(self.place, batch, batch.first_number, key=f"back {batch.id}"))
        return batch

    def one_is_left(self) -> None:
        """There is one of what is scarce, and it is reserved on the way to the shop."""
        self.write(hold=HoldPart(when=HoldWhen.SHOP, minutes=15), stock={SCARCE: 1})

    def reserve(self, batch: Batch) -> Batch:
        """Reserve for a voucher what is scarce; its batch again."""
        with self.place.db.writing() as tx:
            page, number = Caller(client="web", key="", body_hash=""), batch.first_number
            _done(hold(tx, self.clock.at, batch=batch, number=number, caller=page, order_ref=PAGE))
        return batch


@contextmanager
def a_scene(place: Installation, clock: Clock, reader: Reader) -> Iterator[Scene]:
    """Serve an installation to a reader, for as long as the block lasts."""
    away = replace(place, db=Database(_NOWHERE))
    with serving(_breaking(build_app(place))) as base, serving(build_app(away)) as base_away:
        yield Scene(place, clock, reader, base, base_away)


def _done(outcome: object) -> None:
    assert not isinstance(outcome, Refused), outcome


def _breaking(app: Flask) -> Flask:
    """An application with one more page, which fails as it is told."""

    def breaks(status: int) -> NoReturn:
        abort(status)

    app.add_url_rule("/breaks/<int:status>", view_func=breaks)
    return app

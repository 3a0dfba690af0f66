"""What was true of an edition at an instant, and what will be: content, state, days, prices as known then.

The past is what was recorded by then; the future is today's content, with time gone by. Of places and market
records only the present state is kept, so they are read as they are now.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from omni.domain.batch import Batch, CodePhase
from omni.domain.campaign import Edition, EditionRevision, EditionState, EditionStep
from omni.domain.claim import Claim
from omni.domain.placement import Placement, Touchpoint
from omni.domain.price import DailySale, Price, bundle_item
from omni.domain.published import Published, PublishedBundle, terms_by_price
from omni.domain.refusal import BadInput
from omni.domain.rulebook import expiry_of, page_state
from omni.domain.window import day_after, midnight
from omni.services import opening
from omni.services.opening import OpenedCode
from omni.store import finders
from omni.store.catalogue import Catalogue, ItemThere, load
from omni.store.contents import content_of

_A_MOMENT = timedelta(seconds=1)
_LAST_DAYS = ("last_issue_on", "last_unlock_on", "last_use_on", "returns_until_on")
_DAYS = ("opens_on", *_LAST_DAYS)
_NOBODY = "preview"

_Row = TypeVar("_Row", Price, DailySale)


class Shown(StrEnum):
    """How far the shopper has come whose page is shown."""

    OFFER = "offer"
    UNLOCKED = "unlocked"
    USED = "used"


@dataclass(frozen=True)
class Sight:
    """The page of a code at an instant: the code, and all that surrounds it then."""

    at: datetime
    catalogue: Catalogue
    view: OpenedCode


@dataclass(frozen=True)
class Then:
    """An edition at an instant, and all that surrounds it."""

    at: datetime
    catalogue: Catalogue
    edition: Edition

    @property
    def content(self) -> Published:
        """What it says then."""
        return self.catalogue.contents[self.edition.id or 0]

    @property
    def zone(self) -> str:
        """The zone of its market's days."""
        return self.catalogue.markets[self.edition.market_id].time_zone

    def changed_at(self, bundles: Iterable[PublishedBundle] = ()) -> datetime:
        """When it last became another than it had been: by its content, a step, one of its days.

        Or by a price of these bundles, where one was recorded, began or ended.
        """
        days = (getattr(self.edition, name) for name in _LAST_DAYS)
        found = [midnight(self.edition.opens_on, self.zone), *(day_after(day, self.zone) for day in days)]
        for price in self._prices(bundles):
            found += [price.recorded_at, price.valid_from, price.valid_until or price.valid_from]
        return max([self.edition.changed_at, *(each for each in found if each <= self.at)])

    def _prices(self, bundles: Iterable[PublishedBundle]) -> Iterator[Price]:
        for bundle in bundles:
            own = bundle_item(self.content.campaign, bundle.slug)
            for item in (own, *(line.sku for line in bundle.lines)):
                yield from self.catalogue.prices.get((self.content.market, item), ())

    def bundle(self, slug: str | None) -> PublishedBundle:
        """One of its bundles, by default the first. Raises BadInput."""
        bundles = {bundle.slug: bundle for bundle in self.content.bundles}
        if slug is None:
            return self.content.offered[0]
        if slug not in bundles:
            raise BadInput("bundle", f"{slug} is not sold there; there are {', '.join(bundles)}")
        return bundles[slug]


def instant_of(text: str, zone: str) -> datetime:
    """An instant as people write it: on the market's own clock unless it has an offset. Raises BadInput.

    A day alone is its first instant; of an hour that the clocks show twice the first is meant.
    """
    try:
        written = datetime.fromisoformat(text.strip())
        local = written if written.tzinfo else written.replace(tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            "at", f"{text} is no instant: write 2026-11-11T00:00, with an offset for another clock"
        ) from None


def zone_of(session: Session, edition: Edition) -> str:
    """The zone of an edition's market, whose clock an instant without an offset is on."""
    return finders.market_of(session, edition.market_id).time_zone


def travel(session: Session, now: datetime, at: datetime, *, edition: Edition) -> Then:
    """An edition at an instant, past or future. Raises BadInput when nothing was published by then."""
    return Archive(session).travel(now, at, edition=edition)


class Archive:
    """All that was recorded of editions, read once for any number of instants."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._today = load(session, 0)

    def travel(self, now: datetime, at: datetime, *, edition: Edition) -> Then:
        """An edition at an instant, past or future. Raises BadInput when nothing was published by then."""
        if at > now:
            return Then(at, self._today, edition)
        catalogue = self._as_it_was(at)
        edition_id = edition.id or 0
        if edition_id not in catalogue.editions:
            local = at.astimezone(ZoneInfo(zone_of(self._session, edition)))
            raise BadInput("at", f"nothing of this was published by {local.isoformat(timespec='seconds')}")
        content = catalogue.contents[edition_id]
        known = replace(
            catalogue,
            prices=_known(finders.prices_of(self._session, content), at),
            sales=_known(finders.sales_of(self._session, content), at),
        )
        return Then(at, known, known.editions[edition_id])

    def _as_it_was(self, at: datetime) -> Catalogue:
        """The catalogue as it stood at a past instant; what was published later is not in it."""
        today = self._today
        published = [row for row in self._revisions if row.published_at <= at]
        rows = {row.edition_id: row for row in published}
        steps = {step.edition_id: step for step in self._steps if step.at <= at}
        contents = {edition_id: content_of(row) for edition_id, row in rows.items()}
        repricings = {
            bundle_id: [each for each in some if each.decided_at <= at]
            for bundle_id, some in today.repricings.items()
        }
        batches = [batch for batch in today.batches if batch.issued_at <= at and batch.edition_id in contents]
        return replace(
            today,
            editions={
                edition_id: _edition(
                    today.editions[edition_id], row, contents[edition_id], steps.get(edition_id)
                )
                for edition_id, row in rows.items()
            },
            contents=contents,
            versions={edition_id: row.version for edition_id, row in rows.items()},
            batches=batches,
            first_numbers=[batch.first_number for batch in batches],
            recalls={
                batch_id: [recall for recall in recalls if recall.recalled_at <= at]
                for batch_id, recalls in today.recalls.items()
            },
            repricings=repricings,
            promised={
                bundle_id: terms_by_price(
                    [content_of(row) for row in published if row.edition_id == some[0].edition_id],
                    bundle_id,
                )
                for bundle_id, some in repricings.items()
                if some
            },
            _found={},
        )

    @cached_property
    def _revisions(self) -> Sequence[EditionRevision]:
        return self._session.exec(select(EditionRevision).order_by(col(EditionRevision.revision))).all()

    @cached_property
    def _steps(self) -> Sequence[EditionStep]:
        return self._session.exec(select(EditionStep).order_by(col(EditionStep.id))).all()


def sight(session: Session, then: Then, *, bundle: str | None = None, shown: Shown = Shown.OFFER) -> Sight:
    """What a shopper with a code of a bundle sees then, fresh or in a later stage of its life.

    The code is nobody's. One that was unlocked was unlocked at that instant, or when it last could be.
    """
    offered = then.bundle(bundle)
    batch = Batch(
        edition_id=then.edition.id or 0,
        revision=then.edition.revision,
        placement_id=_place(session, then).id or 0,
        bundle_id=offered.id,
        first_number=0,
        size=1,
        key_id=1,
        host="",
        client=_NOBODY,
        issued_at=then.at,
        issued_by=_NOBODY,
    )
    view = opening.look_unread(then.at, catalogue=then.catalogue, batch=batch, number=0)
    return Sight(then.at, then.catalogue, view if shown is Shown.OFFER else _later(then, view, shown))


def sight_of(session: Session, then: Then, *, batch: Batch, number: int) -> Sight:
    """What the holder of one code saw then, before she unlocked it."""
    view = opening.look_unread(then.at, catalogue=then.catalogue, batch=batch, number=number)
    seen = replace(view, receipt=opening.history(session, number).receipt)
    return Sight(then.at, then.catalogue, opening.on_paper(session, then.catalogue, seen))


def _edition(edition: Edition, row: EditionRevision, content: Published, step: EditionStep | None) -> Edition:
    """An edition's row as it read then; before its first step it is a draft."""
    state = step.state if step else EditionState.DRAFT
    return Edition.model_validate(
        {
            **edition.model_dump(),
            **{name: getattr(content, name) for name in _DAYS},
            "state": state,
            "revision": row.revision,
            "pause_reason": step.reason if step else None,
            "pause_words": step.words if step else None,
            "changed_at": max(row.published_at, step.at) if step else row.published_at,
            "look_again_at": edition.look_again_at if state is EditionState.PAUSED else None,
        }
    )


def _known(rows: Iterable[_Row], at: datetime) -> dict[ItemThere, list[_Row]]:
    """Prices or sales by market and item, as far as they were recorded by an instant."""
    found: dict[ItemThere, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.recorded_at <= at:
            found[row.market_id, row.item].append(row)
    return found


def _place(session: Session, then: Then) -> Placement:
    """Where such a code would have been printed: a till of the edition, else any place."""
    listed = finders.placements_listed(session, then.edition.id or 0)
    places = [then.catalogue.placements[placement] for placement in listed]
    return min(places, key=lambda place: (place.touchpoint is not Touchpoint.RECEIPT, place.id or 0))


def _later(then: Then, view: OpenedCode, shown: Shown) -> OpenedCode:
    """The same code once it was unlocked, and perhaps used."""
    last = day_after(then.edition.last_unlock_on, then.zone) - _A_MOMENT
    claimed_at = max(midnight(then.edition.opens_on, then.zone), min(then.at, last))
    price = then.catalogue.price(then.edition.id or 0, view.bundle.slug, claimed_at)
    locale, terms = next(iter(then.content.terms.items()))
    claim = Claim(
        bucket=0,
        number=0,
        edition_id=then.edition.id or 0,
        revision=then.edition.revision,
        bundle_id=view.bundle.id,
        placement_id=view.batch.placement_id,
        batch_id=0,
        terms_id=terms.id,
        locale=locale,
        price_minor=price or 0,
        currency=view.market.currency,
        client=_NOBODY,
        claimed_at=claimed_at,
        expires_at=expiry_of(then.edition, then.zone),
    )
    phase = CodePhase.REDEEMED if shown is Shown.USED else CodePhase.CLAIMED
    code = replace(view.code, phase=phase)
    state = page_state(code, claim, then.at, has_stock=True)
    return replace(view, code=code, claim=claim, price_minor=price, state=state)

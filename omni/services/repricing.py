"""A price that rises above what paper says: what is out there, and what is decided about it.

The rule is one: whatever live paper says less than the price that holds now or begins later, and was not
decided about yet, is decided about with the import that is made. To honour it is the default.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from sqlmodel import Session, select

from omni.domain.campaign import Campaign, Edition, EditionState
from omni.domain.market import Market
from omni.domain.price import ANY_SURFACE, Price, bundle_item
from omni.domain.price_history import Step, timeline
from omni.domain.published import Published, PublishedBundle
from omni.domain.repricing import PrintedPrice, Repricing, in_order, spoken_for
from omni.domain.window import day_after
from omni.services import surveying, taking_down
from omni.services.surveying import PaperOut, PrintedOut
from omni.store import finders
from omni.store.catalogue import has_changed


@dataclass(frozen=True)
class Rise:
    """A bundle's price that is above what paper says; `decision` is None while nobody decided.

    `begins_at` is None for a price that holds already. Plain values: what is undecided outlives its
    transaction.
    """

    edition: str
    bundle: str
    price_minor: int
    currency: str
    digits: int
    zone: str
    begins_at: datetime | None
    paper: Sequence[PaperOut]
    decision: PrintedPrice | None


class Undecided(Exception):
    """Prices rise above what paper says, and nobody said what becomes of it; nothing may be committed."""

    def __init__(self, rises: Sequence[Rise]) -> None:
        super().__init__(f"{len(rises)} prices rise above what is printed")
        self.rises = rises


@dataclass(frozen=True)
class Decider:
    """Who imports, when, and what they say becomes of paper; None when they did not say."""

    now: datetime
    printed: PrintedPrice | None
    by: str


def settle(
    tx: Session, decider: Decider, *, edition: Edition, bundles: Collection[str] | None = None
) -> list[Rise]:
    """Decide about the paper of an edition that says less than its bundles cost now or later.

    With a recall, what hangs gets its lines on the recall sheets. While nobody said what becomes of it
    nothing is written, and what is found has no decision yet.
    """
    market = finders.market_of(tx, edition.market_id)
    end = day_after(edition.last_unlock_on, market.time_zone)
    if edition.state is EditionState.ENDED or decider.now >= end:
        return []
    content = finders.published(tx, edition)
    found = []
    for bundle in content.bundles:
        if bundles is None or bundle.slug in bundles:
            paper = _Paper(tx, decider, edition, market, f"{content.campaign}/{market.id}", bundle)
            found += paper.settle(_steps(tx, content, bundle, decider.now, end))
    return found


def settle_items(tx: Session, decider: Decider, items: Collection[tuple[str, str]]) -> list[Rise]:
    """The same for bundles as price files name them: market and `campaign/bundle`. Raises Undecided."""
    by_edition: dict[tuple[str, str], set[str]] = defaultdict(set)
    for market, item in items:
        campaign, _, bundle = item.partition("/")
        by_edition[campaign, market].add(bundle)
    found: list[Rise] = []
    for (campaign, market), bundles in sorted(by_edition.items()):
        rows = select(Edition).join(Campaign).where(Campaign.slug == campaign, Edition.market_id == market)
        edition = tx.exec(rows).first()
        if edition is not None and edition.revision:
            found += settle(tx, decider, edition=edition, bundles=bundles)
    return decided(found)


def decided(rises: Sequence[Rise]) -> list[Rise]:
    """The rises, once each has its decision. Raises Undecided with those that have none."""
    if undecided := [rise for rise in rises if rise.decision is None]:
        raise Undecided(undecided)
    return list(rises)


def _steps(
    tx: Session, content: Published, bundle: PublishedBundle, now: datetime, end: datetime
) -> list[Step]:
    """What a bundle costs from now until nobody can unlock it any more."""
    item = bundle_item(content.campaign, bundle.slug)
    rows = select(Price).where(
        Price.market_id == content.market, Price.item == item, Price.surface == ANY_SURFACE
    )
    return [
        step
        for step in timeline(tx.exec(rows).all(), item)
        if (step.ends_at is None or step.ends_at > now) and step.starts_at < end
    ]


@dataclass(frozen=True)
class _Paper:
    """The paper of one bundle, about to be decided about."""

    tx: Session
    decider: Decider
    edition: Edition
    market: Market
    key: str
    bundle: PublishedBundle

    def settle(self, steps: Sequence[Step]) -> list[Rise]:
        known = in_order(finders.repricings_of(self.tx, self.edition.id or 0, self.bundle.id))
        paper: dict[int, list[PrintedOut]] = defaultdict(list)
        for run in self._undecided(max((step.amount_minor for step in steps), default=0)):
            above = self._first_above(run, steps, known)
            if above is not None:
                paper[above].append(run)
        if self.decider.printed is not None:
            for place, runs in sorted(paper.items()):
                self._decide(self.decider.printed, steps[place], runs)
            self._honour_until_then(steps, known)
        return [self._rise(steps[place], runs) for place, runs in sorted(paper.items())]

    def _undecided(self, below_minor: int) -> Iterator[PrintedOut]:
        return surveying.undecided_paper(
            self.tx,
            self.decider.now,
            edition_id=self.edition.id or 0,
            bundle_id=self.bundle.id,
            below_minor=below_minor,
        )

    def _first_above(self, run: PrintedOut, steps: Sequence[Step], known: Sequence[Repricing]) -> int | None:
        """The first price above what the paper says; None when there is none, or that was decided about."""
        printed_minor, now = run.paper.price_minor, self.decider.now
        for place, step in enumerate(steps):
            if step.amount_minor > printed_minor:
                by_then = [each for each in known if each.decided_at <= max(now, step.starts_at)]
                return None if spoken_for(printed_minor, run.printed_at, by_then) else place
        return None

    def _decide(self, printed: PrintedPrice, step: Step, runs: Sequence[PrintedOut]) -> None:
        repricing = self._say(step, printed, self.decider.now)
        if printed is not PrintedPrice.RECALL:
            return
        hanging: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for run in runs:
            if run.paper.hangs:
                hanging[run.paper.price_minor].append((run.run_id, run.placement_id))
        for printed_minor, papers in hanging.items():
            taking_down.order(
                self.tx,
                self.decider.now,
                papers=papers,
                because=self._because(printed_minor, step.amount_minor),
                repricing_id=repricing.id,
                by=self.decider.by,
            )

    def _honour_until_then(self, steps: Sequence[Step], known: Sequence[Repricing]) -> None:
        """Paper that is printed before a dearer price begins is honoured: nobody could ask about it now."""
        announced = {(each.price_minor, each.decided_at) for each in known}
        for earlier, step in pairwise(steps):
            is_ahead = step.starts_at > self.decider.now and step.amount_minor > earlier.amount_minor
            if is_ahead and (step.amount_minor, step.starts_at) not in announced:
                self._say(step, PrintedPrice.HONOUR, step.starts_at)

    def _say(self, step: Step, decision: PrintedPrice, at: datetime) -> Repricing:
        repricing = Repricing(
            edition_id=self.edition.id or 0,
            bundle_id=self.bundle.id,
            price_minor=step.amount_minor,
            currency=self.market.currency,
            decision=decision,
            decided_at=at,
            decided_by=self.decider.by,
        )
        self.tx.add(repricing)
        self.tx.flush()
        has_changed(self.tx)
        return repricing

    def _because(self, printed_minor: int, price_minor: int) -> str:
        """Both prices in plain digits, for a record that is read in every language."""
        old, new = (
            f"{Decimal(amount).scaleb(-self.market.digits):f}" for amount in (printed_minor, price_minor)
        )
        return f"{old} → {new} {self.market.currency}"

    def _rise(self, step: Step, runs: Sequence[PrintedOut]) -> Rise:
        copies: dict[PaperOut, int] = defaultdict(int)
        for run in runs:
            copies[replace(run.paper, copies=0)] += run.paper.copies
        return Rise(
            edition=self.key,
            bundle=self.bundle.slug,
            price_minor=step.amount_minor,
            currency=self.market.currency,
            digits=self.market.digits,
            zone=self.market.time_zone,
            begins_at=step.starts_at if step.starts_at > self.decider.now else None,
            paper=[replace(paper, copies=count) for paper, count in copies.items()],
            decision=self.decider.printed,
        )

"""Varying: how the variants of a campaign's bundles did, each beside those it was shown with."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from sqlmodel import Session, col, func, select

from omni.domain.batch import BatchKind
from omni.domain.campaign import Campaign, EditionRevision, EditionState, EditionStep
from omni.domain.chance import odds_against
from omni.domain.cube import Kind, day_number
from omni.domain.placement import Touchpoint
from omni.domain.published import Published, PublishedBundle, PublishedVariant
from omni.domain.window import local_day
from omni.services.recounting import COUNTED
from omni.store.catalogue import Catalogue
from omni.store.cube import Measure, totals

WRONG_SPLIT = 1000
"""Odds against the weights at which nobody believes the split any more: p < 0.001 at whatever look."""

TOLD = 40
"""Odds against chance at which a difference is told: two are looked for, so at most 1 trial in 20 errs."""

_STEPS = tuple(Measure(frozenset({kind})) for kind in (Kind.SCAN_FIRST, Kind.CLAIM, Kind.REDEEM_FIRST))

_NOTHING = (0, 0, 0)

_Which = tuple[int, int]
"""An edition's id, and that of one of its bundles."""


@dataclass
class Shown:
    """One variant: how many codes were scanned with it by people, unlocked with it, and used."""

    variant: PublishedVariant
    scanned: int = 0
    unlocked: int = 0
    used: int = 0

    def add(self, scanned: int, unlocked: int, used: int) -> None:
        """Count more of each."""
        self.scanned += scanned
        self.unlocked += unlocked
        self.used += used


@dataclass
class Trial:
    """Variants of a bundle that are shown side by side, wherever they are shown by the same weights.

    Only a code of one's own is counted, for all who scan a poster see the same; `has_posters` where some were
    left out. `names` are the bundle's in all markets asked about; `since` is the first whole day after the
    weights were changed, where they were.
    """

    content: Published
    bundle: PublishedBundle
    shown: Sequence[Shown]
    names: Mapping[str, str]
    markets: set[str] = field(default_factory=set)
    touchpoints: set[Touchpoint] = field(default_factory=set)
    since: date | None = None
    has_posters: bool = False

    @property
    def weights(self) -> list[int]:
        """How often each is to be shown, beside the others."""
        return [each.variant.weight for each in self.shown]

    @property
    def is_split_wrongly(self) -> bool:
        """Whether the codes that were scanned cannot have been split by the weights."""
        return odds_against([each.scanned for each in self.shown], self.weights) >= WRONG_SPLIT

    @property
    def differs_in_unlocks(self) -> bool:
        """Whether more than chance is needed to say which variants were unlocked.

        Codes are dealt to variants by weight. If it made no difference which one a code shows, then those
        unlocked would be split by the weights too, and that holds at any time of looking and for any number
        of variants at once.
        """
        return odds_against([each.unlocked for each in self.shown], self.weights) >= TOLD

    @property
    def differs_in_uses(self) -> bool | None:
        """The same of uses; None where some may be of claims from before the weights were changed."""
        if self.since is not None:
            return None
        return odds_against([each.used for each in self.shown], self.weights) >= TOLD


def trials(
    session: Session, catalogue: Catalogue, campaign: Campaign, markets: Collection[str] | None = None
) -> list[Trial]:
    """The trials of a campaign in some markets, or in all, over all its days; none where nothing varies."""
    varied = {
        (edition.id or 0, bundle.id): bundle
        for edition in catalogue.editions.values()
        if edition.campaign_id == campaign.id and (markets is None or edition.market_id in markets)
        for bundle in catalogue.contents[edition.id or 0].offered
        if bundle.variants
    }
    if not varied:
        return []
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for bundle in varied.values():
        names[bundle.slug] |= bundle.names
    places, found = _places(catalogue, varied), _Found(catalogue, names)
    by_start: dict[date | None, list[_Which]] = defaultdict(list)
    for which in places:
        by_start[_since(session, catalogue, which, varied[which].slug)].append(which)
    for since, some in by_start.items():
        counted = _counted(session, {edition_id for edition_id, _ in some}, since)
        for which in some:
            found.add(which[0], varied[which], places[which], counted, since)
    return sorted(found.trials.values(), key=lambda trial: trial.bundle.slug)


class _Found:
    """The trials found so far, by the bundle and the weights of what is shown side by side."""

    def __init__(self, catalogue: Catalogue, names: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogue, self._names = catalogue, names
        self.trials: dict[tuple[str, tuple[tuple[str, int], ...]], Trial] = {}

    def add(
        self,
        edition_id: int,
        bundle: PublishedBundle,
        places: Mapping[int, bool],
        counted: Mapping[tuple[int, int, str], Sequence[int]],
        since: date | None,
    ) -> None:
        """Add what was counted with a bundle's variants at each of its places."""
        for placement_id, has_poster in places.items():
            touchpoint = self._catalogue.placements[placement_id].touchpoint
            trial = self._of(bundle, bundle.variants_at(touchpoint), edition_id)
            if trial is None:
                continue
            trial.markets.add(self._catalogue.editions[edition_id].market_id)
            trial.touchpoints.add(touchpoint)
            trial.since = max(filter(None, (trial.since, since)), default=None)
            trial.has_posters |= has_poster
            for each in () if has_poster else trial.shown:
                # Every variant has a name of its own in its campaign, so these are this bundle's.
                each.add(*counted.get((edition_id, placement_id, each.variant.slug), _NOTHING))

    def _of(
        self, bundle: PublishedBundle, shown: Mapping[str, PublishedVariant], edition_id: int
    ) -> Trial | None:
        if not shown:
            return None
        key = bundle.slug, tuple((slug, variant.weight) for slug, variant in shown.items())
        if key not in self.trials:
            content, names = self._catalogue.contents[edition_id], self._names[bundle.slug]
            each = [Shown(variant) for variant in shown.values()]
            self.trials[key] = Trial(content=content, bundle=bundle, names=names, shown=each)
        return self.trials[key]


def _places(catalogue: Catalogue, varied: Collection[_Which]) -> dict[_Which, dict[int, bool]]:
    """Where codes of each bundle were issued, and whether a poster of it hangs there."""
    places: dict[_Which, dict[int, bool]] = defaultdict(dict)
    for batch in catalogue.batches:
        which = batch.edition_id, batch.bundle_id
        if which in varied and batch.origin in COUNTED:
            is_poster = batch.kind is BatchKind.SHARED
            places[which][batch.placement_id] = places[which].get(batch.placement_id, False) or is_poster
    return places


def _counted(
    session: Session, edition_ids: Collection[int], since: date | None
) -> dict[tuple[int, int, str], Sequence[int]]:
    """What was scanned, unlocked and used, by edition, placement and variant."""
    cells = totals(
        session,
        by=("edition_id", "placement_id", "variant"),
        measures=_STEPS,
        edition_ids=edition_ids,
        first_day=None if since is None else day_number(since),
    )
    return {at: [n or 0 for n in sums] for at, sums in cells}


def _since(session: Session, catalogue: Catalogue, which: _Which, slug: str) -> date | None:
    """The first whole day on which a bundle was split as it is now; None where it never was otherwise."""
    revisions = _since_launch(session, which[0])
    for later, earlier in pairwise(revisions):
        if _split(earlier, slug) not in ([], _split(revisions[0], slug)):
            zone = catalogue.markets[catalogue.editions[which[0]].market_id].time_zone
            return local_day(later.published_at, zone) + timedelta(days=1)
    return None


def _since_launch(session: Session, edition_id: int) -> Sequence[EditionRevision]:
    """What an edition said when it was launched, and whenever that changed, last to first."""
    launch = select(func.min(EditionStep.at)).where(
        EditionStep.edition_id == edition_id, EditionStep.state == EditionState.LIVE
    )
    at_launch = select(func.max(EditionRevision.revision)).where(
        EditionRevision.edition_id == edition_id,
        col(EditionRevision.published_at) <= launch.scalar_subquery(),
    )
    from_then = select(EditionRevision).where(
        EditionRevision.edition_id == edition_id,
        col(EditionRevision.revision) >= at_launch.scalar_subquery(),
    )
    return session.exec(from_then.order_by(col(EditionRevision.revision).desc())).all()


def _split(revision: EditionRevision, slug: str) -> list[tuple[str, int, list[str]]]:
    """How a revision split a bundle's codes; not at all where it had no such bundle."""
    return sorted(
        (variant["slug"], variant["weight"], sorted(variant.get("touchpoints", ())))
        for bundle in revision.content["bundles"]
        if bundle["slug"] == slug
        for variant in bundle.get("variants", ())
    )

"""What a marketer reads of variants: how many were shown which, what came of it, and whether by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from omni.domain.campaign import Campaign
from omni.domain.chance import wilson
from omni.domain.creative import Form
from omni.domain.published import in_locale
from omni.present.charts import range_bar
from omni.present.formatting import count, day, listing, market_name, percent
from omni.present.locales import current_locale, gettext
from omni.present.page_cut import ADDRESS, page_cut
from omni.services.varying import Shown, Trial, trials
from omni.web import here
from omni.web.studio.desk import catalogue

_NO_SHARE = "–"


@dataclass(frozen=True)
class ToldShare:
    """A number, its share of the scanned codes in words, and the range in which the true share lies."""

    number: str
    share: str
    range: str


@dataclass(frozen=True)
class ToldVariant:
    """One variant in words; `bar` shows where its share of unlocked codes lies, on the scale of its trial."""

    slug: str
    picture: str
    scanned: str
    seen: str
    planned: str
    unlocked: ToldShare
    used: ToldShare
    bar: Markup


@dataclass(frozen=True)
class ToldTrial:
    """Variants shown side by side, and what can be said of them by now; `kinds` as the campaign file says."""

    bundle: str
    markets: str
    kinds: str
    rows: Sequence[ToldVariant]
    verdicts: Sequence[str]
    is_split_wrongly: bool
    since: str
    has_posters: bool


def told_trials(campaign: Campaign, market: str | None) -> list[ToldTrial]:
    """Every trial of a campaign, in one market or in all; none where nothing varies."""
    with here().db.reading() as session:
        found = trials(session, catalogue(), campaign, None if market is None else {market})
    return [_told(trial) for trial in found]


def _told(trial: Trial) -> ToldTrial:
    spoken = current_locale()
    is_everywhere = all(not each.touchpoints for each in trial.bundle.variants)
    return ToldTrial(
        bundle=in_locale(trial.names, spoken),
        markets=listing(sorted(market_name(each, spoken) for each in trial.markets), spoken),
        kinds="" if is_everywhere else ", ".join(sorted(trial.touchpoints)),
        rows=[_row(trial, each) for each in trial.shown],
        verdicts=[] if trial.is_split_wrongly else list(_verdicts(trial)),
        is_split_wrongly=trial.is_split_wrongly,
        since=day(trial.since, spoken) if trial.since else "",
        has_posters=trial.has_posters,
    )


def _row(trial: Trial, of: Shown) -> ToldVariant:
    spoken, variant = current_locale(), of.variant
    cut = page_cut(trial.content, variant.picture, Form.THUMB)
    unlocked, used = _share(of.unlocked, of.scanned), _share(of.used, of.scanned)
    return ToldVariant(
        slug=variant.slug,
        picture=cut.address if cut else ADDRESS + variant.picture,
        scanned=count(of.scanned, spoken),
        seen=_percent(of.scanned, sum(each.scanned for each in trial.shown)),
        planned=_percent(variant.weight, sum(trial.weights)),
        unlocked=unlocked,
        used=used,
        bar=_bar(trial, of, f"{unlocked.share} ({unlocked.range})"),
    )


def _share(part: int, scanned: int) -> ToldShare:
    """A code that a till unlocked was never scanned; where there are more of them, there is no share."""
    spoken = current_locale()
    if not scanned >= max(part, 1):
        return ToldShare(count(part, spoken), _NO_SHARE, "")
    low, high = wilson(part, scanned)
    ends = (percent(int(low * 100), 100, spoken), percent(ceil(high * 100), 100, spoken))
    return ToldShare(count(part, spoken), _percent(part, scanned), "–".join(ends))


def _percent(part: int, whole: int) -> str:
    return percent(part, whole, current_locale()) if whole else _NO_SHARE


def _bar(trial: Trial, of: Shown, title: str) -> Markup:
    if not of.scanned >= max(of.unlocked, 1):
        return Markup("")
    shared = [each for each in trial.shown if each.scanned >= max(each.unlocked, 1)]
    most = max(wilson(each.unlocked, each.scanned)[1] for each in shared)
    low, high = wilson(of.unlocked, of.scanned)
    return range_bar(low, of.unlocked / of.scanned, high, most=most, title=title)


def _verdicts(trial: Trial) -> Iterator[str]:
    """Whether what came of the variants differs by more than chance, in a sentence for each step."""
    if len(trial.shown) < 2:
        return
    steps = ((gettext("Offers taken"), trial.differs_in_unlocks), (gettext("Uses"), trial.differs_in_uses))
    for step, differs in steps:
        if differs:
            yield gettext("%(step)s: chance alone does not explain the difference.", step=step)
        elif differs is not None:
            yield gettext("%(step)s: the difference may still be chance.", step=step)

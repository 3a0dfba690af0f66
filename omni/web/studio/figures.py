"""The figures a marketer opens on: three sentences, five numbers, and the markets one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from omni.domain.campaign import Campaign
from omni.domain.market import Market
from omni.domain.market_record import PrintPolicy
from omni.domain.period import Period, period_of
from omni.domain.published import in_locale
from omni.domain.window import day_after, midnight
from omni.present.charts import columns, share_bar
from omni.present.formatting import count, market_name, percent
from omni.present.locales import current_locale, gettext
from omni.services import counting, printing, sampling
from omni.services.printing import PaperAnswers
from omni.services.strangers import strangers
from omni.web import here
from omni.web.studio import variants, visits
from omni.web.studio.desk import catalogue, pages

T = TypeVar("T")

NO_RATE = "–"
"""What stands where there is no share: not nought, because nothing was there to be counted."""


@dataclass(frozen=True)
class Five:
    """The five numbers of a funnel, for one place, one market or all."""

    issued: int = 0
    scanned: int = 0
    unlocked: int = 0
    used: int = 0
    returned: int = 0

    @classmethod
    def sum_of(cls, parts: Iterable[Five]) -> Five:
        """The same five over several places."""
        each = [part.numbers for part in parts]
        return cls(*(sum(column) for column in zip(*each, strict=True)))

    @property
    def numbers(self) -> tuple[int, int, int, int, int]:
        """First to last."""
        return self.issued, self.scanned, self.unlocked, self.used, self.returned

    @property
    def before(self) -> tuple[int | None, int, int, int, int]:
        """What each is a share of: the step before it; a return is a share of the uses."""
        return None, self.issued, self.scanned, self.unlocked, self.used

    @property
    def rates(self) -> list[str]:
        """Each number as a share of the step before it."""
        return [rate(part, whole) for part, whole in zip(self.numbers, self.before, strict=True)]

    @property
    def bars(self) -> list[Markup]:
        """Each number as a bar against the largest."""
        most = max(self.numbers)
        return [
            share_bar(part, most, title=f"{words}: {count(part, current_locale())}")
            for words, part in zip(step_names(), self.numbers, strict=True)
        ]

    def picture(self, title: str) -> Markup:
        """The five as columns, told in words to whoever cannot see them."""
        told = [
            f"{words} {count(part, current_locale())}"
            for words, part in zip(step_names(), self.numbers, strict=True)
        ]
        return columns(self.numbers, title=title, description=", ".join(told))


@dataclass(frozen=True)
class MarketFigures:
    """One market of a campaign: its five numbers, and those of its places."""

    market: Market
    five: Five
    places: Sequence[tuple[str, Five]]


def step_names() -> tuple[str, ...]:
    """What the five numbers are called."""
    return (
        gettext("Given out"),
        gettext("Scanned"),
        gettext("Offers taken"),
        gettext("Uses"),
        gettext("Returns"),
    )


def rate(part: int, whole: int | None) -> str:
    """A share in whole percent; the first number has none.

    A dash stands for a share of nothing, and for more than the whole: one poster is scanned by many.
    """
    if whole is None:
        return ""
    return percent(part, whole, current_locale()) if whole >= max(part, 1) else NO_RATE


@pages.get("/")
def figures() -> ResponseReturnValue:
    """The funnel of a campaign over a period, by market and place."""
    known, now = catalogue(), here().world.now()
    campaigns = sorted(known.campaigns.values(), key=lambda each: each.created_at, reverse=True)
    if not campaigns:
        return render_template("studio/empty.html")
    campaign = next((each for each in campaigns if each.slug == request.args.get("campaign")), campaigns[0])
    problem, period = None, Period()
    try:
        period = period_of(*(request.args.get(name, "") for name in ("period", "from", "to")))
    except ValueError:
        problem = gettext("The first day comes after the last.")
    markets = _markets(campaign, period, now)
    everywhere = Five.sum_of([*(each.five for each in markets), Five()])
    asked = partial(
        _over_own_days,
        campaign=campaign,
        markets=[each.market for each in markets],
        period=period,
        now=now,
    )
    opened = markets[0].market.id if len(markets) == 1 else request.args.get("open")
    with here().db.reading() as session:
        has_samples = sampling.has_samples(session)
        piles = strangers(session, since=now - visits.LOOK_BACK, now=now)
    return render_template(
        "studio/figures.html",
        campaigns=campaigns,
        campaign=campaign,
        campaign_name=in_locale(campaign.names, current_locale()),
        period=period,
        problem=problem,
        markets=markets,
        all=everywhere,
        openings=visits.Openings.of(everywhere.scanned, asked(counting.beside)),
        first_uses=visits.FirstUses.of(asked(counting.lags)),
        strangers=visits.told(piles),
        best=_best(markets),
        paper=_paper(campaign, period, now),
        steps=step_names(),
        opened=opened,
        trials=variants.told_trials(campaign, opened),
        has_samples=has_samples,
        now=now,
    )


def _markets(campaign: Campaign, period: Period, now: datetime) -> list[MarketFigures]:
    """Every market of a campaign, also those in which nothing happened, by name."""
    known = catalogue()
    editions = [edition for edition in known.editions.values() if edition.campaign_id == campaign.id]
    markets = [known.markets[edition.market_id] for edition in editions]
    names = {
        placement.slug: " · ".join(
            in_locale(texts, current_locale()) for texts in (placement.store_names, placement.names)
        )
        for placement in known.placements.values()
    }
    found: dict[str, list[tuple[str, Five]]] = defaultdict(list)
    by_place = partial(counting.funnel, by=("market", "placement"))
    for funnel in _over_own_days(by_place, campaign, markets, period, now):
        for row in funnel.rows:
            place = names.get(row.keys["placement"], row.keys["placement"])
            five = Five(row.issued, row.scanned, row.unlocked, row.redeemed, row.reversed)
            found[row.keys["market"]].append((place, five))
    shown = [
        MarketFigures(
            market, Five.sum_of([Five(), *(five for _, five in found[market.id])]), found[market.id]
        )
        for market in markets
    ]
    return sorted(shown, key=lambda each: market_name(each.market.id, current_locale()))


def _over_own_days(
    ask: Callable[..., T], campaign: Campaign, markets: Sequence[Market], period: Period, now: datetime
) -> Iterator[T]:
    """The answers to a question about the cube: one for each group of markets that share their days."""
    with here().db.reading() as session:
        for (from_on, to_on), meant in _own_days(markets, period, now).items():
            yield ask(session, campaign=campaign.slug, markets=meant, from_on=from_on, to_on=to_on)


def _own_days(
    markets: Sequence[Market], period: Period, now: datetime
) -> dict[tuple[date | None, date | None], set[str]]:
    """The markets by what a period means there: the twelfth in Tokyo is the eleventh in Paris."""
    by_days: dict[tuple[date | None, date | None], set[str]] = defaultdict(set)
    for market in markets:
        by_days[period.days_in(market.time_zone, now)].add(market.id)
    return by_days


def _paper(campaign: Campaign, period: Period, now: datetime) -> PaperAnswers:
    """What shoppers said in the markets where nothing is printed unasked, over each market's own days."""
    known, found = catalogue(), [PaperAnswers()]
    with here().db.reading() as session:
        for edition in known.editions.values():
            market = known.markets[edition.market_id]
            asks_first = market.record.get("print_policy") == PrintPolicy.ON_REQUEST
            if edition.campaign_id == campaign.id and asks_first:
                first, last = period.days_in(market.time_zone, now)
                from_at = midnight(first, market.time_zone) if first else None
                until_at = day_after(last, market.time_zone) if last else None
                found.append(printing.paper_answers(session, edition, from_at=from_at, until_at=until_at))
    return PaperAnswers(sum(each.asked for each in found), sum(each.wanted for each in found))


def _best(markets: Sequence[MarketFigures]) -> MarketFigures | None:
    """The market in which the largest share of the offers taken was used."""
    busy = [each for each in markets if each.five.unlocked >= each.five.used > 0]
    return max(busy, key=lambda each: each.five.used / each.five.unlocked, default=None)

"""The campaign that comes with Omni: real content to look at, told to be sample data."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from omni.domain.campaign_file import CampaignFile

CAMPAIGN = "double-11"
FILE = Path(__file__).parent / f"{CAMPAIGN}.yaml"
PRICES = FILE.with_name("prices.csv")
"""What some of its sets cost before the campaign opened."""

_HAS_RUN = timedelta(days=20)
_DAYS = ("opens", "closes", "last_issue", "last_unlock", "last_use", "returns_until")
_WRITTEN_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def as_of(campaign: CampaignFile, today: date) -> CampaignFile:
    """The demo as somebody meets it today: its own days while they run, else moved to have opened lately."""
    shift = _shift(campaign, today)
    markets = {name: part.model_copy(update=_moved(part, shift)) for name, part in campaign.markets.items()}
    return campaign.model_copy(update={**_moved(campaign, shift), "markets": markets})


def prices_as_of(campaign: CampaignFile, today: date) -> str:
    """The text of the price file, its days moved as those of the campaign are."""
    shift = _shift(campaign, today)
    return _WRITTEN_DAY.sub(
        lambda day: (date.fromisoformat(day[0]) + shift).isoformat(), PRICES.read_text(encoding="utf-8")
    )


def _shift(campaign: CampaignFile, today: date) -> timedelta:
    if campaign.opens < today <= campaign.closes:
        return timedelta(0)
    return today - _HAS_RUN - campaign.opens


def _moved(part: object, shift: timedelta) -> dict[str, date]:
    days = {field: getattr(part, field) for field in _DAYS}
    return {field: day + shift for field, day in days.items() if day is not None}

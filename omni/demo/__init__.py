"""The campaign that comes with Omni: real content to look at, told to be sample data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from omni.domain.campaign_file import CampaignFile

CAMPAIGN = "double-11"
FILE = Path(__file__).parent / f"{CAMPAIGN}.yaml"

_HAS_RUN = timedelta(days=20)
_DAYS = ("opens", "closes", "last_issue", "last_unlock", "last_use", "returns_until")


def as_of(campaign: CampaignFile, today: date) -> CampaignFile:
    """The demo as somebody meets it today: its own days while they run, else moved to have opened lately."""
    if campaign.opens < today <= campaign.closes:
        return campaign
    shift = today - _HAS_RUN - campaign.opens
    markets = {name: part.model_copy(update=_moved(part, shift)) for name, part in campaign.markets.items()}
    return campaign.model_copy(update={**_moved(campaign, shift), "markets": markets})


def _moved(part: object, shift: timedelta) -> dict[str, date]:
    days = {field: getattr(part, field) for field in _DAYS}
    return {field: day + shift for field, day in days.items() if day is not None}

"""The numbers of a campaign, the same as people see."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from omni.services.counting import DIMENSIONS, funnel
from omni.web.api.fields import Answer, Query, Slug, Text
from omni.web.api.operation import Asked, Reply

_ONE = f"({'|'.join(DIMENSIONS)})"
_SOME_DIMENSIONS = f"^{_ONE}(,{_ONE})*$"


class FunnelQuery(Query):
    """Which numbers; `by` is one or more of the dimensions, separated by commas. Days are inclusive."""

    campaign: Slug = Field(examples=["double-11"])
    by: Annotated[Text, Field(max_length=200, json_schema_extra={"pattern": _SOME_DIMENSIONS})] = "market"
    from_on: date | None = Field(None, alias="from")
    to_on: date | None = Field(None, alias="to")


class FunnelOut(Answer):
    """The funnel: each row has the dimensions asked for, then the five numbers.

    `origin_returned` are codes whose own purchase came back to the till, whatever became of them.
    """

    as_of: datetime
    rows: list[dict[str, Any]] = Field(
        examples=[
            [
                {
                    "market": "fr",
                    "issued": 9,
                    "scanned": 5,
                    "unlocked": 3,
                    "redeemed": 2,
                    "reversed": 1,
                    "origin_returned": 0,
                }
            ]
        ]
    )


def show_funnel(asked: Asked, query: FunnelQuery) -> Reply:
    """Issued, scanned, unlocked, redeemed, reversed, split by what is asked for."""
    dimensions = [dimension.strip() for dimension in query.by.split(",")]
    with asked.place.db.reading() as session:
        found = funnel(
            session,
            campaign=query.campaign,
            by=dimensions,
            from_on=query.from_on,
            to_on=query.to_on,
            now=asked.now,
        )
    rows = [
        {
            **row.keys,
            "issued": row.issued,
            "scanned": row.scanned,
            "unlocked": row.unlocked,
            "redeemed": row.redeemed,
            "reversed": row.reversed,
            "origin_returned": row.origin_returned,
        }
        for row in found.rows
    ]
    return Reply(200, FunnelOut(as_of=found.as_of or asked.now, rows=rows))

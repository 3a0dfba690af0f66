"""Strangers: what people scanned that is not one of our codes, in piles that say what it probably is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Subquery, case
from sqlalchemy import select as sql_select
from sqlmodel import Session, func

from omni.domain.counting import OrphanScan
from omni.domain.visit import DeviceClass, OrphanClass, VisitKind
from omni.store.rows import table_of

MISPRINT_FROM = 5
"""How often people scan one wrong text before it is a misprint: fewer is somebody trying again."""

MOST_PILES = 20
"""How many piles are told apart; an alarm with more of them would not be read."""

MOST_LOOKED_AT = 50_000
"""How many of the newest scans are looked at: whoever tries codes by the million must not slow the page."""

_DEVICES = (DeviceClass.IOS, DeviceClass.ANDROID, DeviceClass.DESKTOP, DeviceClass.OTHER)


class Likely(StrEnum):
    """What a pile of strangers probably is."""

    MISPRINT = "misprint"
    TAX_CODE = "tax-code"
    CUT_OFF = "cut-off"
    GUESSES = "guesses"


@dataclass(frozen=True)
class Pile:
    """Scans by people of what is not ours, that probably have one cause.

    `texts` says how many different ones there were: a misprint is one. `devices` are those that came.
    """

    likely: Likely
    scans: int
    texts: int
    first_at: datetime
    last_at: datetime
    devices: Mapping[DeviceClass, int]


def strangers(session: Session, *, since: datetime, now: datetime) -> list[Pile]:
    """The piles of an installation from one instant to another, the newest first.

    One text scanned again and again is a misprint, whatever it looks like; only the tax office's squares are
    all different, one for each receipt. Of very many scans the newest are looked at and counted.
    """
    told = _told(_texts(since, now))
    counts = (told.c[device.value] for device in _DEVICES)
    piles = (
        sql_select(
            told.c.likely,
            func.sum(told.c.scans),
            func.count(),
            func.min(told.c.first_at),
            func.max(told.c.last_at).label("last_at"),
            *(func.sum(each) for each in counts),
        )
        .group_by(told.c.likely, told.c.own_mark)
        .order_by(func.max(told.c.last_at).desc(), told.c.likely)
        .limit(MOST_PILES)
    )
    return [_pile(*row) for row in session.execute(piles)]


def _texts(since: datetime, now: datetime) -> Subquery:
    """Each text that was scanned, by its mark, and how often."""
    scan = _newest(since, now).c
    by_device = (func.sum(case((scan.device == each.value, 1), else_=0)).label(each) for each in _DEVICES)
    return (
        sql_select(
            scan.looks_like,
            scan.mark,
            func.count().label("scans"),
            func.min(scan.scanned_at).label("first_at"),
            func.max(scan.scanned_at).label("last_at"),
            *by_device,
        )
        .group_by(scan.looks_like, scan.mark)
        .subquery()
    )


def _newest(since: datetime, now: datetime) -> Subquery:
    orphan = table_of(OrphanScan).c
    return (
        sql_select(orphan.looks_like, orphan.mark, orphan.device, orphan.scanned_at)
        .where(orphan.scanned_at > since, orphan.scanned_at <= now)
        .where(orphan.kind == VisitKind.HUMAN.value, orphan.mark.is_not(None))
        .order_by(orphan.scanned_at.desc())
        .limit(MOST_LOOKED_AT)
        .subquery()
    )


def _told(texts: Subquery) -> Subquery:
    """The texts with what each probably is; a misprint is a pile of its own."""
    is_tax_code = texts.c.looks_like == OrphanClass.TAX_CODE.value
    is_often = texts.c.scans >= MISPRINT_FROM
    likely = case(
        (is_tax_code, Likely.TAX_CODE.value),
        (is_often, Likely.MISPRINT.value),
        (texts.c.looks_like == OrphanClass.CUT_OFF.value, Likely.CUT_OFF.value),
        else_=Likely.GUESSES.value,
    )
    own_mark = case((is_often & ~is_tax_code, texts.c.mark), else_="")
    return sql_select(texts, likely.label("likely"), own_mark.label("own_mark")).subquery()


def _pile(likely: str, scans: int, texts: int, first_at: datetime, last_at: datetime, *devices: Any) -> Pile:
    came = {device: int(n) for device, n in zip(_DEVICES, devices, strict=True) if n}
    return Pile(Likely(likely), int(scans), texts, first_at, last_at, came)

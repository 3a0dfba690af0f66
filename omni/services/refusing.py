"""A rule said no: count it, where and why, and hand it on."""

from datetime import datetime

from sqlmodel import Session

from omni.domain.counting import RefusalCount
from omni.domain.cube import cell, quarter_of
from omni.domain.record import bucket_of
from omni.domain.refusal import Refused
from omni.domain.rulebook import CodeInLife
from omni.store import finders
from omni.store.loading import load_sums
from omni.store.outbox import announce


def refuse(tx: Session, now: datetime, code: CodeInLife, number: int, refused: Refused) -> Refused:
    """Count a refusal per code, reason and quarter hour, and announce it to the cube.

    The count of one code in one quarter is one row however often it is tried; its message carries the
    count it raised to, so each try is announced once.
    """
    quarter = quarter_of(now)
    key = {"bucket": bucket_of(number), "number": number, "reason": refused.reason.value, "quarter": quarter}
    load_sums(tx, RefusalCount, [{**key, "n": 1}], sums=["n"])
    count = tx.get_one(RefusalCount, tuple(key.values()), populate_existing=True).n
    counted = cell(
        f"refused-{refused.reason.value}",
        at=now,
        zone=code.zone,
        edition_id=code.batch.edition_id,
        placement=finders.placement_of(tx, code.batch.placement_id),
    )
    announce(
        tx,
        "code.refused",
        f"{number}:{refused.reason.value}:{quarter}:{count}",
        at=now,
        number=number,
        origin=code.batch.origin,
        cells=[counted],
        body={"reason": refused.reason.value},
    )
    return refused

"""First uses: the cube counts how long each came after its unlock.

Revision ID: 0007
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_EPOCH = date(1970, 1, 1)

# Steps and names as they stood when this was written.
_STEPS_SECONDS = (600, 3600, 21_600, 86_400, 259_200, 604_800, 2_592_000)

_PLACE = (
    "edition_id",
    "level",
    "time",
    "kind",
    "placement_id",
    "touchpoint",
    "variant",
    "arm",
    "locale",
    "currency",
)

_FIRST_USES = sa.text("""
    SELECT redemption.redeemed_at, claim.claimed_at, market.time_zone, claim.edition_id, claim.placement_id,
           placement.touchpoint, claim.variant, claim.arm, claim.locale, claim.currency
    FROM redemption
    JOIN claim ON claim.bucket = redemption.bucket AND claim.number = redemption.number
    JOIN edition ON edition.id = claim.edition_id
    JOIN market ON market.id = edition.market_id
    JOIN placement ON placement.id = claim.placement_id
    WHERE redemption.seq = 1 AND redemption.origin IN ('live', 'sample')
""").columns(redeemed_at=sa.DateTime(timezone=True), claimed_at=sa.DateTime(timezone=True))

_A_CELL = sa.text("""
    INSERT INTO cube (edition_id, level, time, kind, placement_id, touchpoint, variant, arm, locale, currency,
                      n, amount_minor)
    VALUES (:edition_id, :level, :time, :kind, :placement_id, :touchpoint, :variant, :arm, :locale, :currency,
            :n, 0)
""")


def upgrade() -> None:
    """Count the first uses there have been, also those that are announced and not folded yet."""
    counted: Counter[tuple[object, ...]] = Counter()
    for used, taken, zone, edition_id, placement_id, *rest in op.get_bind().execute(_FIRST_USES):
        used, taken = _utc(used), _utc(taken)
        quarter, day = int(used.timestamp()) // 900, (used.astimezone(ZoneInfo(zone)).date() - _EPOCH).days
        kind = _kind((used - taken) / timedelta(seconds=1))
        counted[edition_id, "quarter", quarter, kind, placement_id, *rest] += 1
        counted[edition_id, "day", day, kind, placement_id, *rest] += 1
        counted[edition_id, "edition-day", day, kind, 0, *rest] += 1
        counted[edition_id, "placement", 0, kind, placement_id, *rest] += 1
    cells = [dict(zip(_PLACE, place, strict=True), n=n) for place, n in counted.items()]
    if cells:
        op.get_bind().execute(_A_CELL, cells)


def _kind(seconds: float) -> str:
    reached = next((step for step in _STEPS_SECONDS if seconds <= step), "more")
    return f"redeem-lag-{reached}"


def _utc(at: datetime) -> datetime:
    """SQLite's instants are UTC and do not say so."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)

"""Festival load: sums of the cube, months of scans that are sealed and dropped, and jobs that are leased.

Revision ID: 0005
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SUMS = """
    INSERT INTO cube (edition_id, level, time, kind, placement_id, touchpoint, variant, arm, locale, currency,
                      n, amount_minor)
    SELECT edition_id, '{level}', {time}, kind, {placement}, touchpoint, variant, arm, locale, currency,
           sum(n), sum(amount_minor)
    FROM cube WHERE level = 'day'
    GROUP BY edition_id, {by}, kind, touchpoint, variant, arm, locale, currency
"""

_KEY = (
    "edition_id",
    "level",
    "time",
    "placement_id",
    "kind",
    "touchpoint",
    "variant",
    "arm",
    "locale",
    "currency",
)
_KEPT = ", ".join((*_KEY, "n", "amount_minor"))

_BY_THE_MONTH = (
    "ALTER TABLE scan RENAME TO scan_before",
    "ALTER TABLE scan_before RENAME CONSTRAINT pk_scan TO pk_scan_before",
    "ALTER INDEX ix_scan_scanned_at RENAME TO ix_scan_before",
    "CREATE TABLE scan (LIKE scan_before INCLUDING CONSTRAINTS) PARTITION BY RANGE (scanned_at)",
    "ALTER TABLE scan ADD CONSTRAINT pk_scan PRIMARY KEY (bucket, number, scanned_at, spool_id, position)",
    "CREATE INDEX ix_scan_scanned_at ON scan (scanned_at)",
    "CREATE TABLE scan_default PARTITION OF scan DEFAULT",
    """
    DO $$
    DECLARE month timestamp;
    BEGIN
        FOR month IN SELECT DISTINCT date_trunc('month', scanned_at AT TIME ZONE 'UTC') FROM scan_before LOOP
            EXECUTE format('CREATE TABLE scan_%s PARTITION OF scan FOR VALUES FROM (%L) TO (%L)',
                           to_char(month, 'YYYYMM'), month || '+00', month + interval '1 month' || '+00');
        END LOOP;
    END $$
    """,
    "INSERT INTO scan SELECT * FROM scan_before",
    "DROP TABLE scan_before",
)


def words(name: str, *values: str) -> sa.Enum:
    """Checked text, as it stood when this was written."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create the tables, widen the cube by its sums, and give orphans a mark."""
    op.create_table(
        "lease",
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_lease")),
    )
    op.create_table(
        "scan_seal",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("orphans", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_scan_seal")),
    )
    op.create_table(
        "sealed_cell",
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("touchpoint", sa.String(24), nullable=False),
        sa.Column("variant", sa.String(32), nullable=False),
        sa.Column("arm", sa.String(24), nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["month"], ["scan_seal.month"], name=op.f("fk_sealed_cell_month_scan_seal")),
        sa.PrimaryKeyConstraint(
            "month",
            "origin",
            "edition_id",
            "day",
            "kind",
            "placement_id",
            "touchpoint",
            "variant",
            "arm",
            "locale",
            name=op.f("pk_sealed_cell"),
        ),
    )
    recreate: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("orphan_scan", recreate=recreate) as orphan_scan:
        orphan_scan.add_column(sa.Column("mark", sa.String(16), nullable=True))
    op.create_index("ix_orphan_scan_scanned_at", "orphan_scan", ["scanned_at"])
    _widen_the_cube()
    op.execute(_SUMS.format(level="edition-day", time="time", placement="0", by="time"))
    op.execute(_SUMS.format(level="placement", time="0", placement="placement_id", by="placement_id"))
    if op.get_bind().dialect.name == "postgresql":
        for statement in _BY_THE_MONTH:
            op.execute(statement)


def _widen_the_cube() -> None:
    """Let the cube have its sums, and lie in the order in which it is read: by place before kind."""
    if op.get_bind().dialect.name == "postgresql":
        levels = "level IN ('quarter', 'day', 'edition-day', 'placement')"
        op.execute("ALTER TABLE cube DROP CONSTRAINT pk_cube, DROP CONSTRAINT ck_cube_level")
        op.execute(f"ALTER TABLE cube ADD CONSTRAINT ck_cube_level CHECK ({levels})")
        op.execute(f"ALTER TABLE cube ADD CONSTRAINT pk_cube PRIMARY KEY ({', '.join(_KEY)})")
        return
    op.rename_table("cube", "cube_before")
    op.create_table(
        "cube",
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("level", words("level", "quarter", "day", "edition-day", "placement"), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("touchpoint", sa.String(24), nullable=False),
        sa.Column("variant", sa.String(32), nullable=False),
        sa.Column("arm", sa.String(24), nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_cube")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO cube ({_KEPT}) SELECT {_KEPT} FROM cube_before")
    op.drop_table("cube_before")

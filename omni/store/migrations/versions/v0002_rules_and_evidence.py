"""Rules and their evidence: decisions, reviews, overrides, daily sales, steps, exchanges, paper answers.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from omni.store.migrations.finality import make_final

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON()


def words(name: str, *values: str) -> sa.Enum:
    """Checked text, as it stood when this was written."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create the tables, make them final, and let a code be exchanged."""
    op.create_table(
        "rule_review",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("record_sha256", sa.String(64), nullable=False),
        sa.Column("reviewed_by", sa.String(128), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_review")),
    )
    op.create_index(op.f("ix_rule_review_rule"), "rule_review", ["rule"], unique=False)
    op.create_table(
        "daily_sale",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("market_id", sa.String(16), nullable=False),
        sa.Column("item", sa.String(160), nullable=False),
        sa.Column("place", sa.String(96), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_daily_sale_amount")),
        sa.CheckConstraint("units >= 0", name=op.f("ck_daily_sale_units")),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_daily_sale_market_id_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_sale")),
    )
    op.create_index("ix_daily_sale_item", "daily_sale", ["market_id", "item", "sold_on"], unique=False)
    op.create_table(
        "edition_step",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("state", words("state", "draft", "live", "paused", "ended"), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("words", sa.String(500), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_step_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_step")),
    )
    op.create_index(op.f("ix_edition_step_edition_id"), "edition_step", ["edition_id"], unique=False)
    op.create_table(
        "paper_answer",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("wants_paper", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.String(128), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_paper_answer_bucket")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_paper_answer_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "answered_at", name=op.f("pk_paper_answer")),
    )
    op.create_table(
        "rule_override",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("record_sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("overridden_by", sa.String(128), nullable=False),
        sa.Column("overridden_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_rule_override_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_override")),
    )
    op.create_table(
        "decision",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("record_sha256", sa.String(64), nullable=False),
        sa.Column("weight", sa.String(24), nullable=False),
        sa.Column("is_reviewed", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("override_id", IDENTITY, nullable=True),
        sa.Column("inputs", DOCUMENT, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_decision_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["override_id"], ["rule_override.id"], name=op.f("fk_decision_override_id_rule_override")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_table(
        "code_exchange",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("to_number", sa.BigInteger(), nullable=False),
        sa.Column("from_edition_id", IDENTITY, nullable=False),
        sa.Column("to_edition_id", IDENTITY, nullable=False),
        sa.Column("exchanged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_code_exchange_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"],
            ["code_state.bucket", "code_state.number"],
            name=op.f("fk_code_exchange_bucket_number_code_state"),
        ),
        sa.ForeignKeyConstraint(
            ["from_edition_id"], ["edition.id"], name=op.f("fk_code_exchange_from_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(
            ["to_edition_id"], ["edition.id"], name=op.f("fk_code_exchange_to_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", name=op.f("pk_code_exchange")),
        sa.UniqueConstraint("to_number", name=op.f("uq_code_exchange_to_number")),
    )
    with op.batch_alter_table("code_state") as code_state:
        code_state.drop_constraint(op.f("ck_code_state_phase"), type_="check")
        code_state.create_check_constraint(
            op.f("ck_code_state_phase"), "phase IN ('open', 'claimed', 'redeemed', 'exchanged')"
        )
    make_final("rule_review", ["id", "rule", "record_sha256", "reviewed_by", "reviewed_on", "recorded_at"])
    make_final(
        "daily_sale",
        [
            "id",
            "market_id",
            "item",
            "place",
            "sold_on",
            "amount_minor",
            "currency",
            "units",
            "recorded_at",
            "source",
        ],
    )
    make_final("edition_step", ["id", "edition_id", "state", "reason", "words", "at", "by"])
    make_final(
        "paper_answer",
        ["bucket", "number", "origin", "answered_at", "placement_id", "wants_paper", "answered_by"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "rule_override",
        ["id", "edition_id", "rule", "record_sha256", "reason", "overridden_by", "overridden_at"],
    )
    make_final(
        "decision",
        [
            "id",
            "edition_id",
            "revision",
            "rule",
            "record_sha256",
            "weight",
            "is_reviewed",
            "passed",
            "override_id",
            "inputs",
            "decided_at",
            "decided_by",
        ],
    )
    make_final(
        "code_exchange",
        ["bucket", "number", "origin", "to_number", "from_edition_id", "to_edition_id", "exchanged_at"],
        deletable="OLD.origin <> 'live'",
    )

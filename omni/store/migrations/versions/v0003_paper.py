"""Paper: printers and their queue, runs that ended early, prices that rose above paper, recall sheets.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from omni.store.migrations.finality import make_final

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(name: str, *values: str) -> sa.Enum:
    """Checked text, as it stood when this was written."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create the tables, and make final what are facts."""
    op.create_table(
        "printer",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("slug", sa.String(96), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer")),
        sa.UniqueConstraint("slug", name=op.f("uq_printer_slug")),
    )
    op.create_table(
        "repricing",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("bundle_id", IDENTITY, nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("decision", words("decision", "honour", "recall"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_repricing_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_repricing_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repricing")),
    )
    op.create_index(op.f("ix_repricing_edition_id"), "repricing", ["edition_id"], unique=False)
    op.create_table(
        "print_job",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("run_id", IDENTITY, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("printer", sa.String(96), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column(
            "state", words("state", "waiting", "printing", "asking", "done", "dropped"), nullable=False
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(200), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.CheckConstraint("0 <= sent AND sent <= copies", name=op.f("ck_print_job_sent")),
        sa.CheckConstraint("copies > 0", name=op.f("ck_print_job_copies")),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_print_job_run_id_print_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index("ix_print_job_state", "print_job", ["state", "next_try_at"], unique=False)
    op.create_table(
        "print_stop",
        sa.Column("run_id", IDENTITY, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("copies_made", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_by", sa.String(128), nullable=False),
        sa.CheckConstraint("copies_made >= 0", name=op.f("ck_print_stop_copies_made")),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_print_stop_run_id_print_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_print_stop")),
    )
    op.create_table(
        "take_down",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("run_id", IDENTITY, nullable=False),
        sa.Column("repricing_id", IDENTITY, nullable=True),
        sa.Column("recall_id", IDENTITY, nullable=True),
        sa.Column("because", sa.String(200), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_take_down_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_take_down_recall_id_recall")),
        sa.ForeignKeyConstraint(
            ["repricing_id"], ["repricing.id"], name=op.f("fk_take_down_repricing_id_repricing")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["print_run.id"], name=op.f("fk_take_down_run_id_print_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take_down")),
    )
    op.create_index(op.f("ix_take_down_placement_id"), "take_down", ["placement_id"], unique=False)
    op.create_table(
        "taken_down",
        sa.Column("take_down_id", IDENTITY, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["take_down_id"], ["take_down.id"], name=op.f("fk_taken_down_take_down_id_take_down")
        ),
        sa.PrimaryKeyConstraint("take_down_id", name=op.f("pk_taken_down")),
    )
    op.create_index("ix_print_run_batch", "print_run", ["batch_id", "first_number"], unique=False)
    make_final(
        "print_stop",
        ["run_id", "origin", "copies_made", "reason", "stopped_at", "stopped_by"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "repricing",
        ["id", "edition_id", "bundle_id", "price_minor", "currency", "decision", "decided_at", "decided_by"],
    )
    make_final(
        "take_down",
        ["id", "placement_id", "run_id", "repricing_id", "recall_id", "because", "ordered_at", "ordered_by"],
    )
    make_final("taken_down", ["take_down_id", "done_at", "done_by"])

"""The ledger and who it talks to: takings, extensions, returns, offline pools, webhooks, shops and orders.

Revision ID: 0004
"""

from typing import Literal

import sqlalchemy as sa
from alembic import op

from omni.store.migrations.finality import make_final

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(name: str, *values: str) -> sa.Enum:
    """Checked text, as it stood when this was written."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create the tables, and make final what are facts."""
    op.create_table(
        "hook",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rotated_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(128), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
        sa.UniqueConstraint("slug", name=op.f("uq_hook_slug")),
    )
    op.create_table(
        "shop",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("kind", words("kind", "shopify", "woocommerce", "prestashop"), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop")),
        sa.UniqueConstraint("slug", name=op.f("uq_shop_slug")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("hook_id", IDENTITY, nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(96), nullable=False),
        sa.Column("stream", sa.String(64), nullable=False),
        sa.Column("state", words("state", "waiting", "delivered", "parked"), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(200), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bucket", "message_id"],
            ["outbox.bucket", "outbox.id"],
            name=op.f("fk_delivery_bucket_message_id_outbox"),
        ),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_delivery_hook_id_hook")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "next_try_at"], unique=False)
    op.create_index("ix_delivery_message", "delivery", ["hook_id", "bucket", "message_id"], unique=True)
    op.create_index("ix_delivery_stream", "delivery", ["hook_id", "stream", "id"], unique=False)
    op.create_table(
        "counter_move",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("move", sa.Integer(), nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("what", sa.String(128), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "because", words("because", "claim", "hold", "release", "redemption", "reversal"), nullable=False
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_counter_move_amount")),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_counter_move_bucket")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_counter_move_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "move", name=op.f("pk_counter_move")),
    )
    op.create_index("ix_counter_move_what", "counter_move", ["edition_id", "what"], unique=False)
    op.create_table(
        "order_fact",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("order_ref", sa.String(128), nullable=False),
        sa.Column(
            "event",
            words("event", "placed", "promised", "shipped", "delivered", "returned", "refunded", "cancelled"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("placement_id", IDENTITY, nullable=True),
        sa.Column("member_hash", sa.String(64), nullable=True),
        sa.Column("postal_area", sa.String(32), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor IS NULL OR amount_minor >= 0", name=op.f("ck_order_fact_amount")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_order_fact_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_fact")),
        sa.UniqueConstraint(
            "client", "order_ref", "event", "at", name=op.f("uq_order_fact_client_order_ref_event_at")
        ),
    )
    op.create_index("ix_order_fact_order_ref", "order_fact", ["order_ref"], unique=False)
    op.create_table(
        "shop_code",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("bundle_id", IDENTITY, nullable=False),
        sa.Column("shop_id", IDENTITY, nullable=True),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("native_id", sa.String(128), nullable=True),
        sa.Column("state", words("state", "free", "given", "spent", "ended"), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'free') = (number IS NULL)", name=op.f("ck_shop_code_given")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_shop_code_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_shop_code_edition_id_edition")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_shop_code_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_code")),
        sa.UniqueConstraint("bucket", "number", name=op.f("uq_shop_code_bucket_number")),
        sa.UniqueConstraint("edition_id", "code", name=op.f("uq_shop_code_edition_id_code")),
    )
    op.create_index("ix_shop_code_code", "shop_code", ["code"], unique=False)
    op.create_index(
        "ix_shop_code_free",
        "shop_code",
        ["edition_id", "bundle_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'free'"),
        postgresql_where=sa.text("state = 'free'"),
    )
    op.create_table(
        "pool",
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("device", sa.String(96), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_pool_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_pool")),
    )
    op.create_table(
        "pool_conflict",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("record_hash", sa.String(64), nullable=False),
        sa.Column(
            "reason",
            words("reason", "code-of-another-receipt", "receipt-has-another-code", "said-otherwise"),
            nullable=False,
        ),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("stands", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_pool_conflict_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_conflict")),
    )
    op.create_index(
        "ix_pool_conflict_record", "pool_conflict", ["batch_id", "number", "record_hash"], unique=True
    )
    op.create_table(
        "receipt_return",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column(
            "outcome",
            words("outcome", "unchanged", "voided", "claim-ended", "kept", "flagged", "charged-back"),
            nullable=False,
        ),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("request_key", sa.String(255), nullable=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_minor IS NULL OR amount_minor >= 0", name=op.f("ck_receipt_return_amount")
        ),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_receipt_return_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"],
            ["receipt.bucket", "receipt.number"],
            name=op.f("fk_receipt_return_bucket_number_receipt"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", name=op.f("pk_receipt_return")),
    )
    op.create_table(
        "extension",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.String(200), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_extension_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"],
            ["claim.bucket", "claim.number"],
            name=op.f("fk_extension_bucket_number_claim"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", name=op.f("pk_extension")),
    )
    op.create_table(
        "reversal_effect",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("extended_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_reversal_effect_bucket")),
        sa.CheckConstraint("charged_minor >= 0", name=op.f("ck_reversal_effect_charged")),
        sa.ForeignKeyConstraint(
            ["bucket", "number", "seq", "rev"],
            ["reversal.bucket", "reversal.number", "reversal.seq", "reversal.rev"],
            name=op.f("fk_reversal_effect_bucket_number_seq_rev_reversal"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", "rev", name=op.f("pk_reversal_effect")),
    )
    # SQLite adds a column behind the constraints; a table made anew reads as one made today.
    recreate: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("code_state", recreate=recreate) as code_state:
        code_state.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        code_state.add_column(sa.Column("extended_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("counter") as counter:
        counter.add_column(sa.Column("taken_before", sa.BigInteger(), nullable=False, server_default="0"))
    # Until now nothing said what each taking was for: what is gone counts as gone before.
    op.execute("UPDATE counter SET taken_before = granted - remaining")
    with op.batch_alter_table("counter") as counter:
        counter.alter_column("taken_before", server_default=None)
    with op.batch_alter_table("outbox", recreate=recreate) as outbox:
        outbox.add_column(sa.Column("turn", sa.Integer(), nullable=True))
        outbox.add_column(sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_code_state_held",
        "code_state",
        ["held_until"],
        unique=False,
        sqlite_where=sa.text("held_until IS NOT NULL"),
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_unhanded",
        "outbox",
        ["at"],
        unique=False,
        sqlite_where=sa.text("turn IS NOT NULL AND handed_at IS NULL"),
        postgresql_where=sa.text("turn IS NOT NULL AND handed_at IS NULL"),
    )
    op.create_index(
        "ix_redemption_shopper",
        "redemption",
        ["edition_id", "shopper_hash"],
        unique=False,
        sqlite_where=sa.text("shopper_hash IS NOT NULL"),
        postgresql_where=sa.text("shopper_hash IS NOT NULL"),
    )
    make_final(
        "counter_move",
        ["bucket", "number", "origin", "move", "edition_id", "what", "amount", "because", "moved_at"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "extension",
        ["bucket", "number", "origin", "seq", "until", "because", "client", "extended_at"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "receipt_return",
        [
            "bucket",
            "number",
            "origin",
            "seq",
            "amount_minor",
            "items",
            "outcome",
            "client",
            "request_key",
            "body_hash",
            "returned_at",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "reversal_effect",
        ["bucket", "number", "origin", "seq", "rev", "restored", "charged_minor", "extended_until"],
        deletable="OLD.origin <> 'live'",
    )

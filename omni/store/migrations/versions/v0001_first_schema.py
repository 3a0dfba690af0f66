"""The first schema: every noun of the domain, with its constraints, and triggers that keep facts final.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from omni.store.migrations.finality import install, make_final

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON()


def words(name: str, *values: str) -> sa.Enum:
    """Checked text, as it stood when this was written."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create every table, then make the facts final."""
    op.create_table(
        "api_client",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_client_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_client_name")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_table(
        "cube",
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("level", words("level", "quarter", "day"), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("touchpoint", sa.String(24), nullable=False),
        sa.Column("variant", sa.String(32), nullable=False),
        sa.Column("arm", sa.String(24), nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
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
            name=op.f("pk_cube"),
        ),
    )
    op.create_table(
        "first_answer",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("verb", sa.String(24), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("answer", DOCUMENT, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_first_answer_bucket")),
        sa.PrimaryKeyConstraint("bucket", "number", "client", "key", name=op.f("pk_first_answer")),
    )
    op.create_table(
        "key_fingerprint",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_key_fingerprint")),
    )
    op.create_table(
        "market",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("host", sa.String(253), nullable=True),
        sa.Column("locales", DOCUMENT, nullable=False),
        sa.Column("required_locales", DOCUMENT, nullable=False),
        sa.Column("record", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market")),
    )
    op.create_table(
        "number_allocator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_allocator")),
    )
    op.create_table(
        "orphan_scan",
        sa.Column("spool_id", sa.String(160), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks_like", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("spool_id", "position", name=op.f("pk_orphan_scan")),
    )
    op.create_table(
        "outbox",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(96), nullable=False),
        sa.Column("topic", sa.String(48), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cells", DOCUMENT, nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("folded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_unfolded",
        "outbox",
        ["bucket", "id"],
        unique=False,
        sqlite_where=sa.text("folded_at IS NULL"),
        postgresql_where=sa.text("folded_at IS NULL"),
    )
    op.create_table(
        "picture",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_picture")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_table(
        "reached_host",
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_reached_host")),
    )
    op.create_table(
        "receipt_index",
        sa.Column("receipt_hash", sa.String(64), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_hash", name=op.f("pk_receipt_index")),
    )
    op.create_table(
        "refusal_count",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_refusal_count_bucket")),
        sa.PrimaryKeyConstraint("bucket", "number", "reason", "quarter", name=op.f("pk_refusal_count")),
    )
    op.create_table(
        "scan",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spool_id", sa.String(160), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("touchpoint", sa.String(24), nullable=False),
        sa.Column("variant", sa.String(32), nullable=False),
        sa.Column("arm", sa.String(24), nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_scan_bucket")),
        sa.PrimaryKeyConstraint(
            "bucket", "number", "scanned_at", "spool_id", "position", name=op.f("pk_scan")
        ),
    )
    op.create_index("ix_scan_scanned_at", "scan", ["scanned_at"], unique=False)
    op.create_table(
        "seen",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_seen_bucket")),
        sa.PrimaryKeyConstraint("bucket", "number", name=op.f("pk_seen")),
    )
    op.create_table(
        "spool",
        sa.Column("id", sa.String(160), nullable=False),
        sa.Column("folded_to", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spool")),
    )
    op.create_table(
        "spool_damage",
        sa.Column("spool_id", sa.String(160), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("spool_id", "position", name=op.f("pk_spool_damage")),
    )
    op.create_table(
        "edition",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("campaign_id", IDENTITY, nullable=False),
        sa.Column("market_id", sa.String(16), nullable=False),
        sa.Column("state", words("state", "draft", "live", "paused", "ended"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("last_issue_on", sa.Date(), nullable=False),
        sa.Column("last_unlock_on", sa.Date(), nullable=False),
        sa.Column("last_use_on", sa.Date(), nullable=False),
        sa.Column("returns_until_on", sa.Date(), nullable=False),
        sa.Column("pause_reason", sa.String(64), nullable=True),
        sa.Column("pause_words", sa.String(500), nullable=True),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(128), nullable=False),
        sa.CheckConstraint(
            "(state = 'paused') = (pause_reason IS NOT NULL)", name=op.f("ck_edition_pause_has_a_reason")
        ),
        sa.CheckConstraint(
            "opens_on <= last_issue_on AND last_issue_on <= last_unlock_on"
            " AND last_unlock_on <= last_use_on AND last_use_on <= returns_until_on",
            name=op.f("ck_edition_days_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_edition_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_edition_market_id_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("campaign_id", "market_id", name=op.f("uq_edition_campaign_id_market_id")),
    )
    op.create_table(
        "offer",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("campaign_id", IDENTITY, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.Column("picture", sa.String(64), nullable=True),
        sa.Column("page", sa.String(2000), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_offer_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("campaign_id", "sku", name=op.f("uq_offer_campaign_id_sku")),
    )
    op.create_table(
        "placement",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("slug", sa.String(96), nullable=False),
        sa.Column("market_id", sa.String(16), nullable=False),
        sa.Column(
            "touchpoint",
            words("touchpoint", "receipt", "pop-up", "demo", "screen", "live", "parcel", "shared-link"),
            nullable=False,
        ),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.Column("store_slug", sa.String(96), nullable=False),
        sa.Column("store_names", DOCUMENT, nullable=False),
        sa.Column("store_address", sa.String(300), nullable=False),
        sa.Column("printer", sa.String(300), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_placement_market_id_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("slug", name=op.f("uq_placement_slug")),
    )
    op.create_table(
        "price",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("market_id", sa.String(16), nullable=False),
        sa.Column("item", sa.String(160), nullable=False),
        sa.Column("surface", sa.String(24), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("corrects_id", IDENTITY, nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_price_amount")),
        sa.CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name=op.f("ck_price_interval")),
        sa.ForeignKeyConstraint(["corrects_id"], ["price.id"], name=op.f("fk_price_corrects_id_price")),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name=op.f("fk_price_market_id_market")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
    )
    op.create_index("ix_price_item", "price", ["market_id", "item", "surface", "valid_from"], unique=False)
    op.create_table(
        "arm_assignment",
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("unit_hash", sa.String(64), nullable=False),
        sa.Column("arm", sa.String(24), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_arm_assignment_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("edition_id", "unit_hash", name=op.f("pk_arm_assignment")),
    )
    op.create_table(
        "bundle",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("names", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_bundle_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
        sa.UniqueConstraint("edition_id", "slug", name=op.f("uq_bundle_edition_id_slug")),
    )
    op.create_table(
        "counter",
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("what", sa.String(128), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("remaining >= 0 AND remaining <= granted", name=op.f("ck_counter_remaining")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_counter_edition_id_edition")),
        sa.PrimaryKeyConstraint("edition_id", "what", "slot", name=op.f("pk_counter")),
    )
    op.create_table(
        "edition_placement",
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_placement_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_edition_placement_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("edition_id", "placement_id", name=op.f("pk_edition_placement")),
    )
    op.create_table(
        "edition_revision",
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_edition_revision_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("edition_id", "revision", name=op.f("pk_edition_revision")),
    )
    op.create_table(
        "member_use",
        sa.Column("member_hash", sa.String(64), nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_member_use_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("member_hash", "edition_id", "what", name=op.f("pk_member_use")),
    )
    op.create_table(
        "person",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("name", sa.String(96), nullable=False),
        sa.Column("role", words("role", "owner", "marketer", "manager", "staff"), nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_person_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("name", name=op.f("uq_person_name")),
    )
    op.create_table(
        "terms_version",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("clauses", DOCUMENT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("review", sa.String(200), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_terms_version_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_version")),
        sa.UniqueConstraint(
            "edition_id", "locale", "version", name=op.f("uq_terms_version_edition_id_locale_version")
        ),
    )
    op.create_table(
        "batch",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("bundle_id", IDENTITY, nullable=False),
        sa.Column("kind", words("kind", "personal", "shared", "receipts"), nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("serves", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("request_key", sa.String(255), nullable=True),
        sa.Column("request_hash", sa.String(64), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(128), nullable=False),
        sa.CheckConstraint("(kind = 'shared') = (serves IS NOT NULL)", name=op.f("ck_batch_shared_serves")),
        sa.CheckConstraint(
            "first_number >= 0 AND first_number + size <= 1099511627776", name=op.f("ck_batch_range")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_batch_size")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_batch_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_batch_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_batch_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("client", "request_key", name=op.f("uq_batch_client_request_key")),
        sa.UniqueConstraint("first_number", name=op.f("uq_batch_first_number")),
    )
    op.create_index("ix_batch_placement", "batch", ["placement_id", "edition_id"], unique=False)
    op.create_table(
        "bundle_line",
        sa.Column("bundle_id", IDENTITY, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("offer_id", IDENTITY, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_bundle_line_quantity")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_bundle_line_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_bundle_line_offer_id_offer")),
        sa.PrimaryKeyConstraint("bundle_id", "line", name=op.f("pk_bundle_line")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", IDENTITY, nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", IDENTITY, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_link_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_table(
        "code_state",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("phase", words("phase", "open", "claimed", "redeemed"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redemptions", sa.Integer(), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_code_state_bucket")),
        sa.CheckConstraint("redemptions >= 0", name=op.f("ck_code_state_redemptions")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_code_state_batch_id_batch")),
        sa.PrimaryKeyConstraint("bucket", "number", name=op.f("pk_code_state")),
    )
    op.create_table(
        "print_run",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(24), nullable=False),
        sa.Column("layout", sa.String(64), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by", sa.String(128), nullable=False),
        sa.CheckConstraint("copies > 0", name=op.f("ck_print_run_copies")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_print_run_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
    )
    op.create_table(
        "recall",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recalled_by", sa.String(128), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_recall_size")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_recall_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    op.create_table(
        "receipt",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("receipt_hash", sa.String(64), nullable=True),
        sa.Column("member_hash", sa.String(64), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_receipt_bucket")),
        sa.CheckConstraint("total_minor IS NULL OR total_minor >= 0", name=op.f("ck_receipt_total")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_receipt_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_receipt_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", name=op.f("pk_receipt")),
    )
    op.create_table(
        "receipt_roll",
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("bundle_id", IDENTITY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_receipt_roll_batch_id_batch")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_receipt_roll_bundle_id_bundle")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_receipt_roll_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint(
            "placement_id", "bundle_id", "revision", "origin", name=op.f("pk_receipt_roll")
        ),
    )
    op.create_table(
        "claim",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("bundle_id", IDENTITY, nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("batch_id", IDENTITY, nullable=False),
        sa.Column("terms_id", IDENTITY, nullable=False),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("variant", sa.String(32), nullable=False),
        sa.Column("arm", sa.String(24), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_claim_bucket")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_claim_price")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_claim_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"],
            ["code_state.bucket", "code_state.number"],
            name=op.f("fk_claim_bucket_number_code_state"),
        ),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_claim_bundle_id_bundle")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_claim_edition_id_edition")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_claim_placement_id_placement")
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["terms_version.id"], name=op.f("fk_claim_terms_id_terms_version")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", name=op.f("pk_claim")),
    )
    op.create_table(
        "entitlement",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("benefit_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= given_back AND given_back <= used AND used - given_back <= granted",
            name=op.f("ck_entitlement_balance"),
        ),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_entitlement_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"],
            ["claim.bucket", "claim.number"],
            name=op.f("fk_entitlement_bucket_number_claim"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "line", name=op.f("pk_entitlement")),
    )
    op.create_table(
        "hold",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_ref", sa.String(128), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_hold_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"], ["claim.bucket", "claim.number"], name=op.f("fk_hold_bucket_number_claim")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", name=op.f("pk_hold")),
    )
    op.create_table(
        "redemption",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("placement_id", IDENTITY, nullable=False),
        sa.Column("order_ref", sa.String(128), nullable=False),
        sa.Column("order_total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("benefit_minor", sa.BigInteger(), nullable=False),
        sa.Column("shopper_hash", sa.String(64), nullable=True),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "benefit_minor >= 0 AND order_total_minor >= 0", name=op.f("ck_redemption_amounts")
        ),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_redemption_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number"],
            ["claim.bucket", "claim.number"],
            name=op.f("fk_redemption_bucket_number_claim"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_redemption_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_redemption_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", name=op.f("pk_redemption")),
    )
    op.create_index("ix_redemption_order_ref", "redemption", ["order_ref"], unique=False)
    op.create_index("ix_redemption_redeemed_at", "redemption", ["redeemed_at"], unique=False)
    op.create_table(
        "redemption_line",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("benefit_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_redemption_line_bucket")),
        sa.CheckConstraint("quantity > 0 AND benefit_minor >= 0", name=op.f("ck_redemption_line_amounts")),
        sa.ForeignKeyConstraint(
            ["bucket", "number", "seq"],
            ["redemption.bucket", "redemption.number", "redemption.seq"],
            name=op.f("fk_redemption_line_bucket_number_seq_redemption"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", "line", name=op.f("pk_redemption_line")),
    )
    op.create_table(
        "release",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_release_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number", "seq"],
            ["hold.bucket", "hold.number", "hold.seq"],
            name=op.f("fk_release_bucket_number_seq_hold"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", name=op.f("pk_release")),
    )
    op.create_table(
        "reversal",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("benefit_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("benefit_minor >= 0 AND refund_minor >= 0", name=op.f("ck_reversal_amounts")),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_reversal_bucket")),
        sa.ForeignKeyConstraint(
            ["bucket", "number", "seq"],
            ["redemption.bucket", "redemption.number", "redemption.seq"],
            name=op.f("fk_reversal_bucket_number_seq_redemption"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", "rev", name=op.f("pk_reversal")),
    )
    op.create_index("ix_reversal_reversed_at", "reversal", ["reversed_at"], unique=False)
    op.create_table(
        "reversal_line",
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("origin", words("origin", "live", "test", "sample"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("benefit_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("bucket = (number & 1023)", name=op.f("ck_reversal_line_bucket")),
        sa.CheckConstraint(
            "quantity >= 0 AND benefit_minor >= 0 AND refund_minor >= 0",
            name=op.f("ck_reversal_line_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["bucket", "number", "seq", "rev"],
            ["reversal.bucket", "reversal.number", "reversal.seq", "reversal.rev"],
            name=op.f("fk_reversal_line_bucket_number_seq_rev_reversal"),
        ),
        sa.PrimaryKeyConstraint("bucket", "number", "seq", "rev", "line", name=op.f("pk_reversal_line")),
    )
    op.bulk_insert(
        sa.table("publication", sa.column("id"), sa.column("revision")), [{"id": 1, "revision": 0}]
    )
    op.bulk_insert(
        sa.table("number_allocator", sa.column("id"), sa.column("next_number")), [{"id": 1, "next_number": 1}]
    )
    _make_facts_final()


def _make_facts_final() -> None:
    install()
    make_final(
        "price",
        [
            "id",
            "market_id",
            "item",
            "surface",
            "amount_minor",
            "currency",
            "valid_from",
            "valid_until",
            "recorded_at",
            "source",
            "corrects_id",
        ],
    )
    make_final(
        "edition_revision",
        ["edition_id", "revision", "content", "sha256", "published_at", "published_by"],
    )
    make_final(
        "terms_version",
        ["id", "edition_id", "locale", "version", "clauses", "sha256", "review", "published_at"],
    )
    make_final(
        "print_run",
        [
            "id",
            "batch_id",
            "origin",
            "revision",
            "first_number",
            "copies",
            "form",
            "layout",
            "price_minor",
            "currency",
            "printed_at",
            "printed_by",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "recall",
        ["id", "batch_id", "origin", "first_number", "size", "reason", "recalled_at", "recalled_by"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "receipt",
        [
            "bucket",
            "number",
            "origin",
            "batch_id",
            "placement_id",
            "total_minor",
            "currency",
            "why",
            "printed_at",
            "recorded_at",
            "client",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "claim",
        [
            "bucket",
            "number",
            "origin",
            "edition_id",
            "revision",
            "bundle_id",
            "placement_id",
            "batch_id",
            "terms_id",
            "locale",
            "price_minor",
            "currency",
            "variant",
            "arm",
            "client",
            "claimed_at",
            "expires_at",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "hold",
        ["bucket", "number", "origin", "seq", "order_ref", "client", "held_at", "until"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "redemption",
        [
            "bucket",
            "number",
            "origin",
            "seq",
            "edition_id",
            "placement_id",
            "order_ref",
            "order_total_minor",
            "currency",
            "benefit_minor",
            "body_hash",
            "client",
            "placed_at",
            "redeemed_at",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "redemption_line",
        [
            "bucket",
            "number",
            "origin",
            "seq",
            "line",
            "sku",
            "quantity",
            "price_minor",
            "benefit_minor",
            "amount_minor",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "release",
        ["bucket", "number", "origin", "seq", "reason", "released_at"],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "reversal",
        [
            "bucket",
            "number",
            "origin",
            "seq",
            "rev",
            "benefit_minor",
            "refund_minor",
            "reason",
            "client",
            "reversed_at",
        ],
        deletable="OLD.origin <> 'live'",
    )
    make_final(
        "reversal_line",
        ["bucket", "number", "origin", "seq", "rev", "line", "quantity", "benefit_minor", "refund_minor"],
        deletable="OLD.origin <> 'live'",
    )

"""Shopper pages: pictures cut for each use.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rendition",
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("form", sa.String(24), nullable=False),
        sa.Column("focus", sa.String(9), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["picture.digest"], name="fk_rendition_source_picture"),
        sa.ForeignKeyConstraint(["digest"], ["picture.digest"], name="fk_rendition_digest_picture"),
        sa.PrimaryKeyConstraint("source", "form", "focus", "width", "media_type", name="pk_rendition"),
    )

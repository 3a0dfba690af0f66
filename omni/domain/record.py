"""What every table shares: one metadata with named constraints, checked words, and the bucket of a code."""

import re
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, CheckConstraint, Enum, Integer, MetaData
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

BUCKETS = 1024

Identity = BigInteger().with_variant(Integer(), "sqlite")
"""A surrogate key: BIGINT, except on SQLite, where only INTEGER counts up by itself."""

Document = JSON()
"""A structured value that is written whole and read whole, never searched.

Not JSONB: that forgets the order of keys, and the order of a market's languages means something.
"""


class Origin(StrEnum):
    """Whether something counts: live does; test and sample never meet a live code, stock, cap or shop."""

    LIVE = "live"
    TEST = "test"
    SAMPLE = "sample"


def bucket_of(number: int) -> int:
    """The shard of a code number; neighbours fall into different buckets, so a busy till heats none."""
    return number % BUCKETS


def bucket_check() -> CheckConstraint:
    """The constraint that bucket and number agree; both engines have `&`, and `%` would need escaping."""
    return CheckConstraint(f"bucket = (number & {BUCKETS - 1})", name="bucket")


def words(kind: type[StrEnum], name: str) -> Any:
    """A column type for checked text: the values of a StrEnum, guarded by a named CHECK."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )


class Record(SQLModel):
    """A row of ours; constraint names are derived, so that migrations are the same on both engines."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy hands over the class
        """The class name with underscores: EditionPlacement is edition_placement."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class CodeRow(Record):
    """A row that belongs to one code: bucket first in its key, so that a cluster can shard by it."""

    bucket: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


class FactRow(CodeRow):
    """An append-only fact about one code; the database itself refuses to change or delete a live one."""

    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))

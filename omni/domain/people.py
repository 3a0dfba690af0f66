"""Who may do what: people who sign in, and machines that hold a key."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from omni.domain.record import Document, Identity, Origin, Record, words


class Role(StrEnum):
    """What a person is there for, from the most trusted down."""

    OWNER = "owner"
    MARKETER = "marketer"
    MANAGER = "manager"
    STAFF = "staff"


class Scope(StrEnum):
    """What a machine's key opens."""

    POS = "pos"
    SHOP = "shop"
    STATS = "stats"
    ADMIN = "admin"


class Person(Record, table=True):
    """Somebody who signs in by a link; there are no passwords."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    name: str = Field(unique=True, max_length=96)
    role: Role = Field(sa_type=words(Role, "role"))
    placement_id: int | None = Field(default=None, foreign_key="placement.id", sa_type=Identity)
    added_at: datetime
    disabled_at: datetime | None = None


class SignInLink(Record, table=True):
    """A one-time way in; opening its page spends nothing, only pressing its button does."""

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", sa_type=Identity)
    made_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None


class SignIn(Record, table=True):
    """A person is signed in on a device until an instant; ending the row ends it there."""

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(foreign_key="person.id", sa_type=Identity)
    signed_in_at: datetime
    ends_at: datetime


class ApiClient(Record, table=True):
    """A till system or web shop with a key; the key itself is never stored, only its hash."""

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    name: str = Field(unique=True, max_length=64)
    key_hash: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(sa_type=Document)
    origin: Origin = Field(default=Origin.LIVE, sa_type=words(Origin, "origin"))
    added_at: datetime
    revoked_at: datetime | None = None

"""What is written down of one opening of a page, before any database hears of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from omni.domain.code import NUMBER_BITS
from omni.domain.record import Origin
from omni.domain.visit import DeviceClass, OrphanClass, VisitKind


def _to_the_millisecond(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


class ScanRecord(BaseModel):
    """One opening of a page as it waits in the spool: everything the tables and the cube will ask for.

    An orphan has no number and says what it looked like instead, with a mark that is the same for the same
    text; its other coordinates stay empty. Fields a later version adds are ignored on reading. Instants are
    UTC, kept to the millisecond.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    at: Annotated[AwareDatetime, AfterValidator(_to_the_millisecond)]
    kind: VisitKind
    device: DeviceClass
    number: int | None = Field(default=None, ge=0, lt=1 << NUMBER_BITS)
    looks_like: OrphanClass | None = None
    mark: str | None = Field(default=None, pattern="^[0-9a-f]{16}$")
    batch_id: int = 0
    edition_id: int = 0
    placement_id: int = 0
    revision: int = 0
    touchpoint: str = Field(default="", max_length=24)
    variant: str = Field(default="", max_length=32)
    arm: str = Field(default="", max_length=24)
    locale: str = Field(default="", max_length=16)
    shared: bool = False
    origin: Origin = Origin.LIVE

    @model_validator(mode="after")
    def _is_a_code_or_an_orphan(self) -> Self:
        if (self.number is None) != (self.looks_like is not None):
            raise ValueError("a scan has a number, an orphan what it looked like")
        if self.mark is not None and self.number is not None:
            raise ValueError("only an orphan is marked")
        return self

    def to_payload(self) -> bytes:
        """The record as one line of compact JSON."""
        return self.model_dump_json(exclude_defaults=True).encode()

    @cached_property
    def _rest(self) -> bytes:
        """The end of the payload, which all scans of one place share."""
        return self.model_dump_json(exclude_defaults=True, exclude={"at", "number"}).encode()[1:]

    def payload_of(self, number: int, at: datetime) -> bytes:
        """The payload of a scan that differs from this one only in its code and its instant.

        A third of the cost of a record of its own: in a busy hour only these two differ.
        """
        written = at.astimezone(UTC).isoformat(timespec="milliseconds")
        head = f'{{"at":"{written[:-6]}Z","number":{number},'
        return head.encode() + self._rest

    @classmethod
    def from_payload(cls, payload: bytes) -> Self:
        """The record a line holds; ValueError when it is not one."""
        return cls.model_validate_json(payload)

"""What is known about a market: where it is, how it writes money, and which languages it must be served in.

A record is dated, sourced data, not law and not code. Nothing in it is legal advice: every field names its
source and how sure we are, and counts as unreviewed until the deploying company says otherwise.
"""

from datetime import date
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from omni.domain.localized import LocaleId, Localized, Words
from omni.domain.size_system import LengthUnit, SizeSystem

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""A lower-case name for addresses and commands: letters, digits, single dashes."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class Part(BaseModel):
    """A piece of a file that people write: frozen, exact about types, unknown fields refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


class TaxDisplay(StrEnum):
    """Whether the price a shopper reads holds the tax."""

    INCLUDED = "incl"
    ADDED = "excl"
    NONE = "none"


class PrintPolicy(StrEnum):
    """Whether a slip may be printed unasked."""

    AUTOMATIC = "auto"
    ON_REQUEST = "on-request"


class Confidence(StrEnum):
    """How sure we are of a value."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class LocaleOrder(StrEnum):
    """Whose wish says which of the market's languages the offer and its terms open in."""

    READER = "reader"
    FIXED = "fixed"


class Source(Part):
    """Where a value comes from, how sure we are, and who in the deploying company signed it off."""

    source: Words
    confidence: Annotated[Confidence, Field(strict=False)]
    reviewed_by: Words | None = None
    reviewed_on: date | None = None

    @model_validator(mode="after")
    def _signed_in_full(self) -> Self:
        if (self.reviewed_by is None) != (self.reviewed_on is None):
            raise ValueError("reviewed_by and reviewed_on belong together: who read it, and when")
        return self


class TaxRate(Part):
    """A standard rate in basis points, from a day up to but not including another."""

    rate_bp: int = Field(ge=0, le=10_000)
    valid_from: date | None = Field(default=None, alias="from")
    valid_until: date | None = Field(default=None, alias="until")

    @model_validator(mode="after")
    def _holds_for_a_while(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("ends before it begins; until is the first day on which it no longer holds")
        return self

    def holds(self, on: date) -> bool:
        """Whether this is the rate of a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on < self.valid_until
        )


class Tax(Part):
    """How consumer prices and tax stand together; no rates where no single one is true."""

    display: Annotated[TaxDisplay, Field(strict=False)]
    label: Localized
    rates: tuple[TaxRate, ...] = Field((), strict=False)

    def rate_bp(self, on: date) -> int | None:
        """The standard rate of a day in basis points; None when nobody knows one."""
        return next((rate.rate_bp for rate in self.rates if rate.holds(on)), None)

    @field_validator("rates")
    @classmethod
    def _one_rate_a_day(cls, rates: tuple[TaxRate, ...]) -> tuple[TaxRate, ...]:
        ordered = sorted(rates, key=lambda rate: rate.valid_from or date.min)
        for earlier, later in pairwise(ordered):
            ends, begins = earlier.valid_until, later.valid_from
            if ends is None or begins is None or begins < ends:
                raise ValueError("two of them hold on one day; end the first where the second begins")
        return rates


class MarketLocale(Part):
    """A language of the market, and the catalogue its legal clauses are written in."""

    id: LocaleId
    terms: LocaleId


DeliveryMethod = Literal["home", "locker", "pick-up-point", "store", "convenience-store", "digital"]
"""A way a parcel ends its journey; a promise differs by it."""


class LastMile(Part):
    """How parcels reach people here: the methods shops offer, and what is peculiar about addresses."""

    methods: tuple[DeliveryMethod, ...] = Field(min_length=1, strict=False)
    note: Words


class Retention(Part):
    """How long facts may and must be kept here, in days; absent: the installation's own habit."""

    scans_at_most: int | None = Field(default=None, ge=1, description="days a single scan may be kept")
    logs_at_least: int | None = Field(default=None, ge=1, description="days the law wants logs kept")
    claims_at_most: int | None = Field(default=None, ge=1, description="days until a claim loses its person")


class SizeCustom(Part):
    """How people of a market tell sizes: the systems they look for first, and what they measure in."""

    systems: tuple[Annotated[SizeSystem, Field(strict=False)], ...] = Field(
        (), strict=False, description="Systems whose columns stand first.", examples=[["uk", "eu"]]
    )
    unit: Annotated[LengthUnit, Field(strict=False)] | None = Field(
        None, description="The unit of lengths of the body; cm when nobody says."
    )

    def over(self, usual: "SizeCustom") -> "SizeCustom":
        """This custom, with what it leaves open as it usually is."""
        return SizeCustom(systems=self.systems or usual.systems, unit=self.unit or usual.unit)

    @field_validator("systems")
    @classmethod
    def _each_once(cls, systems: tuple[SizeSystem, ...]) -> tuple[SizeSystem, ...]:
        if len(set(systems)) < len(systems):
            raise ValueError("names a system twice; write each once, such as [uk, eu]")
        return systems


class Festival(Part):
    """The day the market itself calls its sale day, month-day, and what to mind about it."""

    name: Localized
    note: Words | None = None
    on: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class City(Part):
    """Where a market's first shop stands when nobody says, and what its places are called there."""

    slug: Slug
    name: Localized
    till: Localized
    popup: Localized


class MarketRecord(Part):
    """One market, as its file describes it."""

    id: Annotated[Slug, StringConstraints(max_length=16)]
    country: Country
    name: Words = Field(description="English, for lists and commands")
    names: Localized | None = Field(None, description="What people call it; else CLDR's name of the country")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    digits: int = Field(ge=0, le=3, description="digits shown after the point in shops")
    cash_rounding_minor: int = Field(ge=1)
    tax: Tax
    time_zones: tuple[str, ...] = Field(min_length=1, strict=False)
    locales: tuple[MarketLocale, ...] = Field(min_length=1, strict=False)
    required_locales: tuple[LocaleId, ...] = Field(min_length=1, strict=False)
    locale_order: Annotated[LocaleOrder, Field(strict=False)] = LocaleOrder.READER
    paper: Literal["a4", "letter"]
    festival: Festival
    last_mile: LastMile
    print_policy: Annotated[PrintPolicy, Field(strict=False)]
    fiscal_qr: bool = Field(description="a tax QR already stands on receipts here")
    retention: Retention = Retention()
    sizes: SizeCustom = SizeCustom()
    consent_age: int | None = Field(default=None, ge=0, le=21)
    city: City
    address: tuple[Slug, ...] = Field(min_length=1, strict=False)
    host: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+$")] | None = None
    sources: dict[str, Source]

    @property
    def time_zone(self) -> str:
        """The zone whose midnight opens and closes an edition here."""
        return self.time_zones[0]

    @property
    def reviewed(self) -> tuple[str, ...]:
        """The values that somebody in the deploying company has signed off."""
        return tuple(field for field, source in self.sources.items() if source.reviewed_by)

    @field_validator("time_zones")
    @classmethod
    def _on_the_map(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        if stray := sorted(set(zones) - _known_zones()):
            raise ValueError(f"{', '.join(stray)} is not an IANA time zone")
        return zones

    @field_validator("required_locales")
    @classmethod
    def _among_locales(cls, required: tuple[str, ...], told: ValidationInfo) -> tuple[str, ...]:
        known = {locale.id for locale in told.data.get("locales", ())}
        if known and (stray := sorted(set(required) - known)):
            raise ValueError(f"{', '.join(stray)} is not among locales")
        return required

    @model_validator(mode="after")
    def _speaks_all_its_languages(self) -> Self:
        for field, words in self._texts().items():
            if lacking := words.lacks(tuple(locale.id for locale in self.locales)):
                raise ValueError(f"{field}: {', '.join(lacking)} is missing")
        return self

    def _texts(self) -> dict[str, Localized]:
        return {
            "tax.label": self.tax.label,
            "festival.name": self.festival.name,
            "city.name": self.city.name,
            "city.till": self.city.till,
            "city.popup": self.city.popup,
        }

    @model_validator(mode="after")
    def _every_value_is_sourced(self) -> Self:
        told = {name for name in self.model_fields_set if name not in {"id", "name", "names", "sources"}}
        if unsourced := sorted(told - self.sources.keys()):
            raise ValueError(f"sources.{unsourced[0]}: is missing; say where the value comes from")
        if stray := sorted(self.sources.keys() - told):
            raise ValueError(f"sources.{stray[0]}: there is no such value in this file")
        return self


@cache
def _known_zones() -> set[str]:
    return available_timezones()

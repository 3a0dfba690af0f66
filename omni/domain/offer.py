"""What a code unlocks: offers on items, bundled at one price."""

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field

from omni.domain.record import Document, Identity, Record

_ENDINGS = {
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/avif": "avif",
}


class Offer(Record, table=True):
    """A benefit on one item of a campaign, and the page where it can be spent."""

    __table_args__ = (UniqueConstraint("campaign_id", "sku"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    campaign_id: int = Field(foreign_key="campaign.id", sa_type=Identity)
    sku: str = Field(max_length=64)
    names: dict[str, str] = Field(sa_type=Document)
    picture: str | None = Field(default=None, max_length=64)
    page: str | None = Field(default=None, max_length=2000)


class Bundle(Record, table=True):
    """The offers one code of an edition unlocks together."""

    __table_args__ = (UniqueConstraint("edition_id", "slug"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Identity)
    edition_id: int = Field(foreign_key="edition.id", sa_type=Identity)
    slug: str = Field(max_length=64)
    position: int = 0
    names: dict[str, str] = Field(sa_type=Document)


class BundleLine(Record, table=True):
    """One item of a bundle and how many of it."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    bundle_id: int = Field(primary_key=True, foreign_key="bundle.id", sa_type=Identity)
    line: int = Field(primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", sa_type=Identity)
    quantity: int = Field(sa_type=BigInteger)


class Picture(Record, table=True):
    """An image of a campaign, addressed by the hash of its bytes."""

    digest: str = Field(primary_key=True, max_length=64)
    media_type: str = Field(max_length=32)
    body: bytes = Field(sa_type=LargeBinary)


class Rendition(Record, table=True):
    """A picture cut and encoded for one use, itself a picture: made once from the same bytes.

    `form` is what it is cut for; `focus` the point the cut keeps, in thousandths from the left and the top.
    """

    source: str = Field(primary_key=True, foreign_key="picture.digest", max_length=64)
    form: str = Field(primary_key=True, max_length=24)
    focus: str = Field(primary_key=True, max_length=9)
    width: int = Field(primary_key=True)
    media_type: str = Field(primary_key=True, max_length=32)
    height: int
    digest: str = Field(foreign_key="picture.digest", max_length=64)


def picture_file(digest: str, media_type: str) -> str:
    """The name of a picture as a file: servers of plain files tell what it is by its ending."""
    return f"{digest}.{_ENDINGS[media_type]}"


def picture_files(digest: str) -> list[str]:
    """Every name that a picture of a digest may have as a file."""
    return [picture_file(digest, media_type) for media_type in _ENDINGS]


def media_type_of(file: str) -> str:
    """What a picture is, by its name as a file."""
    ending = file.rpartition(".")[2]
    return next(media_type for media_type, own in _ENDINGS.items() if own == ending)

"""Which shops are connected by their admin API, and the secrets that open them."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, func, select, update

from omni.domain.campaign import Edition
from omni.domain.published import Published
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.domain.shop import Shop, ShopCode, ShopCodeState, ShopKind
from omni.store import finders, keyfiles
from omni.store.rows import rows_changed

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ADDRESS = re.compile(r"https://[^/?#@\s]+(/[^?#\s]*)?|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^?#\s]*)?")


def add_shop(tx: Session, now: datetime, *, slug: str, kind: ShopKind, address: str, by: str) -> Shop:
    """Connect a shop; the same again is the same shop. Raises BadInput.

    Its token is a secret on the way, so the address is https, except on this very machine.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > 64:
        raise BadInput("name", f"{slug!r} is no name; write small letters, digits and single hyphens")
    address = address.rstrip("/")
    if not _ADDRESS.fullmatch(address) or len(address) > 300:
        raise BadInput("address", "write the https:// address of the shop, without ? and #")
    known = tx.exec(select(Shop).where(Shop.slug == slug)).first()
    if known is not None and (known.kind, known.address) != (kind, address):
        raise BadInput("name", f"{slug} is {known.kind.value} at {known.address}; remove it first")
    shop = known or Shop(slug=slug, kind=kind, address=address, added_at=now, added_by=by)
    tx.add(shop)
    tx.flush()
    return shop


def shops(session: Session) -> Sequence[Shop]:
    """Every connected shop, by name."""
    return session.exec(select(Shop).order_by(col(Shop.slug))).all()


def shop_named(session: Session, slug: str) -> Shop:
    """The shop of a name. Raises Unknown."""
    shop = session.exec(select(Shop).where(Shop.slug == slug)).first()
    if shop is None:
        raise Unknown(Reason.NOT_FOUND, f"shop {slug}")
    return shop


def remove_shop(tx: Session, *, slug: str) -> None:
    """Disconnect a shop. Raises BadInput while it has discounts of ours that could still be used."""
    shop = shop_named(tx, slug)
    of_shop = col(ShopCode.shop_id) == shop.id
    usable = col(ShopCode.state).in_((ShopCodeState.FREE, ShopCodeState.GIVEN))
    open_codes = tx.exec(select(func.count()).select_from(ShopCode).where(of_shop, usable)).one()
    if open_codes:
        raise BadInput("name", f"{slug} still has {open_codes} discounts of ours; end its editions first")
    rows_changed(tx, update(ShopCode).where(of_shop).values(shop_id=None))
    tx.delete(shop)
    tx.flush()


def content_of(session: Session, edition: Edition) -> Published:
    """What an edition says now."""
    return finders.published(session, edition)


def keep_token(folder: Path, slug: str, token: str) -> None:
    """Keep what opens a shop in a file only its owner can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyfiles.write_secret(folder / _file(slug), token)


def kept_token(folder: Path, slug: str) -> str:
    """What opens a shop, empty when nobody gave it."""
    return keyfiles.read_secret(folder, _file(slug))


def forget_token(folder: Path, slug: str) -> None:
    """Remove what opens a shop."""
    (folder / _file(slug)).unlink(missing_ok=True)


def _file(slug: str) -> str:
    return f"shop-{slug}-token"

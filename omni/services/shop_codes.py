"""The shop's own single-use codes: stocked from a list or made by us, each given to one claim, once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlmodel import Session, col, delete, func, or_, select, update

from omni.domain.hook import Topic
from omni.domain.offer import Bundle
from omni.domain.record import bucket_of
from omni.domain.shop import ShopCode, ShopCodeState
from omni.store.outbox import announce_of_edition
from omni.store.rows import insert_missing, rows_changed

LOW_PERCENT = 10
"""At how much of a list its subscribers are told that it runs low."""

LOW_COUNT = 100
"""How many codes left are no longer few, however long the list was."""

LOW_MADE = 10
"""At how many codes left a stock that is made anew runs low: then the making does not keep up."""

_AT_ONCE = 5_000


class Stocked(NamedTuple):
    """How many codes of a list were new, and how many were there already or named twice."""

    added: int
    known: int


def stock(tx: Session, now: datetime, *, edition_id: int, bundle_id: int, codes: Iterable[str]) -> Stocked:
    """Add codes of the shop's own for the claims of a bundle; a code known already stays as it is."""
    told = added = 0
    shared = {"edition_id": edition_id, "bundle_id": bundle_id, "state": ShopCodeState.FREE, "added_at": now}
    for some in _pieces(codes):
        rows = [shared | {"code": code} for code in some]
        told += len(rows)
        added += len(insert_missing(tx, ShopCode, rows, returning="code"))
    return Stocked(added, told - added)


def take_one(tx: Session, now: datetime, *, edition_id: int, bundle_id: int, number: int) -> ShopCode | None:
    """Give a free code of a bundle to a claim, for ever; None when there is none left.

    Claims at the same moment take different codes and wait for nobody. Only where every code that is left is
    just being taken does one wait, so that the last finds its claim even when another gives up.
    """
    wanted = (
        select(ShopCode)
        .where(*_free(edition_id, bundle_id))
        .order_by(col(ShopCode.id))
        .limit(1)
        .execution_options(populate_existing=True)
    )
    code = tx.exec(wanted.with_for_update(skip_locked=True)).first()
    if code is None:
        code = tx.exec(wanted.with_for_update()).first()
    if code is None:
        return None
    given = (
        update(ShopCode)
        .where(col(ShopCode.id) == code.id, col(ShopCode.state) == ShopCodeState.FREE)
        .values(state=ShopCodeState.GIVEN, bucket=bucket_of(number), number=number, given_at=now)
    )
    if rows_changed(tx, given) != 1:
        raise RuntimeError("a shop's code changed while it was locked")
    tx.refresh(code)
    _tell_when_low(tx, now, code)
    return code


def code_of(session: Session, number: int) -> ShopCode | None:
    """The shop's own code that a claim was given, whatever became of it."""
    return session.exec(
        select(ShopCode).where(ShopCode.bucket == bucket_of(number), ShopCode.number == number)
    ).first()


def code_named(session: Session, text: str) -> ShopCode | None:
    """The code a shop reports by this text, as it is or all in one case; a given one before others.

    Some shops write every code in small letters.
    """
    spellings = {text, text.upper(), text.lower()}
    found = session.exec(select(ShopCode).where(col(ShopCode.code).in_(spellings))).all()
    ranks = {ShopCodeState.GIVEN: 0, ShopCodeState.SPENT: 1, ShopCodeState.ENDED: 2, ShopCodeState.FREE: 3}
    return min(found, key=lambda code: (ranks[code.state], code.code != text, -(code.id or 0)), default=None)


def spent(tx: Session, code: ShopCode) -> None:
    """The shop took a code for an order. One that no claim was given by now is taken out of the stock."""
    own, state = col(ShopCode.id) == code.id, col(ShopCode.state)
    rows_changed(tx, delete(ShopCode).where(own, state == ShopCodeState.FREE))
    given = update(ShopCode).where(own, state == ShopCodeState.GIVEN)
    rows_changed(tx, given.values(state=ShopCodeState.SPENT))


def left(session: Session, edition_id: int, bundle_id: int, *, at_most: int | None = None) -> int:
    """How many codes of a bundle may still be given; counted no further than `at_most`."""
    return _count(session, *_free(edition_id, bundle_id), at_most=at_most)


def levels(session: Session, edition_id: int) -> Mapping[int, Mapping[ShopCodeState, int]]:
    """How many codes stand in each state, by bundle. One that is not made yet is not free."""
    key = (col(ShopCode.bundle_id), col(ShopCode.state))
    counted = select(*key, func.count()).where(ShopCode.edition_id == edition_id, _is_made()).group_by(*key)
    found: dict[int, dict[ShopCodeState, int]] = {}
    for bundle_id, state, count in session.exec(counted):
        found.setdefault(bundle_id, {})[state] = count
    return found


def _free(edition_id: int, bundle_id: int) -> tuple[Any, ...]:
    of_bundle = (col(ShopCode.edition_id) == edition_id, col(ShopCode.bundle_id) == bundle_id)
    return (*of_bundle, col(ShopCode.state) == ShopCodeState.FREE, _is_made())


def _is_made() -> Any:
    """A code we are about to make in a shop has no name there yet."""
    return or_(col(ShopCode.shop_id).is_(None), col(ShopCode.native_id).is_not(None))


def _tell_when_low(tx: Session, now: datetime, taken: ShopCode) -> None:
    """Tell subscribers once that codes run low: what was added last names the crossing."""
    edition_id, bundle_id = taken.edition_id, taken.bundle_id
    remaining = left(tx, edition_id, bundle_id, at_most=LOW_COUNT + 1)
    if remaining > _low(tx, taken, remaining):
        return
    of_bundle = (col(ShopCode.edition_id) == edition_id, col(ShopCode.bundle_id) == bundle_id)
    newest = tx.exec(select(func.max(ShopCode.id)).where(*of_bundle)).one()
    announce_of_edition(
        tx,
        Topic.CODES_LOW,
        f"{edition_id}:{bundle_id}:{newest}",
        at=now,
        edition_id=edition_id,
        body={"bundle": tx.get_one(Bundle, bundle_id).slug, "remaining": remaining},
    )


def _low(session: Session, taken: ShopCode, remaining: int) -> int:
    if taken.shop_id is not None:
        return LOW_MADE
    if remaining > LOW_COUNT:
        return LOW_COUNT
    of_bundle = (col(ShopCode.edition_id) == taken.edition_id, col(ShopCode.bundle_id) == taken.bundle_id)
    every = _count(session, *of_bundle, at_most=100 * LOW_COUNT // LOW_PERCENT)
    return every * LOW_PERCENT // 100


def _count(session: Session, *conditions: Any, at_most: int | None) -> int:
    rows = select(ShopCode.id).where(*conditions).limit(at_most).subquery()
    return session.exec(select(func.count()).select_from(rows)).one()


def _pieces(codes: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(codes)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some

"""Scarce things in slots: taking, giving back, and borrowing when a slot is empty.

Lock rule: a code's own slot by one update, or all slots of a counter in rising order; whoever takes of
several counters takes them in the order of `scarcity.in_order`, each once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Update
from sqlmodel import Session, col, delete, func, select, update

from omni.domain.counting import Counter, CounterMove
from omni.domain.money import largest_remainder
from omni.domain.record import bucket_of
from omni.store.rows import insert_missing, rows_changed

SLOTS = 8


class Level(NamedTuple):
    """What is there of one counter: in one slot, and in all of them with what was ever granted."""

    own: int
    remaining: int
    granted: int


class _Slot(NamedTuple):
    """One locked slot."""

    slot: int
    granted: int
    remaining: int


def slot_of(number: int) -> int:
    """The slot a code takes from and gives back to."""
    return bucket_of(number) % SLOTS


def grant(
    tx: Session, edition_id: int, what: str, amount: int, *, taken: Mapping[int, int] | None = None
) -> bool:
    """Begin to count something scarce, of which there are `amount` in all; says whether it began now.

    `taken` is what of it went already, by slot; without it, what the moves of an earlier count say. It is
    never granted less than that. Whoever begins the same at this moment is waited for.
    """
    moved = _moved(tx, edition_id, what)
    gone = [(moved if taken is None else taken).get(slot, 0) for slot in range(SLOTS)]
    spare = largest_remainder(max(0, amount - sum(gone)), [1] * SLOTS)
    rows = [
        {
            "edition_id": edition_id,
            "what": what,
            "slot": slot,
            "granted": gone[slot] + spare[slot],
            "remaining": spare[slot],
            "taken_before": gone[slot] - moved.get(slot, 0),
        }
        for slot in range(SLOTS)
    ]
    return bool(insert_missing(tx, Counter, rows, returning="slot"))


def levels(session: Session, edition_id: int, names: Iterable[str], number: int = 0) -> dict[str, Level]:
    """What is there of each of these, with a code's own slot; what is not counted is left out."""
    counters = session.exec(
        select(Counter.what, Counter.slot, Counter.remaining, Counter.granted).where(
            Counter.edition_id == edition_id, col(Counter.what).in_(names)
        )
    ).all()
    found: dict[str, Level] = {}
    for what, slot, remaining, granted in counters:
        before = found.get(what, Level(0, 0, 0))
        own = remaining if slot == slot_of(number) else before.own
        found[what] = Level(own, before.remaining + remaining, before.granted + granted)
    return found


def remaining(session: Session, edition_id: int, what: str) -> int | None:
    """How much is left in all slots; None when nothing is counted."""
    level = levels(session, edition_id, [what]).get(what)
    return level and level.remaining


def take(tx: Session, edition_id: int, what: str, number: int, amount: int = 1) -> bool | None:
    """Take an amount for a code; False when there is not so much left, None when nothing is counted.

    One conditional update on the code's own slot. Only a slot with too little looks further: it locks all of
    them in rising order, so that nobody deadlocks, and borrows; the last unit has one winner. Whoever comes
    when everything is gone for good locks nothing.
    """
    level = levels(tx, edition_id, [what], number).get(what)
    return level and take_of(tx, edition_id, what, number, amount, level=level)


def take_of(tx: Session, edition_id: int, what: str, number: int, amount: int, *, level: Level) -> bool:
    """What `take` does once it knows what was there a moment ago."""
    if level.remaining < amount:
        return False
    own = slot_of(number)
    spend = (
        update(Counter)
        .where(*_slot(edition_id, what, own), col(Counter.remaining) >= amount)
        .values(remaining=Counter.remaining - amount)
    )
    if level.own >= amount and _changes_one(tx, spend):
        return True
    slots = _locked(tx, edition_id, what)
    if sum(slot.remaining for slot in slots) < amount:
        return False
    _borrow(tx, edition_id, what, slots, own, amount)
    return rows_changed(tx, spend) == 1


def give_back(tx: Session, edition_id: int, what: str, number: int, amount: int = 1) -> int:
    """Put back into a code's own slot what was taken from it; says how much of it there was room for."""
    where = _slot(edition_id, what, slot_of(number))
    taken = tx.exec(select(Counter.granted - Counter.remaining).where(*where).with_for_update()).first()
    back = min(amount, taken or 0)
    if back > 0:
        rows_changed(tx, update(Counter).where(*where).values(remaining=Counter.remaining + back))
    return back


def resize(tx: Session, edition_id: int, what: str, amount: int) -> None:
    """Change how much there is in all, what was taken included; never to less than that."""
    slots = _locked(tx, edition_id, what)
    left = [slot.remaining for slot in slots]
    change = amount - sum(slot.granted for slot in slots)
    if change >= 0:
        shares = largest_remainder(change, [1] * len(slots))
    else:
        shares = [-share for share in largest_remainder(min(-change, sum(left)), left)]
    for slot, share in zip(slots, shares, strict=True):
        _add(tx, edition_id, what, slot.slot, share)


def forget(tx: Session, edition_id: int, what: str) -> None:
    """No longer count something; what was moved stays written, should it be counted again."""
    _locked(tx, edition_id, what)
    tx.exec(delete(Counter).where(col(Counter.edition_id) == edition_id, col(Counter.what) == what))


def counted(session: Session, edition_id: int) -> Sequence[str]:
    """The names of everything that is counted in an edition."""
    return session.exec(select(Counter.what).where(Counter.edition_id == edition_id).distinct()).all()


def _moved(tx: Session, edition_id: int, what: str) -> dict[int, int]:
    """What the moves of something took, by slot."""
    slot = col(CounterMove.bucket).op("&")(SLOTS - 1)
    moves = select(slot, func.sum(CounterMove.amount)).where(
        CounterMove.edition_id == edition_id, CounterMove.what == what
    )
    return {slot: int(amount) for slot, amount in tx.exec(moves.group_by(slot))}


def _changes_one(tx: Session, statement: Update) -> bool:
    """Run an update; one that changed nothing leaves no lock behind.

    PostgreSQL keeps a row locked that it waited for and then found wanting, and whoever goes on from there to
    lock all slots in order would hold one out of order. Undoing to the savepoint lets go of it.
    """
    with tx.connection().begin_nested() as attempt:
        if rows_changed(tx, statement) == 1:
            return True
        attempt.rollback()
        return False


def _slot(edition_id: int, what: str, slot: int) -> tuple[ColumnElement[bool], ...]:
    return (col(Counter.edition_id) == edition_id, col(Counter.what) == what, col(Counter.slot) == slot)


def _locked(tx: Session, edition_id: int, what: str) -> list[_Slot]:
    slots = (
        select(Counter.slot, Counter.granted, Counter.remaining)
        .where(Counter.edition_id == edition_id, Counter.what == what)
        .order_by(col(Counter.slot))
        .with_for_update()
    )
    return [_Slot(*row) for row in tx.exec(slots)]


def _borrow(tx: Session, edition_id: int, what: str, slots: Sequence[_Slot], own: int, amount: int) -> None:
    """Bring a slot up to an amount: half of the richest, so that the next need not borrow, or several."""
    lacking = amount - next(slot.remaining for slot in slots if slot.slot == own)
    lenders = sorted((slot for slot in slots if slot.slot != own), key=lambda slot: -slot.remaining)
    for lender in lenders:
        if lacking <= 0:
            return
        lent = min(lender.remaining, max(lacking, (lender.remaining + 1) // 2))
        _add(tx, edition_id, what, lender.slot, -lent)
        _add(tx, edition_id, what, own, lent)
        lacking -= lent


def _add(tx: Session, edition_id: int, what: str, slot: int, amount: int) -> None:
    """Grant a slot more, or less; what was taken from it stays taken."""
    granted = update(Counter).where(*_slot(edition_id, what, slot))
    values = {"granted": Counter.granted + amount, "remaining": Counter.remaining + amount}
    rows_changed(tx, granted.values(**values))

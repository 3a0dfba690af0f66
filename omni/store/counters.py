"""Scarce things in slots: taking, giving back, and borrowing when a slot is empty."""

from sqlalchemy import Update
from sqlmodel import Session, col, func, select, update

from omni.domain.counting import Counter
from omni.domain.record import bucket_of
from omni.store.rows import rows_changed

SLOTS = 8


def grant(tx: Session, edition_id: int, what: str, amount: int) -> None:
    """Begin to count something scarce: the amount, spread over the slots."""
    each, over = divmod(amount, SLOTS)
    for slot in range(SLOTS):
        share = each + (1 if slot < over else 0)
        tx.add(Counter(edition_id=edition_id, what=what, slot=slot, granted=share, remaining=share))


def remaining(session: Session, edition_id: int, what: str) -> int | None:
    """How much is left in all slots; None when nothing is counted."""
    total = session.exec(
        select(func.sum(Counter.remaining)).where(Counter.edition_id == edition_id, Counter.what == what)
    ).one()
    return None if total is None else int(total)


def take(tx: Session, edition_id: int, what: str, number: int) -> bool | None:
    """Take one for a code; False when there is none left anywhere, None when nothing is counted.

    One conditional update on the code's own slot. Only an empty slot looks further: it locks all of them in
    rising order, so that nobody deadlocks, and borrows half of the richest; the last unit has one winner.
    """
    own = bucket_of(number) % SLOTS
    mine = (col(Counter.edition_id) == edition_id, col(Counter.what) == what, col(Counter.slot) == own)
    left = tx.exec(select(Counter.remaining).where(*mine)).first()
    if left is None:
        return None
    spend = update(Counter).where(*mine, col(Counter.remaining) > 0).values(remaining=Counter.remaining - 1)
    if left > 0 and _changes_one(tx, spend):
        return True
    slots = tx.exec(
        select(Counter)
        .where(Counter.edition_id == edition_id, Counter.what == what)
        .order_by(col(Counter.slot))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    richest = max(slots, key=lambda counter: counter.remaining)
    if richest.remaining == 0:
        return False
    _lend((richest.remaining + 1) // 2, richest, slots[own])
    slots[own].remaining -= 1
    tx.flush()
    return True


def give_back(tx: Session, edition_id: int, what: str, number: int) -> None:
    """Put back into a code's own slot the one just taken in this transaction."""
    own = bucket_of(number) % SLOTS
    returned = (
        update(Counter)
        .where(col(Counter.edition_id) == edition_id, col(Counter.what) == what, col(Counter.slot) == own)
        .values(remaining=Counter.remaining + 1)
    )
    rows_changed(tx, returned)


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


def _lend(amount: int, lender: Counter, borrower: Counter) -> None:
    lender.remaining -= amount
    lender.granted -= amount
    borrower.granted += amount
    borrower.remaining += amount

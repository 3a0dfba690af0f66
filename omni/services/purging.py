"""Removing every trace of codes that never counted: tests, and the demo's samples."""

from typing import Any

from sqlmodel import Session, SQLModel, col, delete, exists, func, select

from omni.domain.batch import Batch, CodeState, Recall, ReceiptRoll
from omni.domain.claim import Claim, CodeExchange, Entitlement, Extension, Hold, Release
from omni.domain.counting import RefusalCount, Scan, SealedCell, Seen
from omni.domain.pool import Pool, PoolConflict
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.printer import PrintJob
from omni.domain.receipt import PaperAnswer, Receipt, ReceiptIndex, ReceiptReturn
from omni.domain.record import Origin
from omni.domain.redemption import (
    FirstAnswer,
    Redemption,
    RedemptionLine,
    Reversal,
    ReversalEffect,
    ReversalLine,
)
from omni.domain.shop import OrderFact
from omni.services import sealing
from omni.store.catalogue import has_changed
from omni.store.rows import rows_changed, table_of

# Children before their parents.
_OF_CODES: tuple[type[SQLModel], ...] = (
    ReversalEffect,
    ReversalLine,
    Reversal,
    RedemptionLine,
    Redemption,
    Release,
    Hold,
    Extension,
    Entitlement,
    Claim,
    CodeExchange,
    CodeState,
    FirstAnswer,
    RefusalCount,
    Scan,
    Seen,
    PaperAnswer,
    PoolConflict,
    ReceiptReturn,
    ReceiptIndex,
    Receipt,
)
_OF_BATCHES: tuple[type[SQLModel], ...] = (
    ReceiptRoll,
    PrintJob,
    PrintStop,
    PrintRun,
    Recall,
    OrderFact,
    Pool,
    Batch,
)
_EVERYTHING = (*_OF_CODES, *_OF_BATCHES)


def purge_tests(tx: Session) -> dict[str, int]:
    """Remove every test code with all that was ever written about it; says how many rows of what.

    Tests never touched stock, caps or the cube, so nothing is left to put right.
    """
    return purge(tx, Origin.TEST)


def count_tests(session: Session) -> dict[str, int]:
    """What `purge_tests` would remove, changing nothing."""
    counts = {table_of(kind).name: _count(session, kind) for kind in _EVERYTHING}
    return {name: count for name, count in counts.items() if count}


def purge(tx: Session, origin: Origin) -> dict[str, int]:
    """Remove every code of an origin; the database itself refuses to delete a live fact."""
    removed = {}
    for kind in _EVERYTHING:
        removed[table_of(kind).name] = rows_changed(tx, delete(kind).where(_belongs(kind, origin)))
    removed[table_of(SealedCell).name] = sealing.forget(tx, origin)
    has_changed(tx)
    return {name: count for name, count in removed.items() if count}


def _count(session: Session, kind: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(kind).where(_belongs(kind, Origin.TEST))).one()


def _belongs(kind: type[SQLModel], origin: Origin) -> Any:
    """Whether a row goes with the codes of an origin; most know theirs only by the range of their number."""
    columns = table_of(kind).c
    if kind is Pool:
        return exists().where(col(Batch.id) == columns.batch_id, col(Batch.origin) == origin)
    if kind in _OF_BATCHES:
        return columns.origin == origin
    return exists().where(
        col(Batch.origin) == origin,
        col(Batch.first_number) <= columns.number,
        columns.number < col(Batch.first_number) + col(Batch.size),
    )

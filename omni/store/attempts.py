"""Doing something wholly or not at all inside a transaction that goes on."""

from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from omni.domain.refusal import Refused

T = TypeVar("T")


def wholly(tx: Session, do: Callable[[], T | Refused]) -> T | Refused:
    """What `do` answers; when that is a refusal, or it raises, nothing that it wrote remains."""
    with tx.begin_nested() as attempt:
        outcome = do()
        if isinstance(outcome, Refused):
            attempt.rollback()
    return outcome

"""What a transaction writes at its end, gathered and sent in one go."""

from collections.abc import Sequence

from sqlalchemy import Insert, Update
from sqlmodel import Session, SQLModel

from omni.store.ready import Values, ready, send
from omni.store.rows import insert_into


class Writes:
    """Inserts and changes in the order they are to happen."""

    def __init__(self) -> None:
        self._all: list[tuple[Insert | Update, Sequence[Values], int]] = []

    def insert(self, kind: type[SQLModel], rows: Sequence[Values]) -> None:
        """Insert rows, each naming the same columns; none of them may be there already."""
        if rows:
            self._all.append((insert_into(kind), rows, len(rows)))

    def change(self, statement: Update, values: Values, *, rows: int = 1) -> None:
        """Change exactly so many rows. The statement is one that is made once and kept."""
        self._all.append((statement, [values], rows))

    def send(self, tx: Session) -> None:
        """Write everything. Raises RuntimeError when a change met other rows than it had to."""
        cursors = send(tx, *((ready(tx, what, list(rows[0])), rows) for what, rows, _ in self._all))
        for (what, _, wanted), cursor in zip(self._all, cursors, strict=True):
            if cursor.rowcount != wanted:
                raise RuntimeError(f"{cursor.rowcount} rows instead of {wanted} were met by {what}")

"""Triggers that make facts final: the database itself refuses what no code of ours ever asks for.

A live fact is never deleted, and of any fact only its personal columns may be blanked (erasure). Test and
sample facts may be deleted: they never counted.
"""

from collections.abc import Sequence

from alembic import op

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION omni_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are final: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'raise_exception';
END $$
"""


def install() -> None:
    """Create what the triggers call; SQLite needs nothing."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRES_FUNCTION)


def make_final(table: str, columns: Sequence[str], *, deletable: str | None = None) -> None:
    """Refuse updates of the named columns, and deletes unless the old row meets `deletable`."""
    condition = f"WHEN (NOT ({deletable}))" if deletable else ""
    _trigger(f"{table}_no_update", f"BEFORE UPDATE OF {', '.join(columns)} ON {table}", "")
    _trigger(f"{table}_no_delete", f"BEFORE DELETE ON {table}", condition)


def _trigger(name: str, event: str, condition: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        action = "EXECUTE FUNCTION omni_is_final()"
    else:
        action = f"BEGIN SELECT RAISE(ABORT, 'facts are final: {name}'); END"
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW {condition} {action}")

"""Whether this installation is able to serve, and what waits to be counted."""

from pathlib import Path

from sqlmodel import Session, select

from omni.domain.counting import SpoolFile
from omni.domain.keyring import Keyring, KeyringProblem
from omni.services.keeping_keys import check_keys
from omni.store import schema
from omni.store.spool_files import unfolded_bytes


def ailment(session: Session, keyring: Keyring) -> str | None:
    """Why this process must not serve: `schema` when it is not the newest, `keys` when one is missing."""
    if not schema.is_current_for(session):
        return "schema"
    try:
        check_keys(session, keyring)
    except KeyringProblem:
        return "keys"
    return None


def waiting_bytes(session: Session, folder: Path) -> int:
    """How many bytes of scans on this machine's disk have not been folded yet."""
    return unfolded_bytes(folder, {spool.id: spool.folded_to for spool in session.exec(select(SpoolFile))})

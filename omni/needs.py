"""What an installation stands on: its folder, database, keys, rules and templates.

Whatever is missing is one line that says what to do.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import ArgumentError

from omni.domain.display_rule import DisplayRule
from omni.domain.keyring import Keyring, KeyringProblem
from omni.present import market_file, rule_file
from omni.present.file_problems import FileProblems
from omni.services.keeping_keys import check_keys, match_keys
from omni.settings import BadSetting, Settings
from omni.store import catalogue_rows, keyfiles, schema
from omni.store.engine import Database, StoreBusy

_log = logging.getLogger(__name__)


class CannotStart(Exception):
    """Something this process needs is not there; the message is one line that says what to do."""


def open_database(settings: Settings) -> Database:
    """The database of the settings, in a data folder that can be written to.

    Raises CannotStart when the folder cannot be, BadSetting when the address of the database is none.
    """
    make_folder(settings.data_dir)
    try:
        return Database(settings.database)
    except (ArgumentError, ModuleNotFoundError, ValueError) as failure:
        raise BadSetting(f"OMNI_DATABASE_URL cannot be used: {_first_line(failure)}") from failure


def make_folder(folder: Path) -> None:
    """The data folder, made when it is not there yet. Raises CannotStart when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as failure:
        raise CannotStart(
            f"the data folder {folder} cannot be written ({failure.strerror}): set OMNI_DATA_DIR"
        ) from failure


def read_rules(settings: Settings) -> Sequence[DisplayRule]:
    """The display rules of this installation. Raises BadSetting with what is wrong in files of its own."""
    try:
        markets = market_file.known(settings.markets_dir)
        return rule_file.known_rules(settings.rules_dir, frozenset(markets))
    except FileProblems as refused:
        raise BadSetting(f"OMNI_MARKETS_DIR, OMNI_RULES_DIR: {refused.problems[0]}") from refused


def check_templates(settings: Settings) -> None:
    """See that every template of the installation's own can be used. Raises BadSetting with what cannot."""
    folder = settings.templates_dir
    if folder is None:
        return
    if not folder.is_dir():
        raise BadSetting(f"OMNI_TEMPLATES_DIR: {folder} is no folder")
    from omni.present import template_overrides

    for fault in template_overrides.faults(folder):
        raise BadSetting(f"OMNI_TEMPLATES_DIR: {fault}")


def read_keyring(settings: Settings) -> Keyring:
    """The code keys of the settings or the data folder. Raises CannotStart."""
    try:
        written = settings.code_keys or keyfiles.read_secret(key_folder(settings), keyfiles.CODE_KEYS)
        return Keyring.parse(written)
    except KeyringProblem as problem:
        raise CannotStart(str(problem)) from problem


def read_signing_secret(settings: Settings) -> str:
    """What signs the sign-in, from the settings or the data folder. Raises CannotStart."""
    secret = settings.secret_key or keyfiles.read_secret(key_folder(settings), keyfiles.SECRET_KEY)
    if not secret:
        raise CannotStart("OMNI_SECRET_KEY is not set and the data folder has none: run `omni init`")
    return secret


def check_database(db: Database, keyring: Keyring, folder: Path | None) -> None:
    """See that this is our database, or the catalogue that was kept of it in a folder."""
    try:
        if not schema.is_current(db):
            raise CannotStart(
                "the database has an older schema: run `omni db upgrade`, or `omni init` the first time"
            )
        with db.reading() as session:
            check_keys(session, keyring)
    except KeyringProblem as problem:
        raise CannotStart(str(problem)) from problem
    except StoreBusy as away:
        rows = catalogue_rows.kept(folder, db.url) if folder is not None else None
        if rows is None:
            raise CannotStart(no_answer(away)) from away
        _log.warning("the database does not answer; pages are shown as they were last published")
        match_keys(rows.keys, keyring)


def key_folder(settings: Settings) -> Path:
    """Where secrets lie that no setting has."""
    return settings.data_dir / "keys"


def no_answer(away: StoreBusy) -> str:
    """What to say of a database that is away."""
    return f"the database does not answer ({_first_line(away)}): start it, or mend OMNI_DATABASE_URL"


def _first_line(problem: Exception) -> str:
    return str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__

"""The composition root: the only module that knows everybody."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

import omni
from omni import web
from omni.domain.code import Purpose
from omni.domain.display_rule import DisplayRule
from omni.domain.keyring import Keyring, KeyringProblem
from omni.present import market_file, rule_file
from omni.present.file_problems import FileProblems
from omni.services import keeping_keys
from omni.services.keeping_keys import check_keys
from omni.settings import BadSetting, Settings, read_settings
from omni.store import keyfiles, schema
from omni.store.catalogue import CatalogueKeeper
from omni.store.engine import Database, StoreBusy
from omni.store.spool import SpoolWriter
from omni.web import microsite, previewing
from omni.web.limiting import Limiter
from omni.web.log_lines import write_log
from omni.world import World


class CannotStart(Exception):
    """Something this process needs is not there; the message is one line that says what to do."""


@dataclass(frozen=True)
class Installation:
    """Everything a running Omni holds; made here, passed by hand."""

    settings: Settings
    world: World
    db: Database
    keyring: Keyring
    catalogue: CatalogueKeeper
    spool: SpoolWriter
    limiter: Limiter
    rules: Sequence[DisplayRule]


def open_installation(settings: Settings, world: World) -> Installation:
    """Open database, keys and spool, and read the display rules.

    Raises CannotStart with the remedy, BadSetting for a folder of rules that cannot be used.
    """
    rules = read_rules(settings)
    db = open_database(settings)
    try:
        keyring = read_keyring(settings)
        _check(db, keyring)
    except BaseException:
        db.close()
        raise
    return Installation(
        settings=settings,
        world=world,
        db=db,
        keyring=keyring,
        catalogue=CatalogueKeeper(db),
        spool=SpoolWriter(settings.data_dir / "spool", world.now(), world.mint),
        limiter=Limiter(settings.redis_url, keyring.secret_for(Purpose.RENDER)),
        rules=rules,
    )


def _check(db: Database, keyring: Keyring) -> None:
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
        raise CannotStart(_no_answer(away)) from away


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


def read_keyring(settings: Settings) -> Keyring:
    """The code keys of the settings or the data folder. Raises CannotStart."""
    try:
        return Keyring.parse(settings.code_keys or keyfiles.read_secret(_keys(settings), keyfiles.CODE_KEYS))
    except KeyringProblem as problem:
        raise CannotStart(str(problem)) from problem


def read_signing_secret(settings: Settings) -> str:
    """What signs the sign-in, from the settings or the data folder. Raises CannotStart."""
    secret = settings.secret_key or keyfiles.read_secret(_keys(settings), keyfiles.SECRET_KEY)
    if not secret:
        raise CannotStart("OMNI_SECRET_KEY is not set and the data folder has none: run `omni init`")
    return secret


def create_app(settings: Settings, world: World) -> Flask:
    """The web application of an installation: pages for shoppers, staff and marketers, and the API."""
    return build_app(open_installation(settings, world))


def build_app(installation: Installation) -> Flask:
    """The web application around what is already open."""
    settings = installation.settings
    app = Flask("omni", template_folder=str(omni.asset("templates")), static_folder=None)
    app.config.update(
        SECRET_KEY=read_signing_secret(settings),
        SESSION_COOKIE_NAME="omni",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https"),
        MAX_CONTENT_LENGTH=1_000_000,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["omni"] = installation
    web.furnish(app, busy=StoreBusy)
    return app


def serving() -> Flask:
    """What a WSGI server calls in each of its processes: the application of the environment's settings."""
    settings = read_settings()
    write_log(settings.log_format)
    return create_app(settings, World())


def main() -> None:
    """The `omni` command: every expected failure is one line on standard error and exit code 1 or 2."""
    from omni import cli

    try:
        sys.exit(cli.run(Composer()))
    except BadSetting as bad:
        sys.exit(_fail(str(bad), 2))
    except (CannotStart, KeyringProblem) as problem:
        sys.exit(_fail(str(problem), 1))
    except StoreBusy as away:
        sys.exit(_fail(_no_answer(away), 1))


Dial = Callable[[str, float], HTTPConnection]
"""Makes a connection to a scheme and host that waits so many seconds at most for each answer."""


def dial(address: str, patience_seconds: float) -> HTTPConnection:
    """A connection to an address as a phone anywhere would make it: by name, with its certificate checked."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.netloc, timeout=patience_seconds)


class Composer:
    """What the command line asks for when a command needs the rest of the house."""

    busy = StoreBusy
    """What is raised while the database is away: something a worker waits out."""

    amiss = (BadSetting, CannotStart, KeyringProblem, StoreBusy)
    """What is raised when this installation cannot run as it is: the message says what to do."""

    def __init__(self, world: World | None = None, dial: Dial = dial) -> None:
        self.world = world or World()
        self.dial = dial

    def settings(self, data_dir: Path | None = None) -> Settings:
        """The settings of this process."""
        return read_settings(data_dir=data_dir)

    def make_folder(self, settings: Settings) -> None:
        """The data folder, made when it is not there yet. Raises CannotStart."""
        make_folder(settings.data_dir)

    def signing_secret(self, settings: Settings) -> str:
        """What signs the sign-in. Raises CannotStart when there is none."""
        return read_signing_secret(settings)

    def installation(self, settings: Settings) -> Installation:
        """Everything, ready to serve."""
        return open_installation(settings, self.world)

    def drawing(self, place: Installation) -> Callable[..., str]:
        """Draws the page of a code at any instant, with the templates and functions that answer shoppers."""
        return partial(previewing.self_contained, build_app(place))

    def public_drawing(self, place: Installation) -> Callable[..., str]:
        """Draws the public page of an edition at any instant, as it is served."""
        return partial(microsite.drawn, build_app(place))

    def prepare(self, settings: Settings) -> list[str]:
        """Bring a database and its keys into being, or up to date; names the secrets that were made.

        Keys are never made for a database that already has paper: that would hide that they were lost.
        """
        db = open_database(settings)
        try:
            schema.upgrade(db)
            with db.reading() as session:
                has_paper = keeping_keys.has_keys(session)
            here = settings.code_keys or keyfiles.read_secret(_keys(settings), keyfiles.CODE_KEYS)
            if has_paper and not here:
                raise CannotStart("the code keys are missing: set OMNI_CODE_KEYS from the recovery sheet")
            given = {keyfiles.CODE_KEYS: settings.code_keys, keyfiles.SECRET_KEY: settings.secret_key}
            wanted = [name for name, value in given.items() if not value]
            made = keyfiles.create_missing(_keys(settings), self.world.mint, wanted=wanted)
            keyring = read_keyring(settings)
            with db.writing() as tx:
                check_keys(tx, keyring)
                keeping_keys.remember_keys(tx, self.world.now(), keyring)
            return made
        finally:
            db.close()

    def schema_standing(self, settings: Settings) -> tuple[str | None, str]:
        """The schema revision the database has, and the newest there is. Raises CannotStart."""
        db = open_database(settings)
        try:
            return schema.standing(db)
        except StoreBusy as away:
            raise CannotStart(_no_answer(away)) from away
        finally:
            db.close()

    def keyring(self, settings: Settings) -> Keyring:
        """The code keys."""
        return read_keyring(settings)

    def keep_keyring(self, settings: Settings, keyring: Keyring) -> None:
        """Write the code keys into the data folder. Raises CannotStart when a setting has them."""
        if settings.code_keys:
            raise CannotStart("the keys come from OMNI_CODE_KEYS: change that setting instead")
        keyfiles.write_secret(_keys(settings) / keyfiles.CODE_KEYS, keyring.as_setting())


def _keys(settings: Settings) -> Path:
    return settings.data_dir / "keys"


def _no_answer(away: StoreBusy) -> str:
    return f"the database does not answer ({_first_line(away)}): start it, or mend OMNI_DATABASE_URL"


def _first_line(problem: Exception) -> str:
    return str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__


def _fail(message: str, code: int) -> int:
    print(f"omni: {message}", file=sys.stderr)
    return code

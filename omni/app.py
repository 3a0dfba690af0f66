"""The composition root: the only module that knows everybody.

It knows the web only where pages are drawn: most commands draw none, and would wait for it in vain.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import omni
from omni import needs
from omni.domain.code import Purpose
from omni.domain.display_rule import DisplayRule
from omni.domain.keyring import Keyring, KeyringProblem
from omni.needs import CannotStart
from omni.services import keeping_keys
from omni.settings import BadSetting, Settings, read_settings
from omni.store import keyfiles, schema
from omni.store.catalogue import CatalogueKeeper
from omni.store.engine import Database, StoreBusy
from omni.store.spool import SpoolWriter
from omni.world import World

if TYPE_CHECKING:
    from flask import Flask

    from omni.present.site.files import SiteFile
    from omni.services.travelling import Then
    from omni.web.known_clients import KnownClients
    from omni.web.limiting import Limiter

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Installation:
    """Everything a running Omni holds; made here, passed by hand."""

    settings: Settings
    world: World
    db: Database
    keyring: Keyring
    catalogue: CatalogueKeeper
    spool: SpoolWriter
    rules: Sequence[DisplayRule]

    @cached_property
    def clients(self) -> KnownClients:
        """Who holds which key of the API."""
        from omni.web.known_clients import KnownClients

        return KnownClients(self.db)

    @cached_property
    def limiter(self) -> Limiter:
        """Who may ask how often."""
        from omni.web.limiting import Limiter

        return Limiter(self.settings.redis_url, self.keyring.secret_for(Purpose.RENDER))


def open_installation(settings: Settings, world: World, *, may_be_away: bool = False) -> Installation:
    """Open database, keys and spool, and read the display rules.

    With `may_be_away` a database that does not answer is no hindrance where its catalogue was kept. Raises
    CannotStart with the remedy, BadSetting for a folder of rules that cannot be used.
    """
    rules = needs.read_rules(settings)
    needs.check_templates(settings)
    db = needs.open_database(settings)
    try:
        keyring = needs.read_keyring(settings)
        needs.check_database(db, keyring, settings.data_dir if may_be_away else None)
    except BaseException:
        db.close()
        raise
    return Installation(
        settings=settings,
        world=world,
        db=db,
        keyring=keyring,
        catalogue=CatalogueKeeper(db, settings.data_dir),
        spool=SpoolWriter(settings.data_dir / "spool", world.now(), world.mint),
        rules=rules,
    )


def create_app(settings: Settings, world: World) -> Flask:
    """The web application of an installation: pages for shoppers, staff and marketers, and the API."""
    return build_app(open_installation(settings, world, may_be_away=True))


def build_app(installation: Installation) -> Flask:
    """The web application around what is already open. Raises BadSetting for a wallet's key that is none."""
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from omni import web
    from omni.present import apple_pass, google_pass
    from omni.web import dressing, scan_page
    from omni.web.sessions import Sessions

    settings = installation.settings
    apple_pass.signer_of(settings)
    google_pass.account_of(settings)
    app = Flask("omni", template_folder=str(omni.asset("templates")), static_folder=None)
    app.session_interface = Sessions()
    app.config.update(
        SECRET_KEY=needs.read_signing_secret(settings),
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
    dressing.register(app, settings.templates_dir)
    scan_page.register(app, place=installation, busy=StoreBusy)
    return app


def serving() -> Flask:
    """What a WSGI server calls in each of its processes: the application of the environment's settings."""
    settings = read_settings()
    from omni.web.log_lines import write_log

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
        sys.exit(_fail(needs.no_answer(away), 1))


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
        needs.make_folder(settings.data_dir)

    def signing_secret(self, settings: Settings) -> str:
        """What signs the sign-in. Raises CannotStart when there is none."""
        return needs.read_signing_secret(settings)

    def installation(self, settings: Settings) -> Installation:
        """Everything, ready to serve."""
        return open_installation(settings, self.world)

    def drawing(self, place: Installation) -> Callable[..., str]:
        """Draws the page of a code at any instant, with the templates and functions that answer shoppers."""
        from omni.web import previewing

        return partial(previewing.self_contained, build_app(place))

    def public_site(self, place: Installation, editions: Sequence[Then]) -> tuple[int, Iterator[SiteFile]]:
        """How many files the public site of editions has, and each of them as it is served."""
        from omni.web import site

        return site.built(build_app(place), editions)

    def prepare(self, settings: Settings) -> list[str]:
        """Bring a database and its keys into being, or up to date; names the secrets that were made.

        Keys are never made for a database that already has paper: that would hide that they were lost.
        """
        db = needs.open_database(settings)
        try:
            schema.upgrade(db)
            with db.reading() as session:
                has_paper = keeping_keys.has_keys(session)
            here = settings.code_keys or keyfiles.read_secret(needs.key_folder(settings), keyfiles.CODE_KEYS)
            if has_paper and not here:
                raise CannotStart("the code keys are missing: set OMNI_CODE_KEYS from the recovery sheet")
            given = {keyfiles.CODE_KEYS: settings.code_keys, keyfiles.SECRET_KEY: settings.secret_key}
            wanted = [name for name, value in given.items() if not value]
            made = keyfiles.create_missing(needs.key_folder(settings), self.world.mint, wanted=wanted)
            keyring = needs.read_keyring(settings)
            with db.writing() as tx:
                keeping_keys.check_keys(tx, keyring)
                keeping_keys.remember_keys(tx, self.world.now(), keyring)
            return made
        finally:
            db.close()

    def schema_standing(self, settings: Settings) -> tuple[str | None, str]:
        """The schema revision the database has, and the newest there is. Raises CannotStart."""
        db = needs.open_database(settings)
        try:
            return schema.standing(db)
        except StoreBusy as away:
            raise CannotStart(needs.no_answer(away)) from away
        finally:
            db.close()

    def check_templates(self, settings: Settings) -> None:
        """See that every template of the installation's own can be drawn. Raises BadSetting."""
        needs.check_templates(settings)

    def keyring(self, settings: Settings) -> Keyring:
        """The code keys."""
        return needs.read_keyring(settings)

    def keep_keyring(self, settings: Settings, keyring: Keyring) -> None:
        """Write the code keys into the data folder. Raises CannotStart when a setting has them."""
        if settings.code_keys:
            raise CannotStart("the keys come from OMNI_CODE_KEYS: change that setting instead")
        keyfiles.write_secret(needs.key_folder(settings) / keyfiles.CODE_KEYS, keyring.as_setting())


def _fail(message: str, code: int) -> int:
    print(f"omni: {message}", file=sys.stderr)
    return code

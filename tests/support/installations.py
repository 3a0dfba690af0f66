"""A ready Omni for a test: the demo campaign, launched, on a database of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256, shake_256
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import Session

import omni
from omni.app import Installation, open_installation
from omni.domain.campaign_file import CampaignFile
from omni.domain.keyring import CodeKey, Keyring
from omni.domain.offer import Picture
from omni.present import campaign_file, market_file
from omni.present.campaign_terms import terms_of
from omni.services import authoring, keeping_keys, launching
from omni.settings import Settings
from omni.store import finders
from omni.store.engine import Database
from omni.world import World

FESTIVAL = datetime(2026, 11, 11, 10, tzinfo=UTC)
DEMO = Path(omni.__file__).parent / "demo"
KEYRING = Keyring((CodeKey(1, bytes(range(32))),), 1)


class Clock:
    """A world whose time a test moves by hand, and whose dice fall the same way in every run."""

    def __init__(self, at: datetime = FESTIVAL) -> None:
        self.at = at
        self._throws = count(1)
        self.world = World(now=lambda: self.at, mint=self._mint)

    def _mint(self, size: int) -> bytes:
        return shake_256(b"%d" % next(self._throws)).digest(size)


def an_installation(
    database_url: str,
    data_dir: Path,
    *,
    clock: Clock | None = None,
    base_url: str = "https://go.larkfell.example",
) -> Installation:
    """An installation with the demo campaign live in all its markets, on a migrated database."""
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url,
        base_url=base_url,
        secret_key="a secret of the tests",
        code_keys=KEYRING.as_setting(),
    )
    world = (clock or Clock()).world
    db = Database(database_url)
    with db.writing() as tx:
        keeping_keys.remember_keys(tx, world.now(), KEYRING)
        author(tx, world.now(), demo_file())
        for market in demo_file().markets:
            edition = finders.edition_by_key(tx, f"double-11/{market}")
            assert launching.launch(tx, world.now(), edition=edition, is_sandbox=False, by="tests")
    db.close()
    return open_installation(settings, world)


def demo_file() -> CampaignFile:
    """The demo campaign as its file has it."""
    text = (DEMO / "double-11.yaml").read_text()
    return campaign_file.read(text, file="double-11.yaml", markets=market_file.shipped())


def author(tx: Session, now: datetime, file: CampaignFile) -> list[authoring.AppliedEdition]:
    """Apply a campaign file whose pictures lie in the demo's folder."""
    markets = market_file.shipped()
    authored = authoring.Authored(
        file=file,
        markets=markets,
        terms={market: terms_of(file, markets[market]) for market in file.markets},
        pictures={path: _picture(path) for path in _pictures(file)},
    )
    return authoring.apply(tx, now, authored=authored, by="tests")


def _pictures(file: CampaignFile) -> Iterator[str]:
    yield from (item.picture for item in file.items.values() if item.picture)
    yield from (bundle.picture for bundle in file.bundles.values() if bundle.picture)


def _picture(path: str) -> Picture:
    body = (DEMO / path).read_bytes()
    return Picture(digest=sha256(body).hexdigest(), media_type="image/svg+xml", body=body)


@pytest.fixture
def clock() -> Clock:
    """Ten in the morning, UTC, on the eleventh of the eleventh; a test may move it."""
    return Clock()


@pytest.fixture
def installation(migrated_url: str, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """The demo campaign, live in eight markets, on each engine in turn."""
    opened = an_installation(migrated_url, tmp_path / "data", clock=clock)
    yield opened
    opened.db.close()


@contextmanager
def sandbox(installation: Installation) -> Iterator[Installation]:
    """The same installation without a public address."""
    yield replace(installation, settings=replace(installation.settings, base_url="http://127.0.0.1:8000"))

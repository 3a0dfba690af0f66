"""A ready Omni for a test: the demo campaign, launched, on a database of the test's own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256, shake_256
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import Session

import omni
from omni import demo
from omni.app import Installation, open_installation
from omni.domain.campaign_file import CampaignFile
from omni.domain.display_rule import DisplayRule
from omni.domain.keyring import CodeKey, Keyring
from omni.domain.offer import Picture
from omni.domain.repricing import PrintedPrice
from omni.domain.theme import Theme
from omni.present import campaign_file, market_file, price_file
from omni.present.campaign_terms import terms_of
from omni.present.rule_file import shipped_rules
from omni.services import authoring, keeping_keys, launching, pricing, reaching
from omni.settings import Settings
from omni.store import finders
from omni.store.engine import Database
from omni.world import World
from tests.support.databases import a_copy, migrate

FESTIVAL = datetime(2026, 11, 11, 10, tzinfo=UTC)
DEMO = Path(omni.__file__).parent / "demo"
BASE_URL = "https://go.larkfell.example"
SOME = ("fr", "de", "gb", "jp", "cn", "us", "sa", "ca-qc")
"""Markets enough for nearly every test: three scripts, both directions, one and two required languages."""
KEYRING = Keyring((CodeKey(1, bytes(range(32))),), 1)


class Clock:
    """A world whose time a test moves by hand, and whose dice fall the same way in every run."""

    def __init__(self, at: datetime = FESTIVAL) -> None:
        self.at = at
        self._throws = count(1)
        self.world = World(now=lambda: self.at, mint=self._mint)

    def throw(self) -> int:
        """How often the dice have fallen, this throw included."""
        return next(self._throws)

    def _mint(self, size: int) -> bytes:
        return shake_256(b"%d" % self.throw()).digest(size)


def an_installation(
    database_url: str,
    data_dir: Path,
    *,
    clock: Clock | None = None,
    base_url: str = BASE_URL,
) -> Installation:
    """An installation on a database in which the demo campaign is live."""
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url,
        base_url=base_url,
        secret_key="a secret of the tests",
        code_keys=KEYRING.as_setting(),
    )
    return open_installation(settings, (clock or Clock()).world)


def go_live(database_url: str) -> None:
    """Put the demo campaign live in some markets; its address was opened from outside."""
    parts = demo_file().markets
    put_live(database_url, demo_file().model_copy(update={"markets": {name: parts[name] for name in SOME}}))


def go_live_everywhere(database_url: str) -> None:
    """The same in all of its twenty markets."""
    put_live(database_url, demo_file())


def put_live(database_url: str, file: CampaignFile) -> None:
    """Put a campaign live in all of its markets, on an empty database."""
    migrate(database_url)
    db = Database(database_url)
    with db.writing() as tx:
        keeping_keys.remember_keys(tx, FESTIVAL, KEYRING)
        author(tx, FESTIVAL, file)
        history = demo.prices_as_of(file, FESTIVAL.date()).splitlines()
        prices = price_file.read_prices(history, file=demo.PRICES.name, markets=market_file.shipped())
        pricing.record_prices(tx, FESTIVAL, lists=prices, source=demo.PRICES.name, by="tests")
        reaching.record_reach(tx, FESTIVAL, BASE_URL)
        for market in file.markets:
            edition = finders.edition_by_key(tx, f"double-11/{market}")
            assert launching.launch(
                tx, FESTIVAL, edition=edition, rules=shipped_rules(), is_sandbox=False, by="tests"
            )
    db.close()


@cache
def demo_file() -> CampaignFile:
    """The demo campaign as its file has it, read once: whoever wants another changes a copy."""
    text = (DEMO / "double-11.yaml").read_text()
    return campaign_file.read(text, file="double-11.yaml", markets=market_file.shipped())


def author(
    tx: Session,
    now: datetime,
    file: CampaignFile,
    *,
    rules: Sequence[DisplayRule] | None = None,
    printed: PrintedPrice | None = PrintedPrice.HONOUR,
    theme: Theme | None = None,
) -> list[authoring.AppliedEdition]:
    """Apply a campaign file whose pictures lie in the demo's folder, under the shipped rules or others."""
    markets = market_file.shipped()
    rules = shipped_rules() if rules is None else rules
    authored = authoring.Authored(
        file=file,
        markets=markets,
        terms={market: terms_of(file, markets[market], rules) for market in file.markets},
        pictures={path: _picture(path) for path in _pictures(file)},
        rules=rules,
        theme=theme,
    )
    return authoring.apply(tx, now, authored=authored, by="tests", printed=printed)


def _pictures(file: CampaignFile) -> Iterator[str]:
    yield from [file.logo] if file.logo else []
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
def is_everywhere() -> bool:
    """Whether the demo is live in all of its markets; a module that needs them says so itself."""
    return False


@pytest.fixture
def live_url(
    engine_name: str, is_everywhere: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A fresh database in which the demo campaign is live, on each engine in turn."""
    yield from a_copy(go_live_everywhere if is_everywhere else go_live, engine_name, request, tmp_path)


@pytest.fixture
def installation(live_url: str, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    """The demo campaign, live, on each engine in turn."""
    opened = an_installation(live_url, tmp_path / "data", clock=clock)
    yield opened
    opened.db.close()


def sandbox(installation: Installation) -> Installation:
    """The same installation without a public address."""
    return replace(installation, settings=replace(installation.settings, base_url="http://127.0.0.1:8000"))

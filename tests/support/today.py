"""The demo campaign live today: for `omni serve` itself, which goes by the real clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from omni import demo
from omni.app import Installation
from omni.present import market_file, price_file
from omni.present.rule_file import shipped_rules
from omni.services import keeping_keys, launching, pricing, reaching
from omni.store import finders
from omni.store.engine import Database
from tests.support.databases import a_copy, migrate
from tests.support.installations import BASE_URL, KEYRING, Clock, an_installation, author, demo_file
from tests.support.processes import OmniProcess
from tests.support.serving import free_port


def go_live_today(database_url: str) -> None:
    """Put the demo campaign live in France, with days around today."""
    now = datetime.now(UTC)
    days = {"opens": now.date() - timedelta(days=9), "closes": now.date() + timedelta(days=30)}
    file = demo_file().model_copy(update={"markets": {"fr": demo_file().markets["fr"]}, **days})
    migrate(database_url)
    db = Database(database_url)
    with db.writing() as tx:
        keeping_keys.remember_keys(tx, now, KEYRING)
        author(tx, now, file)
        history = demo.prices_as_of(file, now.date()).splitlines()
        prices = price_file.read_prices(history, file=demo.PRICES.name, markets=market_file.shipped())
        pricing.record_prices(tx, now, lists=prices, source=demo.PRICES.name, by="tests")
        reaching.record_reach(tx, now, BASE_URL)
        edition = finders.edition_by_key(tx, "double-11/fr")
        rules = shipped_rules()
        assert launching.launch(tx, now, edition=edition, rules=rules, is_sandbox=False, by="tests")
    db.close()


def in_both_ways(database_url: str, folder: Path) -> tuple[Installation, OmniProcess]:
    """An installation of today, for this process to prepare and for `omni` to serve."""
    place = an_installation(database_url, folder / "var", clock=Clock(datetime.now(UTC)))
    secrets = {"OMNI_SECRET_KEY": place.settings.secret_key, "OMNI_CODE_KEYS": place.settings.code_keys}
    return place, OmniProcess(folder, database_url, free_port(), secrets)


@pytest.fixture
def today(
    engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Installation, OmniProcess]]:
    """The demo campaign, live by the real clock, on each engine in turn."""
    for url in a_copy(go_live_today, engine_name, request, tmp_path):
        place, omni = in_both_ways(url, tmp_path)
        yield place, omni
        place.db.close()

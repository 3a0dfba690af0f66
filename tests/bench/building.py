"""What `omni build` costs for a whole company: 20 markets, all their locales, 50 offers, each with its card.

The command is run as it is typed, on the demo campaign with its sets sold again and again: a first time
into an empty folder, again when nothing has changed, and anew into another folder when the cards were drawn
before. Cards are drawn on all cores, beside the pages.
"""

from __future__ import annotations

import os
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from omni.app import Composer
from omni.cli import run
from omni.domain.campaign_file import CampaignFile, MarketPart
from omni.domain.localized import Localized
from tests.support.installations import BASE_URL, KEYRING, Clock, demo_file, put_live

BUNDLES = 50


def a_wide_campaign(bundles: int) -> CampaignFile:
    """The demo with so many bundles: its own sets again and again, at the same prices."""
    file = demo_file()
    own = {f"{slug}-{turn}": slug for turn, slug in zip(range(bundles), cycle(file.bundles), strict=False)}
    return file.model_copy(
        update={
            "bundles": {name: _renamed(file, slug, name) for name, slug in own.items()},
            "markets": {market: _priced(part, own) for market, part in file.markets.items()},
        }
    )


def _renamed(file: CampaignFile, slug: str, name: str) -> object:
    names = {locale: f"{said} {name}" for locale, said in file.bundle_name(slug).root.items()}
    return file.bundles[slug].model_copy(update={"name": Localized.model_validate(names)})


def _priced(part: MarketPart, own: dict[str, str]) -> MarketPart:
    prices = {name: part.prices[slug] for name, slug in own.items() if slug in part.prices}
    kept = {sku: amount for sku, amount in part.prices.items() if sku not in own.values()}
    return part.model_copy(update={"prices": kept | prices, "stock": {}, "receipts": None})


def cpu_seconds() -> float:
    """What this process and those it has waited for took of a core."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def timed(label: str, folder: Path) -> None:
    """Build once, and say how long it took."""
    wall, cpu = perf_counter(), cpu_seconds()
    arguments = ["--data-dir", str(folder.parent / "data"), "build", "double-11", "-o", str(folder)]
    assert run(Composer(Clock().world), arguments) == 0
    wall, cpu = perf_counter() - wall, cpu_seconds() - cpu
    pages, cards = (sum(1 for _ in folder.rglob(f"*.{form}")) for form in ("html", "jpg"))
    print(f"{label:<12} {pages:,} pages and {cards:,} cards in {wall:.1f} s ({cpu:.1f} s of one core)")


def main() -> None:
    """Print pages, cards and seconds of three builds."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.db'}"
        os.environ |= {
            "OMNI_DATABASE_URL": url,
            "OMNI_BASE_URL": BASE_URL,
            "OMNI_SECRET_KEY": "a secret of the bench",
            "OMNI_CODE_KEYS": KEYRING.as_setting(),
        }
        put_live(url, a_wide_campaign(BUNDLES))
        timed("first", folder / "site")
        timed("unchanged", folder / "site")
        timed("anew", folder / "another")
        size = sum(path.stat().st_size for path in (folder / "site").rglob("*") if path.is_file())
        print(f"{'on disk':<12} {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

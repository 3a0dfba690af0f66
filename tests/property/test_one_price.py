"""One price: market, bundle and instant decide it, never the surface, device, language or account.

Paper that said less when the price rose is honoured: it alone has another price, and the same wherever its
code is read.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omni.app import Installation, build_app
from omni.domain.batch import Batch
from omni.domain.people import Role
from omni.domain.price import Price, bundle_item
from omni.domain.repricing import PrintedPrice
from omni.services import repricing
from omni.services.repricing import Decider
from omni.store import finders
from omni.store.catalogue import has_changed
from tests.support import paper, surfaces
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, Clock
from tests.support.machines import Machine, a_key
from tests.support.proofs import share_of
from tests.support.shopper import Shopper
from tests.support.staff import signed_in

TILLS = {
    "de": "de-berlin-till-1",
    "jp": "jp-tokyo-till-1",
    "sa": "sa-riyadh-till-1",
    "ca-qc": "ca-qc-montreal-till-1",
}
DEVICES = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12) MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN",
    "curl/8.5.0",
    "",
)
LANGUAGES = ("fr-CA,fr;q=0.9", "ar", "ja-JP", "en-US,en;q=0.5", "zh-TW", "hi-IN", "*", "nonsense;;q=7", "")
PRICES = {"de": (4_900, 5_290), "jp": (49_800, 44_800), "sa": (49_900, 52_900), "ca-qc": (9_900, 8_900)}
REPRICED = (FESTIVAL + timedelta(hours=3), FESTIVAL + timedelta(hours=8))
"""Every market changes its price twice, within one working day of its tills."""


class Shops:
    """The demo in four markets: tills, points of sale, a phone that holds a claim, and prices that change."""

    def __init__(self, place: Installation, clock: Clock) -> None:
        self.place, self.clock, self.app = place, clock, build_app(place)
        self.machine = Machine(self.app, a_key(place))
        self.receipts = {market: {"placement": till, "receipt_no": "4711"} for market, till in TILLS.items()}
        clock.at = FESTIVAL - timedelta(hours=1)
        self.tills = {market: signed_in(place, f"Tom {market}", till=till) for market, till in TILLS.items()}
        clock.at = FESTIVAL
        for market, till in TILLS.items():
            screen = till.replace("till-1", "screen")
            a_batch(place, edition=f"double-11/{market}", placement=screen, shared=True, bundle="tea")
        self.codes = {market: self._unprinted(market, till) for market, till in TILLS.items()}
        self.honoured = {
            market: str(self.machine.post("/receipts", receipt).json["code"])
            for market, receipt in self.receipts.items()
        }
        self.account = self._account()
        for market, amounts in PRICES.items():
            self._reprice(market, amounts)
        place.catalogue.fresh()

    def _unprinted(self, market: str, till: str) -> str:
        """A code of the receipts' bundle that never came out on paper."""
        catalogue = self.place.catalogue.fresh()
        edition = catalogue.edition_named(f"double-11/{market}")
        bundle = catalogue.contents[edition.id].receipts_bundle
        issued = a_batch(self.place, edition=f"double-11/{market}", placement=till, bundle=bundle)
        return code_of(self.place, issued)

    def _account(self) -> str:
        phone = Shopper(self.place, self.app.test_client())
        phone.voucher(a_receipt_code(self.place, number="another"))
        cookie = phone.client.get_cookie("omni_held")
        assert cookie is not None
        return cookie.value

    def _reprice(self, market: str, amounts: tuple[int, int]) -> None:
        catalogue = self.place.catalogue.fresh()
        edition = catalogue.edition_named(f"double-11/{market}")
        content = catalogue.contents[edition.id]
        with self.place.db.writing() as tx:
            for since, amount in zip(REPRICED, amounts, strict=True):
                tx.add(
                    Price(
                        market_id=market,
                        item=bundle_item(content.campaign, content.receipts_bundle),
                        amount_minor=amount,
                        currency=catalogue.markets[market].currency,
                        valid_from=since,
                        recorded_at=self.clock.at,
                        source="test",
                    )
                )
            tx.flush()
            repricing.settle(tx, Decider(self.clock.at, PrintedPrice.HONOUR, "tests"), edition=edition)
            has_changed(tx)

    def on_site(self, market: str, headers: dict[str, str]) -> dict[str, int]:
        """The price of the receipts' bundle on the market's public pages and in its feeds."""
        catalogue = self.place.catalogue.current(self.clock.at)
        content = catalogue.contents[catalogue.edition_named(f"double-11/{market}").id]
        locale = catalogue.markets[market].required_locales[0].replace("_", "-")
        return surfaces.on_site(
            self.app, f"/{market}/{locale}/{content.campaign}/", content.receipts_bundle, headers
        )

    def price(self, market: str) -> int:
        """What the history says, asked by itself."""
        passed = sum(self.clock.at >= since for since in REPRICED)
        return PRICES[market][passed - 1] if passed else self.first[market]

    def kept(self, market: str) -> int:
        """What honoured paper costs: what it says, or less."""
        return min(self.first[market], self.price(market))

    @property
    def first(self) -> dict[str, int]:
        """What the campaign file says."""
        catalogue = self.place.catalogue.current(self.clock.at)
        found = {}
        for market in TILLS:
            content = catalogue.contents[catalogue.edition_named(f"double-11/{market}").id]
            item = bundle_item(content.campaign, content.receipts_bundle)
            found[market] = next(price.amount_minor for price in content.prices if price.item == item)
        return found


@pytest.fixture
def engine_name() -> str:
    """Prices are read by one function; one engine says as much as two."""
    return "sqlite"


@pytest.fixture
def shops(installation: Installation, clock: Clock) -> Shops:
    return Shops(installation, clock)


@settings(
    max_examples=share_of(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    market=st.sampled_from(sorted(TILLS)),
    minutes=st.integers(-60, 9 * 60),
    device=st.sampled_from(DEVICES),
    language=st.sampled_from(LANGUAGES),
    asked=st.sampled_from(("", "?lang=fr", "?lang=ja", "?lang=ar", "?lang=zz")),
    has_account=st.booleans(),
    is_on_paper=st.booleans(),
)
def test_every_surface_says_the_same_price(
    shops: Shops,
    market: str,
    minutes: int,
    device: str,
    language: str,
    asked: str,
    has_account: bool,
    is_on_paper: bool,
) -> None:
    shops.clock.at = FESTIVAL + timedelta(minutes=minutes)
    code = (shops.honoured if is_on_paper else shops.codes)[market]
    receipt = shops.receipts[market] if is_on_paper else None
    headers = {"User-Agent": device, "Accept-Language": language}
    cookie = shops.account if has_account else None
    public = {
        "screen": surfaces.on_screen(shops.app, TILLS[market].replace("till-1", "screen"), headers),
        **shops.on_site(market, headers),
    }
    own = {
        "page": surfaces.on_page(shops.app, code + asked, headers, cookie=cookie),
        **surfaces.at_till(shops.tills[market], code),
        **surfaces.for_machines(shops.machine, code, receipt),
    }
    assert public == dict.fromkeys(public, shops.price(market))
    assert own == dict.fromkeys(own, shops.kept(market) if is_on_paper else shops.price(market))
    assert len(public) + len(own) == 12 + is_on_paper


def test_honoured_paper_is_unlocked_at_the_price_of_its_page_and_of_every_reprint(
    shops: Shops, installation: Installation
) -> None:
    dearer = 0
    for market, code in shops.honoured.items():
        shops.clock.at = REPRICED[1]
        page = surfaces.on_page(shops.app, code, {})
        reprint = surfaces.for_machines(shops.machine, code, shops.receipts[market])
        phone = Shopper(installation, shops.app.test_client())
        phone.voucher(code)
        opened = installation.keyring.open(code)
        assert opened is not None
        with installation.db.reading() as session:
            claim = finders.claim_of(session, opened.number)
        assert claim is not None
        assert {claim.price_minor, *reprint.values()} == {page} == {shops.kept(market)}
        dearer += shops.price(market) > page
    assert dearer, "no price rose above paper, so nothing was tried"


def test_a_printed_paper_is_written_down_at_the_price_of_its_page(
    installation: Installation, clock: Clock
) -> None:
    """A poster's page and the fact of its printing agree, before and after the price changes."""
    shops = Shops(installation, clock)
    batch: Batch = a_batch(installation, edition="double-11/jp", placement="jp-tokyo-popup", count=3)
    app: Flask = shops.app
    bundle = installation.catalogue.fresh().contents[batch.edition_id].bundle(batch.bundle_id)
    for at in (FESTIVAL, *REPRICED):
        clock.at = at
        code = code_of(installation, batch)
        till = signed_in(installation, "Ada", Role.OWNER, till="jp-tokyo-till-1")
        page = till.get(f"/till/codes/{code}")
        till.press(page, "/print")
        assert surfaces.printed(installation) == surfaces.on_page(app, code, {}), bundle.slug


def test_a_label_says_the_price_of_the_page_at_the_instant_it_is_printed(
    omni: Omni, clock: Clock, tmp_path: Path
) -> None:
    assert (
        omni("issue", "--edition", "double-11/fr", "--placement", "fr-paris-popup", "--count", "3").code == 0
    )
    Path("prices.csv").write_text(
        f"market,item,amount,valid_from\nfr,double-11/ski,455.00,{REPRICED[0].isoformat()}\n"
    )
    assert omni("import", "prices.csv").code == 0
    seen = set()
    for at in (FESTIVAL, *REPRICED):
        clock.at = at
        label, page = tmp_path / "label.pdf", tmp_path / "page.html"
        assert omni("print", "1", "--as", "pdf", "--count", "1", "-o", str(label)).code == 0
        asked = ("--bundle", "ski", "--at", at.isoformat(), "--locale", "fr")
        assert omni("preview", "double-11/fr", *asked, "-o", str(page)).code == 0
        printed = surfaces.price_among(paper.text_of(label.read_bytes()).splitlines())
        assert printed == surfaces.total_of(page.read_text())
        seen.add(printed)
    assert seen == {469_00, 455_00}

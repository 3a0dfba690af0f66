"""What a shopper sees at any instant: the very page, past and future, to the second around every midnight."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from omni.app import Composer, Installation
from omni.domain.price import Price, bundle_item
from omni.domain.refusal import BadInput
from omni.domain.window import midnight
from omni.services import keeping_keys, launching, naming, travelling
from omni.services.travelling import Shown, instant_of
from omni.store.engine import Database
from tests.support.codes import a_batch, code_of
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, KEYRING, Clock, an_installation, author, demo_file
from tests.support.shopper import Shopper, scans

pytestmark = pytest.mark.pages

EARLY = datetime(2026, 9, 1, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)

# Each market's last day here: clocks go back in Paris and New York, never in Tokyo and Kolkata.
LAST_DAYS = {
    "fr": date(2026, 10, 25),
    "us": date(2026, 11, 1),
    "jp": date(2026, 10, 25),
    "in": date(2026, 10, 25),
}
HOURS_LONG = {"fr": 25, "us": 25, "jp": 24, "in": 24}


@pytest.fixture
def is_everywhere() -> bool:
    return True


def page(
    place: Installation,
    at: datetime,
    *,
    edition: str = "double-11/fr",
    locale: str = "fr",
    shown: Shown = Shown.OFFER,
    bundle: str | None = None,
) -> str:
    with place.db.reading() as session:
        named = naming.edition_named(session, edition)
        then = travelling.travel(session, place.world.now(), at, edition=named)
        seen = travelling.sight(session, then, bundle=bundle, shown=shown)
    return Composer(place.world).drawing(place)(seen, locale=locale)


def state(place: Installation, at: datetime, edition: str, shown: Shown = Shown.OFFER) -> str:
    with place.db.reading() as session:
        named = naming.edition_named(session, edition)
        then = travelling.travel(session, place.world.now(), at, edition=named)
        return travelling.sight(session, then, shown=shown).view.state.value


def without_proof(html: str) -> str:
    """A page without what proves its drawing, its pictures and its script: those differ on purpose."""
    bare = re.sub(r'(?<=name="token" value=")[^"]*', "", html)
    bare = re.sub(r"<script [^>]*></script>\n", "", bare)
    return re.sub(r'(?<=src=")(/pictures/|data:)[^"]*', "", bare)


def at_price(place: Installation, price: int) -> None:
    file = demo_file()
    slug = next(iter(file.bundles))
    france = file.markets["fr"]
    cheaper = france.model_copy(update={"prices": {**france.prices, slug: Decimal(price)}})
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"markets": {**file.markets, "fr": cheaper}}))


@pytest.fixture
def one_day(migrated_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Four markets in September, each with an offer that runs for one day, the day of LAST_DAYS."""
    place = an_installation_of(migrated_url, tmp_path, days=0)
    yield place
    place.db.close()


@pytest.fixture
def four_days(migrated_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The same, with its ends a day apart; the last of them is the last use."""
    place = an_installation_of(migrated_url, tmp_path, days=1)
    yield place
    place.db.close()


def an_installation_of(url: str, folder: Path, *, days: int) -> Installation:
    file = demo_file()
    apart = timedelta(days=days)
    markets = {
        market: file.markets[market].model_copy(
            update={
                "opens": last - 3 * apart,
                "closes": last - apart,
                "last_issue": last - 2 * apart,
                "last_unlock": last - apart,
                "last_use": last,
                "returns_until": last + apart,
            }
        )
        for market, last in LAST_DAYS.items()
    }
    db = Database(url)
    with db.writing() as tx:
        keeping_keys.remember_keys(tx, EARLY, KEYRING)
        author(tx, EARLY, file.model_copy(update={"markets": markets}))
        for market in markets:
            edition = naming.edition_named(tx, f"double-11/{market}")
            assert launching.launch(tx, EARLY, edition=edition, rules=(), is_sandbox=False, by="tests")
    db.close()
    return an_installation(url, folder / "data", clock=Clock(EARLY))


@pytest.mark.parametrize("market", LAST_DAYS)
def test_an_offer_of_one_day_is_there_from_its_first_to_its_last_second(
    one_day: Installation, market: str
) -> None:
    with one_day.db.reading() as session:
        edition = naming.edition_named(session, f"double-11/{market}")
        zone = travelling.zone_of(session, edition)
    first, over = midnight(LAST_DAYS[market], zone), midnight(LAST_DAYS[market] + timedelta(days=1), zone)
    assert over - first == timedelta(hours=HOURS_LONG[market])
    seconds = (first - A_SECOND, first, over - A_SECOND, over)
    key = f"double-11/{market}"
    assert [state(one_day, at, key) for at in seconds] == ["not-started", "offer", "offer", "ended"]
    assert [state(one_day, at, key, Shown.UNLOCKED) for at in seconds[1:]] == [
        "unlocked",
        "unlocked",
        "expired",
    ]
    assert [state(one_day, at, key, Shown.USED) for at in seconds[1:]] == ["redeemed"] * 3
    before, after = (page(one_day, at, edition=key, locale="en") for at in seconds[2:])
    assert ("/claim" in before, "/claim" in after) == (True, False)


@pytest.mark.parametrize("market", LAST_DAYS)
def test_each_end_changes_the_page_at_its_own_midnight(four_days: Installation, market: str) -> None:
    key, last = f"double-11/{market}", LAST_DAYS[market]
    with four_days.db.reading() as session:
        zone = travelling.zone_of(session, naming.edition_named(session, key))

    def either_side(days: int, shown: Shown) -> list[str]:
        end = midnight(last + timedelta(days=days), zone)
        return [state(four_days, at, key, shown) for at in (end - A_SECOND, end)]

    assert either_side(-3, Shown.OFFER) == ["not-started", "offer"]
    assert either_side(-1, Shown.OFFER) == ["offer", "offer"]
    assert either_side(0, Shown.OFFER) == ["offer", "ended"]
    assert either_side(0, Shown.UNLOCKED) == ["unlocked", "unlocked"]
    assert either_side(1, Shown.UNLOCKED) == ["unlocked", "expired"]


@pytest.mark.parametrize(
    "text,zone,instant",
    [
        ("2026-11-11T00:00", "Europe/Paris", "2026-11-10T23:00:00"),
        ("2026-11-11", "Asia/Tokyo", "2026-11-10T15:00:00"),
        ("2026-11-11 00:00:01", "Asia/Kolkata", "2026-11-10T18:30:01"),
        ("2026-11-11T00:00+09:00", "Europe/Paris", "2026-11-10T15:00:00"),
        ("2026-11-11T00:00Z", "Asia/Tokyo", "2026-11-11T00:00:00"),
        # Half past two happens twice in Paris on this day and never in New York on the other.
        ("2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30:00"),
        ("2026-10-25T02:30+01:00", "Europe/Paris", "2026-10-25T01:30:00"),
        ("2026-11-01T23:59:59", "America/New_York", "2026-11-02T04:59:59"),
    ],
)
def test_an_instant_is_on_the_markets_clock_unless_it_says_otherwise(
    text: str, zone: str, instant: str
) -> None:
    assert instant_of(text, zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "11.11.2026", "2026-13-01", "0001-01-01T00:00+14:00", "é" * 99]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="at: "):
        instant_of(text, "Europe/Paris")


@pytest.mark.parametrize("language", ["fr", "ar", "en", "ja"])
def test_the_preview_of_this_instant_is_the_page_itself(
    installation: Installation, shopper: Shopper, language: str
) -> None:
    batch = a_batch(installation)
    code = code_of(installation, batch)
    served = shopper.open(f"/c/{code}?lang={language}").text
    with installation.db.reading() as session:
        edition = naming.edition_named(session, "double-11/fr")
        now = installation.world.now()
        then = travelling.travel(session, now, now, edition=edition)
        seen = travelling.sight_of(session, then, batch=batch, number=batch.first_number)
    drawn = Composer(installation.world).drawing(installation)(seen, locale=language, code=code)
    assert without_proof(drawn) == without_proof(served)


def test_the_past_keeps_its_price_and_the_future_has_todays(installation: Installation, clock: Clock) -> None:
    at_price(installation, 429)
    clock.at = FESTIVAL + timedelta(days=2)
    at_price(installation, 399)
    shown = [
        re.findall(r"(4[26]9|399),00", page(installation, FESTIVAL + timedelta(days=days)))[0]
        for days in (1, 2, 5)
    ]
    assert shown == ["429", "399", "399"]


def test_a_correction_does_not_change_what_was_shown_before_it_was_known(
    installation: Installation, clock: Clock
) -> None:
    slug = next(iter(demo_file().bundles))
    clock.at = FESTIVAL + timedelta(days=2)
    with installation.db.writing() as tx:
        tx.add(
            Price(
                market_id="fr",
                item=bundle_item("double-11", slug),
                amount_minor=42_900,
                currency="EUR",
                valid_from=EARLY,
                recorded_at=FESTIVAL + timedelta(days=1),
                source="tests",
            )
        )
    pages = [page(installation, FESTIVAL + timedelta(hours=hours), bundle=slug) for hours in (23, 24, 99)]
    assert [re.findall(r"(4[26]9),00", html)[0] for html in pages] == ["469", "429", "429"]


def test_before_it_was_launched_it_is_a_draft_and_before_it_was_published_nothing(
    migrated_url: str, tmp_path: Path
) -> None:
    place = an_installation_of(migrated_url, tmp_path, days=0)
    with place.db.writing() as tx:
        edition = naming.edition_named(tx, "double-11/fr")
        launching.pause(tx, EARLY + timedelta(days=1), edition=edition, reason="technical", by="tests")
        launching.resume(tx, EARLY + timedelta(days=2), edition=edition, by="tests")
    later = replace(place, world=Clock(EARLY + timedelta(days=3)).world)
    states = [state(later, EARLY + timedelta(days=days), "double-11/fr") for days in (0, 1, 2)]
    assert states == ["not-started", "paused", "not-started"]
    with pytest.raises(BadInput, match="nothing of this was published by 2026-09-01T01:59:59"):
        state(later, EARLY - A_SECOND, "double-11/fr")
    place.db.close()


def test_looking_changes_nothing_and_counts_nothing(installation: Installation) -> None:
    page(installation, FESTIVAL)
    assert scans(installation) == []


def test_the_button_of_a_preview_unlocks_nothing(installation: Installation, shopper: Shopper) -> None:
    batch = a_batch(installation)
    code = code_of(installation, batch)
    token = re.search(r'name="token" value="([^"]+)"', page(installation, FESTIVAL))
    assert token is not None
    answer = shopper.unlock(code, token=token[1])
    assert answer.status_code == 409
    assert "voucher" not in answer.headers.get("Location", "")


def test_the_file_needs_nothing_but_itself(omni: Omni, tmp_path: Path) -> None:
    said = omni("preview", "double-11/fr", "--at", "2026-11-12T08:00", "--locale", "ar", "-o", "page.html")
    assert said.code == 0, said.err
    assert said.out.startswith(
        "page.html: double-11/fr at 2026-11-12T08:00:00+01:00, revision 1, live, page offer"
    )
    html = (tmp_path / "page.html").read_text()
    assert 'src="data:image/' in html
    assert re.findall(r'src="(?!data:)', html) == []
    assert 'lang="ar" dir="rtl"' in html


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["--at", "noon", "-o", "page.html"], "at: noon is no instant"),
        (["--locale", "klingon!", "-o", "page.html"], "locale: klingon! is no language"),
        (["--bundle", "socks", "-o", "page.html"], "bundle: socks is not sold there"),
        (["-o", "page.pdf"], "name a .html file"),
    ],
)
def test_what_cannot_be_shown_is_one_clear_line(omni: Omni, arguments: list[str], said: str) -> None:
    answer = omni("preview", "double-11/fr", *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1

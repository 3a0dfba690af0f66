"""A code given up for one of another market: once, whoever asks, however many at the same moment."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlmodel import func, select

from omni.app import Installation
from omni.domain.batch import Batch, CodePhase
from omni.domain.campaign_file import Exchange
from omni.domain.claim import CodeExchange
from omni.domain.placement import Placement, Touchpoint
from omni.domain.record import Origin
from omni.domain.refusal import Reason, Refused
from omni.domain.scarcity import stock_of
from omni.services import issuing, launching
from omni.services.claiming import Claimed
from omni.services.exchanging import Destination, Exchanged, exchange
from omni.services.purging import purge_tests
from omni.services.reconciling import reconcile
from omni.store import counters, cube, finders
from tests.support.codes import SEAL, a_batch, a_receipt_code, code_of
from tests.support.commands import Omni
from tests.support.installations import Clock, author, demo_file
from tests.support.journeys import fold, unlock
from tests.support.shopper import Shopper, another, headline

AFTER_ALL = datetime(2027, 3, 1, tzinfo=UTC)


def allow(place: Installation, policy: Exchange, *, markets: tuple[str, ...] = ("fr", "de", "jp")) -> None:
    """The demo campaign in these markets lets its codes be exchanged so."""
    file = demo_file()
    some = {market: file.markets[market] for market in markets}
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update={"exchange": policy, "markets": some}))
    place.catalogue.fresh()


@pytest.fixture
def place(installation: Installation) -> Installation:
    """The demo campaign, whose codes may be exchanged between France, Germany and Japan."""
    allow(installation, Exchange.SWAP)
    return installation


def give_up(place: Installation, batch: Batch, index: int = 0, *, to: str = "jp") -> Exchanged | Refused:
    with place.db.writing() as tx:
        return exchange(
            tx,
            place.world.now(),
            batch=batch,
            number=batch.first_number + index,
            to=Destination(to, SEAL, {"ja_JP": "交換", "en_JP": "Exchange"}),
        )


def given_up(place: Installation, batch: Batch, index: int = 0, *, to: str = "jp") -> Exchanged:
    outcome = give_up(place, batch, index, to=to)
    assert isinstance(outcome, Exchanged), outcome
    place.catalogue.fresh()
    return outcome


def exchanges(place: Installation) -> int:
    with place.db.reading() as session:
        return session.exec(select(func.count()).select_from(CodeExchange)).one()


def reason(outcome: object) -> Reason | None:
    return outcome.reason if isinstance(outcome, Refused) else None


def step(place: Installation, market: str, verb: object, **details: object) -> None:
    """Pause or end the edition of a market."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, f"double-11/{market}")
        assert verb(tx, place.world.now(), edition=edition, by="tests", **details)
    place.catalogue.fresh()


def moved(shopper: Shopper, code: str, *, to: str = "jp") -> str:
    """Open a code's page and exchange it: the address of the new one's page."""
    answer = shopper.send(f"/c/{code}/move", token=shopper.token(code), market=to)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_the_new_code_is_for_the_same_bundle_at_the_other_markets_price(place: Installation) -> None:
    batch = a_batch(place, bundle="tea")
    made = given_up(place, batch)
    claimed = unlock(place, made.batch, made.exchange.to_number, locale="ja_JP")
    assert isinstance(claimed, Claimed)
    assert claimed.claim.currency == "JPY"
    with place.db.reading() as session:
        state = finders.state_of(session, batch.first_number)
        placement = finders.placement_of(session, made.batch.placement_id)
        bundle = finders.published(session, finders.edition_of(session, made.batch.edition_id)).bundle(
            made.batch.bundle_id
        )
    assert state.phase is CodePhase.EXCHANGED
    assert (placement.slug, placement.touchpoint) == ("jp-exchange", Touchpoint.SHARED_LINK)
    assert bundle.slug == "tea"


def test_a_bundle_that_is_not_offered_there_becomes_what_a_receipt_earns_there(place: Installation) -> None:
    batch = a_batch(place, bundle="tea")
    file = demo_file()
    bundles = {slug: bundle for slug, bundle in file.bundles.items() if slug != "tea"}
    prices = {name: price for name, price in file.markets["jp"].prices.items() if name != "tea"}
    other = next(iter(bundles))
    japan = file.markets["jp"].model_copy(update={"receipts": other, "prices": prices, "stock": {}})
    changed = {"exchange": Exchange.SWAP, "bundles": bundles, "markets": {"jp": japan}}
    with place.db.writing() as tx:
        author(tx, place.world.now(), file.model_copy(update=changed))
    made = given_up(place, batch)
    content = place.catalogue.fresh().contents[made.batch.edition_id]
    assert content.bundle(made.batch.bundle_id).slug == other


def test_asking_again_gives_the_same_code_and_another_market_is_too_late(place: Installation) -> None:
    batch = a_batch(place)
    first, again = given_up(place, batch), given_up(place, batch)
    assert (again.exchange.to_number, again.is_replay) == (first.exchange.to_number, True)
    assert reason(give_up(place, batch, to="de")) is Reason.EXCHANGED
    assert exchanges(place) == 1


def test_sixteen_at_once_are_one_exchange(place: Installation) -> None:
    batch = a_batch(place)
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda _: given_up(place, batch), range(16)))
    assert len({outcome.exchange.to_number for outcome in outcomes}) == 1
    assert Counter(outcome.is_replay for outcome in outcomes) == {False: 1, True: 15}


def test_of_two_markets_raced_for_one_wins(place: Installation) -> None:
    batch = a_batch(place)
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda to: give_up(place, batch, to=to), ["jp", "de"] * 4))
    won = [outcome for outcome in outcomes if isinstance(outcome, Exchanged)]
    assert len(won) == 4
    assert len({outcome.exchange.to_number for outcome in won}) == 1
    assert {reason(outcome) for outcome in outcomes if isinstance(outcome, Refused)} == {Reason.EXCHANGED}


def test_unlocking_and_exchanging_at_once_is_one_of_the_two(place: Installation) -> None:
    batch = a_batch(place, count=12)
    with ThreadPoolExecutor(8) as threads:
        unlocked = [threads.submit(unlock, place, batch, batch.first_number + index) for index in range(12)]
        given = [threads.submit(give_up, place, batch, index) for index in range(12)]
    for claimed, exchanged in zip(unlocked, given, strict=True):
        ended = (claimed.result(), exchanged.result())
        assert sum(1 for outcome in ended if not isinstance(outcome, Refused)) == 1
        assert {reason(outcome) for outcome in ended} - {None} <= {Reason.EXCHANGED, Reason.ALREADY_CLAIMED}


def test_many_codes_at_once_share_the_new_place_and_no_number(place: Installation) -> None:
    batch = a_batch(place, count=16)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda index: given_up(place, batch, index), range(16)))
    assert len({each.exchange.to_number for each in made}) == 16
    assert len({each.batch.id for each in made}) == 1
    with place.db.reading() as session:
        places = select(func.count()).select_from(Placement).where(Placement.slug == "jp-exchange")
        assert session.exec(places).one() == 1


def test_what_fails_half_way_leaves_nothing(place: Installation) -> None:
    batch = a_batch(place)
    to = Destination("jp", SEAL, {"ja_JP": "交換"})
    with suppress(ZeroDivisionError), place.db.writing() as tx:
        assert exchange(tx, place.world.now(), batch=batch, number=batch.first_number, to=to)
        raise ZeroDivisionError
    assert exchanges(place) == 0
    assert isinstance(unlock(place, batch, batch.first_number), Claimed)


def test_what_came_of_an_exchange_is_not_exchanged_again(place: Installation) -> None:
    made = given_up(place, a_batch(place))
    index = made.exchange.to_number - made.batch.first_number
    assert reason(give_up(place, made.batch, index, to="de")) is Reason.NO_EXCHANGE


def test_an_unlocked_code_is_kept_and_an_exchanged_one_not_unlocked(place: Installation) -> None:
    batch = a_batch(place)
    assert isinstance(unlock(place, batch, batch.first_number), Claimed)
    assert reason(give_up(place, batch)) is Reason.ALREADY_CLAIMED
    given_up(place, batch, 1)
    assert reason(unlock(place, batch, batch.first_number + 1)) is Reason.EXCHANGED


@pytest.mark.parametrize("policy", [Exchange.NONE, Exchange.SHOW])
def test_only_a_campaign_that_swaps_does(installation: Installation, policy: Exchange) -> None:
    allow(installation, policy)
    assert reason(give_up(installation, a_batch(installation))) is Reason.NO_EXCHANGE


@pytest.mark.parametrize("market", ["fr", "zz", ""])
def test_there_must_be_another_market(place: Installation, market: str) -> None:
    assert reason(give_up(place, a_batch(place), to=market)) is Reason.NO_EXCHANGE


def test_a_market_that_hands_nothing_out_takes_nobody(place: Installation) -> None:
    batch = a_batch(place)
    step(place, "jp", launching.pause, reason="technical")
    assert reason(give_up(place, batch)) is Reason.NO_EXCHANGE
    step(place, "jp", launching.end)
    assert reason(give_up(place, batch)) is Reason.NO_EXCHANGE
    assert isinstance(unlock(place, batch, batch.first_number), Claimed)


def test_a_code_that_cannot_be_unlocked_cannot_be_exchanged(place: Installation, clock: Clock) -> None:
    batch = a_batch(place)
    with place.db.writing() as tx:
        recalled = {"first": 1, "count": 1, "reason": "misprint", "by": "tests"}
        issuing.recall(tx, place.world.now(), batch_id=batch.id or 0, **recalled)
    assert reason(give_up(place, batch)) is Reason.VOIDED
    step(place, "fr", launching.pause, reason="technical")
    assert reason(give_up(place, batch, 1)) is Reason.PAUSED
    clock.at = AFTER_ALL
    step(place, "fr", launching.end)
    assert reason(give_up(place, batch, 1)) is Reason.ENDED


def test_a_poster_is_not_given_up(place: Installation) -> None:
    assert reason(give_up(place, a_batch(place, shared=True))) is Reason.NO_EXCHANGE


def test_a_test_code_becomes_a_test_code(place: Installation) -> None:
    live, test = a_batch(place), a_batch(place, origin=Origin.TEST)
    assert given_up(place, live).batch.origin is Origin.LIVE
    made = given_up(place, test)
    assert (made.batch.origin, made.exchange.origin) == (Origin.TEST, Origin.TEST)


def test_stock_is_not_touched_before_the_new_code_is_unlocked(place: Installation) -> None:
    batch = a_batch(place)
    with place.db.writing() as tx:
        japan = finders.edition_by_key(tx, "double-11/jp")
        slug = finders.published(tx, japan).offered[0].slug
        if counters.remaining(tx, japan.id or 0, stock_of(slug)) is None:
            counters.grant(tx, japan.id or 0, stock_of(slug), 1)

    def left() -> int | None:
        with place.db.reading() as session:
            return counters.remaining(session, japan.id or 0, stock_of(slug))

    before = left()
    made = given_up(place, batch)
    assert left() == before
    assert isinstance(unlock(place, made.batch, made.exchange.to_number, locale="ja_JP"), Claimed)
    assert left() == (before or 0) - 1


def test_nobody_gives_up_a_code_for_what_is_sold_out(place: Installation) -> None:
    batch = a_batch(place)
    with place.db.writing() as tx:
        japan = finders.edition_by_key(tx, "double-11/jp")
        stock = stock_of(finders.published(tx, japan).offered[0].slug)
        number = 0
        while counters.remaining(tx, japan.id or 0, stock):
            counters.take(tx, japan.id or 0, stock, number)
            number += 1
        if number == 0:
            counters.grant(tx, japan.id or 0, stock, 0)
    assert reason(give_up(place, batch)) is Reason.OUT_OF_STOCK


def test_a_reader_moves_to_her_own_market_and_the_old_page_leads_on(
    place: Installation, shopper: Shopper
) -> None:
    code = a_receipt_code(place)
    french = another(shopper, "fr")
    page = french.open(f"/c/{code}").text
    offered = dict(re.findall(r'<option value="(\w+)">([^<]+)', page))
    sorted_names = [name for name in offered.values() if name in ("Allemagne", "États-Unis", "Japon")]
    assert sorted_names == ["Allemagne", "États-Unis", "Japon"]
    assert "fr" not in offered
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    address = moved(french, code)
    assert "¥" in french.open(address).text or "JPY" in french.open(address).text
    old = french.open(f"/c/{code}")
    assert old.status_code == 200
    assert 'name="token"' not in old.text
    assert f'href="{address}"' in old.text
    again = french.send(f"/c/{code}/move", token=token, market="jp")
    assert again.headers["Location"] == address
    assert "Exchanged for a code of another country" in shopper.open(f"/privacy/{code}").text
    new = address.rpartition("/")[2]
    assert "in exchange for a code of another country" in shopper.open(f"/privacy/{new}").text


def test_a_moved_code_is_unlocked_there_and_moves_no_further(place: Installation, shopper: Shopper) -> None:
    new = moved(shopper, a_receipt_code(place)).rpartition("/")[2]
    assert 'action="/c/' + new + "/move" not in shopper.open(f"/c/{new}").text
    assert shopper.open(shopper.voucher(new)).status_code == 200


def test_the_language_of_the_phone_puts_its_country_first(place: Installation, shopper: Shopper) -> None:
    page = another(shopper, "ja-JP,de;q=0.5").open(f"/c/{a_receipt_code(place)}?lang=en").text
    assert re.findall(r'<option value="(\w+)">', page)[0] == "jp"


def test_the_chosen_language_is_kept_on_the_way(place: Installation, shopper: Shopper) -> None:
    code = a_receipt_code(place)
    answer = shopper.send(f"/c/{code}/move?lang=ar", token=shopper.token(code), market="de")
    assert answer.headers["Location"].endswith("?lang=ar")


def test_where_codes_are_not_exchanged_the_page_shows_who_else_runs_it(
    installation: Installation, shopper: Shopper
) -> None:
    allow(installation, Exchange.SHOW)
    code = a_receipt_code(installation)
    assert "elsewhere" not in shopper.open(f"/c/{code}").text.partition("</style>")[2]
    a_batch(installation, edition="double-11/jp", placement="jp-tokyo-popup", shared=True)
    page = shopper.open(f"/c/{code}").text
    assert '<a href="/p/jp-tokyo-popup">Japan</a>' in page
    assert "/move" not in page


def test_a_poster_shows_the_other_markets_where_codes_are_exchanged(
    place: Installation, shopper: Shopper
) -> None:
    a_batch(place, edition="double-11/jp", placement="jp-tokyo-popup", shared=True)
    page = shopper.open(f"/c/{code_of(place, a_batch(place, shared=True))}").text
    assert '<a href="/p/jp-tokyo-popup">Japan</a>' in page
    assert "/move" not in page


def test_a_campaign_that_allows_nothing_offers_nothing(installation: Installation, shopper: Shopper) -> None:
    allow(installation, Exchange.NONE)
    a_batch(installation, edition="double-11/jp", placement="jp-tokyo-popup", shared=True)
    page = shopper.open(f"/c/{a_receipt_code(installation)}").text
    assert "elsewhere" not in page.partition("</style>")[2]


@pytest.mark.parametrize(
    "fields",
    [
        {"market": "jp"},
        {"market": "jp", "token": "forged"},
        {"market": "", "token": "hers"},
        {"market": "x" * 500, "token": "hers"},
    ],
)
def test_a_form_that_is_not_ours_exchanges_nothing(
    place: Installation, shopper: Shopper, fields: dict[str, str]
) -> None:
    code = a_receipt_code(place)
    token = shopper.token(code)
    sent = {name: token if value == "hers" else value for name, value in fields.items()}
    answer = shopper.send(f"/c/{code}/move", **sent)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert exchanges(place) == 0


def test_a_form_of_another_site_is_refused_and_reloading_it_is_the_page(
    place: Installation, shopper: Shopper
) -> None:
    code = a_receipt_code(place)
    assert shopper.open(f"/c/{code}/move", method="POST", Sec_Fetch_Site="cross-site").status_code == 403
    assert shopper.open(f"/c/{code}/move").headers["Location"] == f"/c/{code}"


def test_an_exchanged_code_says_so_even_when_its_campaign_is_over(
    place: Installation, shopper: Shopper, clock: Clock
) -> None:
    code = a_receipt_code(place)
    moved(shopper, code)
    clock.at = AFTER_ALL
    place.catalogue.fresh()
    answer = shopper.open(f"/c/{code}")
    assert (answer.status_code, headline(answer)) == (200, "This code was exchanged")


def test_both_ends_of_an_exchange_are_told_to_whoever_opens_them(
    place: Installation, command: Omni, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = a_batch(place)
    made = given_up(place, batch)
    old = code_of(place, batch)
    new = code_of(place, made.batch, made.exchange.to_number - made.batch.first_number)
    monkeypatch.setenv("OMNI_DATABASE_URL", place.settings.database_url)
    monkeypatch.setenv("OMNI_CODE_KEYS", place.settings.code_keys)
    monkeypatch.setenv("OMNI_SECRET_KEY", place.settings.secret_key)
    assert f"exchanged for {new} of jp" in command("open", old).out
    assert f"given out for {old} of fr" in command("open", new).out


def test_the_books_agree_after_an_exchange(place: Installation) -> None:
    made = given_up(place, a_batch(place))
    assert isinstance(unlock(place, made.batch, made.exchange.to_number, locale="ja_JP"), Claimed)
    fold(place)
    with place.db.reading() as session:
        assert reconcile(session) == []
        issued = sum(
            total.n for where, total in cube.contents(session).items() if _is_issued(where, made.batch)
        )
    assert issued == 3, "one code was handed out there: by the quarter hour, by the day, and in all"


def _is_issued(where: cube.Coordinates, batch: Batch) -> bool:
    return (where.kind, where.placement_id) == ("issued", batch.placement_id)


def test_an_exchange_of_tests_is_purged_with_them(place: Installation) -> None:
    given_up(place, a_batch(place, origin=Origin.TEST))
    with place.db.writing() as tx:
        removed = purge_tests(tx)
    assert removed["code_exchange"] == 1
    assert exchanges(place) == 0

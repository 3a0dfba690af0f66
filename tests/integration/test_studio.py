"""Where campaigns are watched and steered: the five numbers, and launch, pause, resume, end."""

import re
from datetime import UTC, datetime

import pytest

from omni.app import Installation
from omni.domain.campaign import EditionState
from omni.domain.cube import Kind, cell
from omni.domain.lag import LAG_KINDS
from omni.domain.people import Role
from omni.services import sampling
from omni.store import cube, finders
from tests.integration.test_deciding import a_rule, draft, override, review, ruled
from tests.support.forms import forms
from tests.support.installations import SOME, Clock
from tests.support.staff import Browser, signed_in

pytestmark = pytest.mark.pages

STEPS = ("issued", "scanned", "unlocked", "redeemed", "reversed")
INNER_WORDS = re.compile(
    r"\b(edition|touchpoint|placement|cube|spool|orphan|entitlement|outbox|batch|redemption|studio)s?\b", re.I
)


@pytest.fixture
def ada(installation: Installation) -> Browser:
    return signed_in(installation, "Ada", Role.MARKETER)


def happened(place: Installation, slug: str, kind: str, n: int, at: datetime | None = None) -> None:
    """Something was counted at a place."""
    with place.db.writing() as tx:
        placement = finders.placement_by_slug(tx, slug)
        edition = finders.edition_by_key(tx, f"double-11/{placement.market_id}")
        zone = finders.market_of(tx, placement.market_id).time_zone
        when = at or place.world.now()
        cube.add(tx, [cell(kind, at=when, zone=zone, edition_id=edition.id or 0, placement=placement, n=n)])


def five(page: str) -> tuple[str, ...]:
    """The five numbers at the top of the page."""
    found = dict(re.findall(r'data-step="([a-z]+)">([^<]+)<', page))
    return tuple(found[step] for step in STEPS)


def row(page: str, market: str) -> list[str]:
    """The five numbers of a market, with their rates."""
    line = re.search(rf'<tr data-market="{market}"[^>]*>(.*?)</tr>', page, re.S)
    assert line
    cells = re.findall(r"<td>([^<]*)(?:<small>([^<]*)</small>)?", line[1])
    return [f"{number} {rate}".strip() for number, rate in cells[:5]]


def test_nothing_yet_reads_as_nothing_and_no_rate(ada: Browser) -> None:
    page = ada.get("/studio/").text
    assert five(page) == ("0", "0", "0", "0", "0")
    assert row(page, "fr") == ["0", "0 –", "0 –", "0 –", "0 –"]
    assert "Nothing has happened in this period." in page


def test_the_five_numbers_are_summed_by_market_and_over_all(installation: Installation, ada: Browser) -> None:
    for kind, n in ((Kind.ISSUED, 40), (Kind.SCAN_FIRST, 20), (Kind.CLAIM, 10), (Kind.REDEEM_FIRST, 4)):
        happened(installation, "fr-paris-till-1", kind, n)
    happened(installation, "fr-paris-popup", Kind.SCAN_SHARED, 1000)
    happened(installation, "jp-tokyo-till-1", Kind.ISSUED, 60)
    happened(installation, "fr-paris-till-1", Kind.REVERSE_FIRST, 1)
    page = ada.get("/studio/").text
    assert five(page) == ("100", "1,020", "10", "4", "1")
    assert row(page, "fr")[0] == "40"
    assert row(page, "fr")[3:] == ["4 40%", "1 25%"]
    assert row(page, "jp") == ["60", "0 0%", "0 –", "0 –", "0 –"]
    assert row(page, "all")[0] == "100"


def test_a_market_opens_into_its_places(installation: Installation, ada: Browser) -> None:
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 40)
    happened(installation, "jp-tokyo-till-1", Kind.ISSUED, 60)
    assert 'class="place"' not in ada.get("/studio/").text
    page = ada.get("/studio/?open=fr").text
    assert page.count('class="place"') == 1
    assert "Larkfell Paris" in page


def test_more_scans_than_posters_is_no_share(installation: Installation, ada: Browser) -> None:
    happened(installation, "fr-paris-popup", Kind.ISSUED, 1)
    happened(installation, "fr-paris-popup", Kind.SCAN_SHARED, 36)
    assert row(ada.get("/studio/").text, "fr")[:2] == ["1", "36 –"]


def test_people_and_machines_stand_side_by_side_each_with_its_share(
    installation: Installation, ada: Browser
) -> None:
    assert "Opened again" not in ada.get("/studio/").text
    for kind, n in ((Kind.SCAN_FIRST, 40), (Kind.SCAN_REPEAT, 30), (Kind.SCAN_BOT, 20)):
        happened(installation, "fr-paris-till-1", kind, n)
    happened(installation, "jp-tokyo-popup", Kind.SCAN_SHARED, 10)
    happened(installation, "jp-tokyo-popup", Kind.SCAN_PREFETCH, 100)
    page = ada.get("/studio/").text
    assert 'data-openings="scanned">50 (25%)<' in page
    assert "Opened again: 30 (15%). By machines: 20 (10%). Loaded ahead by browsers: 100 (50%)." in page
    assert "100 (50%)" not in ada.get("/studio/?from=2026-11-12").text


def test_how_soon_offers_were_used_stands_in_steps(installation: Installation, ada: Browser) -> None:
    assert "data-first-uses" not in ada.get("/studio/").text
    for place, kind, n in (("fr-paris-till-1", LAG_KINDS[0], 6), ("jp-tokyo-till-1", LAG_KINDS[2], 2)):
        happened(installation, place, kind, n)
    page = ada.get("/studio/").text
    told = re.findall(r'<li class="apart"><bdi>([^<]*)</bdi><b>([^<]*)</b></li>', page)
    assert told == [("≤ 10 minutes", "6 (75%)"), ("1 hour – 6 hours", "2 (25%)")]
    assert "<desc>≤ 10 minutes: 6 (75%), 1 hour – 6 hours: 2 (25%)</desc>" in page
    assert "data-first-uses" not in ada.get("/studio/?from=2026-11-12").text


def test_three_sentences_say_it_first(installation: Installation, ada: Browser) -> None:
    for kind, n in ((Kind.ISSUED, 40), (Kind.SCAN_FIRST, 20), (Kind.CLAIM, 10), (Kind.REDEEM_FIRST, 4)):
        happened(installation, "fr-paris-till-1", kind, n)
    page = ada.get("/studio/").text
    assert "40 codes were given out; scanned: 20." in page
    assert "10 offers were taken; used in an order: 4." in page
    assert "It works best here: France. Of the offers taken there, 40% were used." in page


def test_today_is_each_markets_own_day(installation: Installation, ada: Browser, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 11, 16, tzinfo=UTC)  # one in the morning of the twelfth in Tokyo
    browser = signed_in(installation, "Bo", Role.MARKETER)
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 3, datetime(2026, 11, 11, 8, tzinfo=UTC))
    happened(installation, "jp-tokyo-till-1", Kind.ISSUED, 5, datetime(2026, 11, 11, 8, tzinfo=UTC))
    happened(installation, "jp-tokyo-till-1", Kind.ISSUED, 7, datetime(2026, 11, 11, 15, 30, tzinfo=UTC))
    page = browser.get("/studio/?period=today").text
    assert row(page, "fr")[0] == "3"
    assert row(page, "jp")[0] == "7"
    assert five(page)[0] == "10"
    assert five(browser.get("/studio/?period=week").text)[0] == "15"


def test_a_period_of_ones_own_is_from_a_day_to_a_day(installation: Installation, ada: Browser) -> None:
    for day in (2, 5, 9):
        happened(installation, "fr-paris-till-1", Kind.ISSUED, day, datetime(2026, 11, day, 12, tzinfo=UTC))
    assert five(ada.get("/studio/?from=2026-11-05&to=2026-11-09").text)[0] == "14"
    assert five(ada.get("/studio/?from=2026-11-06").text)[0] == "9"


def test_days_in_the_wrong_order_are_said_to_be(ada: Browser) -> None:
    page = ada.get("/studio/?from=2026-11-09&to=2026-11-05")
    assert page.status_code == 200
    assert "The first day comes after the last." in page.text


@pytest.mark.parametrize(
    "query", ["period=never", "from=yesterday", "campaign=none", "from=%00&to=9999-99-99"]
)
def test_a_period_nobody_can_read_is_all_time(ada: Browser, query: str) -> None:
    assert ada.get(f"/studio/?{query}").status_code == 200


def test_sample_data_is_said_to_be_sample_data(installation: Installation, ada: Browser) -> None:
    assert "sample data" not in ada.get("/studio/").text
    with installation.db.writing() as tx:
        sampling.load_samples(tx, installation.world.now(), facts=300)
    page = ada.get("/studio/").text
    assert "sample data" in page
    assert five(page)[0] != "0"


def test_every_chart_says_in_words_what_it_draws(installation: Installation, ada: Browser) -> None:
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 40)
    page = ada.get("/studio/").text
    drawings = re.findall(r"<svg[^>]*>(.*?)</svg>", page, re.S)
    assert len(drawings) > 5
    assert all(drawing.startswith("<title>") for drawing in drawings)
    assert "Given out 40, Scanned 0" in page


@pytest.mark.parametrize(
    "path",
    [
        "/studio/",
        "/studio/campaigns",
        "/studio/campaigns/double-11/fr/pause",
        "/studio/double-11/live",
    ],
)
def test_no_inner_word_reaches_the_screen(installation: Installation, ada: Browser, path: str) -> None:
    happened(installation, "fr-paris-till-1", Kind.ISSUED, 40)
    seen = re.sub(r"<[^>]+>", " ", ada.get(path).text)
    assert INNER_WORDS.findall(seen) == []


def state_of(place: Installation, market: str = "fr") -> EditionState:
    with place.db.reading() as session:
        return finders.edition_by_key(session, f"double-11/{market}").state


def test_every_campaign_is_listed_as_people_say_it(ada: Browser) -> None:
    page = ada.get("/studio/campaigns").text
    assert "Double 11 in France" in page
    assert "Double 11 in Quebec" in page
    assert page.count(">Live<") == len(SOME)


def test_opening_a_step_takes_no_step(installation: Installation, ada: Browser) -> None:
    for step in ("launch", "pause", "resume", "end"):
        assert ada.get(f"/studio/campaigns/double-11/fr/{step}").status_code == 200
    assert state_of(installation) is EditionState.LIVE


def take(browser: Browser, step: str, *, of: str = "double-11", **fields: str) -> int:
    """Open the page of a step, press its button, and say how it was answered."""
    address = f"/studio/campaigns/{of}/fr/{step}"
    page = browser.get(address)
    sent = {**forms(page.text)[0].fields, **fields}
    return browser.client.post(address, data=sent, headers=browser.headers).status_code


def test_a_campaign_is_paused_with_a_reason_and_resumed(installation: Installation, ada: Browser) -> None:
    assert take(ada, "pause", reason="technical") == 303
    assert state_of(installation) is EditionState.PAUSED
    page = ada.get("/studio/campaigns").text
    assert ">Paused<" in page
    assert "/fr/resume" in page
    assert take(ada, "resume") == 303
    assert state_of(installation) is EditionState.LIVE


@pytest.mark.parametrize("fields", [{"reason": ""}, {"reason": "whim"}, {"reason": "other", "words": " "}])
def test_a_pause_without_a_reason_is_asked_for_one(
    installation: Installation, ada: Browser, fields: dict[str, str]
) -> None:
    assert take(ada, "pause", **fields) == 422
    assert state_of(installation) is EditionState.LIVE


def test_an_ended_campaign_offers_no_step(installation: Installation, ada: Browser) -> None:
    assert take(ada, "end") == 303
    assert state_of(installation) is EditionState.ENDED
    shown = ada.get("/studio/campaigns").text
    assert [step for step in ("launch", "pause", "resume", "end") if f"/double-11/fr/{step}" in shown] == []
    assert "/double-11/fr/evidence" in shown
    assert take(ada, "launch") == 410


def test_a_step_that_came_too_late_is_refused_in_words(installation: Installation, ada: Browser) -> None:
    address = "/studio/campaigns/double-11/fr/resume"
    page = ada.get(address)
    answer = ada.client.post(address, data=forms(page.text)[0].fields, headers=ada.headers)
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.text


@pytest.mark.parametrize("path", ["double-11/xx/pause", "none/fr/pause", "double-11/fr/explode"])
def test_a_campaign_or_step_that_is_not_there_is_not_found(ada: Browser, path: str) -> None:
    assert ada.get(f"/studio/campaigns/{path}").status_code == 404


def test_a_step_without_the_token_of_its_page_is_refused(installation: Installation, ada: Browser) -> None:
    answer = ada.client.post("/studio/campaigns/double-11/fr/end", data={}, headers=ada.headers)
    assert answer.status_code == 400
    assert state_of(installation) is EditionState.LIVE


WINTER = "/studio/campaigns/winter/fr"
LAUNCH = f"{WINTER}/launch"


@pytest.fixture
def strict(installation: Installation) -> Installation:
    """Winter in France, not launched; it names no permit, and a rule there wants one."""
    place = ruled(installation, a_rule())
    draft(place)
    return place


def test_a_rule_that_fails_is_said_in_words_with_its_law_in_small_type(strict: Installation) -> None:
    page = signed_in(strict, "Ada", Role.MARKETER).get(LAUNCH).text
    assert "Rules that fail and only warn" in page
    assert "Write down the permit number as the authority writes it." in page
    assert "FR-PERMIT" in page
    assert "(Code of the tests, article 1)" in page
    assert "Not reviewed yet" in page
    assert "What stops it" not in page


def test_one_sentence_stands_for_all_rules_that_check_the_same(strict: Installation) -> None:
    place = ruled(strict, a_rule(), a_rule(id="FR-PERMIT-2", citation="Article 2"))
    page = signed_in(place, "Ada", Role.MARKETER).get(LAUNCH).text
    assert page.count("Write down the permit number") == 1
    assert page.count("Code of the tests, article 1") == page.count("Article 2") == 1


def test_what_nobody_told_us_is_one_line(strict: Installation) -> None:
    fees = a_rule(check="no-fees-outside", needs=["fees"])
    page = signed_in(ruled(strict, fees), "Ada", Role.MARKETER).get(LAUNCH).text
    assert "Not tracked: fees" in page
    assert "FR-PERMIT" not in page


def test_a_reviewed_rule_stops_the_launch_and_only_an_owner_may_override_it(strict: Installation) -> None:
    review(strict, a_rule())
    marketer = signed_in(strict, "Max", Role.MARKETER)
    page = marketer.get(LAUNCH)
    assert "What stops it" in page.text
    assert "Reviewed by <bdi>Ines Roth</bdi> on" in page.text
    assert "Override" not in page.text
    assert take(marketer, "launch", of="winter") == 409
    token = forms(page.text)[0].fields["csrf_token"]
    sent = {"csrf_token": token, "rule": "FR-PERMIT", "reason": "Because."}
    assert marketer.client.post(f"{WINTER}/override", data=sent).status_code == 403
    assert "What stops it" in marketer.get(LAUNCH).text


def test_an_owner_overrides_a_rule_with_a_reason_that_is_then_read_there(strict: Installation) -> None:
    review(strict, a_rule())
    owner = signed_in(strict, "Ada", Role.OWNER)
    after = owner.press_and_follow(owner.get(LAUNCH), f"{WINTER}/override", reason="It is <on> its way.")
    assert re.search(
        r"Overridden by <bdi>Ada</bdi> on [^:]+: <bdi>It is &lt;on&gt; its way\.</bdi>", after.text
    )
    assert "What stops it" not in after.text
    assert "Your name, your reason" not in after.text
    assert take(owner, "launch", of="winter") == 303


@pytest.mark.parametrize("fields", [{"reason": " "}, {"reason": "x" * 1001}, {"rule": "price-known"}])
def test_an_override_that_cannot_be_is_asked_for_a_reason(
    strict: Installation, fields: dict[str, str]
) -> None:
    review(strict, a_rule())
    owner = signed_in(strict, "Ada", Role.OWNER)
    answer = owner.press(owner.get(LAUNCH), f"{WINTER}/override", **{"reason": "So.", **fields})
    assert answer.status_code == 422
    assert "Say why, in at most 1,000 letters." in answer.text


def test_an_override_without_the_token_of_its_page_is_refused(strict: Installation) -> None:
    owner = signed_in(strict, "Ada", Role.OWNER)
    sent = {"rule": "FR-PERMIT", "reason": "Because."}
    assert owner.client.post(f"{WINTER}/override", data=sent).status_code == 400
    override(strict, a_rule(), reason="Somebody else's reason.")
    assert "Because." not in owner.get(LAUNCH).text


def test_assets_are_kept_for_ever_under_their_hash_and_nowhere_else(ada: Browser) -> None:
    page = ada.get("/studio/").text
    addresses = re.findall(r"/assets/[^\"]+", page)
    assert len(addresses) == 2
    for address in addresses:
        assert "immutable" in ada.get(address).headers["Cache-Control"]
        assert ada.get(address.replace(address.split("/")[2], "0" * 16)).status_code == 404

"""The till: a code in two taps, a discount code used once, goods taken back."""

import re
from datetime import timedelta
from threading import Event

import pytest
from sqlmodel import col, func, select
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.cli import queue_driving
from omni.domain.claim import Entitlement
from omni.domain.code import Purpose
from omni.domain.counting import OutboxMessage
from omni.domain.people import Role
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.receipt import PaperAnswer
from omni.domain.record import Origin
from omni.domain.redemption import Redemption, Reversal
from omni.domain.rulebook import Caller
from omni.present import typesetting
from omni.services import awaiting, launching, printing, queueing
from omni.services.claiming import Claimed, Screen, claim
from omni.store import finders
from omni.store.catalogue import has_changed
from omni.web.till import printer
from tests.support.installations import Clock
from tests.support.machines import Machine, a_key
from tests.support.printers import FakePrinter, a_printer, switched_off
from tests.support.staff import Browser, signed_in

pytestmark = pytest.mark.pages

PARIS, BERLIN = "fr-paris-till-1", "de-berlin-till-1"
CODE = re.compile(r"/till/codes/([A-Z0-9-]{17})")


@pytest.fixture
def tom(installation: Installation) -> Browser:
    return signed_in(installation, till=PARIS)


@pytest.fixture
def lea(installation: Installation) -> Browser:
    return signed_in(installation, "Lea", till=BERLIN)


def a_code(browser: Browser, **fields: str) -> str:
    """The code of the next receipt, shown."""
    answer = browser.press(browser.get("/till/"), "/till/codes", **{"how": "shown", **fields})
    found = CODE.search(answer.location or "")
    assert found, answer.text
    return found[1]


def unlock(place: Installation, code: str, locale: str = "fr_FR") -> str:
    """What the shopper does with her phone: the discount code of a code."""
    opened = place.keyring.open(code)
    assert opened is not None
    with place.db.writing() as tx:
        batch = finders.batch_of(tx, opened.number)
        assert batch is not None
        outcome = claim(
            tx,
            place.world.now(),
            batch=batch,
            number=opened.number,
            caller=Caller("web", code, "body"),
            screen=Screen(locale),
        )
    assert isinstance(outcome, Claimed)
    return place.keyring.seal(opened.number, Purpose.VOUCHER, batch.key_id)


def a_voucher(place: Installation, browser: Browser, locale: str = "fr_FR") -> str:
    return unlock(place, a_code(browser), locale)


def laid_down(browser: Browser, voucher: str) -> TestResponse:
    """The page of a discount code that was scanned at the till."""
    return browser.press_and_follow(browser.get("/till/use"), "/till/use", code=voucher)


def use(browser: Browser, page: TestResponse, voucher: str, **fields: str | None) -> TestResponse:
    sent = {"order_ref": "O-1", "total": "250", **fields}
    return browser.press(page, f"/till/use/{voucher}", **sent)


def rows(place: Installation, kind: type) -> int:
    with place.db.reading() as session:
        return session.exec(select(func.count()).select_from(kind)).one()


def test_the_till_is_asked_for_once(installation: Installation) -> None:
    browser = signed_in(installation)
    assert browser.get("/till/").location == "/till/place"
    browser.press_and_follow(browser.get("/till/place"), "/till/place", place=PARIS)
    assert browser.get("/till/").status_code == 200


def test_one_tap_shows_a_code_with_its_symbol_host_and_price(
    installation: Installation, tom: Browser
) -> None:
    code = a_code(tom)
    page = tom.get(f"/till/codes/{code}").text
    assert code in page
    assert "<svg" in page
    assert "GO.LARKFELL.EXAMPLE" in page.upper()
    assert "€" in page
    assert "TEST" not in page


def test_where_paper_is_on_request_showing_comes_first(tom: Browser, lea: Browser) -> None:
    paris, berlin = tom.get("/till/").text, lea.get("/till/").text
    assert paris.index("Show code") < paris.index("Print code")
    assert berlin.index("Print code") < berlin.index("Show code")


def asked(browser: Browser, code: str) -> TestResponse:
    """The page that asks, after Print was pressed beside a code."""
    return browser.press_and_follow(browser.get(f"/till/codes/{code}"), "/print")


def answers(place: Installation) -> list[PaperAnswer]:
    with place.db.reading() as session:
        return list(session.exec(select(PaperAnswer).order_by(col(PaperAnswer.answered_at))))


def test_print_asks_one_question_with_the_sentence_to_say_in_the_markets_language(
    installation: Installation, tom: Browser
) -> None:
    page = tom.press_and_follow(tom.get("/till/"), "/till/codes", how="print").text
    assert "Does the shopper want it on paper?" in page
    assert re.search(r'<p lang="fr-FR" dir="ltr">[^<]+</p>', page)
    assert "<svg" in page
    assert "data-print" not in page
    with installation.db.reading() as session:
        assert [run.form for run in session.exec(select(PrintRun))] == ["shown"]


def test_a_yes_prints_and_is_a_fact_with_who_when_and_where(
    installation: Installation, tom: Browser, clock: Clock
) -> None:
    code = a_code(tom)
    slip = tom.press(asked(tom, code), "/paper", paper="yes")
    assert slip.location == f"/till/codes/{code}/slip"
    assert "data-print" in tom.get(slip.location).text
    (said,) = answers(installation)
    with installation.db.reading() as session:
        place = finders.placement_by_slug(session, PARIS).id
        assert [run.form for run in session.exec(select(PrintRun))] == ["shown", "slip"]
    assert (said.wants_paper, said.answered_by, said.answered_at, said.placement_id, said.origin) == (
        True,
        "Tom",
        clock.at,
        place,
        Origin.LIVE,
    )


def test_a_no_prints_nothing_and_the_code_stays_on_the_screen(
    installation: Installation, tom: Browser
) -> None:
    code = a_code(tom)
    assert tom.press(asked(tom, code), "/paper", paper="no").location == f"/till/codes/{code}"
    assert [said.wants_paper for said in answers(installation)] == [False]
    assert rows(installation, PrintRun) == 1
    assert "Does the shopper want it on paper?" in asked(tom, code).text


def test_nothing_is_printed_without_a_yes_by_any_address(installation: Installation, tom: Browser) -> None:
    code = a_code(tom)
    assert tom.get(f"/till/codes/{code}/slip").location == f"/till/codes/{code}/paper?how=slip"
    forced = tom.press(tom.get(f"/till/codes/{code}"), "/print")
    assert forced.location == f"/till/codes/{code}/paper?how=print"
    assert tom.press(asked(tom, code), "/paper").status_code == 400
    assert tom.press(asked(tom, code), "/paper", paper="yes", how="shout").status_code == 400
    assert answers(installation) == []
    assert rows(installation, PrintRun) == 1


def test_a_shopper_who_changes_her_mind_is_two_facts_and_one_code(
    installation: Installation, tom: Browser, clock: Clock
) -> None:
    code = a_code(tom)
    for said in ("no", "no", "yes", "yes"):
        page = tom.get(f"/till/codes/{code}/paper")
        tom.press(page, "/paper", paper=said)
        clock.at += timedelta(seconds=1)
    other = a_code(tom)
    tom.press(asked(tom, other), "/paper", paper="no")
    assert [said.wants_paper for said in answers(installation)] == [False, True, False]
    with installation.db.reading() as session:
        edition = finders.edition_by_key(session, "double-11/fr")
        everywhere = printing.paper_answers(session, edition)
        later = printing.paper_answers(session, edition, from_at=clock.at)
        earlier = printing.paper_answers(session, edition, until_at=clock.at)
        elsewhere = printing.paper_answers(session, finders.edition_by_key(session, "double-11/de"))
    assert (everywhere.asked, everywhere.wanted) == (2, 1)
    assert (later.asked, later.wanted) == (1, 0)
    assert (earlier.asked, earlier.wanted) == (1, 1)
    assert (elsewhere.asked, elsewhere.wanted) == (0, 0)


def test_a_marketer_reads_how_many_were_asked_and_wanted_paper(
    installation: Installation, tom: Browser
) -> None:
    ada = signed_in(installation, "Ada", Role.MARKETER)
    assert "Asked whether they want paper" not in ada.get("/studio/").text
    tom.press(asked(tom, a_code(tom)), "/paper", paper="no")
    tom.press(asked(tom, a_code(tom)), "/paper", paper="yes")
    for period, told in (("today", "2; wanted it: 1."), ("all", "2; wanted it: 1.")):
        page = ada.get(f"/studio/?campaign=double-11&period={period}").text
        assert f"Asked whether they want paper: {told}" in page


def test_what_is_asked_in_practice_does_not_count(installation: Installation, tom: Browser) -> None:
    tom.press_and_follow(tom.get("/till/"), "/till/practice")
    tom.press(asked(tom, a_code(tom)), "/paper", paper="yes")
    with installation.db.reading() as session:
        edition = finders.edition_by_key(session, "double-11/fr")
        assert printing.paper_answers(session, edition).asked == 0
    assert len(answers(installation)) == 1


def test_once_she_wants_paper_the_same_code_is_printed_again_unasked(tom: Browser) -> None:
    code = a_code(tom)
    tom.press(asked(tom, code), "/paper", paper="yes")
    assert tom.press(tom.get(f"/till/codes/{code}"), "/print").location == f"/till/codes/{code}/slip"


def test_where_paper_is_printed_unasked_nobody_is_asked(installation: Installation, lea: Browser) -> None:
    printed = lea.press(lea.get("/till/"), "/till/codes", how="print")
    assert printed.location.endswith("/slip")
    assert answers(installation) == []


def test_a_point_of_sale_asks_by_itself(installation: Installation) -> None:
    pos = Machine(build_app(installation), a_key(installation))
    told = pos.post("/receipts", {"placement": PARIS, "receipt_no": "1"}).json
    slip = pos.get(told["links"]["escpos"].partition("/api/v1")[2])
    assert slip.data.startswith(b"\x1b@")
    assert answers(installation) == []
    with installation.db.reading() as session:
        assert [run.form for run in session.exec(select(PrintRun))] == ["pos"]


def test_what_was_shown_and_what_was_printed_is_written_down_apart(
    installation: Installation, lea: Browser
) -> None:
    code = a_code(lea)
    page = lea.get(f"/till/codes/{code}")
    assert lea.press(page, "/print").location == f"/till/codes/{code}/slip"
    with installation.db.reading() as session:
        runs = session.exec(select(PrintRun)).all()
        topics = session.exec(select(OutboxMessage.topic)).all()
    assert [(run.form, run.copies, run.printed_by) for run in runs] == [
        ("shown", 1, "Lea"),
        ("slip", 1, "Lea"),
    ]
    assert {"codes.shown", "codes.printed"} <= set(topics)


def test_pressing_twice_is_one_code_and_says_so(installation: Installation, tom: Browser) -> None:
    page = tom.get("/till/")
    first = tom.press(page, "/till/codes", how="shown")
    second = tom.press(page, "/till/codes", how="shown")
    assert first.location == second.location
    assert "pressed twice" in tom.get(second.location).text
    assert rows(installation, PrintRun) == 1


def test_the_next_shopper_gets_another_code(tom: Browser) -> None:
    assert a_code(tom) != a_code(tom)


def test_the_same_receipt_number_is_the_same_code(installation: Installation, tom: Browser) -> None:
    assert a_code(tom, receipt_no="4711", total="39,90") == a_code(tom, receipt_no="4711")
    assert rows(installation, PrintRun) == 2


def test_a_total_nobody_can_read_is_asked_for_again(tom: Browser) -> None:
    answer = tom.press(tom.get("/till/"), "/till/codes", receipt_no="1", total="ten")
    assert answer.status_code == 422
    assert "cannot be read" in answer.text
    assert 'value="1"' in answer.text


def test_a_slip_carries_what_a_shopper_compares(lea: Browser) -> None:
    code = a_code(lea)
    slip = lea.get(f"/till/codes/{code}/slip").text
    assert code in slip
    assert "go.larkfell.example" in slip.lower()
    assert "2026-11-11" in slip
    assert "data-print" in slip


def test_a_slip_in_riyadh_runs_from_right_to_left(installation: Installation) -> None:
    browser = signed_in(installation, till="sa-riyadh-till-1")
    slip = browser.get(f"/till/codes/{a_code(browser)}/slip").text
    assert slip.startswith('<!doctype html>\n<html lang="ar-SA" dir="rtl">')


def test_a_slip_in_montreal_speaks_french_then_english(installation: Installation) -> None:
    browser = signed_in(installation, till="ca-qc-montreal-till-1")
    slip = browser.get(f"/till/codes/{a_code(browser)}/slip").text
    assert re.findall(r'<p lang="(fr-CA|en-CA)"', slip) == ["fr-CA", "en-CA"] * 3
    assert "\u00a0$</span>" in slip
    assert ">$" in slip


def test_a_printer_on_the_network_is_sent_the_slip(installation: Installation) -> None:
    with a_printer() as machine:
        give_printer(installation, machine.address)
        browser = signed_in(installation, till=BERLIN)
        page = browser.press_and_follow(browser.get("/till/"), "/till/codes", how="print")
    assert "Sent to the printer" in page.text
    assert "Refresh" not in page.headers
    assert machine.received.startswith(b"\x1b@")
    assert machine.codes == [code_on(page)]
    with installation.db.reading() as session:
        assert [run.form for run in session.exec(select(PrintRun))] == ["escpos"]


def test_a_place_may_call_its_printer_by_name(installation: Installation) -> None:
    with a_printer() as machine:
        with installation.db.writing() as tx:
            queueing.add_printer(
                tx,
                installation.world.now(),
                name="counter",
                address=machine.address,
                profile="58mm",
                by="Ada",
            )
        give_printer(installation, "counter")
        browser = signed_in(installation, till=BERLIN)
        page = browser.press_and_follow(browser.get("/till/"), "/till/codes", how="print")
    assert machine.codes == [code_on(page)]


def test_a_slip_waits_for_a_printer_that_is_off_and_staff_see_it(
    installation: Installation, clock: Clock
) -> None:
    browser, page = printed_at_berlin(installation, switched_off())
    assert "Waiting for the printer" in page.text
    assert "does not answer" in page.text
    assert "<svg" in page.text
    assert page.headers["Refresh"] == "5"
    assert code_on(page) in browser.get("/till/").text
    clock.at += queueing.KEPT_AT_A_TILL
    assert "Waiting" not in browser.get(f"/till/codes/{code_on(page)}").text
    assert "Waiting" not in browser.get("/till/").text


def test_print_tries_a_waiting_slip_at_once_and_prints_it_once(installation: Installation) -> None:
    address = switched_off()
    browser, page = printed_at_berlin(installation, address)
    with a_printer(FakePrinter(port=int(address.rpartition(":")[2]))) as machine:
        page = browser.press_and_follow(page, "/print")
        assert "Sent to the printer" in page.text
        assert queue_driving.print_due(installation, Event()) == 0
    assert machine.codes == [code_on(page)]
    assert rows(installation, PrintRun) == 1


@pytest.mark.parametrize("how", ["shown", "slip"])
def test_a_shopper_who_has_the_code_in_another_way_gets_no_late_slip(
    installation: Installation, how: str
) -> None:
    browser, page = printed_at_berlin(installation, switched_off())
    browser.press(page, f"/{how}")
    assert "Waiting" not in browser.get(f"/till/codes/{code_on(page)}").text
    with installation.db.reading() as session:
        assert awaiting.jobs(session) == []
        assert [stop.copies_made for stop in session.exec(select(PrintStop))] == [0]


@pytest.mark.parametrize("came_out, slips", [("yes", 1), ("no", 2)])
def test_where_a_printer_stopped_the_till_asks_whether_the_slip_came_out(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, came_out: str, slips: int
) -> None:
    monkeypatch.setattr(printer, "PATIENCE_SECONDS", 0.3)
    with a_printer(FakePrinter(answers=True, silent_after=0)) as machine:
        with installation.db.writing() as tx:
            queueing.add_printer(
                tx,
                installation.world.now(),
                name="counter",
                address=machine.address,
                profile="TM-T88V",
                by="Ada",
            )
        browser, page = printed_at_berlin(installation, "counter")
        assert "Did the slip come out?" in page.text
        assert code_on(page) in browser.get("/till/").text
        assert browser.press(page, "/slip").status_code == 303
        machine.silent_after = None
        page = browser.press_and_follow(page, "/came-out", came_out=came_out)
        assert "Sent to the printer" in page.text
        assert code_on(page) not in browser.get("/till/").text
    assert machine.codes == [code_on(page)] * slips


def test_a_printer_nobody_knows_is_reported_and_nothing_counts_as_printed(installation: Installation) -> None:
    _, page = printed_at_berlin(installation, "attic")
    assert "does not answer" in page.text
    assert "<svg" in page.text
    assert rows(installation, PrintRun) == 0


def printed_at_berlin(place: Installation, address: str) -> tuple[Browser, TestResponse]:
    """A code whose slip was sent to a printer, and the page that says what became of it."""
    give_printer(place, address)
    browser = signed_in(place, till=BERLIN)
    return browser, browser.press_and_follow(browser.get("/till/"), "/till/codes", how="print")


def code_on(page: TestResponse) -> str:
    found = re.search(r"[2-9B-Z]{5}-[2-9B-Z]{5}-[2-9B-Z]{5}", page.text)
    assert found, page.text
    return found[0]


def give_printer(place: Installation, address: str) -> None:
    with place.db.writing() as tx:
        finders.placement_by_slug(tx, BERLIN).printer = address
        has_changed(tx)
    place.catalogue.fresh()


def test_words_no_font_here_has_are_reported_and_never_left_out(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "_FOLDERS", {})
    with installation.db.writing() as tx:
        finders.placement_by_slug(tx, "jp-tokyo-till-1").printer = "tcp://127.0.0.1:9"
        has_changed(tx)
    installation.catalogue.fresh()
    browser = signed_in(installation, till="jp-tokyo-till-1")
    page = browser.press_and_follow(browser.get("/till/"), "/till/codes", how="print")
    assert "The printer lacks letters" in page.text
    assert rows(installation, PrintRun) == 0


def test_a_paused_offer_gives_out_no_code_and_says_so(installation: Installation, tom: Browser) -> None:
    with installation.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        launching.pause(tx, installation.world.now(), edition=edition, reason="technical", by="Ada")
    answer = tom.press(tom.get("/till/"), "/till/codes", how="shown")
    assert answer.status_code == 409
    assert "paused" in answer.text


def test_a_discount_code_is_used_and_what_is_left_is_told(installation: Installation, tom: Browser) -> None:
    voucher = a_voucher(installation, tom)
    page = laid_down(tom, voucher)
    answer = use(tom, page, voucher)
    assert answer.status_code == 303
    told = tom.get(answer.location).text
    assert "Used." in told
    assert "O-1" in told
    assert "used completely" in told
    assert rows(installation, Redemption) == 1


def test_using_twice_from_the_same_page_is_one_use(installation: Installation, tom: Browser) -> None:
    voucher = a_voucher(installation, tom)
    page = laid_down(tom, voucher)
    first, second = use(tom, page, voucher), use(tom, page, voucher)
    assert first.location == second.location
    assert rows(installation, Redemption) == 1


def test_only_ticked_items_are_used(installation: Installation, tom: Browser) -> None:
    voucher = a_voucher(installation, tom)
    page = laid_down(tom, voucher)
    skus = re.findall(r'name="tick-([^"]+)"', page.text)
    assert len(skus) > 1
    others: dict[str, str | None] = {f"tick-{sku}": None for sku in skus[1:]}
    told = tom.get(use(tom, page, voucher, **others).location).text
    assert "used completely" not in told
    with installation.db.reading() as session:
        used = {row.sku: row.used for row in session.exec(select(Entitlement))}
    assert used[skus[0]] > 0
    assert not any(used[sku] for sku in skus[1:])


def test_nothing_ticked_is_asked_for_again(installation: Installation, tom: Browser) -> None:
    voucher = a_voucher(installation, tom)
    page = laid_down(tom, voucher)
    none: dict[str, str | None] = dict.fromkeys(re.findall(r'name="(tick-[^"]+)"', page.text))
    answer = use(tom, page, voucher, **none)
    assert answer.status_code == 422
    assert "Tick at least one item" in answer.text


@pytest.mark.parametrize(
    "wrong", [{"total": "a lot"}, {"order_ref": " "}, {"total": "-5"}, {"total": "9" * 20}]
)
def test_an_order_nobody_can_read_writes_nothing(
    installation: Installation, tom: Browser, wrong: dict[str, str]
) -> None:
    voucher = a_voucher(installation, tom)
    assert use(tom, laid_down(tom, voucher), voucher, **wrong).status_code == 422
    assert rows(installation, Redemption) == 0


def test_a_used_code_is_refused_to_staff_and_shopper_each_in_their_language(
    installation: Installation, tom: Browser
) -> None:
    voucher = a_voucher(installation, tom, locale="fr_FR")
    page = laid_down(tom, voucher)
    use(tom, page, voucher)
    again = tom.get(f"/till/use/{voucher}").text
    assert "This discount code was used completely. A return makes it usable again." in again
    assert "Ce code avantage a été entièrement utilisé." in again
    assert 'lang="fr-FR"' in again


def test_a_receipts_code_is_understood_and_sent_to_be_unlocked(
    installation: Installation, tom: Browser
) -> None:
    code = a_code(tom)
    answer = tom.press(tom.get("/till/use"), "/till/use", code=code)
    assert answer.status_code == 409
    assert "Unlock it first" in answer.text
    assert f"/c/{code}" in answer.text


def test_a_receipts_code_that_is_unlocked_is_taken_for_its_discount_code(
    installation: Installation, tom: Browser
) -> None:
    code = a_code(tom)
    voucher = unlock(installation, code)
    scanned = f"HTTPS://GO.LARKFELL.EXAMPLE/C/{code.replace('-', '')}"
    for text in (code, scanned, code.lower().replace("-", " ")):
        answer = tom.press(tom.get("/till/use"), "/till/use", code=text)
        assert answer.location == f"/till/use/{voucher}"


@pytest.mark.parametrize("text", ["", "V-2222-2222-2222-222", "hello", "x" * 300, "http://evil.example/?a=b"])
def test_what_is_not_ours_is_said_to_be_not_ours(tom: Browser, text: str) -> None:
    answer = tom.press(tom.get("/till/use"), "/till/use", code=text)
    assert answer.status_code == 404
    assert "not one of our codes" in answer.text


def test_a_discount_code_of_another_country_is_refused(installation: Installation, tom: Browser) -> None:
    voucher = a_voucher(installation, tom)
    berlin = signed_in(installation, "Lea", till="de-berlin-till-1")
    page = laid_down(berlin, voucher)
    assert "from another country" in page.text
    forced = laid_down(tom, voucher)
    token = berlin.get("/till/use")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', token.text)
    assert csrf
    assert use(berlin, forced, voucher, csrf_token=csrf[1]).status_code == 409
    assert rows(installation, Redemption) == 0


def test_an_expired_discount_code_is_refused(installation: Installation, tom: Browser, clock: Clock) -> None:
    voucher = a_voucher(installation, tom)
    clock.at += timedelta(days=90)
    late = signed_in(installation, till=PARIS)
    assert "The last day to use this discount code has passed" in laid_down(late, voucher).text


def test_practice_gives_test_codes_that_meet_no_real_till(installation: Installation, tom: Browser) -> None:
    live = a_voucher(installation, tom)
    tom.press_and_follow(tom.get("/till/"), "/till/practice")
    code = a_code(tom)
    assert "TEST" in tom.get(f"/till/codes/{code}").text
    assert "do not go together" in laid_down(tom, live).text
    practised = unlock(installation, code)
    assert use(tom, laid_down(tom, practised), practised).status_code == 303
    tom.press_and_follow(tom.get("/till/"), "/till/practice")
    assert "do not go together" in laid_down(tom, practised).text


def a_use(place: Installation, browser: Browser) -> tuple[str, str]:
    """A discount code that was used completely, and the address of its use."""
    voucher = a_voucher(place, browser)
    return voucher, use(browser, laid_down(browser, voucher), voucher).location


def test_a_return_is_read_before_it_is_confirmed(installation: Installation, tom: Browser) -> None:
    voucher, address = a_use(installation, tom)
    read = tom.press(tom.get(address), "/return", why="faulty")
    assert read.status_code == 200
    assert "€" in read.text
    assert rows(installation, Reversal) == 0
    done = tom.press_and_follow(read, "/return", confirm="yes")
    assert "Returned. Give back" in done.text
    assert "All of it has come back" in done.text
    assert rows(installation, Reversal) == 1
    assert "What is used now?" in laid_down(tom, voucher).text


def test_confirming_twice_is_one_return(installation: Installation, tom: Browser) -> None:
    _, address = a_use(installation, tom)
    read = tom.press(tom.get(address), "/return", why="faulty")
    assert tom.press(read, "/return", confirm="yes").status_code == 303
    assert tom.press(read, "/return", confirm="yes").status_code == 303
    assert rows(installation, Reversal) == 1


def test_a_part_can_come_back(installation: Installation, tom: Browser) -> None:
    _, address = a_use(installation, tom)
    page = tom.get(address)
    skus = re.findall(r'name="tick-([^"]+)"', page.text)
    others: dict[str, str | None] = {f"tick-{sku}": None for sku in skus[1:]}
    done = tom.press_and_follow(tom.press(page, "/return", **others), "/return", confirm="yes")
    assert "returned)" in done.text
    assert "Take something back" in done.text


@pytest.mark.parametrize("by", ["voucher", "order", "reference"])
def test_a_return_is_found_by_what_the_shopper_brings(
    installation: Installation, tom: Browser, by: str
) -> None:
    voucher, address = a_use(installation, tom)
    text = {"voucher": voucher, "order": "O-1", "reference": address.rpartition("/")[2]}[by]
    assert tom.press(tom.get("/till/return"), "/till/return", what=text).location == address


def test_an_order_with_two_uses_lets_one_choose(installation: Installation, tom: Browser) -> None:
    addresses = {a_use(installation, tom)[1], a_use(installation, tom)[1]}
    page = tom.press(tom.get("/till/return"), "/till/return", what="O-1")
    assert {address for address in addresses if f'href="{address}"' in page.text} == addresses


def test_an_unknown_order_says_so(tom: Browser) -> None:
    answer = tom.press(tom.get("/till/return"), "/till/return", what="O-404")
    assert answer.status_code == 404
    assert "No use with this reference is known" in answer.text


def test_a_get_changes_nothing(installation: Installation, tom: Browser) -> None:
    voucher, address = a_use(installation, tom)
    code = a_code(tom)
    before = [
        rows(installation, kind) for kind in (PaperAnswer, PrintRun, Redemption, Reversal, OutboxMessage)
    ]
    for path in (
        f"/till/codes/{code}",
        f"/till/codes/{code}/paper",
        f"/till/use/{voucher}",
        address,
        "/till/",
    ):
        assert tom.get(path).status_code == 200
    assert [
        rows(installation, kind) for kind in (PaperAnswer, PrintRun, Redemption, Reversal, OutboxMessage)
    ] == before


@pytest.mark.parametrize(
    "path", ["/till/codes/nonsense", "/till/use/V-2222", "/till/uses/R-1", "/till/nowhere"]
)
def test_an_address_that_is_nothing_is_a_page_that_says_so(tom: Browser, path: str) -> None:
    assert tom.get(path).status_code == 404

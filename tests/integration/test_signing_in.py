"""Signing in: only the button spends a link, and a sign-in can be taken away."""

from datetime import timedelta

import pytest

from omni.app import Installation, build_app
from omni.domain.people import Role
from omni.services import admitting
from tests.support.forms import forms
from tests.support.installations import Clock
from tests.support.staff import Browser, a_link, signed_in

PREVIEWS = ("Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "Mozilla/5.0 (compatible; Googlebot/2.1)")


def a_browser(place: Installation) -> Browser:
    return Browser(build_app(place).test_client())


def test_opening_a_link_shows_one_button_and_spends_nothing(installation: Installation) -> None:
    link, browser = a_link(installation), a_browser(installation)
    for _ in range(3):
        assert [form.action for form in forms(browser.get(link).text)] == [link]
    assert browser.press(browser.get(link), link).status_code == 303


def test_previews_prefetch_and_head_spend_nothing(installation: Installation) -> None:
    link, browser = a_link(installation), a_browser(installation)
    for agent in PREVIEWS:
        assert browser.client.get(link, headers={"User-Agent": agent}).status_code == 200
    assert browser.client.get(link, headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert browser.client.head(link).status_code == 200
    assert browser.press(browser.get(link), link).status_code == 303


def test_a_link_works_once_and_the_next_page_says_how_to_get_another(installation: Installation) -> None:
    link = a_link(installation)
    first, second = a_browser(installation), a_browser(installation)
    first.press_and_follow(first.get(link), link)
    refused = second.press(second.get(link), link)
    assert refused.status_code == 410
    assert "omni people link" in refused.text
    assert second.get("/till/").location == "/sign-in"


def test_a_link_older_than_a_day_no_longer_works(installation: Installation, clock: Clock) -> None:
    link, browser = a_link(installation), a_browser(installation)
    clock.at += timedelta(days=1, minutes=1)
    assert browser.press(browser.get(link), link).status_code == 410


@pytest.mark.parametrize(
    "role, work",
    [(Role.STAFF, "/till/"), (Role.MANAGER, "/till/"), (Role.MARKETER, "/studio/"), (Role.OWNER, "/studio/")],
)
def test_each_role_is_led_to_its_own_work(installation: Installation, role: Role, work: str) -> None:
    link, browser = a_link(installation, "Ada", role), a_browser(installation)
    assert browser.press(browser.get(link), link).location == work


def test_whoever_is_not_signed_in_is_told_how(installation: Installation) -> None:
    browser = a_browser(installation)
    for page in ("/till/", "/till/use", "/till/codes/X/slip", "/studio/", "/studio/campaigns"):
        answer = browser.get(page)
        assert (answer.status_code, answer.location) == (303, "/sign-in"), page
    assert "There is no password" in browser.get("/sign-in").text


def test_a_member_of_staff_is_shown_the_door_of_the_campaigns(installation: Installation) -> None:
    answer = signed_in(installation).get("/studio/")
    assert answer.status_code == 403
    assert "run campaigns" in answer.text


def test_a_session_from_before_the_sign_in_does_not_survive_it(installation: Installation) -> None:
    link, browser = a_link(installation), a_browser(installation)
    with browser.client.session_transaction() as planted:
        planted["sign_in"] = "planted"
        planted["till"] = "fr-paris-till-1"
    browser.press_and_follow(browser.get(link), link)
    with browser.client.session_transaction() as fresh:
        assert fresh["sign_in"] != "planted"
        assert "till" not in fresh


def test_the_button_needs_the_token_of_its_own_page(installation: Installation) -> None:
    link, browser = a_link(installation), a_browser(installation)
    page = browser.get(link)
    assert browser.press(page, link, csrf_token="forged").status_code == 400
    assert browser.press(page, link).status_code == 303


def test_signing_out_ends_the_sign_in_also_for_whoever_copied_the_cookie(installation: Installation) -> None:
    browser = signed_in(installation, till="fr-paris-till-1")
    copied = browser.client.get_cookie("omni")
    assert copied is not None
    thief = a_browser(installation)
    thief.client.set_cookie("omni", copied.value)
    assert thief.get("/till/").status_code == 200
    browser.press_and_follow(browser.get("/till/"), "/sign-out")
    assert thief.get("/till/").location == "/sign-in"


def test_a_sign_in_lasts_twelve_hours(installation: Installation, clock: Clock) -> None:
    browser = signed_in(installation, till="fr-paris-till-1")
    clock.at += timedelta(hours=11, minutes=59)
    assert browser.get("/till/").status_code == 200
    clock.at += timedelta(minutes=2)
    assert browser.get("/till/").location == "/sign-in"


def test_shutting_somebody_out_ends_what_they_have_open(installation: Installation) -> None:
    browser = signed_in(installation, till="fr-paris-till-1")
    with installation.db.writing() as tx:
        admitting.disable_person(tx, installation.world.now(), name="Tom")
    assert browser.get("/till/").location == "/sign-in"


def test_a_network_that_tries_many_links_has_to_wait(installation: Installation) -> None:
    browser = a_browser(installation)
    page = browser.get("/sign-in/guess")
    answers = [browser.press(page, "/sign-in/guess").status_code for _ in range(22)]
    assert answers[0] == 410
    assert answers[-1] == 429


def test_the_sign_in_page_speaks_the_language_that_is_asked_for(installation: Installation) -> None:
    browser = a_browser(installation)
    assert 'lang="ar" dir="rtl"' in browser.get("/sign-in?lang=ar").text
    assert 'lang="ar" dir="rtl"' in browser.get("/sign-in").text

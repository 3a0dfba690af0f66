"""Who opened the page: a table of user agents, the headers of browsers that read ahead, and HEAD."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from crawleruseragents import is_crawler
from werkzeug.datastructures import Headers

from omni.domain.visit import DeviceClass, VisitKind
from omni.web.visiting import is_machine, visit_kind, visit_of

AGENTS = tomllib.loads((Path(__file__).parents[1] / "fixtures" / "user_agents.toml").read_text("utf-8"))
IPHONE = AGENTS["human"][0]["user_agent"]


def headers(user_agent: str = IPHONE, **others: str) -> Headers:
    named = {name.replace("_", "-"): value for name, value in others.items()}
    return Headers({"User-Agent": user_agent, **named})


@pytest.mark.parametrize("agent", AGENTS["human"], ids=lambda agent: agent["name"])
def test_no_person_is_taken_for_a_machine(agent):
    visit = visit_of(headers(agent["user_agent"]), "GET")
    assert visit is not None
    assert visit.kind is VisitKind.HUMAN
    assert visit.device == agent["device"]


@pytest.mark.parametrize("agent", AGENTS["machine"], ids=lambda agent: agent["name"])
def test_machines_are_counted_as_bots(agent):
    visit = visit_of(headers(agent["user_agent"]), "GET")
    assert visit is not None
    assert visit.kind is VisitKind.BOT
    assert visit.device is DeviceClass.BOT


def test_the_public_list_alone_would_take_people_for_machines():
    flagged = {agent["name"] for agent in AGENTS["human"] if is_crawler(agent["user_agent"])}
    assert flagged == {
        "Sogou browser on Android",
        "Sogou browser on Windows",
        "Instagram on an Oppo phone with a common build",
        "Facebook's own browser on Android",
    }


@pytest.mark.parametrize(
    "said",
    [
        {"Sec_Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"Sec_Purpose": "prefetch;anonymous-client-ip"},
        {"sec_purpose": "Prefetch"},
        {"Purpose": "prefetch"},
        {"Purpose": "preview"},
        {"X_Purpose": "preview"},
        {"X_Moz": "prefetch"},
    ],
    ids=str,
)
def test_reading_ahead_is_a_prefetch_on_the_phone_that_reads(said):
    visit = visit_of(headers(**said), "GET")
    assert visit is not None
    assert visit.kind is VisitKind.PREFETCH
    assert visit.device is DeviceClass.IOS


@pytest.mark.parametrize(
    "said", [{"Sec_Purpose": ""}, {"Purpose": "navigate"}, {"X_Moz": "livebookmarks"}], ids=str
)
def test_other_purposes_are_those_of_a_person(said):
    assert visit_kind(headers(**said), "GET") is VisitKind.HUMAN


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
def test_only_a_get_opens_a_page(method):
    assert visit_of(headers(), method) is None


def test_a_request_without_headers_is_a_machine():
    assert visit_kind(Headers(), "GET") is VisitKind.BOT


def test_an_endless_user_agent_does_not_fill_the_memory():
    is_machine.cache_clear()
    visit_kind(headers(IPHONE + "x" * 10_000), "GET")
    visit_kind(headers(IPHONE + "x" * 20_000), "GET")
    assert is_machine.cache_info().currsize == 1

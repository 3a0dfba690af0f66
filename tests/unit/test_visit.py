"""Who opened the page: a table of user agents, the headers of browsers that read ahead, and HEAD."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from crawleruseragents import is_crawler

from omni.domain.visit import DeviceClass, VisitKind
from omni.web import visiting
from omni.web.visiting import visit_of

AGENTS = tomllib.loads((Path(__file__).parents[1] / "fixtures" / "user_agents.toml").read_text("utf-8"))
IPHONE = AGENTS["human"][0]["user_agent"]


def request(user_agent: str = IPHONE, method: str = "GET", **others: str) -> dict[str, str]:
    named = {f"HTTP_{name.upper()}": value for name, value in others.items()}
    return {"REQUEST_METHOD": method, "HTTP_USER_AGENT": user_agent, **named}


@pytest.mark.parametrize("agent", AGENTS["human"], ids=lambda agent: agent["name"])
def test_no_person_is_taken_for_a_machine(agent):
    visit = visit_of(request(agent["user_agent"]))
    assert visit is not None
    assert visit.kind is VisitKind.HUMAN
    assert visit.device == agent["device"]


@pytest.mark.parametrize("agent", AGENTS["machine"], ids=lambda agent: agent["name"])
def test_machines_are_counted_as_bots(agent):
    visit = visit_of(request(agent["user_agent"]))
    assert visit is not None
    assert visit.kind is VisitKind.BOT
    assert visit.device is DeviceClass.BOT


def test_the_public_list_alone_would_take_people_for_machines():
    flagged = {agent["name"] for agent in AGENTS["human"] if is_crawler(agent["user_agent"])}
    assert flagged == {
        "Sogou browser on Android",
        "Sogou browser on Windows",
        "Sogou app on iPhone",
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
    visit = visit_of(request(**said))
    assert visit is not None
    assert visit.kind is VisitKind.PREFETCH
    assert visit.device is DeviceClass.IOS


@pytest.mark.parametrize(
    "said", [{"Sec_Purpose": ""}, {"Purpose": "navigate"}, {"X_Moz": "livebookmarks"}], ids=str
)
def test_other_purposes_are_those_of_a_person(said):
    visit = visit_of(request(**said))
    assert visit is not None
    assert visit.kind is VisitKind.HUMAN


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
def test_only_a_get_opens_a_page(method):
    assert visit_of(request(method=method)) is None


def test_a_request_without_headers_is_a_machine():
    visit = visit_of({"REQUEST_METHOD": "GET"})
    assert visit is not None
    assert visit.kind is VisitKind.BOT


@pytest.mark.parametrize("kind", ["human", "machine"])
def test_every_line_of_the_table_says_where_it_is_met(kind):
    sources = {"human": {"app", "browser"}, "machine": {"preview", "crawler", "program"}}
    assert {agent["source"] for agent in AGENTS[kind]} == sources[kind]
    assert len({agent["user_agent"] for agent in AGENTS[kind]}) == len(AGENTS[kind])


@pytest.mark.parametrize(
    "junk",
    ["\x00\x01\x7f", "\udcff", "😀" * 300, "(" * 100_000, "Mozilla/5.0 " + "a b;" * 25_000, "\u202e\u2066"],
    ids=["controls", "no UTF-8", "faces", "brackets", "endless", "directions"],
)
def test_junk_in_every_header_is_a_visit_all_the_same(junk):
    said = dict.fromkeys(("Sec_Purpose", "Purpose", "X_Purpose", "X_Moz"), junk)
    visit = visit_of(request(junk, **said))
    assert visit is not None
    assert visit.kind is not VisitKind.PREFETCH


def test_an_endless_user_agent_does_not_fill_the_memory():
    visiting._visit.cache_clear()
    visit_of(request(IPHONE + "x" * 10_000, sec_purpose="y" * 10_000))
    visit_of(request(IPHONE + "x" * 20_000, sec_purpose="y" * 20_000))
    assert visiting._visit.cache_info().currsize == 1

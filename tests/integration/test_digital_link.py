"""The GS1 resolver: a key leads to the offer, the product or the store it names, and never to a code."""

import json
import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from omni.app import Installation
from omni.present.rule_file import shipped_rules
from omni.services import launching
from omni.store import finders
from tests.support.installations import author, demo_file
from tests.support.shopper import Shopper, another, headline, scans

pytestmark = pytest.mark.pages

GCN, GTIN, GLN = "9521100200110", "09521100000048", "9521100100014"
OFFER, PRODUCT, STORE = f"/255/{GCN}", f"/01/{GTIN}", f"/414/{GLN}"
EVERY = (OFFER, PRODUCT, STORE)
HOST = "https://go.larkfell.example"
TEAPOT = "https://larkfell.example/p/teapot-ember"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

READERS = {
    "fr-FR": "/fr/fr-FR/double-11/",
    "ja": "/jp/ja-JP/double-11/",
    "ar-SA,ar;q=0.9,en;q=0.8": "/sa/ar-SA/double-11/",
    "de;q=0.5, en-GB;q=0.9": "/gb/en-GB/double-11/",
    "en-US, fr": "/us/en-US/double-11/",
    "zh-CN": "/cn/zh-Hans-CN/double-11/",
    "": "/fr/fr-FR/double-11/",
}


def led(answer: TestResponse) -> str:
    """Where an answer leads, on this host or another."""
    assert answer.status_code == 307, answer.text
    return answer.headers["Location"].removeprefix(HOST)


def links(answer: TestResponse) -> dict[str, list[dict[str, object]]]:
    """The links an answer lists, by the words of the GS1 vocabulary."""
    assert answer.content_type == "application/linkset+json"
    (of_key,) = json.loads(answer.text)["linkset"]
    return {word.removeprefix("https://ref.gs1.org/voc/"): said for word, said in of_key.items()}


def run_another_campaign(place: Installation) -> None:
    """A second campaign with the same goods, live in France, which the tills prefer."""
    file = demo_file()
    france = file.markets["fr"].model_copy(update={"priority": 1})
    with place.db.writing() as tx:
        author(
            tx, place.world.now(), file.model_copy(update={"campaign": "winter", "markets": {"fr": france}})
        )
        edition = finders.edition_by_key(tx, "winter/fr")
        assert launching.launch(
            tx, place.world.now(), edition=edition, rules=shipped_rules(), is_sandbox=False, by="tests"
        )
    place.catalogue.fresh()


def end(place: Installation, market: str) -> None:
    """End the offer in a market."""
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, f"double-11/{market}")
        assert launching.end(tx, place.world.now(), edition=edition, by="tests")
    place.catalogue.fresh()


def test_an_offer_shared_by_markets_leads_to_the_readers_own(shopper: Shopper) -> None:
    assert {language: led(another(shopper, language).open(OFFER)) for language in READERS} == READERS


def test_a_context_is_stronger_than_the_phones_language(shopper: Shopper) -> None:
    assert led(shopper.open(f"{OFFER}?context=SA")).startswith("/sa/en/double-11/")
    assert led(another(shopper, "ja").open(f"{OFFER}?context=de")).startswith("/de/en-DE/double-11/")


def test_a_product_leads_to_its_page_in_the_shop(shopper: Shopper) -> None:
    assert led(shopper.open(PRODUCT)) == TEAPOT
    assert led(shopper.open(f"{PRODUCT}?linkType=gs1:pip")) == f"{TEAPOT}?linkType=gs1:pip"


def test_a_product_leads_to_the_offer_it_is_part_of_when_asked(shopper: Shopper) -> None:
    page = led(another(shopper, "ja-JP").open(f"{PRODUCT}?linkType=gs1:promotion"))
    assert page == "/jp/ja-JP/double-11/tea/?linkType=gs1:promotion"
    assert "急須" in shopper.open(page).text


def test_a_store_leads_to_what_is_on_offer_there_and_to_its_list_of_stores(shopper: Shopper) -> None:
    assert led(shopper.open(STORE)) == "/fr/en-FR/double-11/"
    page = led(shopper.open(f"{STORE}/254/till-1?linkType=gs1:locationInfo"))
    assert urlsplit(page).path == "/fr/en-FR/double-11/stores/"
    assert "Larkfell Paris Canal" in shopper.open(page).text


def test_every_way_on_ends_at_a_page_that_is_there(shopper: Shopper) -> None:
    for address in EVERY:
        for kind, found in links(shopper.open(f"{address}?linkType=linkset")).items():
            if kind in ("promotion", "locationInfo"):
                for link in found:
                    page = shopper.open(str(link["href"]).removeprefix(HOST))
                    assert page.status_code == 200, link
                    assert headline(page)


def test_the_query_is_passed_on_as_it_came(shopper: Shopper) -> None:
    query = "17=261231&utm_source=shelf&a=%C3%A9+b"
    assert led(shopper.open(f"{OFFER}/?{query}")) == f"/fr/en-FR/double-11/?{query}"


def test_a_serial_opens_no_code_and_nothing_is_counted(shopper: Shopper) -> None:
    assert led(shopper.open(f"{OFFER}000000000001")) == led(shopper.open(OFFER))
    assert "Set-Cookie" not in shopper.open(OFFER).headers
    assert scans(shopper.place) == []


def test_the_database_is_not_asked(shopper: Shopper) -> None:
    place, said = shopper.place, list[str]()
    place.catalogue.current(place.world.now())
    with place.db.reading() as session:
        engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    for address in EVERY:
        assert shopper.open(address).status_code == 307
        assert shopper.open(f"{address}?linkType=linkset").status_code == 200
    assert said == []


def test_every_link_is_listed_for_machines(shopper: Shopper) -> None:
    for address in EVERY:
        asked = shopper.open(f"{address}?linkType=linkset")
        assert asked.status_code == 200
        assert asked.json == shopper.open(address, Accept="application/linkset+json").json
        told = links(asked)
        assert told.pop("anchor") == HOST + address
        assert told.pop("itemDescription")
        (default,) = told.pop("defaultLink")
        assert default.keys() == {"href", "title"}
        told.pop("defaultLinkMulti", None)
        assert default["href"] in {link["href"] for found in told.values() for link in found}
        meaning = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        assert meaning in asked.headers["Link"]


def test_a_redirection_says_where_the_list_of_links_is(shopper: Shopper) -> None:
    assert (
        f'<{HOST}{OFFER}?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
        in shopper.open(f"{OFFER}0001").headers.getlist("Link")
    )


def test_a_link_that_is_not_there_is_refused_with_those_that_are(shopper: Shopper) -> None:
    answer = shopper.open(f"{PRODUCT}?linkType=gs1:recipeInfo")
    assert answer.status_code == 404
    assert "gs1:pip, gs1:promotion" in answer.json["detail"]


def test_a_key_that_nobody_has_is_not_found(shopper: Shopper) -> None:
    for address in ("/255/9501101530003", "/01/09506000134352", "/414/9506000134352"):
        assert shopper.open(address).status_code == 404
        assert shopper.open(f"{address}?linkType=linkset").status_code == 404


def test_what_is_wrong_with_an_address_is_named(shopper: Shopper) -> None:
    for address in ("/255/9521100200111", f"{PRODUCT}/21/1/10/A?linkType=linkset", f"{STORE}?17=261301"):
        answer = shopper.open(address)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
        assert answer.json["code"] == "malformed"
        assert re.search("9521100200111|'10'|261301", answer.json["detail"])


def test_a_person_gets_a_page_in_her_language_when_an_address_is_wrong(shopper: Shopper) -> None:
    answer = another(shopper, "fr").open("/255/9521100200111", Accept=BROWSER)
    assert answer.status_code == 400
    assert '<html lang="fr"' in answer.text


def test_two_offers_that_suit_equally_are_left_to_the_reader(shopper: Shopper) -> None:
    run_another_campaign(shopper.place)
    french = another(shopper, "fr-FR")
    answer = french.open(f"{PRODUCT}?linkType=gs1:promotion")
    assert answer.status_code == 300
    told = links(answer)
    assert [link["href"] for link in told["promotion"]] == [
        f"{HOST}/fr/fr-FR/winter/tea/",
        f"{HOST}/fr/fr-FR/double-11/tea/",
    ]
    assert "defaultLink" not in told


def test_of_two_offers_with_one_key_the_preferred_one_is_the_default(shopper: Shopper) -> None:
    run_another_campaign(shopper.place)
    assert led(another(shopper, "fr-FR").open(OFFER)) == "/fr/fr-FR/winter/"


def test_where_an_offer_is_over_its_own_page_says_so_and_strangers_are_led_elsewhere(
    shopper: Shopper,
) -> None:
    end(shopper.place, "fr")
    assert led(another(shopper, "fr-FR").open(OFFER)) == "/fr/fr-FR/double-11/"
    assert led(another(shopper, "").open(OFFER)) == "/de/de-DE/double-11/"
    listed = links(shopper.open(f"{PRODUCT}?linkType=linkset"))
    assert "FR" not in {country for link in listed["promotion"] for country in link["context"]}


def test_an_offer_that_cannot_be_had_gives_way_to_one_that_can(shopper: Shopper) -> None:
    run_another_campaign(shopper.place)
    end(shopper.place, "fr")
    pages = [link["href"] for link in links(shopper.open(f"{OFFER}?linkType=linkset"))["promotion"]]
    assert f"{HOST}/fr/fr-FR/winter/" in pages
    assert f"{HOST}/fr/fr-FR/double-11/" not in pages


def test_pages_of_other_sites_may_ask(shopper: Shopper) -> None:
    for address in (*EVERY, "/.well-known/gs1resolver"):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = shopper.open(address, method=method)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Link" in answer.headers["Access-Control-Expose-Headers"]
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
        assert shopper.open(address, method="POST").status_code == 405


def test_the_resolver_describes_itself(shopper: Shopper) -> None:
    told = shopper.open("/.well-known/gs1resolver").json
    assert told["resolverRoot"] == HOST
    assert {address.split("/")[1] for address in EVERY} == set(told["supportedPrimaryKeys"])

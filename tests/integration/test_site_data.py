"""What the public site tells machines: linked data in schema.org's shape, feeds that agree with pages."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from omni.app import Installation
from omni.domain.price import Price, bundle_item
from omni.present.site.linked_data import data_block
from omni.services import launching
from omni.store import finders
from omni.store.catalogue import has_changed
from tests.support import surfaces
from tests.support.installations import Clock
from tests.support.shopper import Shopper

pytestmark = pytest.mark.pages

HOST = "https://go.larkfell.example"
SKI = "/fr/fr-FR/double-11/ski/"
BEFORE = datetime(2026, 10, 1, tzinfo=UTC)
AFTER = datetime(2027, 1, 5, tzinfo=UTC)
G = "{http://base.google.com/ns/1.0}"

AMOUNT = r"\d+(\.\d+)?"
CURRENCY = r"[A-Z]{3}"
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"
ADDRESS = r"https://\S+"
WORDS = r"(?s:.+)"
Shape = dict[str, str | type]
# Of each type what must be there and what may, as schema.org defines the type (schema.org/Offer and so on).
MUST: dict[str, Shape] = {
    "Product": {"name": WORDS, "sku": WORDS},
    "Offer": {
        "url": ADDRESS,
        "price": AMOUNT,
        "priceCurrency": CURRENCY,
        "availability": r"https://schema\.org/(InStock|LimitedAvailability|PreOrder|OutOfStock)",
        "validFrom": INSTANT,
        "validThrough": INSTANT,
        "priceValidUntil": r"\d{4}-\d\d-\d\d",
        "eligibleRegion": r"[A-Z]{2}",
        "seller": dict,
        "itemOffered": dict,
        "includesObject": dict,
    },
    "PriceSpecification": {"price": AMOUNT, "priceCurrency": CURRENCY, "valueAddedTaxIncluded": bool},
    "Organization": {"name": WORDS},
    "TypeAndQuantityNode": {"amountOfThisGood": int, "typeOfGood": dict},
    "ItemList": {"itemListElement": dict},
    "ListItem": {"position": int, "url": ADDRESS},
}
MAY: dict[str, Shape] = {
    "Product": {
        "description": WORDS,
        "image": ADDRESS,
        "gtin": r"\d{14}",
        "hasGS1DigitalLink": ADDRESS + r"/01/\d{14}",
        "offers": dict,
    },
    "Offer": {
        "priceSpecification": dict,
        "itemCondition": r"https://schema\.org/NewCondition",
        "hasGS1DigitalLink": ADDRESS + r"/255/\d{13}",
    },
    "Organization": {"address": WORDS},
}


def faults(node: dict[str, Any], path: str = "") -> Iterator[str]:
    """Everything in a node that schema.org does not define so, and everything it lacks."""
    kind = node.get("@type")
    if kind is None:
        yield from [] if node.keys() == {"@id"} else [f"{path}: has no type"]
        return
    must, may = MUST[kind], MAY.get(kind, {})
    yield from (f"{path}.{name}: missing" for name in must.keys() - node.keys())
    for name, value in node.items():
        if name.startswith("@"):
            continue
        shape = (must | may).get(name)
        if shape is None:
            yield f"{path}.{name}: no property of {kind}"
            continue
        for each in value if isinstance(value, list) else [value]:
            fits = re.fullmatch(shape, each) if isinstance(shape, str) else isinstance(each, shape)
            yield from [] if fits else [f"{path}.{name}: {each!r}"]
            yield from faults(each, f"{path}.{name}") if isinstance(each, dict) else ()


def change(place: Installation, verb: Callable[..., object], **details: object) -> None:
    with place.db.writing() as tx:
        edition = finders.edition_by_key(tx, "double-11/fr")
        assert verb(tx, place.world.now(), edition=edition, by="tests", **details)
    place.catalogue.fresh()


def linked(shopper: Shopper, address: str = SKI) -> dict[str, Any]:
    return surfaces.linked_data(shopper.open(address).text)


def feed(shopper: Shopper, place: str = "fr/fr-FR") -> list[dict[str, Any]]:
    offers: list[dict[str, Any]] = json.loads(shopper.open(f"/feeds/{place}.json").text)["offers"]
    return offers


def ads(shopper: Shopper, place: str = "fr/fr-FR") -> list[dict[str, str]]:
    root = ET.fromstring(shopper.open(f"/feeds/{place}.xml").text)
    return [{each.tag.removeprefix(G): each.text or "" for each in item} for item in root.iter("item")]


@pytest.mark.parametrize("place", ["fr/fr-FR", "sa/ar-SA", "jp/ja-JP", "us/en-US"])
def test_every_offer_has_the_shape_that_schema_org_defines(shopper: Shopper, place: str) -> None:
    for part in ("", "ski/", "tea/", "rain/"):
        told = linked(shopper, f"/{place}/double-11/{part}")
        assert told["@context"] == "https://schema.org"
        assert list(faults(told)) == []


@pytest.mark.parametrize(
    "name, value", [("price", None), ("price", "469,00"), ("discount", "10"), ("validFrom", "2026-11-01")]
)
def test_a_fault_in_the_shape_is_found(shopper: Shopper, name: str, value: str | None) -> None:
    told = linked(shopper)
    told["offers"][name] = value
    if value is None:
        del told["offers"][name]
    assert len(list(faults(told))) == 1


def test_an_offer_says_where_when_and_by_which_keys(shopper: Shopper) -> None:
    told = linked(shopper)
    offer = told["offers"]
    assert offer["itemOffered"]["@id"] == told["@id"]
    assert (offer["price"], offer["priceCurrency"]) == ("469.00", "EUR")
    assert offer["validFrom"] == "2026-11-01T00:00:00+01:00"
    assert offer["validThrough"] == "2026-12-31T23:59:59+01:00"
    assert offer["eligibleRegion"] == ["FR", "MC"]
    assert offer["hasGS1DigitalLink"].startswith(f"{HOST}/255/")
    assert [each["amountOfThisGood"] for each in offer["includesObject"]] == [1, 1, 1]
    assert linked(shopper, "/us/en-US/double-11/ski/")["offers"]["priceSpecification"] == {
        "@type": "PriceSpecification",
        "price": linked(shopper, "/us/en-US/double-11/ski/")["offers"]["price"],
        "priceCurrency": "USD",
        "valueAddedTaxIncluded": False,
    }


def test_whether_it_can_be_had_is_what_its_page_says(shopper: Shopper, clock: Clock) -> None:
    assert linked(shopper)["offers"]["availability"].endswith("/InStock")
    assert linked(shopper, "/jp/ja-JP/double-11/ski/")["offers"]["availability"].endswith(
        "/LimitedAvailability"
    )
    assert [each["availability"] for each in ads(shopper)] == ["in_stock"] * 3
    change(shopper.place, launching.pause, reason="technical")
    assert linked(shopper)["offers"]["availability"].endswith("/OutOfStock")
    assert [each["availability"] for each in ads(shopper)] == ["out_of_stock"] * 3
    change(shopper.place, launching.resume)
    clock.at = BEFORE
    assert linked(shopper)["offers"]["availability"].endswith("/PreOrder")
    assert {each["availability_date"] for each in ads(shopper)} == {"2026-11-01T00:00:00+01:00"}
    clock.at = AFTER
    assert "ld+json" not in shopper.open(SKI).text
    assert feed(shopper) == ads(shopper) == []


def test_both_spellings_of_a_feed_say_what_the_pages_say(shopper: Shopper) -> None:
    for place in ("fr/fr-FR", "sa/ar-SA"):
        plain, marked = feed(shopper, place), ads(shopper, place)
        assert [each["bundle"] for each in plain] == ["ski", "tea", "rain"]
        for offer, ad in zip(plain, marked, strict=True):
            told = linked(shopper, offer["url"].removeprefix(HOST))
            assert told["offers"]["url"] == offer["url"] == ad["link"]
            assert ad["price"] == f"{offer['price']} {offer['currency']}"
            assert told["offers"]["price"] == offer["price"]
            assert told["name"] == offer["name"] == ad["title"]
            assert told["image"] == [offer["picture"]] == [ad["image_link"]]
            assert shopper.open(offer["picture"].removeprefix(HOST)).status_code == 200
            assert ad["custom_label_0"] == f"revision {offer['revision']}"


def test_feeds_are_typed_kept_for_a_minute_and_have_one_address(shopper: Shopper) -> None:
    for form, media_type in (("json", "application/json"), ("xml", "application/rss+xml")):
        answer = shopper.open(f"/feeds/fr/fr-FR.{form}")
        assert answer.mimetype == media_type
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        again = shopper.open(f"/feeds/fr/fr-FR.{form}", If_None_Match=answer.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
        moved = shopper.open(f"/feeds/fr/fr.{form}")
        assert (moved.status_code, moved.headers["Location"]) == (301, f"/feeds/fr/fr-FR.{form}")
    for address in ("/feeds/fr/ja.json", "/feeds/xx/fr.json", "/feeds/fr/fr.csv"):
        assert shopper.open(address).status_code == 404


def test_the_sitemap_says_when_each_page_became_another(shopper: Shopper, clock: Clock) -> None:
    def said(part: str) -> str:
        found = re.search(rf"<loc>{HOST}/fr/fr-FR/double-11/{part}</loc>\n<lastmod>([^<]+)<", entries)
        assert found is not None
        return found[1]

    entries = shopper.open("/sitemap.xml").text
    # Put live at the festival's hour, nothing of it was another since.
    assert said("") == said("ski/") == said("terms/") == "2026-11-11T10:00:00+00:00"
    clock.at += timedelta(days=1)
    assert shopper.open("/sitemap.xml").text == entries
    with shopper.place.db.writing() as tx:
        tx.add(a_new_price(clock.at))
        has_changed(tx)
    clock.at += timedelta(hours=1)
    entries = shopper.open("/sitemap.xml").text
    assert said("") == said("ski/") == "2026-11-12T10:00:00+00:00"
    assert said("tea/") == said("terms/") == "2026-11-11T10:00:00+00:00"
    change(shopper.place, launching.pause, reason="technical")
    entries = shopper.open("/sitemap.xml").text
    assert said("tea/") == said("terms/") == "2026-11-12T11:00:00+00:00"
    clock.at = AFTER
    entries = shopper.open("/sitemap.xml").text
    assert said("tea/") == said("terms/") == "2026-12-31T23:00:00+00:00"


def a_new_price(at: datetime) -> Price:
    return Price(
        market_id="fr",
        item=bundle_item("double-11", "ski"),
        amount_minor=45000,
        currency="EUR",
        valid_from=at,
        recorded_at=at,
        source="tests",
    )


def test_a_name_cannot_end_the_element_it_stands_in() -> None:
    block = data_block({"name": "</script><script>go()</script>"})
    assert block.count("</script>") == 1
    told = re.fullmatch(r'<script type="application/ld\+json">(.*)</script>', block)
    assert told is not None
    assert json.loads(told[1]) == {"name": "</script><script>go()</script>"}


def test_previews_of_a_link_are_told_what_it_is(shopper: Shopper) -> None:
    page = shopper.open("/jp/en/double-11/ski/").text
    said = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
    assert said["url"] == f"{HOST}/jp/en/double-11/ski/"
    assert said["locale"] == "en_JP"
    assert said["title"] in page.partition("<body>")[0].partition("<title>")[2]
    assert said["description"]
    assert re.fullmatch(rf"{HOST}/cards/jp/en/double-11/ski\.[0-9a-f]{{64}}\.jpg", said["image"])
    assert shopper.open(said["image"].removeprefix(HOST)).mimetype == "image/jpeg"

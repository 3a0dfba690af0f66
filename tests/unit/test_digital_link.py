"""What a GS1 address may not say, each named when it does; and how its links are told to machines."""

import json

import jsonschema
import pytest

from omni.domain.digital_link import DigitalLink, Lead, LinkType, PrimaryKey
from omni.domain.refusal import BadInput, Reason
from omni.present import linkset
from omni.present.gs1_address import read_address
from omni.settings import Settings
from tests.support.offers import a_content, a_market

GTIN, GCN, GLN = "09506000134352", "9501101530003", "9506000134352"
SETTINGS = Settings(base_url="https://go.larkfell.example")

# What GS1 publishes as the schema of a resolver's description, in its requirements and patterns.
DESCRIPTION = {
    "type": "object",
    "required": ["resolverRoot", "supportedPrimaryKeys"],
    "properties": {
        "name": {"type": "string"},
        "resolverRoot": {"type": "string", "format": "uri"},
        "supportedPrimaryKeys": {
            "type": "array",
            "items": {"enum": ["all", "00", "01", "255", "414", "417"]},
        },
        "supportedLinkType": {
            "type": "array",
            "items": {"properties": {"prefix": {"type": "string", "pattern": "^[a-zA-Z_][A-Za-z0-9_-]*?:$"}}},
        },
        "linkTypeDefaultCanBeLinkset": {"type": "boolean"},
        "supportedContextValuesExternal": {
            "type": "array",
            "items": {"type": "object", "required": ["nameOfList", "url"]},
        },
        "jsonLdContextLocation": {"type": "string"},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "rest,query",
    [
        (GTIN, ""),
        (f"{GTIN}/", ""),
        (f"{GTIN}/22/A/10/B/21/C", "17=261100&linkType=gs1:pip&utm_source=shelf"),
        (f"{GTIN}/235/A", ""),
        (GTIN, "17=280229"),
    ],
)
def test_a_sound_address_is_read(rest: str, query: str) -> None:
    assert read_address(PrimaryKey.GTIN, rest, query).key_address == f"/01/{GTIN}"


@pytest.mark.parametrize(
    "primary,rest,query,named",
    [
        (PrimaryKey.GTIN, "09506000134351", "", "wrong check digit"),
        (PrimaryKey.GTIN, "9506000134352", "", "with all its 14 digits"),
        (PrimaryKey.GTIN, "٠٩٥٠٦٠٠٠١٣٤٣٥٢", "", "not ASCII"),
        (PrimaryKey.GTIN, "banana", "", "banana"),
        (PrimaryKey.GTIN, f"{GTIN}/21/1/10/A", "", "'10'"),
        (PrimaryKey.GTIN, f"{GTIN}/22/A/235/B", "", "(235) is the only qualifier"),
        (PrimaryKey.GTIN, f"{GTIN}/17/261231", "", "'17'"),
        (PrimaryKey.GTIN, f"{GTIN}/10", "", "even number"),
        (PrimaryKey.GTIN, f"{GTIN}/10/{'A' * 21}", "", "AAAAA"),
        (PrimaryKey.GTIN, GTIN, "10=A", "(10) belongs in the path"),
        (PrimaryKey.GTIN, GTIN, f"255={GCN}", "(255) does not go with (01)"),
        (PrimaryKey.GTIN, GTIN, "37=2", "(37) does not go with (01)"),
        (PrimaryKey.GTIN, GTIN, "8111=0012", "(8111) goes with (255) only"),
        (PrimaryKey.GTIN, GTIN, "17=261301", "17"),
        (PrimaryKey.GTIN, GTIN, "17=260001", "260001"),
        (PrimaryKey.GTIN, GTIN, "17=270229", "270229"),
        (PrimaryKey.GTIN, GTIN, "17=261231&17=261230", "(17) stands twice"),
        (PrimaryKey.GTIN, GTIN, f"01={GTIN}", "(01) stands twice"),
        (PrimaryKey.GTIN, GTIN, "17=", "(17) is no application identifier with a value"),
        (PrimaryKey.GTIN, GTIN, "9999=1", "(9999) is no application identifier"),
        (PrimaryKey.GTIN, GTIN, "414=9506000134353", "(414) 9506000134353 has a wrong check digit"),
        (PrimaryKey.GCN, "9501101530004", "", "wrong check digit"),
        (PrimaryKey.GCN, f"{GCN}12A", "", "12A"),
        (PrimaryKey.GCN, f"{GCN}{'1' * 13}", "", "1111"),
        (PrimaryKey.GCN, f"{GCN}/21/1", "", "'21'"),
        (PrimaryKey.GCN, GCN, f"01={GTIN}", "(01) does not go with (255)"),
        (PrimaryKey.GCN, GCN, "3940=0012&8111=0500", "exclude each other"),
        (PrimaryKey.GLN, f"{GLN}/254/A/7040/1ABC", "", "only qualifier"),
        (PrimaryKey.GLN, "9506000134353", "", "wrong check digit"),
    ],
)
def test_an_unsound_address_is_refused_by_name(
    primary: PrimaryKey, rest: str, query: str, named: str
) -> None:
    with pytest.raises(BadInput) as refused:
        read_address(primary, rest, query)
    assert named in refused.value.message
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "primary,rest,key",
    [
        (PrimaryKey.GCN, f"{GCN}4711", GCN),
        (PrimaryKey.GLN, f"{GLN}/254/till-1", GLN),
        (PrimaryKey.GTIN, f"{GTIN}/10/L1", GTIN),
    ],
)
def test_serial_extension_and_lot_are_not_of_the_key(primary: PrimaryKey, rest: str, key: str) -> None:
    assert read_address(primary, rest).key == key


def test_an_offer_may_say_what_it_is_worth() -> None:
    link = read_address(PrimaryKey.GCN, GCN, "3940=0012&17=261231")
    assert link == DigitalLink(PrimaryKey.GCN, GCN, (), (("17", "261231"), ("3940", "0012")))


@pytest.mark.parametrize(
    "asked",
    ["promotion", "gs1:promotion", "https://ref.gs1.org/voc/promotion", "https://gs1.org/voc/promotion"],
)
def test_a_link_type_is_known_in_each_of_its_spellings(asked: str) -> None:
    assert linkset.word_of(asked) == LinkType.PROMOTION


def leads(*places: tuple[str, str]) -> list[Lead]:
    """The promotions of one campaign, each in a market and a locale."""
    return [
        Lead(LinkType.PROMOTION, "Double 11", a_content(a_market(market)), a_market(market), locale)
        for market, locale in places
    ]


def told(*some: Lead, default: LinkType | None = LinkType.PROMOTION) -> dict[str, list[dict[str, object]]]:
    """The links of a key by the words of the vocabulary."""
    anchor = "https://go.larkfell.example/255/1"
    body = linkset.linkset(anchor, "Tea", some, default=default, settings=SETTINGS)
    (of_key,) = json.loads(body)["linkset"]
    assert of_key.pop("anchor") == anchor
    assert of_key.pop("itemDescription") == "Tea"
    return {word.removeprefix("https://ref.gs1.org/voc/"): links for word, links in of_key.items()}


def test_one_link_is_the_default_and_says_nothing_but_where_and_what() -> None:
    links = told(*leads(("fr", "fr_FR"), ("tw", "zh_Hant_TW")))
    assert links["defaultLink"] == [
        {"href": "https://go.larkfell.example/fr/fr-FR/double-11/", "title": "Double 11"}
    ]
    assert links["defaultLinkMulti"] == links["promotion"]


def test_a_link_says_its_language_its_country_and_its_kind() -> None:
    assert told(*leads(("tw", "zh_Hant_TW")))["promotion"] == [
        {
            "href": "https://go.larkfell.example/tw/zh-Hant-TW/double-11/",
            "title": "Double 11",
            "type": "text/html",
            "hreflang": ["zh-TW"],
            "context": ["TW"],
        }
    ]


@pytest.mark.parametrize(
    "place,tag",
    [
        (("cn", "zh_Hans_CN"), "zh-CN"),
        (("my", "zh_Hans_MY"), "zh-MY"),
        (("sg", "zh_Hans_SG"), "zh-SG"),
        (("ae", "hi"), "hi"),
        (("fr", "fr_FR"), "fr-FR"),
    ],
)
def test_a_script_that_the_country_implies_is_left_out(place: tuple[str, str], tag: str) -> None:
    assert told(*leads(place))["promotion"][0]["hreflang"] == [tag]


def test_a_province_with_rules_of_its_own_is_a_context_of_its_own() -> None:
    assert told(*leads(("ca-qc", "fr_CA")))["promotion"][0]["context"] == ["CA", "CA-QC"]


def test_a_choice_left_to_the_reader_has_no_default() -> None:
    assert set(told(*leads(("fr", "fr_FR"), ("fr", "fr_FR")), default=None)) == {"promotion"}


def test_a_page_of_the_shop_is_linked_as_it_is() -> None:
    lead = Lead(
        LinkType.PIP, "Teapot", a_content(a_market("fr")), a_market("fr"), page="https://shop.example/t"
    )
    assert told(lead, default=LinkType.PIP)["pip"] == [
        {"href": "https://shop.example/t", "title": "Teapot", "type": "text/html"}
    ]


def test_the_description_of_the_resolver_has_the_shape_gs1_gives_it() -> None:
    described = linkset.description(SETTINGS)
    jsonschema.validate(described, DESCRIPTION)
    assert described["supportedPrimaryKeys"] == ["01", "255", "414"]
    assert described["resolverRoot"] == "https://go.larkfell.example"

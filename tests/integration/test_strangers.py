"""What people scan that is not one of our codes: told from its shape, and seen in piles."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta

import pytest

from omni.app import Installation
from omni.domain.people import Role
from omni.domain.stranger import class_of, mark_of
from omni.domain.visit import DeviceClass, OrphanClass, VisitKind
from omni.services.strangers import MISPRINT_FROM, Likely, Pile, strangers
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, Clock
from tests.support.journeys import an_orphan, fold
from tests.support.shopper import Shopper
from tests.support.staff import signed_in

SECRET = bytes(32)


def saudi(*fields: str) -> str:
    """The square of a simplified invoice, as the tax office of Saudi Arabia has it."""
    values = [field.encode() for field in fields]
    return b64encode(b"".join(bytes([at, len(value)]) + value for at, value in enumerate(values, 1))).decode()


TAX_CODES = {
    "Saudi Arabia": saudi("لاركفيل الرياض", "310122393500003", "2026-11-11T14:02:00Z", "115.00", "15.00"),
    "Brazil": "https://www.fazenda.sp.gov.br/qrcode?p=35201112345678000195650010000000011000000015|2|1|1|5F2A",
    "Kazakhstan": "http://consumer.oofd.kz/?i=1234567890&f=010101000111&s=4990.00&t=20261111T140200",
    "Mexico": "https://verificacfdi.facturaelectronica.sat.gob.mx/default.aspx?id=7D3A&re=AAA010101AAA&tt=115.0",
    "Spain": "https://www2.agenciatributaria.gob.es/wlpl/TIKE-CONT/ValidarQR?nif=A1&numserie=7&fecha=11-11-2026&importe=115",
    "Taiwan": "AB123456781151111123400000000000000FA0000000012345678:**********:1:1:1:",
    "Taiwan, second square": "**茶壺:1:1150:",
    "China": "01,10,011002000311,12345678,115.00,20261111,12345678901234567890,",
    "Germany": "V0;ABC;Kassenbeleg-V1;Beleg^115.00_0.00_0.00_0.00_0.00^115.00:Bar;18;112;",
    "Austria": "_R1-AT1_KASSE1_42_2026-11-11T14:02:00_115,00_0,00_0,00_0,00_0,00_xyz",
}


@pytest.mark.parametrize("text", TAX_CODES.values(), ids=TAX_CODES.keys())
def test_the_squares_of_tax_offices_are_known(text: str) -> None:
    assert class_of(text) is OrphanClass.TAX_CODE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "x" * 10_240,
        "\x00",
        "https://pay.example/x?order=1&total=2#done",
        "https://shop.example/?utm_source=a&utm_medium=b&utm_campaign=c&id=3",
        "WIFI:T:WPA;S=café bar;P=a=b?;;",
        "4006381333931",
        "BEGIN:VCARD",
        "AQ==",
        saudi("a", "b", "c", "d"),
        "hello@larkfell.example",
        "\udcff",
    ],
)
def test_anything_else_is_no_tax_code(text: str) -> None:
    assert class_of(text) is OrphanClass.NOT_A_CODE


@pytest.mark.parametrize("text", ["BCDFG", "bcdfg-hjklm-npqr", "BCDFG-HJKLM-NPQRS-T", "ＢＣＤＦＧ２"])
def test_a_piece_of_a_code_is_known_by_its_letters(text: str) -> None:
    assert class_of(text) is OrphanClass.CUT_OFF


@pytest.mark.parametrize("text", ["BCDF", "23456789", "B" * 31])
def test_too_few_letters_too_many_or_digits_alone_are_no_piece(text: str) -> None:
    assert class_of(text) is OrphanClass.NOT_A_CODE


def test_a_mark_is_of_the_text_however_it_is_written_and_of_the_secret() -> None:
    assert mark_of("bcdfg hjklm npqrs", SECRET) == mark_of("BCDFG-HJKLM-NPQRS", SECRET)
    assert mark_of("Wrong  Text\n", SECRET) == mark_of("wrongtext", SECRET)
    assert mark_of("wrong text", SECRET) != mark_of("other text", SECRET)
    assert mark_of("wrong text", SECRET) != mark_of("wrong text", bytes([1]) * 32)
    assert len(mark_of("\udcff", SECRET)) == 16


def piles(place: Installation) -> list[Pile]:
    now = place.world.now()
    with place.db.reading() as session:
        return strangers(session, since=now - timedelta(days=1), now=now)


def scanned(place: Installation, looks_like: OrphanClass, *texts: str, **changed: object) -> None:
    for text in texts:
        mark = mark_of(text, SECRET)
        assert place.spool.append(an_orphan(place, looks_like=looks_like, mark=mark, **changed))


def test_strangers_lie_in_piles_by_what_they_probably_are(installation: Installation, clock: Clock) -> None:
    scanned(installation, OrphanClass.WRONG_CHECK, *["BCDFG-HJKLM-NPQRS"] * MISPRINT_FROM)
    clock.at = FESTIVAL + timedelta(minutes=1)
    scanned(installation, OrphanClass.TAX_CODE, *["tax 1"] * MISPRINT_FROM, "tax 2")
    clock.at = FESTIVAL + timedelta(minutes=2)
    scanned(installation, OrphanClass.CUT_OFF, "BCDFG", "BCDFG", "HJKLM", device=DeviceClass.IOS)
    clock.at = FESTIVAL + timedelta(minutes=3)
    scanned(installation, OrphanClass.WRONG_CHECK, *(f"guess {n}" for n in range(7)))
    scanned(installation, OrphanClass.NOT_A_CODE, "unknown", kind=VisitKind.HUMAN)
    scanned(installation, OrphanClass.NOT_A_CODE, *["a machine's"] * 9, kind=VisitKind.BOT)
    fold(installation)
    found = piles(installation)
    assert [(pile.likely, pile.scans, pile.texts) for pile in found] == [
        (Likely.GUESSES, 8, 8),
        (Likely.CUT_OFF, 3, 2),
        (Likely.TAX_CODE, MISPRINT_FROM + 1, 2),
        (Likely.MISPRINT, MISPRINT_FROM, 1),
    ]
    assert found[1].devices == {DeviceClass.IOS: 3}
    assert {pile.first_at for pile in found} == {FESTIVAL + timedelta(minutes=n) for n in range(4)}


def test_the_command_lists_them_by_what_they_probably_are(
    installation: Installation, omni_beside: Omni
) -> None:
    assert omni_beside("strangers").out == "Nothing yet.\n"
    scanned(installation, OrphanClass.WRONG_CHECK, *["BCDFG-HJKLM-NPQRS"] * MISPRINT_FROM)
    fold(installation)
    columns, line = omni_beside("strangers").out.splitlines()
    assert columns.split() == ["likely", "scans", "texts", "first", "last", "devices"]
    assert line.split()[:3] == ["misprint", str(MISPRINT_FROM), "1"]
    (pile,) = json.loads(omni_beside("strangers", "--json").out)["piles"]
    assert (pile["likely"], pile["scans"], pile["devices"]) == (
        "misprint",
        MISPRINT_FROM,
        {"android": MISPRINT_FROM},
    )
    assert pile["first_at"] == FESTIVAL.isoformat()
    assert omni_beside("strangers", "--hours", "0").code == 2


def test_each_misprint_is_a_pile_and_yesterdays_is_over(installation: Installation, clock: Clock) -> None:
    scanned(installation, OrphanClass.NOT_ISSUED, *["yesterday's"] * MISPRINT_FROM)
    clock.at = FESTIVAL + timedelta(days=1)
    for text in ("one", "other"):
        scanned(installation, OrphanClass.CUT_OFF, *[text] * MISPRINT_FROM)
    scanned(installation, OrphanClass.CUT_OFF, *["tried again"] * (MISPRINT_FROM - 1))
    fold(installation)
    assert sorted((pile.likely, pile.scans) for pile in piles(installation)) == [
        (Likely.CUT_OFF, MISPRINT_FROM - 1),
        (Likely.MISPRINT, MISPRINT_FROM),
        (Likely.MISPRINT, MISPRINT_FROM),
    ]


@pytest.mark.pages
def test_a_tax_code_on_a_receipt_is_told_to_the_shopper_and_seen_by_the_marketer(shopper: Shopper) -> None:
    place = shopper.place
    for text in (TAX_CODES["Saudi Arabia"], TAX_CODES["Kazakhstan"]):
        answer = shopper.open(f"/c/{text}")
        assert answer.status_code == 404
        assert "This looks like the tax code of a receipt." in answer.text
    for _ in range(MISPRINT_FROM):
        answer = shopper.open("/c/BCDFG-HJKLM-NPQRS")
        assert "tax code" not in answer.text
    fold(place)
    page = signed_in(place, "Ada", Role.MARKETER).get("/studio/").text
    assert "Not one of our codes" in page
    assert 'data-stranger="tax-code"><b>2 ×</b>' in page
    assert f'data-stranger="misprint"><b>{MISPRINT_FROM} ×</b>' in page
    assert "npqrs" not in page.lower()

"""Pictures from the retailer's file to phones, paper and shared links: cut once, named by their bytes."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import func, select
from werkzeug.test import TestResponse

from omni.app import Installation, build_app
from omni.domain.creative import Focus, Form
from omni.domain.offer import Picture, Rendition
from omni.present import share_card
from omni.services import showing
from omni.services.reaching import record_reach
from omni.store import finders
from tests.support.codes import a_batch, code_of
from tests.support.commands import Omni
from tests.support.installations import BASE_URL, KEYRING, Clock, an_installation
from tests.support.shopper import Shopper, scans
from tests.unit.test_renditions import a_photograph, is_red

pytestmark = pytest.mark.pages

LAMPS = """\
version: 1
campaign: lights
name: Lights
shop: https://shop.example/cart?{items}&discount={voucher}
opens: 2026-11-01
closes: 2026-11-30
items:
  lamp: {name: Lamp, picture: lamp.jpg}
bundles:
  lamp-set:
    name: {fr: Deux lampes, ar: مصباحان}
    items: {lamp: 2}
    picture: set.jpg
    focus: [0.1, 0.5]
    alt: Two lamps
    made_by_ai: true
    variants:
      day: {picture: set.jpg, alt: By day}
markets:
  fr: {prices: {lamp-set: 49.90}}
"""
CARD = "/cards/fr/fr-FR/lights/lamp-set.jpg"


FOCUS = Focus(100, 500)


@pytest.fixture
def omni(command: Omni, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Omni:
    """The command beside a campaign file and its pictures, with the keys of the tests."""
    (tmp_path / "lights.yaml").write_text(LAMPS)
    (tmp_path / "lamp.jpg").write_bytes(a_photograph(size=(240, 300), form="JPEG", quality=90))
    marked = a_photograph(size=(900, 300), marked=FOCUS, form="JPEG", quality=90)
    (tmp_path / "set.jpg").write_bytes(marked)
    monkeypatch.setenv("OMNI_DATABASE_URL", migrated_url)
    monkeypatch.setenv("OMNI_CODE_KEYS", KEYRING.as_setting())
    assert command("init").code == 0
    return command


@pytest.fixture
def lights(omni: Omni, tmp_path: Path, migrated_url: str, clock: Clock) -> Iterator[Installation]:
    """The campaign, live in France, at an address that was opened from outside."""
    imported = omni("import", "lights.yaml")
    assert imported.code == 0, imported.err
    assert omni("launch", "lights/fr").code == 0
    opened = an_installation(migrated_url, tmp_path / "served", clock=clock)
    with opened.db.writing() as tx:
        record_reach(tx, clock.at, BASE_URL)
    yield opened
    opened.db.close()


@pytest.fixture
def shopper(lights: Installation) -> Iterator[Shopper]:
    """A shopper where the lamps are on offer."""
    with build_app(lights).test_client() as client:
        yield Shopper(lights, client)


def how_many(place: Installation) -> tuple[int, int]:
    with place.db.reading() as session:
        pictures = session.exec(select(func.count()).select_from(Picture)).one()
        return pictures, session.exec(select(func.count()).select_from(Rendition)).one()


def named_in(html: str, pattern: str) -> list[str]:
    return re.findall(pattern, html)


def page_of(shopper: Shopper) -> str:
    code = code_of(shopper.place, a_batch(shopper.place, edition="lights/fr", placement="fr-paris-popup"))
    return shopper.open(f"/c/{code}").text


def card_address(shopper: Shopper) -> str:
    """Where the page of the lamps says that its card is."""
    (address,) = named_in(
        shopper.open("/fr/fr-FR/lights/").text, rf'og:image" content="{BASE_URL}(/cards/[^"]+)"'
    )
    return address


def card_of(shopper: Shopper, **headers: str) -> TestResponse:
    return shopper.open(card_address(shopper), **headers)


def kept_cards(shopper: Shopper) -> list[Path]:
    return sorted((Path(shopper.place.settings.data_dir) / "cards").rglob("*.jpg"))


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def test_pictures_are_cut_once_however_often_they_come(lights: Installation, omni: Omni) -> None:
    kept = how_many(lights)
    assert kept[1] > 10
    assert "revision 1 (as it was)" in omni("import", "lights.yaml").out
    assert how_many(lights) == kept


def test_another_focus_is_another_revision_with_other_cuts(
    lights: Installation, omni: Omni, tmp_path: Path
) -> None:
    kept = how_many(lights)
    (tmp_path / "lights.yaml").write_text(LAMPS.replace("[0.1, 0.5]", "[0.9, 0.5]"))
    assert "revision 2 (changed)" in omni("import", "lights.yaml").out
    assert how_many(lights)[1] > kept[1]


def test_one_picture_cannot_keep_two_points(omni: Omni, tmp_path: Path) -> None:
    two = LAMPS.replace("{picture: set.jpg, alt", "{picture: set.jpg, focus: [1, 1], alt")
    (tmp_path / "lights.yaml").write_text(two)
    said = omni("import", "lights.yaml")
    assert said.code == 2
    assert "variants.day.picture: has another focus at bundles.lamp-set.picture" in said.err


def test_a_torn_picture_is_refused_by_its_field_and_nothing_is_published(omni: Omni, tmp_path: Path) -> None:
    whole = (tmp_path / "lamp.jpg").read_bytes()
    (tmp_path / "lamp.jpg").write_bytes(whole[: len(whole) // 2])
    said = omni("import", "lights.yaml")
    assert said.code == 2
    assert "items.lamp.picture: lamp.jpg is damaged" in said.err
    assert omni("editions").out == "Nothing yet.\n"


def test_a_page_names_each_width_and_keeps_room_for_the_picture(shopper: Shopper) -> None:
    html = page_of(shopper)
    (avif, webp) = named_in(html, r'<source type="(image/\w+)" srcset="[^"]+ 320w, [^"]+w" sizes="\(min')
    assert (avif, webp) == ("image/avif", "image/webp")
    (hero,) = named_in(html, r'<img class="hero" [^>]+>')
    assert 'width="450" height="300"' in hero
    assert "fetchpriority=high" in hero
    (thumb,) = named_in(html, r'<img class="thumb" [^>]+>')
    assert 'width="104" height="104"' in thumb
    assert "loading=lazy" in thumb


def test_every_cut_a_page_names_is_there_for_ever_and_shows_the_marked_point(shopper: Shopper) -> None:
    html = page_of(shopper)
    hero = html[html.index("<picture>") : html.index("</picture>")]
    addresses = set(named_in(hero, r"/pictures/[0-9a-f]{64}\.\w+"))
    assert {address.rpartition(".")[2] for address in addresses} == {"avif", "webp", "jpg"}
    for address in addresses:
        answer = shopper.open(address)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        image = opened(answer.data).convert("RGB")
        assert is_red(image.getpixel((image.width * 90 // 450, image.height // 2)))


def test_a_picture_made_by_a_machine_is_marked_beside_its_cuts(shopper: Shopper) -> None:
    assert "intelligence artificielle" in page_of(shopper)


def test_a_page_as_one_file_has_one_cut_inside(lights: Installation, omni: Omni, tmp_path: Path) -> None:
    assert omni("preview", "lights/fr", "-o", "page.html").code == 0
    html = (tmp_path / "page.html").read_text()
    assert 'src="data:image/jpeg;base64,' in html
    assert "/pictures/" not in html


def test_paper_gets_the_whole_picture_in_the_size_of_paper(lights: Installation) -> None:
    with lights.db.reading() as session:
        content = finders.published(session, finders.edition_by_key(session, "lights/fr"))
        body = showing.picture_bytes(session, content.offered[0].picture)
    assert body is not None
    assert opened(body).size == (900, 300)
    assert not body.startswith((Path(lights.settings.data_dir).parent / "set.jpg").read_bytes()[:200])


def test_a_shared_link_shows_goods_name_and_price_on_one_card(shopper: Shopper) -> None:
    answer = card_of(shopper)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert len(answer.data) < share_card.MOST_BYTES
    card = opened(answer.data)
    assert card.size == (1200, 630)
    assert any(is_red(card.getpixel((x, 315))) for x in range(0, 720, 20))
    words = card.crop((740, 40, 1200, 590)).convert("L")
    assert words.getextrema()[0] < 80
    assert [path.read_bytes() for path in kept_cards(shopper)] == [answer.data]
    assert card_of(shopper, If_None_Match=answer.headers["ETag"]).status_code == 304


def test_a_card_has_another_address_once_it_looks_otherwise(shopper: Shopper, clock: Clock) -> None:
    first = card_address(shopper)
    assert shopper.open(CARD).headers["Location"] == first
    assert shopper.open(first.replace("/fr-FR/", "/fr/")).headers["Location"] == first
    clock.at += timedelta(days=30)
    moved = shopper.open(first)
    assert moved.status_code == 302
    assert moved.headers["Location"] == card_address(shopper) != first


def test_cards_are_kept_for_this_month_and_the_next(shopper: Shopper, clock: Clock) -> None:
    card_of(shopper)
    november = kept_cards(shopper)
    clock.at = datetime(2026, 12, 5, tzinfo=UTC)
    card_of(shopper)
    assert [path for path in november if path in kept_cards(shopper)] == november
    assert len(kept_cards(shopper)) == 2
    clock.at = datetime(2027, 2, 18, tzinfo=UTC)
    card_of(shopper)
    assert [path.parent.name for path in kept_cards(shopper)] == ["2027-02"]


def test_a_card_whose_letters_no_font_has_is_the_bare_picture(
    shopper: Shopper, omni: Omni, tmp_path: Path
) -> None:
    (tmp_path / "lights.yaml").write_text(LAMPS.replace("Deux lampes", "Deux \N{DIYA LAMP}"))
    assert omni("import", "lights.yaml").code == 0
    shopper.place.catalogue.fresh()
    card = opened(card_of(shopper).data)
    assert card.size == (1200, 630)
    assert any(is_red(card.getpixel((x, 315))) for x in range(0, 1200, 20))
    assert card.crop((740, 0, 1200, 630)).convert("L").getextrema()[1] < 128


def test_what_is_not_on_offer_has_no_card(shopper: Shopper) -> None:
    for address in ("fr/fr/lights/none", "de/de/lights/lamp-set", "fr/fr/no/no", "fr/xx/lights/lamp-set"):
        assert shopper.open(f"/cards/{address}.jpg").status_code == 404, address


def test_a_site_of_plain_files_takes_cuts_and_not_what_they_were_cut_from(lights: Installation) -> None:
    with lights.db.reading() as session:
        content = finders.published(session, finders.edition_by_key(session, "lights/fr"))
        files = showing.picture_files(session, content)
        there = {picture.digest for picture in showing.pictures(session, content.pictures)}
    assert there == content.pictures
    assert not there & content.sources
    assert {name.partition(".")[0] for name in files.values()} <= there
    assert all(name.endswith(".jpg") for name in files.values())
    assert set(content.cuts[content.offered[0].picture].forms) == set(Form)


def test_each_code_shows_its_own_variant_and_is_counted_with_it(
    shopper: Shopper, omni: Omni, tmp_path: Path
) -> None:
    by_night = "      day: {picture: set.jpg, alt: By day}\n      night: {picture: set.jpg, alt: By night}\n"
    (tmp_path / "lights.yaml").write_text(
        LAMPS.replace("      day: {picture: set.jpg, alt: By day}\n", by_night)
    )
    assert omni("import", "lights.yaml").code == 0
    batch = a_batch(shopper.place, edition="lights/fr", placement="fr-paris-popup", count=12)
    seen = {}
    for index in range(12):
        code = code_of(shopper.place, batch, index)
        first, again = (shopper.open(f"/c/{code}").text for _ in "ab")
        assert ("By day" in first) != ("By night" in first)
        assert ("By day" in first) == ("By day" in again)
        seen[batch.first_number + index] = "day" if "By day" in first else "night"
    assert set(seen.values()) == {"day", "night"}
    assert {(scan.number, scan.variant) for scan in scans(shopper.place)} == set(seen.items())
    shopper.unlock(code)
    with shopper.place.db.reading() as session:
        claim = finders.claim_of(session, batch.first_number + 11)
    assert claim is not None
    assert claim.variant == seen[batch.first_number + 11]

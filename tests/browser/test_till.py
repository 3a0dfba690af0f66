"""The till on the smallest phone: a code in two taps, used and taken back, in both directions."""

import io
import json
import re
from collections.abc import Iterator

import pytest
import zxingcpp
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from omni import asset
from omni.app import Installation
from omni.present import images, pages
from omni.present.qr import symbol
from tests.support.installations import sandbox
from tests.support.looking import SCREENSHOTS, follow, look_at, served, signed_in_page
from tests.support.paper import BILINGUAL, market_paper, some_codes

(CODE,) = some_codes(1, host="GO.LARKFELL.EXAMPLE")


@pytest.fixture
def base(installation: Installation) -> Iterator[str]:
    with served(sandbox(installation)) as address:
        yield address


def stand_at(page: Page, base: str, till: str) -> None:
    page.goto(f"{base}/till/place")
    place = page.locator(f"button[value={till}]")
    page.locator("details", has=place).locator("summary").click()
    place.click()
    expect(page.locator("button[value=shown]")).to_be_visible()


def unlocked(page: Page, base: str, code: str) -> str:
    """What the shopper's phone does, in a window of its own."""
    phone = page.context.new_page()
    phone.goto(f"{base}/c/{code}")
    follow(phone.locator("form[action$='/claim'] button"))
    voucher = phone.locator("[data-voucher]").get_attribute("data-voucher")
    phone.close()
    assert voucher
    return voucher


@pytest.mark.parametrize(
    "language,till,direction", [("en-GB", "gb-london-till-1", "ltr"), ("ar", "sa-riyadh-till-1", "rtl")]
)
def test_a_whole_day_at_the_till(
    chromium: Browser, installation: Installation, base: str, language: str, till: str, direction: str
) -> None:
    page = signed_in_page(chromium, installation, base, language=language)
    name = f"till-{language[:2]}"
    look_at(page, f"{name}-place")
    stand_at(page, base, till)
    assert page.locator("html").get_attribute("dir") == direction
    look_at(page, f"{name}-home")
    page.locator("button[value=shown]").click()
    code = page.locator(".typed").inner_text()
    look_at(page, f"{name}-code")
    page.goto(f"{base}/till/use")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator(f"a[href$='/c/{code}']")).to_be_visible()
    look_at(page, f"{name}-not-unlocked")
    voucher = unlocked(page, base, code)
    page.goto(f"{base}/till/use")
    page.locator("#code").fill(voucher)
    page.keyboard.press("Enter")
    expect(page.locator("#order_ref")).to_be_visible()
    look_at(page, f"{name}-spend")
    page.locator("#order_ref").fill("A-1001")
    page.locator("#total").fill("9999")
    page.keyboard.press("Enter")
    expect(page.locator(".note-done")).to_be_visible()
    look_at(page, f"{name}-used")
    page.goto(f"{base}/till/use/{voucher}")
    look_at(page, f"{name}-refused")
    page.goto(f"{base}/till/return")
    page.locator("#what").fill("A-1001")
    page.keyboard.press("Enter")
    page.locator("details form .go").click()
    expect(page.locator(".sum")).to_be_visible()
    look_at(page, f"{name}-sum")
    page.locator("button[name=confirm]").click()
    expect(page.locator(".note-done")).to_be_visible()
    look_at(page, f"{name}-returned")


def test_a_shown_code_is_read_by_a_phones_camera(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "fr-paris-till-1")
    page.locator("button[value=shown]").click()
    code = page.locator(".typed").inner_text()
    seen = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot(full_page=True))))
    assert [barcode.text for barcode in seen] == [f"HTTP://127.0.0.1:8000/C/{code.replace('-', '')}"]


# A browser that reads QR codes, and a camera that sees one text after another, as before posters.
READER = """sees => {
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return FORMATS; }
    async detect() {
      document.documentElement.dataset.looks = 1 + Number(document.documentElement.dataset.looks || 0);
      return sees.slice(Number(sessionStorage.turn || 0)).slice(0, 1).map(rawValue => ({ rawValue }));
    }
  };
  navigator.mediaDevices.getUserMedia = async () => {
    const lens = document.createElement("canvas"), stream = lens.captureStream();
    setInterval(() => lens.getContext("2d").fillRect(0, 0, 300, 150), 50);
    return stream;
  };
}"""


@pytest.mark.parametrize("language,direction", [("en-GB", "ltr"), ("ar", "rtl")])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_round_of_posters_without_a_camera(
    chromium: Browser, installation: Installation, base: str, language: str, direction: str, width: int
) -> None:
    page = signed_in_page(chromium, installation, base, language=language, width=width, script=width == 390)
    stand_at(page, base, "fr-paris-till-1")
    page.locator("button[value=shown]").click()
    code = page.locator(".typed").inner_text()
    page.goto(f"{base}/till/")
    page.locator("a[href$='/till/check']").click()
    expect(page.locator("[data-camera] button[type=button]")).to_be_hidden()
    for text in (code, f"https://evil.example/c/{code}", code):
        page.locator("#code").fill(text)
        page.locator("#code").press("Enter")
        expect(page.locator("main > .note")).to_be_visible()
        look_at(page, f"till-{language[:2]}-check-{width}-{'not-ours' if '/' in text else 'ours'}")
    assert page.locator("html").get_attribute("dir") == direction
    expect(page.locator("main li")).to_have_count(2)


def test_a_phone_that_reads_qr_codes_goes_from_poster_to_poster(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "fr-paris-till-1")
    sees = ["https://one.example/c/1", "https://two.example/c/2"]
    page.add_init_script(f"const FORMATS = ['qr_code']; ({READER})({json.dumps(sees)})")
    page.goto(f"{base}/till/check")
    page.locator("[data-camera] button[type=button]").click()
    expect(page.locator("main > .note")).to_contain_text("one.example")
    expect(page.locator("video")).to_be_visible()
    # The same poster is still before the lens: it is not read again, the next one is.
    expect(page.locator("html")).to_have_attribute("data-looks", re.compile("^[5-9]|..$"))
    expect(page.locator("main li")).to_have_count(0)
    page.evaluate("sessionStorage.turn = 1")
    expect(page.locator("main > .note")).to_contain_text("two.example")
    expect(page.locator("main li")).to_have_count(1)


def test_a_reader_that_knows_no_qr_codes_offers_no_camera(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "fr-paris-till-1")
    page.add_init_script(f"const FORMATS = ['ean_13']; ({READER})([])")
    page.goto(f"{base}/till/check")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-camera] button[type=button]")).to_be_hidden()


def test_a_refused_camera_leaves_the_form(chromium: Browser, installation: Installation, base: str) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "fr-paris-till-1")
    page.add_init_script(f"const FORMATS = ['qr_code']; ({READER})([])")
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('refused'))")
    page.goto(f"{base}/till/check")
    page.locator("[data-camera] button[type=button]").click()
    expect(page.locator("[data-camera] button[type=button]")).to_be_hidden()
    expect(page.locator("#code")).to_be_visible()
    expect(page.locator("video")).to_be_hidden()


def test_a_slip_is_as_narrow_as_its_roll(chromium: Browser, installation: Installation, base: str) -> None:
    page = signed_in_page(chromium, installation, base, width=390)
    stand_at(page, base, "de-berlin-till-1")
    page.evaluate("window.print = () => {}")
    follow(page.locator("button[value=print]"))
    look_at(page, "till-slip")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("body").evaluate("e => e.getBoundingClientRect().width") <= 72 * 96 / 25.4 + 1


def test_the_till_works_without_script(chromium: Browser, installation: Installation, base: str) -> None:
    page = signed_in_page(chromium, installation, base, script=False)
    stand_at(page, base, "fr-paris-till-1")
    page.locator("button[value=shown]").click()
    expect(page.locator(".symbol svg")).to_be_visible()
    page.locator("form[action$='/print'] button").click()
    page.locator("button[value=yes]").click()
    expect(page.locator("body[data-print] svg")).to_be_visible()


@pytest.mark.parametrize("language", ["en-GB", "ar"])
def test_the_question_before_paper_stands_above_the_code(
    chromium: Browser, installation: Installation, base: str, language: str
) -> None:
    page = signed_in_page(chromium, installation, base, language=language)
    stand_at(page, base, "fr-paris-till-1")
    follow(page.locator("button[value=print]"))
    look_at(page, f"till-{language[:2]}-question")
    aloud = page.locator(".turn [lang=fr-FR]")
    expect(aloud).to_be_visible()
    assert aloud.get_attribute("dir") == "ltr"
    heights = page.locator("button[name=paper]").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    page.locator("button[value=no]").click()
    expect(page.locator(".symbol svg")).to_be_visible()


@pytest.mark.parametrize("width_mm", [58, 80])
@pytest.mark.parametrize("slug", BILINGUAL)
def test_a_slip_of_several_languages_stays_within_its_roll(
    chromium: Browser, slug: str, width_mm: int
) -> None:
    context = chromium.new_context(viewport={"width": round((width_mm - 8) * 96 / 25.4), "height": 800})
    page = context.new_page()
    page.set_content(slip_page(slug))
    page.emulate_media(media="print")
    SCREENSHOTS.mkdir(exist_ok=True)
    picture = page.screenshot(path=SCREENSHOTS / f"slip-{slug}-{width_mm}.png", full_page=True)
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".slip *")].filter(e => {
          const range = document.createRange(); range.selectNodeContents(e);
          return [...range.getClientRects()].some(r => r.left < 0 || r.right > innerWidth + .5);
        }).map(e => e.textContent)"""
    )
    assert outside == []
    assert page.locator(".code").evaluate("e => [...e.getClientRects()].length") == 1
    for element in page.locator(".slip [dir=rtl]").all():
        assert element.evaluate("e => getComputedStyle(e).textAlign") == "start"
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))] == [CODE.url]
    context.close()


def slip_page(slug: str) -> str:
    """The slip of a market as the API hands it out."""
    env = Environment(loader=FileSystemLoader(asset("templates")), autoescape=True)
    pages.prepare(env)
    style = (asset("templates") / "api" / "style.css").read_text()
    drawn = images.svg(symbol(CODE.url), title=CODE.code)
    paper = market_paper(slug)
    slip = env.get_template("api/slip.html")
    return slip.render(style=Markup(style), paper=paper, code=CODE, symbol=Markup(drawn))


def test_every_button_is_large_enough_for_a_thumb(
    chromium: Browser, installation: Installation, base: str
) -> None:
    page = signed_in_page(chromium, installation, base)
    stand_at(page, base, "fr-paris-till-1")
    sizes = page.locator("button:visible, nav a:visible, summary:visible").evaluate_all(
        "all => all.map(e => [e.innerText, Math.round(e.getBoundingClientRect().height)])"
    )
    assert len(sizes) > 5
    assert [told for told in sizes if told[1] < 44] == []

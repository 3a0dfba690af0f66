"""The test page, as each kind of printer prints it."""

from collections import Counter

import pytest

from omni.present.printer_page import page_bytes
from omni.present.printer_profile import PROFILES, Language, profile_named
from tests.support.paper import read_by_zxing
from tests.support.thermal import SlipPrinter, print_label

URL = "https://go.larkfell.example"
SLIPS = [name for name, profile in PROFILES.items() if profile.language is Language.ESCPOS]
LABELS = [name for name in PROFILES if name not in SLIPS]


@pytest.mark.parametrize("name", [*SLIPS, "TM-T88V"])
def test_a_slip_printer_says_what_it_is_how_wide_it_prints_and_where_we_are(name: str) -> None:
    profile = profile_named(name)
    printer = SlipPrinter(profile.dots, pages={number: page for page, number in profile.code_pages})
    out = printer.print(page_bytes(profile, url=URL))
    assert read_by_zxing(out.page) == Counter([URL.upper()])
    assert {"TEST", name, f"{profile.dots} dots, {profile.width_mm:.1f} mm"} <= set(out.text.splitlines())
    assert "cp437: éèüñßåç£Ω" in out.text
    ruler = out.pictures[0]
    assert ruler.width == profile.dots
    assert not any(ruler.getpixel(corner) for corner in ((0, 0), (profile.dots - 1, ruler.height - 1)))


@pytest.mark.parametrize("name", LABELS)
def test_a_label_printer_gets_a_label_of_its_own(name: str) -> None:
    label = print_label(page_bytes(profile_named(name), url=URL))
    assert {"TEST", name, URL} <= set(label.words)
    assert read_by_zxing(label.page) == Counter([URL.upper()])

"""The print command: what it makes is decoded, what it says is so, and what does not belong is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import zipfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from omni.present.sheets import LAYOUTS
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, KEYRING, Clock
from tests.support.paper import pages, read_by_zxing, text_of
from tests.support.printing import Printshop, number_of

SVG = "{http://www.w3.org/2000/svg}"
HOST = "GO.LARKFELL.EXAMPLE"


@pytest.fixture
def engine_name() -> str:
    """What a file looks like does not depend on the database."""
    return "sqlite"


@pytest.fixture
def shop(command: Omni, live_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Printshop:
    monkeypatch.setenv("OMNI_DATABASE_URL", live_url)
    monkeypatch.setenv("OMNI_CODE_KEYS", KEYRING.as_setting())
    return Printshop(tmp_path, live_url, command)


def numbers_on(page: Image.Image) -> list[int]:
    return sorted(number_of(url) for url in read_by_zxing(page))


def test_label_sheets_hold_the_part_that_was_asked_for_and_say_how_large_it_is(shop: Printshop) -> None:
    batch = shop.issue(60)
    said = shop.done(
        "print", str(batch), "--from", "11", "--count", "25", "--start-slot", "20", "-o", "l.pdf"
    )
    first, second, third = pages((shop.folder / "l.pdf").read_bytes())
    assert [numbers_on(page) for page in (first, second, third)] == [[11, 12], [*range(13, 34)], [34, 35]]
    summary, size = said.out.splitlines()
    assert summary == "l.pdf: 25 codes (numbers 11 to 35), run 1"
    assert size.startswith("version 3-Q, module 0.")
    assert size.endswith(f"; says {HOST}")
    assert said.err == ""


def test_paper_made_before_the_first_day_says_the_price_of_that_day(shop: Printshop, clock: Clock) -> None:
    batch = shop.issue(3)
    clock.at = FESTIVAL - timedelta(days=30)
    shop.done("print", str(batch), "-o", "early.pdf")
    assert "469,00" in text_of((shop.folder / "early.pdf").read_bytes())
    assert shop.manifest("early.pdf")["price_minor"] == 46_900


def test_codes_that_were_withdrawn_come_on_no_new_paper_and_stay_in_lists(shop: Printshop) -> None:
    batch = str(shop.issue(10))
    shop.done("void", batch, "--from", "4", "--count", "2", "--reason", "stolen")
    refused = shop("print", batch, "--from", "3", "-o", "labels.pdf")
    assert (refused.code, refused.out) == (2, "")
    assert "codes 4 to 5 were withdrawn" in refused.err
    assert not (shop.folder / "labels.pdf").exists()
    assert shop.runs() == []
    shop.done("print", batch, "--from", "6", "-o", "labels.pdf")
    shop.done("print", batch, "--as", "csv", "-o", "codes.csv")
    assert shop.manifest("codes.csv")["count"] == 10


def test_labels_of_any_size_are_moved_and_outlined(shop: Printshop) -> None:
    batch = shop.issue(5)
    shop.done("print", str(batch), "--layout", "70x37 3x8 a4", "-o", "plain.pdf")
    shop.done(
        "print", str(batch), "--layout", "70x37 3x8 a4", "--offset", "-1,2.5", "--outline", "-o", "m.pdf"
    )
    (plain,), (moved,) = (pages((shop.folder / name).read_bytes()) for name in ("plain.pdf", "m.pdf"))
    assert numbers_on(plain) == numbers_on(moved) == [1, 2, 3, 4, 5]
    assert plain.tobytes() != moved.tobytes()
    assert shop.manifest("m.pdf")["layout"] == "70x37 3x8 a4"


def test_a_calibration_page_is_made_without_a_batch_and_counts_nothing(shop: Printshop) -> None:
    shop.done("print", "--calibrate", "--layout", "L7163", "-o", "page.pdf")
    assert "L7163" in text_of((shop.folder / "page.pdf").read_bytes())
    assert shop.runs() == []
    assert not (shop.folder / "page.pdf.manifest.json").exists()


def test_a_poster_is_one_code_with_its_friendly_address(shop: Printshop) -> None:
    batch = shop.issue(900, "--shared")
    said = shop.done("print", str(batch), "--layout", "a5", "--distance", "60cm", "-o", "poster.pdf")
    (page,) = pages((shop.folder / "poster.pdf").read_bytes())
    assert numbers_on(page) == [1]
    assert "/p/fr-paris-popup" in text_of((shop.folder / "poster.pdf").read_bytes())
    assert "read from up to 60 cm" in said.out
    assert said.err.startswith("warning: a module of 2.07 mm is outside GS1's window of 0.396 to 0.990 mm")
    assert shop.runs() == [("pdf", 1, 1)]


def test_a_poster_of_a_personal_batch_is_the_first_code_of_its_part(shop: Printshop) -> None:
    batch = shop.issue(50)
    shop.done("print", str(batch), "--layout", "table-card-a4", "--from", "7", "-o", "card.pdf")
    (page,) = pages((shop.folder / "card.pdf").read_bytes())
    assert set(numbers_on(page)) == {7}
    assert shop.manifest("card.pdf")["first"] == shop.manifest("card.pdf")["last"] == 7


def test_a_picture_names_the_host_unless_it_is_bare(shop: Printshop) -> None:
    batch = str(shop.issue(3))
    shop.done("print", batch, "--as", "png", "--count", "1", "--module", "5", "-o", "named.png")
    shop.done("print", batch, "--as", "png", "--count", "1", "--module", "5", "--bare", "-o", "bare.png")
    named, bare = (Image.open(shop.folder / name) for name in ("named.png", "bare.png"))
    assert (named.mode, bare.size, named.size) == ("1", (37 * 5, 37 * 5), (37 * 5, 41 * 5))
    assert numbers_on(named) == numbers_on(bare) == [1]
    said = shop.done("print", batch, "--as", "svg", "--count", "1", "-o", "one.svg")
    assert [text.text for text in ET.parse(shop.folder / "one.svg").iter(f"{SVG}text")] == [HOST]
    assert "module 0.68 mm, symbol 20 mm wide, read from up to 20 cm" in said.out


def test_a_styled_picture_is_read_and_keeps_its_host(shop: Printshop) -> None:
    batch = str(shop.issue(2))
    style = ("--shape", "rounded", "--colour", "#14307a")
    said = shop.done("print", batch, "--as", "png", "--count", "1", *style, "-o", "styled.png")
    with Image.open(shop.folder / "styled.png") as image:
        assert numbers_on(image) == [1]
        assert image.height > image.width
        colours = {colour for _, colour in image.getcolors(1 << 16) or []}
    assert (0x14, 0x30, 0x7A) in colours
    assert "module 0.68 mm" in said.out
    many = shop("print", batch, "--as", "png", *style, "-o", "many.zip")
    assert (many.code, "one at a time: add --count 1" in many.err) == (2, True)


def test_many_pictures_are_one_zip(shop: Printshop) -> None:
    batch = shop.issue(7)
    shop.done("print", str(batch), "--as", "png", "--from", "3", "-o", "codes.zip")
    with zipfile.ZipFile(shop.folder / "codes.zip") as archive:
        read = [numbers_on(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()]
    assert read == [[3], [4], [5], [6], [7]]


@pytest.mark.parametrize(
    "options, head",
    [
        (("--as", "escpos"), b"\x1b@"),
        (("--as", "escpos", "--profile", "58mm-raster"), b"\x1b@"),
        (("--as", "zpl"), b"^XA"),
        (("--as", "zpl", "--profile", "zpl-300", "--layout", "80x50"), b"^XA"),
    ],
)
def test_bytes_for_a_thermal_printer_are_of_its_profile(shop: Printshop, options, head: bytes) -> None:
    batch = shop.issue(3)
    said = shop.done("print", str(batch), *options, "-o", "slips.bin")
    slips = (shop.folder / "slips.bin").read_bytes()
    assert slips.startswith(head)
    for row in shop.done("print", str(batch), "--as", "jsonl", "-o", "-").out.splitlines():
        assert json.loads(row)["code"].encode() in slips
    assert "module 0." in said.out


def test_ten_million_codes_are_issued_at_once_and_the_last_of_them_listed(shop: Printshop) -> None:
    batch = shop.issue(10_000_000)
    shop.done("print", str(batch), "--as", "csv", "--from", "9999991", "-o", "last.csv")
    header, *rows = (shop.folder / "last.csv").read_text().splitlines()
    assert header == "number_in_batch,code,url"
    assert [int(row.split(",")[0]) for row in rows] == list(range(9_999_991, 10_000_001))
    assert [number_of(row.split(",")[1]) for row in rows] == list(range(9_999_991, 10_000_001))


def test_a_manifest_says_what_is_in_the_file(shop: Printshop) -> None:
    batch = shop.issue(30)
    shop.done("print", str(batch), "--as", "csv", "--from", "5", "--count", "20", "-o", "codes.csv")
    content = (shop.folder / "codes.csv").read_bytes()
    said = shop.manifest("codes.csv")
    expected = {
        "batch": batch,
        "edition": "double-11/fr",
        "placement": "fr-paris-popup",
        "host": "https://go.larkfell.example",
        "is_test": False,
        "form": "csv",
        "layout": None,
        "first": 5,
        "last": 24,
        "count": 20,
        "run": 1,
        "revision": 1,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "is_complete": True,
        "goes_on": None,
    }
    assert expected.items() <= said.items()
    assert set(said) - set(expected) == {"price_minor", "currency"}


def test_the_same_codes_again_are_the_same_file_and_manifest_but_for_the_run(shop: Printshop) -> None:
    batch = str(shop.issue(30))
    for name in ("one", "two"):
        shop.done("print", batch, "--as", "png", "-o", name)
    first, second = ((shop.folder / name) for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    one, two = ((shop.folder / f"{name}.manifest.json").read_text() for name in ("one", "two"))
    assert one.replace('"run": 1,', '"run": 2,') == two != one


def test_standard_output_has_a_manifest_only_when_it_is_asked_for(shop: Printshop) -> None:
    batch = str(shop.issue(3))
    said = shop.done("print", batch, "--as", "csv", "-o", "-", "--manifest", "m.json")
    assert (said.out.count("\n"), said.err) == (4, "")
    written = json.loads((shop.folder / "m.json").read_text())
    assert written["sha256"] == hashlib.sha256(said.out.encode()).hexdigest()
    shop.done("print", batch, "--as", "csv", "-o", "-")
    assert [path.name for path in shop.folder.glob("*.json")] == ["m.json"]


WRONG = {
    "--as csv --start-slot 3 -o f": "--start-slot is for label sheets, not for --as csv",
    "--as png --layout L7160 -o f": "--layout is for label sheets and posters and table cards and --as zpl",
    "--layout a4 --outline -o f": "--outline is for label sheets, not for posters and table cards",
    "--distance 2m -o f": "--distance is for posters and table cards, not for label sheets",
    "--layout a4 --level H -o f": "--level is for label sheets",
    "--as svg --shape rounded -o f": "--shape is for posters and table cards and --as png, not for --as svg",
    "--as csv --bare -o f": "--bare is for --as png and --as svg, not for --as csv",
    "--as csv --profile 80mm -o f": "--profile is for --as escpos and --as zpl, not for --as csv",
    "--layout a4 --count 2 -o f": "a poster or table card is made of one code",
    "--layout a4 --distance far -o f": "'far': write a length such as 1.5m or 80cm",
    "--offset 3 -o f": "'3': write mm to the right and down, such as 0.5,-1.2",
    "--layout L1 -o f": 'layout "L1": no such label sheet',
    "--as zpl --layout big -o f": "--layout of a printer's label is its size in mm, such as 57x32",
    "--as escpos --profile nothing -o f": "no printer profile 'nothing'",
    "--start-slot 22 -o f": "start slot 22: L7160 has slots 1 to 21",
    "--from 31 -o f": "from: the batch has codes 1 to 30",
    "": "say where to: -o FILE, or --printer PRINTER",
    "-o f --printer till": "say where to: -o FILE, or --printer PRINTER",
    "--printer nowhere": "printer nowhere is not known here",
    "--calibrate --as png -o f": "--calibrate is for label sheets",
}


def test_what_does_not_belong_is_one_line_and_prints_nothing(shop: Printshop) -> None:
    batch = str(shop.issue(30))
    for line, told in WRONG.items():
        said = shop("print", batch, *line.split())
        assert (said.code, said.out, said.err.count("\n"), told in said.err) == (2, "", 1, True), (line, said)
    assert shop.runs() == []
    assert [path.name for path in shop.folder.iterdir() if path.name.lstrip(".").startswith("f")] == []


def test_codes_that_belong_to_receipts_are_not_printed_for_stock(shop: Printshop) -> None:
    said = shop.done("receipt", "--placement", "fr-paris-till-1", "--receipt-no", "1", "--total", "5000")
    assert HOST in said.out
    told = shop("print", "1", "--as", "csv", "-o", "-")
    assert (told.code, told.out) == (2, "")
    assert "given to receipts, one by one" in told.err


def test_an_address_that_no_symbol_holds_is_refused_before_anything_is_issued(
    shop: Printshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_BASE_URL", f"https://{'a-long-name.' * 17}example")
    where = ("--edition", "double-11/fr", "--placement", "fr-paris-popup")
    said = shop("issue", *where, "--count", "5", "--test")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "letters too long for a symbol: use a shorter host" in said.err
    monkeypatch.setenv("OMNI_BASE_URL", "https://go.larkfell.example")
    assert shop.issue(5) == 1


def at_a_terminal(shop: Printshop, *arguments: str, answer: str = "") -> tuple[int, str, str]:
    """Run the command where somebody sits: its exit code, standard output, and what the terminal showed."""
    leader, follower = pty.openpty()
    os.write(leader, answer.encode())
    with shop.process(*arguments, stdin=follower, stderr=follower) as process:
        os.close(follower)
        seen = b""
        with suppress(OSError):
            while piece := os.read(leader, 4096):
                seen += piece
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(leader)
    return process.returncode, out, seen.decode()


@pytest.mark.parametrize("answer, code", [("y\n", 0), ("n\n", 1)])
def test_many_live_codes_are_issued_when_somebody_has_read_the_host(
    shop: Printshop, answer: str, code: int
) -> None:
    where = ("--edition", "double-11/fr", "--placement", "fr-paris-popup")
    done, out, seen = at_a_terminal(shop, "issue", *where, "--count", "50000", answer=answer)
    assert done == code
    assert "G O . L A R K F E L L . E X A M P L E" in seen
    assert f"These 50,000 codes will say {HOST} for ever.\r\nIssue them? [y/N]: " in seen
    assert ("batch 1\n" in out) == (code == 0)


def test_whoever_said_yes_is_not_asked(shop: Printshop) -> None:
    where = ("--edition", "double-11/fr", "--placement", "fr-paris-popup")
    done, out, seen = at_a_terminal(shop, "issue", *where, "--count", "5000", "--yes")
    assert (done, seen, out.splitlines()[0]) == (0, "", "batch 1")
    assert f"These 5,000 codes will say {HOST} for ever." in out


def test_long_work_at_a_terminal_shows_how_far_it_is(shop: Printshop) -> None:
    batch = shop.issue(20_000)
    done, _, seen = at_a_terminal(shop, "print", str(batch), "--as", "csv", "-o", "codes.csv")
    assert done == 0
    assert "20000/20000" in seen
    assert "/s" in seen
    assert shop.done("print", str(batch), "--as", "csv", "-o", "again.csv").err == ""


def test_the_help_is_laid_out_by_what_it_is_for(shop: Printshop) -> None:
    said = shop.done("print", "--help").out
    titles = [line.rstrip(":") for line in said.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == [
        "What to make",
        "Which codes",
        "Label sheets",
        "Posters and table cards",
        "Posters and PNG",
        "PNG and SVG",
        "Thermal printers",
        "Where to",
        "Options",
    ]
    assert all(name in said for name in LAYOUTS)

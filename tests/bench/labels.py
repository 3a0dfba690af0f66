"""Sheets of labels as PDF: one file of 100,000, then pages a second beside typst setting every label itself.

The large file is written by a process of its own, whose peak memory is taken (its imports alone are some
80 MB), and its first, its last and 200 random labels are read. Then both print the same words, symbols and
codes on the same stock, new ones in every round, since typst remembers what it has set; it is given its
symbols as SVG, made before its clock starts.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import pypdfium2
import typst

from omni.present.images import svg
from omni.present.label_stock import LAYOUTS
from omni.present.qr import symbol
from omni.present.sheets import write_labels
from omni.present.slip import Line, PrintedCode
from omni.present.typesetting import font_folders, language
from tests.support.paper import LETTERS, market_paper, read_by_zxing

STOCK = LAYOUTS["L7160"]
PAPER = market_paper("fr")
ROUNDS = 5
COMPARED = 50 * STOCK.slots
LARGE = 100_000
READ = 200


def main(count: int = LARGE) -> None:
    """Print what the large file cost, then the ratio of pages a second with its spread."""
    # Before anything else: a process is born with the peak memory of its parent.
    with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as processes:
        path = Path(folder, "labels.pdf")
        seconds, busy, peak_mb = processes.apply(write, (str(path), count))
        size = path.stat().st_size
        print(f"{count:,} labels in one file: {seconds:.1f} s, {count / STOCK.slots / seconds:,.0f} pages/s,")
        print(f"{busy:.1f} s of one core, {count / STOCK.slots / busy:,.0f} pages a second of it")
        print(f"{size / 1e6:.1f} MB, {size / count:.0f} bytes a label; peak memory {peak_mb:.0f} MB")
        print(f"{read_back(path, count):,} labels read: the first, the last and {READ} at random")
    compare()


def codes(count: int, *, seed: int = 11) -> Iterator[PrintedCode]:
    """Codes with letters as random as sealed ones, the same every time, and never a list of them."""
    dice = random.Random(seed)
    for number in range(1, count + 1):
        letters = "".join(dice.choices(LETTERS, k=15))
        yield PrintedCode(
            number_in_batch=number,
            code=f"{letters[:5]}-{letters[5:10]}-{letters[10:]}",
            url=f"HTTPS://{PAPER.host}/C/{letters}",
        )


def compare() -> None:
    """Alternating rounds of ours and typst's; the first of each warms up and is not counted."""
    fonts = typst.Fonts(font_paths=[str(path) for path in font_folders().values()])
    ours, theirs = [], []
    for seed in range(ROUNDS + 1):
        some = list(codes(COMPARED, seed=seed))
        data = for_typst(some)
        ours.append(timed(lambda some=some: write_labels(BytesIO(), PAPER, some, layout=STOCK)))
        theirs.append(timed(lambda data=data: set_by_typst(data, fonts)))
    ratios = sorted(slow / fast for slow, fast in zip(theirs[1:], ours[1:], strict=True))
    for name, seconds in (("ours", ours[1:]), ("typst", theirs[1:])):
        rate = COMPARED / STOCK.slots / median(seconds)
        print(f"{name:<6}{rate:6,.0f} pages/s, {COMPARED:,} labels a file")
    print(f"ours is {median(ratios):.1f} x as fast ({ratios[0]:.1f} to {ratios[-1]:.1f})")


def for_typst(some: list[PrintedCode]) -> str:
    """What the template is given."""
    drawn = iter({"shown": code.code, "svg": svg(symbol(code.url))} for code in some)
    sheets = iter(lambda: list(islice(drawn, STOCK.slots)), [])
    return json.dumps(
        {
            "page": STOCK.page_mm,
            "label": STOCK.label_mm,
            "symbol": STOCK.symbol_mm,
            "corners": [STOCK.corner_mm(slot) for slot in range(1, STOCK.slots + 1)],
            "fonts": language(PAPER.locale)["fonts"],
            "lang": language(PAPER.locale)["lang"],
            "offer": texts(PAPER.offer),
            "captions": texts(PAPER.captions),
            "promises": texts(PAPER.promises),
            "host": PAPER.host,
            "run": PAPER.run,
            "sheets": list(sheets),
        }
    )


def texts(lines: Iterable[Line]) -> list[str]:
    """The bare words of some lines."""
    return [line.text for line in lines]


def set_by_typst(data: str, fonts: typst.Fonts) -> bytes:
    """The same sheets by typst alone."""
    template = Path(__file__).with_name("labels_by_typst.typ")
    return typst.compile(template, font_paths=fonts, sys_inputs={"data": data}, format="pdf", pdf_tags=False)


def timed(work: Callable[[], object]) -> float:
    """How many seconds a piece of work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def write(path: str, count: int) -> tuple[float, float, float]:
    """Write the large file: its seconds, those a core was busy, and this process's peak memory in MB."""
    busy = process_time()
    with Path(path).open("wb") as file:
        seconds = timed(lambda: write_labels(file, PAPER, codes(count), layout=STOCK))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds, process_time() - busy, peak


def read_back(path: Path, count: int) -> int:
    """Read labels of the large file: the first, the last and random ones; how many said what they should."""
    chosen = {0, count - 1, *random.Random(5).sample(range(count), min(READ, count))}
    expected = {number: code for number, code in enumerate(codes(count)) if number in chosen}
    document, points = pypdfium2.PdfDocument(path), 72 / 25.4
    for number, code in expected.items():
        sheet, slot = divmod(number, STOCK.slots)
        (left, top), (width, height) = STOCK.corner_mm(slot + 1), STOCK.label_mm
        right, bottom = STOCK.page_mm[0] - left - width, STOCK.page_mm[1] - top - height
        box = tuple(edge * points for edge in (left, bottom, right, top))
        picture = document[sheet].render(scale=200 / 72, crop=box, grayscale=True).to_pil()
        assert read_by_zxing(picture) == {code.url: 1}, code
        assert code.code in document[sheet].get_textpage().get_text_range(), code
    document.close()
    return len(expected)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

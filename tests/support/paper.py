"""Paper and codes for the print tests, and the two decoders that read what was printed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from omni.domain.batch import Batch
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.published import Published, PublishedBundle
from omni.domain.record import Origin
from omni.present import market_file
from omni.present.paper import paper_for
from omni.present.slip import Paper, PrintedCode, Words

LETTERS = "23456789BCDFGHJKLMNPQRSTVWXYZ"

BILINGUAL = tuple(slug for slug, record in market_file.shipped().items() if len(record.required_locales) > 1)
"""The markets whose paper speaks more than one language."""

NAMES = {
    "ar": "مجموعة لاركفيل: قارورة وحقيبة",
    "de": "Larkfell-Duo: Flasche und Tasche",
    "en": "Larkfell duo: bottle and bag",
    "fr": "Duo Larkfell : gourde et sac",
    "it": "Duo Larkfell: borraccia e borsa",
    "kk": "Larkfell жиынтығы: құты мен сөмке",
    "nl": "Larkfell-duo: fles en tas",
    "ru": "Набор Larkfell: бутылка и сумка",
    "zh": "Larkfell 水壺與背包雙件組",
}


def words_in(locale: str = "fr_FR", **changes: Any) -> Words:
    """What a paper says in one language, with whatever a test changes."""
    return Words(
        **{"locale": locale, "caption": "Scannez : la page dira « Maison, Paris, caisse 1 »."} | changes
    )


def a_paper(*words: Words, **changes: Any) -> Paper:
    """Live paper, French unless it is told what to say, with whatever a test changes."""
    fields = {"host": "go.maison.example", "run": "r3 · 49,90 € · 2026-11-11 · run 7"}
    return Paper(words=words or (words_in(),), **(fields | changes))


def market_paper(slug: str, origin: Origin = Origin.LIVE) -> Paper:
    """The paper of a market that ships with us, as its tills print it."""
    record = market_file.shipped()[slug]
    locales = [{"id": locale.id, "terms": locale.terms} for locale in record.locales]
    market = Market(
        id=slug,
        country=record.country,
        currency=record.currency,
        digits=record.digits,
        time_zone=record.time_zone,
        locales=locales,
        required_locales=list(record.required_locales),
        record=record.model_dump(mode="json"),
    )
    names = {locale: NAMES.get(locale.split("_")[0], NAMES["en"]) for locale in record.required_locales}
    duo = PublishedBundle(id=1, slug="duo", names=names, lines=())
    said: dict[str, Any] = {"last_use_on": date(2026, 12, 12), "bundles": (duo,), "terms": {}}
    host = "https://go.larkfell.example"
    issued: dict[str, Any] = {"bundle_id": 1, "revision": 3, "host": host, "origin": origin}
    place: dict[str, Any] = {
        "slug": "test-till-1",
        "store_slug": "larkfell",
        "store_names": {"en": "Larkfell"},
    }
    return paper_for(
        Published.model_construct(**said),
        Batch(**issued),
        market,
        Placement(**place),
        price_minor=4_990 * 10 ** max(0, 2 - record.digits),
        printed_on=date(2026, 11, 11),
        is_sandbox=False,
        run_no=7,
    )


def some_codes(count: int, *, host: str = "GO.MAISON.EXAMPLE", seed: int = 11) -> list[PrintedCode]:
    """The first codes of a batch, with letters as random as sealed ones and the same every time."""
    dice = random.Random(seed)
    letters = ["".join(dice.choices(LETTERS, k=15)) for _ in range(count)]
    return [
        PrintedCode(
            number_in_batch=number,
            code=f"{code[:5]}-{code[5:10]}-{code[10:]}",
            url=f"HTTPS://{host}/C/{code}",
        )
        for number, code in enumerate(letters, start=1)
    ]


def urls(codes: list[PrintedCode]) -> Counter[str]:
    """The addresses a reader should find, each as often as it was printed."""
    return Counter(code.url for code in codes)


def read_by_zxing(image: Image.Image) -> Counter[str]:
    """What zxing-cpp reads in a picture."""
    found = zxingcpp.read_barcodes(
        image.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return Counter(barcode.text for barcode in found)


def read_by_zbar(image: Image.Image) -> Counter[str]:
    """What zbar reads in a picture."""
    found = pyzbar.decode(image.convert("L"), symbols=[pyzbar.ZBarSymbol.QRCODE])
    return Counter(barcode.data.decode() for barcode in found)


def pages(pdf: bytes, *, dpi: int = 150) -> list[Image.Image]:
    """A PDF as a printer would see it, page by page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def text_of(pdf: bytes) -> str:
    """The words of a PDF's first page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return str(document[0].get_textpage().get_text_bounded())
    finally:
        document.close()

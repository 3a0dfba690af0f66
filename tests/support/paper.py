"""Paper and codes for the print tests, and the two decoders that read what was printed."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from omni.present.slip import Paper, PrintedCode

LETTERS = "23456789BCDFGHJKLMNPQRSTVWXYZ"


def a_paper(**changes: Any) -> Paper:
    """Live French paper, with whatever a test changes."""
    words = {
        "host": "go.maison.example",
        "caption": "Scannez : la page dira « Maison, Paris, caisse 1 ».",
        "caption_locale": "fr_FR",
        "run": "r3 · 49,90 € · 2026-11-11 · run 7",
    }
    return Paper(**(words | changes))


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

"""A voucher as one picture to keep among the others: what it is for, its symbol, its last day."""

from __future__ import annotations

from importlib.util import find_spec

from omni.present.images import svg
from omni.present.keepsake import Keepsake
from omni.present.qr import symbol
from omni.present.typesetting import check_letters, font_folders, language, typeset

_PPI = 144  # 540 pt wide, so 1,080 pixels: a phone's width, and sharp


def can_draw() -> bool:
    """Whether the extra `print` is here, without loading it."""
    return find_spec("typst") is not None and bool(font_folders())


def voucher_card(kept: Keepsake) -> bytes:
    """The picture as PNG, 1,080 pixels wide; the same voucher in the same words is the same bytes.

    Raises PrintUnavailable without the extra `print`, or for letters that no font here has.
    """
    words = kept.spoken
    offer = (words.campaign, words.offer, words.price, words.store)
    ours = (words.title, words.until)
    check_letters("".join((*offer, *ours, kept.shown, kept.seller)))
    data = {
        "colours": kept.palette.model_dump(),
        "language": language(words.spoken),
        "offer_language": language(words.locale),
        "campaign": words.campaign,
        "offer": words.offer,
        "price": words.price,
        "store": words.store,
        "seller": kept.seller,
        "title": words.title,
        "until": words.until,
        "shown": kept.shown,
        "symbol": svg(symbol(kept.shown, level="M"), title=kept.shown),
    }
    return typeset("card.typ", data, as_format="png", ppi=_PPI)

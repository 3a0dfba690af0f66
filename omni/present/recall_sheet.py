"""Recall sheets: what has to come down in one store, drawn as it hangs there, in the market's languages."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from omni.domain.batch import BatchKind
from omni.domain.market import Market
from omni.domain.published import Published, in_locale
from omni.domain.repricing import RecallLine
from omni.domain.variant import bundle_shown
from omni.domain.window import local_day
from omni.present.formatting import count, day, money
from omni.present.label_stock import layout_named
from omni.present.locales import gettext, speaking
from omni.present.posters import POSTERS
from omni.present.printed_pictures import printable
from omni.present.slip import BadLayout
from omni.present.typesetting import language, typeset

_ROOM_MM = (32.0, 40.0)
_SQUARE_MM = (24.0, 24.0)


@dataclass(frozen=True, kw_only=True)
class RecallSheet:
    """Everything that has to come down in one store; `key` is the edition's, `pictures` by digest."""

    key: str
    market: Market
    content: Published
    lines: Sequence[RecallLine]
    pictures: Mapping[str, bytes]
    printed_on: date


def sheet_pdf(sheet: RecallSheet) -> bytes:
    """The sheet as PDF on A4, once in each language the market requires. Raises PrintUnavailable."""
    return _set(sheet, "pdf")


def why(line: RecallLine, market: Market, locale: str) -> str:
    """Why paper has to come down, in the language spoken; what somebody typed stays as it is."""
    if line.repricing is None:
        return f"{gettext('Withdrawn')} · {line.line.because}"
    return gettext(
        "It says %(printed)s, and %(price)s is the new price.",
        printed=money(line.run.price_minor, line.run.currency, locale, digits=market.digits),
        price=money(line.repricing.price_minor, line.repricing.currency, locale, digits=market.digits),
    )


def small_type(line: RecallLine, market: Market) -> tuple[str, ...]:
    """The small type that stands on this very paper, part by part, to tell it from newer paper beside it."""
    leading = market.required_locales[0]
    price = money(line.run.price_minor, line.run.currency, leading, digits=market.digits)
    printed_on = local_day(line.run.printed_at, market.time_zone)
    return f"r{line.batch.revision}", price, printed_on.isoformat(), f"#{line.run.id}"


def new_paper(line: RecallLine, key: str, bundle: str) -> str:
    """The command that makes what hangs there instead; withdrawn codes are issued anew first."""
    run, batch = line.run, line.batch
    if line.recall is not None:
        size = batch.serves if batch.kind is BatchKind.SHARED else line.copies
        words = [
            "--edition",
            key,
            "--placement",
            line.placement.slug,
            "--bundle",
            bundle,
            "--count",
            str(size),
        ]
        words += ["--shared"] if batch.kind is BatchKind.SHARED else []
        return shlex.join(["omni", "issue", *words])
    first = run.first_number - batch.first_number + 1
    words = ["print", str(batch.id), "--as", run.form, *(["--layout", run.layout] if run.layout else [])]
    if batch.kind is not BatchKind.SHARED:
        words += ["--from", str(first), "--count", str(line.copies)]
    ending = "zip" if run.form in ("png", "svg") and line.copies > 1 else run.form
    return shlex.join(["omni", *words, "-o", f"{line.placement.slug}-{run.id}.{ending}"])


def _set(sheet: RecallSheet, as_format: Literal["pdf", "png"]) -> bytes:
    shown = {_picture(sheet, each) for each in sheet.lines}
    digests = sorted(digest for digest in sheet.pictures if digest in shown)
    data = {
        "title": sheet.key,
        "pictures": [printable(sheet.pictures[digest]) for digest in digests],
        "pages": [_page(sheet, locale, digests) for locale in sheet.market.required_locales],
    }
    return typeset("take_down.typ", data, as_format=as_format)


def _page(sheet: RecallSheet, locale: str, digests: Sequence[str]) -> dict[str, Any]:
    store = sheet.lines[0].placement
    with speaking(locale):
        return {
            "language": language(locale),
            "title": gettext("Please take this down"),
            "done": gettext("Taken down"),
            "instead": gettext("To print instead"),
            "store": in_locale(store.store_names, locale),
            "address": store.store_address,
            "day": day(sheet.printed_on, locale),
            "campaign": in_locale(sheet.content.names, locale),
            "lines": list(_lines(sheet, locale, digests)),
        }


def _lines(sheet: RecallSheet, locale: str, digests: Sequence[str]) -> Iterator[dict[str, Any]]:
    for each in sheet.lines:
        bundle = sheet.content.bundle(each.batch.bundle_id)
        picture = _picture(sheet, each)
        width, height = _size_mm(each)
        yield {
            "place": in_locale(each.placement.names, locale),
            "offer": in_locale(bundle.names, locale),
            "copies": f"{count(each.copies, locale)} ×",
            "price": money(each.run.price_minor, each.run.currency, locale, digits=sheet.market.digits),
            "why": why(each, sheet.market, locale),
            "small": " · ".join(small_type(each, sheet.market)),
            "command": new_paper(each, sheet.key, bundle.slug),
            "width": width,
            "height": height,
            "picture": digests.index(picture) if picture in digests else -1,
        }


def _picture(sheet: RecallSheet, line: RecallLine) -> str | None:
    """What this very paper shows: each code has its own variant."""
    bundle = sheet.content.bundle(line.batch.bundle_id)
    return bundle_shown(bundle, line.batch, line.run.first_number, line.placement).picture


def _size_mm(line: RecallLine) -> tuple[float, float]:
    """How large such paper is drawn: in its own proportions, as far as its layout says them."""
    width, height = _SQUARE_MM
    layout = line.run.layout
    if layout in POSTERS:
        width, height = POSTERS[layout].face_mm
    elif layout:
        try:
            width, height = layout_named(layout).label_mm
        except BadLayout:
            # Paper of a printer's roll, or of stock this version no longer knows.
            width, height = _SQUARE_MM
    scale = min(_ROOM_MM[0] / width, _ROOM_MM[1] / height)
    return width * scale, height * scale

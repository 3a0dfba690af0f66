"""The words around a printed code, in the languages of its market: one place for till, API and commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import tee
from urllib.parse import urlsplit

from omni.domain.batch import Batch, before_letters
from omni.domain.code import Purpose
from omni.domain.keyring import Keyring
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.published import Published, in_locale
from omni.domain.record import Origin
from omni.present import formatting
from omni.present.locales import gettext, marked, speaking
from omni.present.slip import Line, Paper, PrintedCode, Words
from omni.settings import is_public_https

_CAPTION = marked("Scan this code to get the offer.")
_QUESTION = marked("Would you like it on paper?")

TEST_MARK = "TEST"
"""What stands beside every symbol that is not live paper."""


def printed_code(keyring: Keyring, batch: Batch, number: int) -> PrintedCode:
    """A number of a batch as it goes on paper: always the same letters, sealed with the batch's own key."""
    return next(printed_codes(keyring, batch, (number,)))


def printed_codes(keyring: Keyring, batch: Batch, numbers: Iterable[int]) -> Iterator[PrintedCode]:
    """Numbers of a batch as they go on paper, one at a time."""
    before, prefix = batch.first_number - 1, before_letters(batch.host)
    one, other = tee(numbers)
    for number, code in zip(one, keyring.seal_all(other, Purpose.CODE, batch.key_id), strict=True):
        yield PrintedCode(number - before, code, prefix + code.replace("-", ""))


def mark_of(batch: Batch, *, is_sandbox: bool) -> str:
    """The mark of a batch: none on live paper of an installation that everybody's phone can reach."""
    is_live = batch.origin is Origin.LIVE and not is_sandbox and is_public_https(batch.host)
    return "" if is_live else TEST_MARK


def paper_for(
    content: Published,
    batch: Batch,
    market: Market,
    placement: Placement,
    *,
    price_minor: int | None,
    printed_on: date,
    is_sandbox: bool,
    run_no: int | None = None,
    logo: bytes | None = None,
) -> Paper:
    """The words for codes of a batch, in every language its market requires, in the order of its law.

    `price_minor` is the bundle's price at the instant of printing; the small type names it, so that a
    price that changes later can be told from the paper's.
    """
    words = tuple(
        _words(content, batch, market, placement, price_minor, locale) for locale in market.required_locales
    )
    run = [f"r{batch.revision}", words[0].price, printed_on.isoformat(), f"#{run_no}" if run_no else ""]
    return Paper(
        host=urlsplit(batch.host).netloc.upper(),
        words=words,
        run=" · ".join(part for part in run if part),
        mark=mark_of(batch, is_sandbox=is_sandbox),
        logo=logo,
    )


def captions(content: Published, market: Market) -> dict[str, str]:
    """What to do with the symbol, by locale: the languages the market requires, then its other ones."""
    others = (known["id"] for known in market.locales if known["id"] in content.terms)
    said = {}
    for locale in dict.fromkeys((*market.required_locales, *others)):
        with speaking(locale):
            said[locale] = gettext(_CAPTION)
    return said


def question(market: Market) -> list[Line]:
    """What staff say aloud where nothing is printed unasked, in each language the market requires."""
    said = []
    for locale in market.required_locales:
        with speaking(locale):
            said.append(Line(gettext(_QUESTION), locale))
    return said


def _words(
    content: Published,
    batch: Batch,
    market: Market,
    placement: Placement,
    price_minor: int | None,
    locale: str,
) -> Words:
    with speaking(locale):
        return Words(
            locale=locale,
            caption=gettext(_CAPTION),
            headline=in_locale(content.bundle(batch.bundle_id).names, locale),
            price=_price(price_minor, market, locale),
            terms_line=gettext(
                "Can be used until %(day)s. The terms are on the page.",
                day=formatting.day(content.last_use_on, locale),
            ),
            page_says=gettext("The page will say: %(store)s", store=in_locale(placement.store_names, locale)),
        )


def _price(price_minor: int | None, market: Market, locale: str) -> str:
    if price_minor is None:
        return ""
    return formatting.money(price_minor, market.currency, locale, digits=market.digits)

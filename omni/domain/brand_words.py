"""What a brand lets its campaigns say: words that may not stand in a market or on a day, and better ones."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from omni.domain.brand import BrandFile, Forbidden
from omni.domain.campaign_file import CampaignFile
from omni.domain.campaign_rules import Finding
from omni.domain.edition_plan import PlannedDays, planned_days, served_locales, texts_shown
from omni.domain.localized import EVERY_LOCALE, Localized, locale_chain
from omni.domain.market_record import MarketRecord

# Scripts that set no spaces between words, and Korean, whose particles follow without one.
_RUNS_ON = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)


def forbidden_words(
    brand: BrandFile, file: CampaignFile, markets: Mapping[str, MarketRecord]
) -> Iterator[Finding]:
    """Every word of the campaign's names and texts that its brand forbids there; each names its market."""
    for market_id, part in file.markets.items():
        days = planned_days(file, part)
        rules = [rule for rule in brand.forbidden if _holds(rule, market_id, days)]
        for where, text in _texts(file, markets[market_id]):
            for rule in rules:
                for word in rule.words:
                    if said := _saying(word).search(_plain(text)):
                        yield Finding(where, _refusal(said[0], rule, market_id, days))


def better_words(
    brand: BrandFile, file: CampaignFile, markets: Mapping[str, MarketRecord]
) -> Iterator[Finding]:
    """Every word for which the brand has a better one; advice, which stops nothing."""
    found = {
        Finding(where, f"says {said[0]!r}; {brand.brand} says {better!r}"): None
        for market_id in file.markets
        for where, text in _texts(file, markets[market_id])
        for word, better in brand.tone.items()
        if (said := _saying(word).search(_plain(text)))
    }
    yield from found


def _holds(rule: Forbidden, market_id: str, days: PlannedDays) -> bool:
    """Whether a rule speaks of an edition; one that runs on allowed days only is free."""
    if rule.markets is not None and market_id not in rule.markets:
        return False
    return not any(
        period.first <= days.opens_on and days.last_unlock_on <= period.last for period in rule.allowed
    )


def _refusal(said: str, rule: Forbidden, market_id: str, days: PlannedDays) -> str:
    allowed = ", ".join(f"{period.first} to {period.last}" for period in rule.allowed)
    when = f" but from {allowed}; this runs from {days.opens_on} to {days.last_unlock_on}" if allowed else ""
    why = f" ({rule.why})" if rule.why else ""
    return f"says {said!r}, which may not be said in {market_id}{when}{why}; say it in other words"


def _texts(file: CampaignFile, market: MarketRecord) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is read in a market, each text with the place in the file where it is written."""
    locales = served_locales(file, market)
    for where, words in texts_shown(file, market):
        for key in dict.fromkeys(_key(words, locale) for locale in locales):
            if key is not None:
                yield (where if key == EVERY_LOCALE else (*where, key)), words.root[key]


def _key(words: Localized, locale: str) -> str | None:
    return next((name for name in (*locale_chain(locale), EVERY_LOCALE) if name in words.root), None)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


@cache
def _saying(word: str) -> re.Pattern[str]:
    """Finds a word where it stands by itself; in a script without spaces, wherever it stands."""
    bare = _plain(word.strip("*"))
    spaced = r"\s+".join(map(re.escape, bare.split()))
    runs_on = _RUNS_ON.search(bare) is not None
    before = r"\w*" if word.startswith("*") else "" if runs_on else r"(?<!\w)"
    after = r"\w*" if word.endswith("*") else "" if runs_on else r"(?!\w)"
    return re.compile(before + spaced + after, re.IGNORECASE)

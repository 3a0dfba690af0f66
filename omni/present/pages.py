"""What every page can say: words, money, days and symbols in the reader's language."""

from functools import partial

from jinja2 import Environment, StrictUndefined

from omni.domain.published import in_locale
from omni.domain.theme import HOUSE
from omni.domain.window import local_day
from omni.present import formatting, locales
from omni.present.stylesheet import page_style
from omni.present.wording import sentence


def prepare(env: Environment) -> None:
    """Give a template environment its words and formatters; an undefined name is an error, never a blank."""
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    locales.install(env)
    env.filters["in_locale"] = in_locale
    env.filters["local_day"] = local_day
    env.globals.update(
        money=formatting.money,
        percent=formatting.percent,
        day=formatting.day,
        instant=formatting.instant,
        clock=formatting.clock,
        count=formatting.count,
        listing=formatting.listing,
        country_name=formatting.country_name,
        market_name=formatting.market_name,
        zone_name=formatting.zone_name,
        bcp47=locales.bcp47,
        direction=locales.direction,
        language_name=locales.language_name,
        current_locale=locales.current_locale,
        refusal_sentence=partial(sentence, audience="shopper"),
        page_style=page_style,
        house=HOUSE,
    )

"""Languages are called what they call themselves, and written the way they are written."""

import pytest
from babel import Locale

from omni.present.locales import direction, interface_locales, language_name, own_name
from omni.present.own_names import OWN_NAMES

LOCALES = [*OWN_NAMES, *interface_locales(), "fr_CA", "en_GB", "ar_SA", "sw", "ur", "kk_Arab"]


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_kept_of_languages_is_what_the_cldr_says(locale: str) -> None:
    assert own_name(locale) == language_name(locale, locale)
    assert direction(locale) == Locale.parse(locale).text_direction

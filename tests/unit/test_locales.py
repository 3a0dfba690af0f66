"""Languages: reading tags, choosing, counting, falling back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from omni import asset
from omni.present.locales import (
    bcp47,
    canonical,
    catalogue_path,
    chain,
    choose_interface,
    choose_terms,
    current_locale,
    direction,
    gettext,
    install,
    interface_locales,
    language_name,
    load,
    marked,
    ngettext,
    parent,
    pgettext,
    speaking,
)

ENDED = marked("This offer has ended.")


@pytest.mark.parametrize(
    "tag, expected",
    [
        ("zh-TW", "zh_Hant_TW"),
        ("zh-cn", "zh_Hans_CN"),
        ("iw", "he"),
        ("EN-us", "en_US"),
        ("ar-SA", "ar_SA"),
        ("fr_CA", "fr_CA"),
        ("en-JP", "en"),
        ("de-DE-u-co-phonebk", "de_DE"),
        ("de_DE.UTF-8@euro", "de_DE"),
        ("zh-cmn-Hant-TW", "zh_Hant_TW"),
        ("zh-cmn-Hans-CN", "zh_Hans_CN"),
        ("zh-yue-HK", "yue_Hant_HK"),
        ("zh-min-nan", "zh"),
        ("sh", "sr_Latn"),
        ("tl-PH", "fil_PH"),
        ("in", "id"),
        ("🇫🇷", None),
        (" fr ", "fr"),
        ("", None),
        ("-", None),
        ("x-klingon", None),
        ("\0", None),
        ("../../etc/passwd", None),
        ("a" * 10_000, None),
        ("٣٤", None),
        ("*", None),
    ],
)
def test_any_tag_is_read_or_ignored_and_never_raises(tag: str, expected: str | None) -> None:
    assert canonical(tag) == expected


def test_a_parent_is_the_next_one_to_ask_and_never_another_script() -> None:
    assert [parent(tag) for tag in ("fr_CA", "en_GB", "en_001", "zh_Hant_HK", "zh_Hant", "ar")] == [
        "fr",
        "en_001",
        "en",
        "zh_Hant",
        None,
        None,
    ]


def test_direction_and_outward_spelling_follow_the_locale() -> None:
    assert [direction(tag) for tag in ("ar-SA", "he", "fr_CA", "nonsense")] == ["rtl", "rtl", "ltr", "ltr"]
    assert bcp47("zh_Hans_CN") == "zh-Hans-CN"


def test_a_language_is_named_in_the_readers_language_without_a_country() -> None:
    assert language_name("ja_JP", "en") == "Japanese"
    assert language_name("fr_CA", "fr") == "français"
    assert language_name("zh_Hans_CN", "fr") == "chinois (simplifié)"


def test_complete_catalogues_are_found_not_listed() -> None:
    on_disk = {path.parts[-3] for path in asset("locales").glob("*/LC_MESSAGES/messages.po")}
    assert {"en", "fr", "ar"} <= set(interface_locales()) <= on_disk


# --- choosing the interface -----------------------------------------------------------------------

IPHONE_FR = "fr-FR,fr;q=0.9"
CHROME_DE = "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"
ANDROID_SA = "ar-SA,ar;q=0.9,en;q=0.8"
SAFARI_QC = "fr-CA,fr;q=0.9,en-CA;q=0.8"
WECHAT_CN = "zh-CN,zh;q=0.9,en-US;q=0.8"
SWEDISH = "sv-SE,sv;q=0.9"


@pytest.mark.parametrize(
    "accept_language, market_locales, expected",
    [
        (IPHONE_FR, ["fr_FR"], "fr_FR"),
        (IPHONE_FR, ["fr_CA", "en_CA"], "fr_CA"),
        (IPHONE_FR, ["ja_JP"], "fr"),
        (SAFARI_QC, ["fr_CA", "en_CA"], "fr_CA"),
        ("en-CA,fr-CA;q=0.5", ["fr_CA", "en_CA"], "en_CA"),
        ("en-AU", ["en_GB"], "en_GB"),
        ("en-AU", ["fr_FR"], "en"),
        ("en", ["en_US"], "en_US"),
        (ANDROID_SA, ["ar_SA"], "ar_SA"),
        ("ar-EG", ["ar_SA"], "ar_SA"),
        ("xx;q=1, fr;q=0.2, ar;q=0.9", ["fr_FR"], "ar"),
        ("fr;q=0, en;q=0.1", ["fr_FR"], "en"),
        ("sv, fr;q=0", ["fr_FR"], "en"),
        (SWEDISH, ["fr_FR"], "en"),
        (SWEDISH, ["fr_CA", "en_CA"], "en_CA"),
        (None, ["fr_FR"], "fr_FR"),
        ("", ["ar_SA"], "ar_SA"),
        ("*", ["fr_FR"], "fr_FR"),
        ("\0\0,;;q=,=", ["fr_FR"], "fr_FR"),
        (",".join(["zz"] * 5000), ["ar_SA"], "ar_SA"),
        (None, [], "en"),
    ],
)
def test_the_interface_follows_the_phone_then_english_then_the_market(
    accept_language: str | None, market_locales: list[str], expected: str
) -> None:
    chosen = choose_interface(asked=None, accept_language=accept_language, market_locales=market_locales)
    assert chosen == expected


def test_a_language_without_a_complete_catalogue_is_served_in_the_readers_next_one() -> None:
    unfinished = [tag for tag in ("cy_GB", "ta_IN") if tag.partition("_")[0] not in interface_locales()]
    for tag in unfinished:
        header = f"{bcp47(tag)},fr;q=0.4"
        assert choose_interface(asked=None, accept_language=header, market_locales=[tag]) == "fr"


def test_an_explicit_choice_comes_before_the_phone() -> None:
    assert choose_interface(asked="ar", accept_language=IPHONE_FR, market_locales=["fr_FR"]) == "ar"


def test_an_explicit_choice_of_nonsense_is_ignored() -> None:
    assert (
        choose_interface(asked="a" * 10_000, accept_language=IPHONE_FR, market_locales=["fr_FR"]) == "fr_FR"
    )


# --- choosing the terms ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "accept_language, market_locales, expected",
    [
        (CHROME_DE, ["de_DE"], "de_DE"),
        ("de-AT", ["de_DE"], "de_DE"),
        (IPHONE_FR, ["ja_JP", "en"], "en"),
        (IPHONE_FR, ["ja_JP"], "ja_JP"),
        (WECHAT_CN, ["zh_Hans_CN"], "zh_Hans_CN"),
        ("zh-TW", ["zh_Hans_CN"], "zh_Hans_CN"),
        ("zh-HK", ["zh_Hant_HK", "en_HK"], "zh_Hant_HK"),
        ("zh-CN", ["zh_Hant_HK", "en_HK"], "en_HK"),
        ("en-US,en;q=0.9", ["fr_CA", "en_CA"], "en_CA"),
        (None, ["fr_CA", "en_CA"], "fr_CA"),
    ],
)
def test_terms_stay_in_a_language_of_the_market(
    accept_language: str | None, market_locales: list[str], expected: str
) -> None:
    chosen = choose_terms(market_locales=market_locales, asked=None, accept_language=accept_language)
    assert chosen == expected


def test_terms_come_back_in_the_markets_own_spelling() -> None:
    assert choose_terms(market_locales=["zh-CN"], asked="zh", accept_language=None) == "zh-CN"


# --- choosing both, by headers as phones send them ------------------------------------------------

MARKETS = {
    "ae": ["ar_AE", "en_AE"],
    "br": ["pt_BR"],
    "ca-qc": ["fr_CA", "en_CA"],
    "cn": ["zh_Hans_CN", "en"],
    "de": ["de_DE", "en_DE"],
    "fr": ["fr_FR", "en_FR"],
    "gb": ["en_GB"],
    "hk": ["zh_Hant_HK", "en_HK"],
    "id": ["id_ID", "en_ID"],
    "il": ["he_IL", "ar_IL", "en_IL"],
    "in": ["en_IN", "hi_IN"],
    "jp": ["ja_JP", "en"],
    "kz": ["kk_KZ", "ru_KZ"],
    "mx": ["es_MX", "en"],
    "my": ["ms_MY", "en_MY", "zh_Hans_MY"],
    "ph": ["en_PH", "fil_PH"],
    "sa": ["ar_SA", "en"],
    "tr": ["tr_TR", "en"],
    "tw": ["zh_Hant_TW", "en"],
    "us": ["en_US", "es_US"],
    "vn": ["vi_VN", "en"],
}


# iOS, Android, desktop browsers, WeChat, LINE, old spellings, programs, and things that are no header at all.
@pytest.mark.parametrize(
    "header, market, interface, terms",
    [
        ("fr-FR,fr;q=0.9", "fr", "fr_FR", "fr_FR"),
        ("fr-FR,fr;q=0.9", "jp", "fr", "en"),
        ("en-GB,en;q=0.9", "fr", "en_FR", "en_FR"),
        ("zh-CN,zh-Hans;q=0.9", "hk", "zh_Hans", "en_HK"),
        ("zh-TW,zh-Hant;q=0.9", "tw", "zh_Hant_TW", "zh_Hant_TW"),
        ("zh-HK,zh-Hant;q=0.9,en-HK;q=0.8,en;q=0.7", "hk", "zh_Hant_HK", "zh_Hant_HK"),
        ("zh-HK,zh-Hant;q=0.9", "cn", "zh_Hant", "en"),
        ("yue-Hant-HK,zh-Hant-HK;q=0.9,zh;q=0.8,en;q=0.7", "hk", "zh_Hant_HK", "zh_Hant_HK"),
        ("es-MX,es;q=0.9", "mx", "es_MX", "es_MX"),
        ("es-419,es;q=0.9", "mx", "es_MX", "es_MX"),
        ("nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.7", "fr", "en_FR", "en_FR"),
        ("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de", "de_DE", "de_DE"),
        ("ar-SA,ar;q=0.9,en-US;q=0.8,en;q=0.7", "sa", "ar_SA", "ar_SA"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ae", "ar_AE", "ar_AE"),
        ("iw-IL,iw;q=0.9,en-US;q=0.8,en;q=0.7", "il", "he_IL", "he_IL"),
        ("he-IL,he;q=0.9,en-US;q=0.8,en;q=0.7", "fr", "he", "en_FR"),
        ("in-ID,in;q=0.9,en-US;q=0.8,en;q=0.7", "id", "id_ID", "id_ID"),
        ("fil-PH,fil;q=0.9,en-US;q=0.8,en;q=0.7", "ph", "en_PH", "fil_PH"),
        ("tl-PH,tl;q=0.9", "ph", "en_PH", "fil_PH"),
        ("pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", "br", "pt_BR", "pt_BR"),
        ("pt-PT,pt;q=0.9,en;q=0.8", "fr", "pt_BR", "en_FR"),
        ("pt-PT", "br", "pt_BR", "pt_BR"),
        ("zh-Hans-CN,zh-CN;q=0.9,zh;q=0.8,en-US;q=0.7", "cn", "zh_Hans_CN", "zh_Hans_CN"),
        ("zh-MO,zh;q=0.9", "tw", "zh_Hant_TW", "zh_Hant_TW"),
        ("ms-MY,ms;q=0.9,en-US;q=0.8", "my", "ms_MY", "ms_MY"),
        ("zh-SG,zh;q=0.9,en;q=0.8", "my", "zh_Hans_MY", "zh_Hans_MY"),
        ("hi-IN,hi;q=0.9,en-IN;q=0.8,en;q=0.7", "in", "hi_IN", "hi_IN"),
        ("ta-IN,ta;q=0.9,en-IN;q=0.8", "in", "en_IN", "en_IN"),
        ("kk-KZ,kk;q=0.9,ru;q=0.8", "kz", "kk_KZ", "kk_KZ"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "kz", "ru_KZ", "ru_KZ"),
        ("uz-Latn-UZ,uz;q=0.9,ru;q=0.8", "kz", "ru_KZ", "ru_KZ"),
        ("sr-Latn-RS,sh;q=0.9", "de", "en_DE", "en_DE"),
        ("en-US,en;q=0.5", "ca-qc", "en_CA", "en_CA"),
        ("fr-CA,fr;q=0.9,en-CA;q=0.8,en;q=0.7", "ca-qc", "fr_CA", "fr_CA"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "de", "fr", "en_DE"),
        ("ja,en-US;q=0.9,en;q=0.8", "jp", "ja_JP", "ja_JP"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "jp", "ko", "en"),
        ("vi-VN,vi;q=0.9,fr-FR;q=0.8,fr;q=0.7,en-US;q=0.6,en;q=0.5", "vn", "vi_VN", "vi_VN"),
        ("tr-TR,tr;q=0.9", "de", "tr", "en_DE"),
        ("sv-SE,sv;q=0.9", "fr", "en_FR", "en_FR"),
        ("es-ES,es;q=0.9", "us", "es_US", "es_US"),
        ("th", "gb", "th", "en_GB"),
        ("zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7", "cn", "zh_Hans_CN", "zh_Hans_CN"),
        ("zh-cn", "jp", "zh_Hans", "en"),
        ("zh-cmn-Hans-CN,zh-cmn-Hans,zh-CN,zh", "cn", "zh_Hans_CN", "zh_Hans_CN"),
        ("zh-cmn-Hant-TW", "tw", "zh_Hant_TW", "zh_Hant_TW"),
        ("zh_CN", "cn", "zh_Hans_CN", "zh_Hans_CN"),
        ("th-TH,th;q=0.9", "jp", "th", "en"),
        ("ja-JP", "jp", "ja_JP", "ja_JP"),
        ("zh-tw", "jp", "zh_Hant", "en"),
        ("zh-yue-HK", "tw", "zh_Hant_TW", "zh_Hant_TW"),
        ("sh", "de", "en_DE", "en_DE"),
        ("no", "de", "en_DE", "en_DE"),
        ("iw", "il", "he_IL", "he_IL"),
        ("in", "fr", "id", "en_FR"),
        ("tl", "fr", "en_FR", "en_FR"),
        ("zh", "cn", "zh_Hans_CN", "zh_Hans_CN"),
        ("zh", "hk", "zh_Hans", "en_HK"),
        (None, "fr", "fr_FR", "fr_FR"),
        ("", "sa", "ar_SA", "ar_SA"),
        ("*", "jp", "ja_JP", "ja_JP"),
        ("*;q=0.1", "de", "de_DE", "de_DE"),
        ("fr;q=0,en;q=0.3", "fr", "en_FR", "en_FR"),
        ("fr;q=0", "fr", "fr_FR", "fr_FR"),
        ("en;q=0.1,fr;q=0.9,ja;q=1.000", "jp", "ja_JP", "ja_JP"),
        ("de-DE;q=high,fr;q=0.9", "fr", "de", "fr_FR"),
        (";;;,,,q=1;=,-_-", "tr", "tr_TR", "tr_TR"),
        ("en-US,en;q=0.8,en-US,en", "us", "en_US", "en_US"),
        ("fr-FR;q=0.8;level=1, de;q=0.5", "fr", "fr_FR", "fr_FR"),
        ("fr\0,de\0", "fr", "fr_FR", "fr_FR"),
        ("🇫🇷,🍣;q=0.9", "jp", "ja_JP", "ja_JP"),
        ("x" * 5000, "tr", "tr_TR", "tr_TR"),
        (",".join(["zz-ZZ"] * 1000), "sa", "ar_SA", "ar_SA"),
        ("fr," + "a" * 5000, "de", "fr", "en_DE"),
        ("C", "fr", "fr_FR", "fr_FR"),
        ("de_DE.UTF-8", "de", "de_DE", "de_DE"),
        ("en_US_POSIX", "gb", "en_GB", "en_GB"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "cn", "zh_Hant", "en"),
        ("zh-HK,zh;q=0.9", "cn", "zh_Hant", "en"),
    ],
)
def test_a_real_header_in_a_real_market_gets_its_interface_and_its_terms(
    header: str | None, market: str, interface: str, terms: str
) -> None:
    offered = MARKETS[market]
    chosen = choose_interface(asked=None, accept_language=header, market_locales=offered)
    assert (chosen, choose_terms(market_locales=offered, asked=None, accept_language=header)) == (
        interface,
        terms,
    )


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("header", ["zh-HK,zh;q=0.9", "zh-TW,zh-Hant;q=0.9,zh;q=0.8", "zh-Hant", "zh-MO,zh"])
def test_a_reader_of_traditional_chinese_never_gets_the_simplified_page(header: str, market: str) -> None:
    offered = MARKETS[market]
    chosen = (
        choose_interface(asked=None, accept_language=header, market_locales=offered),
        choose_terms(market_locales=offered, asked=None, accept_language=header),
    )
    assert chosen[0].startswith("zh_Hant")
    assert not any(locale.startswith("zh_Hans") for locale in chosen)


SOMETHING_LIKE_A_TAG = st.sampled_from(
    [
        "zh-Hant-HK",
        "zh-cmn",
        "zh-yue",
        "iw",
        "tl",
        "no",
        "sh",
        "pt-PT",
        "es-419",
        "ms-Arab",
        "de@x",
        "*",
        "und",
    ]
)
SOMETHING_LIKE_A_HEADER = st.lists(
    st.one_of(SOMETHING_LIKE_A_TAG, st.text(max_size=12), st.text("abz-_;q=.01*@,", max_size=12)), max_size=8
).map(",".join)


@given(
    asked=st.none() | SOMETHING_LIKE_A_TAG | st.text(max_size=60),
    header=st.none() | SOMETHING_LIKE_A_HEADER,
    market=st.sampled_from(sorted(MARKETS)),
)
def test_whatever_is_asked_the_answer_is_a_catalogue_and_a_locale_of_the_market(
    asked: str | None, header: str | None, market: str
) -> None:
    offered = MARKETS[market]
    interface = choose_interface(asked=asked, accept_language=header, market_locales=offered)
    assert set(chain(interface)) & set(interface_locales())
    assert choose_terms(market_locales=offered, asked=asked, accept_language=header) in offered


# --- speaking -------------------------------------------------------------------------------------


def test_a_canadian_reader_hears_her_own_words_first_and_then_french() -> None:
    with speaking("fr_CA"):
        assert gettext("There is no offer on this receipt.") == "Ce reçu ne donne droit à aucune offre."
        assert gettext(ENDED) == "Cette offre est terminée."
    with speaking("fr_FR"):
        assert gettext("There is no offer on this receipt.") == "Ce ticket ne donne droit à aucune offre."


def test_an_overlay_is_not_offered_as_a_language_of_its_own() -> None:
    assert "fr_CA" not in interface_locales()


def test_a_message_nobody_translated_is_said_in_the_source_language() -> None:
    with speaking("fr_CA"):
        assert gettext("Nobody ever translated this.") == "Nobody ever translated this."


def test_an_unknown_locale_speaks_english_and_the_block_gives_the_voice_back() -> None:
    with speaking("fr"):
        with speaking("x-klingon"):
            assert (current_locale(), gettext(ENDED)) == ("en", ENDED)
        assert current_locale() == "fr"


def test_sixteen_threads_each_keep_their_own_language() -> None:
    wanted = {"en": ENDED, "fr": "Cette offre est terminée.", "ar": "انتهى هذا العرض."}

    def read(locale: str) -> bool:
        with speaking(locale):
            return all(gettext(ENDED) == wanted[locale] for _ in range(200))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, [*wanted] * 16))


def catalogue_of(folder: Path, locale: str, *, body: str) -> Path:
    """A catalogue with the shipped header of its locale and entries of its own."""
    header = catalogue_path(locale, "messages").read_text(encoding="utf-8").partition("\n\n")[0]
    path = folder / locale / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(f"{header}\n\n{body}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "number, form",
    [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5), (103, 3), (111, 4)],
)
def test_arabic_counts_in_six_forms(tmp_path: Path, number: int, form: int) -> None:
    forms = "\n".join(f'msgstr[{index}] "form {index}"' for index in range(6))
    path = catalogue_of(tmp_path, "ar", body=f'msgid "one use"\nmsgid_plural "many uses"\n{forms}\n')
    assert load(path).ngettext("one use", "many uses", number) == f"form {form}"


def test_a_fallback_counts_by_its_own_rule_not_by_its_readers(tmp_path: Path) -> None:
    body = 'msgid "one use"\nmsgid_plural "many uses"\n'
    arabic = load(catalogue_of(tmp_path, "ar", body='msgid "x"\nmsgstr "س"\n'))
    french = body + 'msgstr[0] "une utilisation"\nmsgstr[1] "des utilisations"\n'
    arabic.add_fallback(load(catalogue_of(tmp_path, "fr", body=french)))
    assert arabic.ngettext("one use", "many uses", 0) == "une utilisation"


def test_templates_speak_the_current_locale_and_escape_what_they_are_given() -> None:
    environment = Environment(autoescape=True)
    install(environment)
    page = environment.from_string(
        "{{ _('This offer has ended.') }}|{% trans who=who %}\n  Hello\n  %(who)s {{ who }}\n{% endtrans %}"
        "|{{ pgettext('door', 'Open') }}|{{ ngettext('%(num)s day', '%(num)s days', 3) }}"
    )
    with speaking("fr"):
        shown = page.render(who="<b>")
    assert shown == "Cette offre est terminée.|Hello %(who)s &lt;b&gt;|Open|3 days"


def test_values_are_filled_in_only_when_given() -> None:
    assert gettext("%(price)s off") == "%(price)s off"
    assert gettext("%(price)s off", price="5 €") == "5 € off"
    assert ngettext("%(n)s day", "%(n)s days", 2, n="2") == "2 days"
    assert pgettext("door", "Open %(what)s", what="it") == "Open it"

"""The frozen content of an edition: its hash, and texts in the languages of a market."""

from hashlib import sha256

import pytest

from omni.domain.published import Published, digest, in_locale


def test_the_same_content_has_the_same_hash_whatever_the_order_of_its_keys() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})


@pytest.mark.parametrize("other", [{"a": 2}, {"a": "1"}, {"b": 1}, {"a": 1, "b": None}])
def test_any_difference_changes_the_hash(other: dict[str, object]) -> None:
    assert digest({"a": 1}) != digest(other)


def test_the_hash_is_of_the_letters_in_utf_8_so_that_any_tool_can_check_it() -> None:
    assert digest({"é": 1}) == sha256('{"é":1}'.encode()).hexdigest()


@pytest.mark.parametrize(
    "locale, text",
    [
        ("fr_CA", "Allô"),
        ("fr_FR", "Bonjour"),
        ("en_GB", "Hello"),
        ("zh_Hans", "你好"),
        ("zh_Hans_CN", "你好"),
        ("de_DE", "Bonjour"),
    ],
)
def test_a_name_falls_back_to_its_language_and_then_to_the_first_of_the_market(
    locale: str, text: str
) -> None:
    texts = {"fr": "Bonjour", "fr_CA": "Allô", "en_US": "Hello", "zh_Hans": "你好"}
    assert in_locale(texts, locale) == text


def test_no_text_at_all_is_the_empty_text() -> None:
    assert in_locale({}, "fr_FR") == ""


def test_content_without_a_logo_keeps_the_digest_it_had_before_there_were_logos() -> None:
    plain = Published.model_construct(campaign="tea")
    branded = plain.model_copy(update={"logo": "abc"})
    assert "logo" not in plain.document()
    assert branded.document() == {**plain.document(), "logo": "abc"}

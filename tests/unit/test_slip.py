"""The words around a code know which way they run."""

from __future__ import annotations

import pytest

from tests.support.paper import a_paper


@pytest.mark.parametrize(
    "locale, right_to_left",
    [("ar_SA", True), ("ar-SA", True), ("fr_CA", False), ("zh-Hans-CN", False), ("ja", False)],
)
def test_a_caption_runs_as_its_locale_is_written(locale, right_to_left) -> None:
    assert a_paper(caption_locale=locale).is_right_to_left is right_to_left

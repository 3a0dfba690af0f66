"""A short text in the languages a market needs."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    RootModel,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

EVERY_LOCALE = "*"
"""The key of a text that was written once and serves every locale."""

_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")
# Controls, surrogates, and the invisible marks that turn the rest of a line around.
_FORBIDDEN_CATEGORIES = {"Cc", "Cs", "Co"}
_BIDI_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _locale_id(text: object) -> object:
    """`zh-Hans-CN` and `zh_Hans_CN` are one locale."""
    if not isinstance(text, str):
        return text
    written = text.strip().replace("-", "_")
    if written != EVERY_LOCALE and not _LOCALE.fullmatch(written):
        raise ValueError(f"{text!r} is not a locale; write for example fr, fr_CA or zh_Hans")
    return written


def _plain_words(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise ValueError("is empty; write the text or leave the line out")
    if any(unicodedata.category(mark) in _FORBIDDEN_CATEGORIES and mark != "\n" for mark in trimmed):
        raise ValueError("has a control character; type the text again")
    if _BIDI_OVERRIDES.intersection(trimmed):
        raise ValueError("has a mark that turns the writing direction; leave it out, pages set the direction")
    if len(trimmed) > 2000:
        raise ValueError("is longer than 2,000 characters; shorten it")
    return unicodedata.normalize("NFC", trimmed)


LocaleId = Annotated[str, BeforeValidator(_locale_id)]
"""The name of a locale as CLDR spells it, with underscores."""

Words = Annotated[str, AfterValidator(_plain_words)]
"""Visible text: trimmed, composed (NFC), without control characters, at most 2,000 characters."""


def locale_chain(locale: str) -> Iterator[str]:
    """Names under which a text for this locale may be written, closest first.

    `fr_CA` may be served by `fr`. A script is never dropped: `zh_Hant` is not served by `zh`.
    """
    while True:
        yield locale
        shorter, _, last = locale.rpartition("_")
        if not shorter or len(last) == 4:
            return
        locale = shorter


class Localized(RootModel[dict[LocaleId, Words]]):
    """One text per locale, or one text that serves them all."""

    model_config = ConfigDict(frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _written_once(cls, value: Any) -> Any:
        if not isinstance(value, str | dict):
            raise ValueError("must be one text, or one text per locale")
        return {EVERY_LOCALE: value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _not_empty(self) -> "Localized":
        if not self.root:
            raise ValueError("is empty; write the text once, or once per locale")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler.resolve_ref_schema(handler(schema))
        text = {"type": "string", "minLength": 1, "maxLength": 2000}
        by_locale = {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^([a-z]{2,3}([_-][A-Z][a-z]{3})?([_-][A-Z]{2})?|\\*)$"},
            "additionalProperties": text,
        }
        return {"title": "Localized", "description": described["description"], "anyOf": [text, by_locale]}

    def text(self, locale: str) -> str | None:
        """The words for this locale, or None when nobody wrote them."""
        names = (*locale_chain(locale), EVERY_LOCALE)
        return next((self.root[name] for name in names if name in self.root), None)

    def by_locale(self, locales: tuple[str, ...]) -> dict[str, str]:
        """The words spelled out for each of these locales that has them."""
        return {locale: words for locale in locales if (words := self.text(locale)) is not None}

    def lacks(self, locales: tuple[str, ...]) -> list[str]:
        """Those of the locales for which nobody wrote the words."""
        return [locale for locale in locales if self.text(locale) is None]

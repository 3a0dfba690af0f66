"""The links of a GS1 key as machines read them (RFC 9264), and what this resolver says of itself.

The shapes are those of the GS1-Conformant Resolver standard 1.2: a link's type is a word of the GS1 Web
Vocabulary, one link is the default, and each says in which language and country it is at home.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from omni.domain.digital_link import Lead, LinkType, PrimaryKey
from omni.present.locales import bcp47, canonical
from omni.present.site.addresses import Standing
from omni.settings import Settings

MEDIA_TYPE = "application/linkset+json"
LINKSET = "linkset"
"""What a reader asks for to see every link, and how the answer calls that list."""

DEFAULT_LINK = "defaultLink"
VOCABULARY = "https://ref.gs1.org/voc/"
JSON_LD_CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"

_EVERY_DEFAULT = "defaultLinkMulti"
# The word alone, the short form, and where the vocabulary stood before.
_SPELLINGS = (VOCABULARY, "https://gs1.org/voc/", "http://gs1.org/voc/", "gs1:")


def word_of(asked: str) -> str:
    """The word of a link type in any of its spellings: `gs1:promotion` is `promotion`."""
    return next((asked.removeprefix(start) for start in _SPELLINGS if asked.startswith(start)), asked)


def address_of(lead: Lead, settings: Settings) -> str:
    """The whole web address that a lead ends at."""
    if lead.page is not None or lead.locale is None:
        return lead.page or ""
    host = settings.host_for(lead.market.host)
    return Standing.of(lead.content, lead.market, host).url(lead.locale, lead.part)


def linkset(
    anchor: str, name: str, leads: Iterable[Lead], *, default: LinkType | None, settings: Settings
) -> str:
    """The links of the key whose address is `anchor`; without a default it is a choice left to the reader."""
    of_key: dict[str, Any] = {"anchor": anchor, "itemDescription": name}
    for lead in leads:
        of_key.setdefault(VOCABULARY + lead.type, []).append(_target(lead, settings))
    if default is not None:
        first, *others = of_key[VOCABULARY + default]
        of_key[VOCABULARY + DEFAULT_LINK] = [{"href": first["href"], "title": first["title"]}]
        if others:
            of_key[VOCABULARY + _EVERY_DEFAULT] = [first, *others]
    return json.dumps({"linkset": [of_key]}, ensure_ascii=False)


def description(settings: Settings) -> dict[str, Any]:
    """What stands at `/.well-known/gs1resolver`: which keys are answered here, and what may be asked."""
    return {
        "name": "Omni",
        "resolverRoot": settings.base_url,
        "supportedPrimaryKeys": [key.value for key in PrimaryKey],
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "supportedContextValuesExternal": [
            {"nameOfList": "ISO 3166-1 alpha-2", "url": "https://www.iso.org/iso-3166-country-codes.html"}
        ],
        "jsonLdContextLocation": JSON_LD_CONTEXT,
    }


def _target(lead: Lead, settings: Settings) -> dict[str, Any]:
    target: dict[str, Any] = {"href": address_of(lead, settings), "title": lead.title, "type": "text/html"}
    if lead.locale is None:
        return target
    country, market = lead.market.country, lead.market.id.upper()
    contexts = [country] if market == country else [country, market]
    return {**target, "hreflang": [_short_tag(lead.locale)], "context": contexts}


def _short_tag(locale: str) -> str:
    """A locale without the script its country implies, as GS1's schema for linksets wants it: `zh-TW`."""
    parts = locale.split("_")
    is_implied = len(parts) == 3 and canonical(f"{parts[0]}_{parts[2]}") == locale
    return f"{parts[0]}-{parts[2]}" if is_implied else bcp47(locale)

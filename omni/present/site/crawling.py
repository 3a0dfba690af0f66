"""What search engines are told before they read a page: where all pages are, and whether they may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

from omni.present.site.addresses import SITEMAP, Standing, alternates

ChangedAt = Callable[[Standing, str], datetime]
"""When a part of an edition last became another."""


def sitemap(standings: Sequence[Standing], changed_at: ChangedAt) -> str:
    """Every page of every edition, with when it changed and the same page in all other languages."""
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    entries = "".join(_entries(standings, changed_at))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n{entries}</urlset>\n'


def robots(standings: Sequence[Standing], *, is_sandbox: bool) -> str:
    """What crawlers may read: everything, where the address is public, for pages of codes say noindex."""
    if is_sandbox:
        return "User-agent: *\nDisallow: /\n"
    maps = "".join(f"Sitemap: {host}{SITEMAP}\n" for host in dict.fromkeys(each.host for each in standings))
    return f"User-agent: *\nAllow: /\n\n{maps}"


def _entries(standings: Sequence[Standing], changed_at: ChangedAt) -> Iterator[str]:
    for standing in standings:
        family = [each for each in standings if each.campaign == standing.campaign]
        for part in standing.parts:
            changed = changed_at(standing, part).astimezone(UTC).isoformat(timespec="seconds")
            links = "".join(
                f'<xhtml:link rel="alternate" hreflang="{each.tag}" href={quoteattr(each.url)}/>\n'
                for each in alternates(family, standing, part)
            )
            for locale in standing.locales:
                said = f"<loc>{standing.url(locale, part)}</loc>\n<lastmod>{changed}</lastmod>"
                yield f"<url>\n{said}\n{links}</url>\n"

"""The headers of a built site, as common hosts are told them: the same that are served here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omni.present.site.addresses import NOTHING
from omni.present.site.files import MANIFEST, Header, ListedFile, SiteFile

HEADERS, NGINX = "_headers", "nginx.conf"
"""For hosts of plain files, as Netlify and Cloudflare read it, and for a server of one's own."""

# What the server that has the file says itself.
_OF_THE_ANSWER = frozenset({"content-length", "content-type", "etag"})

# What is sent as UTF-8 and compressed beside pages, of which nginx knows it.
_TEXT = "application/json application/rss+xml text/xml text/plain"


def header_files(files: Iterable[ListedFile]) -> list[SiteFile]:
    """Both files for a site."""
    groups = _by_folder(files)
    return [SiteFile(HEADERS, _for_hosts(groups).encode()), SiteFile(NGINX, _for_nginx(groups).encode())]


def _by_folder(files: Iterable[ListedFile]) -> Mapping[str, tuple[Header, ...]]:
    """The headers of everything below each top folder, or of a file that stands in none.

    Hosts join what two rules say of one header, so no address may fall under two.
    """
    groups: dict[str, tuple[Header, ...]] = {}
    for file in files:
        top, slash, _ = file.path.partition("/")
        said = tuple(header for header in file.headers if header[0].lower() not in _OF_THE_ANSWER)
        groups.setdefault(f"/{top}{slash}", said)
    return dict(sorted(groups.items()))


def _for_hosts(groups: Mapping[str, tuple[Header, ...]]) -> str:
    return "".join(
        f"{address}{'*' if address.endswith('/') else ''}\n"
        + "".join(f"  {name}: {said}\n" for name, said in headers)
        for address, headers in groups.items()
    )


def _for_nginx(groups: Mapping[str, tuple[Header, ...]]) -> str:
    hidden = "".join(f"location = /{name} {{ return 404; }}\n" for name in (HEADERS, MANIFEST, NGINX))
    locations = "".join(
        f"location {'' if address.endswith('/') else '= '}{address} {{\n"
        + ("  types { application/json json; application/rss+xml xml; }\n" if address == "/feeds/" else "")
        + "".join(f'  add_header {name} "{said}" always;\n' for name, said in headers)
        + "}\n"
        for address, headers in groups.items()
    )
    return (
        "# To be included in a server block whose root is this folder.\n"
        # A relative one: whoever is in front of this server has another port, or speaks https.
        "absolute_redirect off;\n"
        f"charset utf-8;\ncharset_types {_TEXT};\n"
        f"gzip on;\ngzip_vary on;\ngzip_types {_TEXT} image/svg+xml;\n"
        # A folder without a page of its own is nothing to see either.
        f"error_page 403 =404 {NOTHING};\nerror_page 404 {NOTHING};\n{hidden}{locations}"
    )

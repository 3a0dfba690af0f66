"""Reading GS1 addresses as they were typed, printed and scanned."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote

from omni.domain.digital_link import DigitalLink, PrimaryKey, faults
from omni.domain.refusal import BadInput, Reason

CANONICAL_ROOT = "https://id.gs1.org"
"""Where the canonical form of every GS1 address begins."""


def read_address(primary: PrimaryKey, rest: str, query: str = "") -> DigitalLink:
    """What an address says: behind its first step the decoded `rest` of its path, and its query.

    A slash at the end is nothing. Raises BadInput that names what is wrong, as GS1 Digital Link wants it
    refused: a wrong check digit is never forgiven, and a number never lengthened.
    """
    # Its tables of prefixes are 6 MB, which a process that is never asked need not hold.
    from biip import ParseError
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI

    path = f"/{primary}/{rest.removesuffix('/')}"
    try:
        parsed = GS1DigitalLinkURI.parse(f"{CANONICAL_ROOT}{quote(path)}?{query}")
    except ParseError as wrong:
        raise _malformed(str(wrong)) from None
    (_, value), *others = [(element.ai.ai, element.value) for element in parsed.element_strings]
    # Each step of the path is an identifier and its value.
    in_path = path.count("/") // 2 - 1
    link = DigitalLink(primary, value, tuple(others[:in_path]), tuple(sorted(others[in_path:])))
    if fault := next(_faults(link, path, query), None):
        raise _malformed(fault)
    return link


def _faults(link: DigitalLink, path: str, query: str) -> Iterator[str]:
    """What the reader of addresses let pass."""
    if link.value != path.split("/")[2]:
        yield f"({link.primary}) is written with all its {len(link.value)} digits"
    named = [name for name, _ in parse_qsl(query, keep_blank_values=True) if name.isdigit()]
    yield from (f"({name}) stands twice" for name in named if named.count(name) > 1)
    known = {identifier for identifier, _ in link.attributes}
    yield from (f"({name}) is no application identifier with a value" for name in named if name not in known)
    yield from faults(link)


def _malformed(fault: str) -> BadInput:
    return BadInput("address", fault, Reason.MALFORMED)

"""What a template says by itself: its markup with Jinja's parts taken out, and the faults found in it."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment

FILLED_IN = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where a template prints something."""

SAID_ALOUD = frozenset({"alt", "aria-description", "aria-label", "placeholder", "title"})
NOT_PROSE = frozenset({"code", "script", "style"})
# How a voucher and a code are written, and the class a layout hands to its parent.
NOT_WORDS = frozenset({"V-XXXX-XXXX-XXXX-XXX", "XXXXX-XXXXX-XXXXX", "wide"})

PHYSICAL = re.compile(
    r"(?<![\w.#-])((?:[\w-]+-)?(?:left|right)(?:-[\w-]+)?\s*:|(?:float|clear|text-align)\s*:\s*(?:left|right)\b)"
)
ELSEWHERE = re.compile(r"@import\b|url\(\s*['\"]?(?:[a-z]+:)?//", re.IGNORECASE)
FORM = re.compile(r"<form\b([^>]*(?:\{\{.*?\}\}[^>]*)*)>(.*?)</form>", re.DOTALL)
PROOF = re.compile(r"\bcsrf\(\)|name=\"(?:csrf_token|token)\"")

# What needs no proof: looking a code up changes nothing, and a voucher's address is itself the secret.
NEEDS_NO_PROOF = ("speech.address('/')", "'/v/' ~ voucher ~ '/shop'", "'/v/' ~ voucher ~ '/hold'")


def bare(source: str) -> str:
    """A template's own markup: nothing that is printed, decided or translated."""
    kept: list[str] = []
    translating = False
    for _, kind, text in Environment().lex(source):
        if kind == "name" and text in ("trans", "endtrans"):
            translating = text == "trans"
        elif translating:
            continue
        elif kind == "data":
            kept.append(text)
        elif kind == "variable_begin":
            kept.append(FILLED_IN)
    return "".join(kept)


class _Reader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self.styles: list[str] = []
        self._silent: list[str] = []
        self.feed(bare(source))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.words += [value for name, value in told.items() if name in SAID_ALOUD]
        self.scripts += [f"{tag} {name}" for name in told if name.startswith("on")]
        self.addresses += [told[name] for name in ("action", "href", "src", "srcset") if name in told]
        self.styles += [told["style"]] if "style" in told else []
        if tag == "script":
            self.scripts.append(f"script {told.get('src', '')}".strip())
        if tag in NOT_PROSE:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def untranslated(source: str) -> list[str]:
    """Words a reader meets in the language they were typed in."""
    said = (text.strip() for text in _Reader(source).words)
    return [text for text in said if text not in NOT_WORDS and any(map(str.isalpha, text))]


def scripts(source: str) -> list[str]:
    """Every script of a template: a name alone is an inline one, an `on...` attribute is one too."""
    return _Reader(source).scripts


def foreign_addresses(source: str) -> list[str]:
    """Addresses of other machines that a template loads from or leads to by itself."""
    written = (address.strip() for address in _Reader(source).addresses)
    return [address for address in written if re.match(r"(?:https?:)?//|javascript:", address, re.IGNORECASE)]


def inline_styles(source: str) -> list[str]:
    """Style attributes, which the content security policy does not let through."""
    return _Reader(source).styles


def physical_properties(sheet: str) -> list[str]:
    """Declarations of a stylesheet that name left or right, and so are wrong in Arabic."""
    return [found[1] for found in PHYSICAL.finditer(sheet)]


def foreign_sheets(sheet: str) -> list[str]:
    """What a stylesheet loads from elsewhere."""
    return ELSEWHERE.findall(sheet)


def form_faults(source: str) -> Iterator[str]:
    """Forms that are neither a search nor a POST which proves that the person pressed a button of ours."""
    for found in FORM.finditer(source):
        opening, inside = found.groups()
        if 'method="get"' in opening:
            continue
        if 'method="post"' not in opening:
            yield f"names no method: {opening.strip()}"
        elif not PROOF.search(inside) and not any(address in opening for address in NEEDS_NO_PROOF):
            yield f"carries no proof: {opening.strip()}"

"""Terms word for word, with what was kept beside them: as a record, as plain text, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader

from omni import asset
from omni.domain.claim import Claim
from omni.domain.evidence import terms_digest
from omni.domain.terms import TermsVersion
from omni.present import pages
from omni.present.formatting import iso_instant, money
from omni.present.locales import speaking


def terms_record(
    terms: TermsVersion, claim: Claim | None, *, edition: str, zone: str, digits: int
) -> dict[str, Any]:
    """Terms with all that was kept of them, and with the claim that accepted them; instants are local."""
    record: dict[str, Any] = {
        "edition": edition,
        "locale": terms.locale,
        "version": terms.version,
        "published_at": iso_instant(terms.published_at, zone),
        "review": terms.review,
        "sha256": terms.sha256,
        "matches_digest": terms_digest(terms) == terms.sha256,
    }
    if claim is not None:
        record |= {
            "accepted_at": iso_instant(claim.claimed_at, zone),
            "revision": claim.revision,
            "price": money(claim.price_minor, claim.currency, terms.locale, digits=digits),
            "price_minor": claim.price_minor,
            "currency": claim.currency,
            "valid_until": iso_instant(claim.expires_at, zone),
        }
    return {**record, "clauses": terms.clauses}


def terms_text(record: Mapping[str, Any]) -> str:
    """A record of terms as plain text: what is known of them, then their words."""
    known = (f"{name:14} {value}" for name, value in record.items() if name != "clauses")
    return "\n".join((*known, "", *_lines(record["clauses"])))


def terms_html(record: Mapping[str, Any]) -> str:
    """A record of terms as one page, in their own language."""
    env = Environment(loader=FileSystemLoader(asset("templates")), autoescape=True)
    pages.prepare(env)
    known = {name: value for name, value in record.items() if name != "clauses"}
    with speaking(record["locale"]):
        return env.get_template("print/terms.html").render(known=known, clauses=record["clauses"])


def spoken(clause: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A clause as its title and its paragraphs; the summary has no title and many lines."""
    if "text" in clause:
        return clause["title"], [clause["text"]]
    return clause["title"], [*clause["what"].values(), *clause["lines"]]


def _lines(clauses: list[dict[str, Any]]) -> Iterator[str]:
    for clause in clauses:
        title, paragraphs = spoken(clause)
        yield from ([title] if title else [])
        yield from paragraphs
        yield ""

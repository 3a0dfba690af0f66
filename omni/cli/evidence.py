"""What a shopper accepted and an authority may ask for: exact terms, and all that stands behind an offer."""

from __future__ import annotations

from pathlib import Path

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.code import Purpose
from omni.domain.evidence import Evidence, ShownPage
from omni.domain.keyring import Opened
from omni.present.accepted_terms import terms_html, terms_record, terms_text
from omni.present.evidence import sealed_evidence
from omni.present.evidence_paper import evidence_pdf
from omni.present.evidence_seal import BadSeal, open_seal, public_key_pem
from omni.present.locales import matching
from omni.services import evidencing, naming, travelling
from omni.services.evidencing import Accepted


@example("omni terms show 5CZ6X-9KJPW-2M4TD")
@click.group()
def terms() -> None:
    """The exact words of terms, as they were accepted or published."""


@example(
    "omni terms show V-5CZ6-X9KJ-PW2M-4TD",
    "omni terms show double-11/fr --locale fr --version 1",
    "omni terms show 5CZ6X-9KJPW-2M4TD --html terms.html",
)
@terms.command("show")
@click.argument("what", metavar="CODE|CAMPAIGN/MARKET")
@click.option("--locale", metavar="L", help="The language of an edition's terms; else its first.")
@click.option("--version", type=int, metavar="N", help="Which version; else the newest.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to this file.")
@pass_desk
def terms_show(
    desk: Desk, what: str, *, locale: str | None, version: int | None, as_json: bool, html: Path | None
) -> None:
    """Show terms word for word and check their digest. Exit code 1 when a word was touched."""
    if _is_code(what) and (locale or version is not None):
        raise click.UsageError("a code has the one version that was accepted with it")
    found = _accepted(desk, what) if _is_code(what) else _published(desk, what, locale, version)
    record = terms_record(
        found.terms, found.claim, edition=found.edition, zone=found.zone, digits=found.digits
    )
    if html is not None:
        html.write_text(terms_html(record), encoding="utf-8")
    if as_json:
        saying.document(record)
    else:
        click.echo(terms_text(record))
    if not record["matches_digest"]:
        raise saying.NothingDone("these words are not the ones that were published: the digest differs")
    if not as_json:
        click.echo("It matches its digest.")


@example(
    "omni evidence double-11/fr --at 2026-11-11T10:00 -o evidence.zip",
    "omni evidence double-11/fr --code 5CZ6X-9KJPW-2M4TD -o evidence.pdf",
    "omni evidence --verify evidence.zip",
    "omni evidence --public-key > omni.pem",
)
@click.command()
@click.argument("edition", metavar="[CAMPAIGN/MARKET]", required=False)
@click.option("--at", metavar="INSTANT", help="On the market's own clock, or with an offset; else now.")
@click.option("--code", metavar="CODE", help="One code instead: the instant it was unlocked.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A .zip or .pdf file.")
@click.option("--public-key", is_flag=True, help="Print the key that others check signatures with.")
@click.option("--verify", type=click.Path(dir_okay=False, path_type=Path), help="Check a .zip.")
@pass_desk
def evidence(
    desk: Desk,
    edition: str | None,
    *,
    at: str | None,
    code: str | None,
    output: Path | None,
    public_key: bool,
    verify: Path | None,
) -> None:
    """Put everything behind an offer into one signed file: page, terms, prices, rules, prints, steps."""
    if public_key:
        for secret in desk.place.keyring.secrets_for(Purpose.EVIDENCE):
            click.echo(public_key_pem(secret), nl=False)
    elif verify is not None:
        _verify(desk, verify)
    elif edition is None or output is None or output.suffix not in (".zip", ".pdf"):
        raise click.UsageError("name an edition, and with -o a .zip or .pdf file")
    elif at and code:
        raise click.UsageError("--code has its own instant: leave --at out")
    else:
        known, pages = _gathered(desk, edition, at, code)
        secret = desk.place.keyring.secret_for(Purpose.EVIDENCE)
        output.write_bytes(
            evidence_pdf(known, pages) if output.suffix == ".pdf" else sealed_evidence(known, pages, secret)
        )
        click.echo(f"{output}: {edition}, revision {known.edition.revision}, {len(pages)} pages of shoppers")


def _is_code(what: str) -> bool:
    return "/" not in what or what.lower().startswith("http")


def _opened(desk: Desk, text: str) -> Opened | None:
    return desk.place.keyring.open(text.strip().rsplit("/", 1)[-1])


def _accepted(desk: Desk, code: str) -> Accepted:
    with desk.place.db.reading() as session:
        found = evidencing.find_code(session, _opened(desk, code))
        return evidencing.accepted_with(session, found)


def _published(desk: Desk, key: str, locale: str | None, version: int | None) -> Accepted:
    with desk.place.db.reading() as session:
        edition = naming.edition_named(session, key)
        offered = evidencing.locales_of(session, edition)
        wanted = (matching(locale, offered) or locale) if locale else offered[0]
        return evidencing.terms_of(session, edition, locale=wanted, version=version)


def _gathered(desk: Desk, key: str, at: str | None, code: str | None) -> tuple[Evidence, list[ShownPage]]:
    """The evidence of an edition or a code, and its pages."""
    now, place = desk.now(), desk.place
    shown = None
    with place.db.reading() as session:
        edition = naming.edition_named(session, key)
        if code is None:
            zone = travelling.zone_of(session, edition)
            instant = travelling.instant_of(at, zone) if at else now
            found = evidencing.inquire(session, now, instant, edition=edition, rules=place.rules)
        else:
            asked = evidencing.find_code(session, _opened(desk, code))
            shown = place.keyring.seal(asked.number, Purpose.CODE, asked.batch.key_id)
            found = evidencing.inquire_about(
                session, now, edition=edition, rules=place.rules, code=asked, shown=shown
            )
    draw = desk.composer.drawing(place)
    pages = [
        ShownPage(seen.view.bundle.slug, locale, draw(seen, locale=locale, code=shown))
        for locale, seen in found.sights
    ]
    return found.evidence, pages


def _verify(desk: Desk, path: Path) -> None:
    secrets = desk.place.keyring.secrets_for(Purpose.EVIDENCE)
    try:
        told = open_seal(path.read_bytes(), secrets)
    except BadSeal as bad:
        raise saying.NothingDone(f"{path} cannot be believed: {bad}") from None
    click.echo(f"{path}: {told['evidence_of']} at {told['at']}, {len(told['files'])} files, as it was signed")


COMMANDS = (terms, evidence)

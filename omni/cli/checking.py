"""Whether an edition may go live: what stops it, which rules it breaks, and what is only advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.readiness import Check, Standing
from omni.present.readiness_words import Told, not_told, said, told
from omni.services import deciding, naming

_HEADINGS = {
    Standing.STOPS: "What stops it",
    Standing.WARNS: "Rules that fail and only warn",
    Standing.ADVISES: "Advice",
}


@example("omni check double-11/fr", "omni check double-11/fr --all", "omni check double-11/fr --json")
@click.command()
@click.argument("edition", metavar="CAMPAIGN/MARKET")
@click.option("--all", "show_all", is_flag=True, help="What holds, too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every value.")
@pass_desk
def check(desk: Desk, edition: str, *, show_all: bool, as_json: bool) -> None:
    """Say whether an edition may go live. Exit code 1 when something blocks it."""
    now = desk.now()
    with desk.place.db.reading() as session:
        found = deciding.checks(
            session,
            now,
            edition=naming.edition_named(session, edition),
            rules=desk.place.rules,
            is_sandbox=desk.settings.is_sandbox,
        )
    if as_json:
        saying.document([_document(one) for one in found])
    else:
        for line in _lines(found, show_all=show_all):
            click.echo(line)
    if blocking := list(dict.fromkeys(one.rule for one in found if one.blocks)):
        raise saying.NothingDone(f"{edition} cannot go live: {', '.join(blocking)}")


def _lines(found: Sequence[Check], *, show_all: bool) -> Iterator[str]:
    for standing, heading in _HEADINGS.items():
        if sentences := told(found, standing):
            yield heading
            for each in sentences:
                yield from _sentence(each)
    standings = Counter(one.standing for one in found)
    if unknown := not_told(found):
        yield f"Not tracked: {unknown}; {standings[Standing.NOT_TRACKED]} rules say nothing without."
    yield f"{standings[Standing.HOLDS]} checks hold" + (":" if show_all else "; --all lists them.")
    if show_all:
        held = [one for one in found if one.standing is Standing.HOLDS]
        yield from (f"  {one.rule}  {one.field}  {said(one)}" for one in held)


def _sentence(each: Told) -> Iterator[str]:
    wait = f" Possible from {each.possible_on} on." if each.possible_on else ""
    yield f"  {each.sentence}{wait}"
    for one in each.checks:
        yield f"    {one.rule}  {one.field}"
        if one.record is not None:
            yield f"      {one.record.title} ({one.record.citation})"
        if one.record is not None and one.standing in (Standing.STOPS, Standing.WARNS):
            yield f"      {_signed(one)}"


def _signed(one: Check) -> str:
    """Who signed a failing rule off, who overrode it, and what can be done about that."""
    if one.review is None:
        signed = f"not reviewed; have it read, then: omni rules review {one.rule} --by NAME"
    else:
        signed = f"reviewed by {one.review.reviewed_by} on {one.review.reviewed_on}"
    if one.override is not None:
        signed += f"; overridden by {one.override.overridden_by}: {one.override.reason}"
    return signed


def _document(one: Check) -> dict[str, object]:
    return {
        "rule": one.rule,
        "weight": one.weight.value,
        "standing": one.standing.value,
        "passed": one.passed,
        "about": one.about,
        "field": one.field,
        "remedy": None if one.passed or one.lacks else said(one),
        "not_tracked": list(one.lacks),
        "values": dict(one.values),
        "possible_on": one.possible_on.isoformat() if one.possible_on else None,
        "title": one.record.title if one.record else None,
        "citation": one.record.citation if one.record else None,
        "reviewed": _review(one),
        "override": _override(one),
    }


def _review(one: Check) -> dict[str, str] | None:
    if one.review is None:
        return None
    return {"by": one.review.reviewed_by, "on": one.review.reviewed_on.isoformat()}


def _override(one: Check) -> dict[str, str] | None:
    if one.override is None:
        return None
    return {
        "by": one.override.overridden_by,
        "at": one.override.overridden_at.isoformat(),
        "reason": one.override.reason,
    }


COMMANDS = (check,)

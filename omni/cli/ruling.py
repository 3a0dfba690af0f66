"""The display rules: what markets want said and proved, who signed a rule off, and who overrode one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import click

from omni.cli import saying
from omni.cli.desk import Desk, pass_desk
from omni.cli.helping import example
from omni.domain.decision import RuleReview
from omni.domain.display_rule import EVERYWHERE, DisplayRule
from omni.present import market_file
from omni.services import deciding, naming

_MOST_NAMED = 4
_DAY = click.DateTime(["%Y-%m-%d"])

rule_argument = click.argument("rule", metavar="RULE")


@example("omni rules", "omni rules show EU-OMN-30D")
@click.group(invoke_without_command=True)
@click.option("--market", help="Only the rules of this market.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def rules(context: click.Context, market: str | None, *, as_json: bool) -> None:
    """What markets want said and proved; sign a rule off, override one."""
    if context.invoked_subcommand is None:
        _list(context.obj, market, as_json=as_json)


def _list(desk: Desk, market: str | None, *, as_json: bool) -> None:
    if market is not None and market not in market_file.known(desk.settings.markets_dir):
        raise click.BadParameter(f"{market} is not a market here: see `omni markets`", param_hint="--market")
    with desk.place.db.reading() as session:
        signed = deciding.reviews(session, desk.place.rules)
    wanted = [
        rule for rule in desk.place.rules if market is None or {market, EVERYWHERE}.intersection(rule.markets)
    ]
    if as_json:
        saying.document([_document(rule, signed) for rule in wanted])
        return
    saying.table(
        ("rule", "markets", "weight", "in force", "confidence", "review", "title"),
        [
            (
                rule.id,
                _where(rule),
                rule.weight.value,
                _in_force(rule),
                rule.confidence.value,
                _review(signed.get(rule.id)),
                rule.title,
            )
            for rule in wanted
        ],
    )


@example("omni rules show EU-OMN-30D")
@rules.command("show")
@rule_argument
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_desk
def rules_show(desk: Desk, rule: str, *, as_json: bool) -> None:
    """One rule as its record reads, with its source and review."""
    found = deciding.rule_named(desk.place.rules, rule)
    with desk.place.db.reading() as session:
        signed = deciding.reviews(session, [found])
    told = _document(found, signed)
    if as_json:
        saying.document(told)
        return
    for name, value in told.items():
        if value not in (None, [], {}):
            click.echo(f"{name:12} {_plain(value)}")


@example("omni rules review EU-OMN-30D --by 'Ines Roth, legal'")
@rules.command("review")
@rule_argument
@click.option("--by", required=True, metavar="NAME", help="Who read it.")
@click.option("--on", type=_DAY, help="The day it was read; else today.")
@pass_desk
def rules_review(desk: Desk, rule: str, by: str, on: datetime | None) -> None:
    """Sign a rule off as it now reads; from here on it blocks. A changed record must be read again."""
    now = desk.now()
    found = deciding.rule_named(desk.place.rules, rule)
    with desk.place.db.writing() as tx:
        deciding.review(tx, now, rule=found, by=by, on=(on or now).date())
    click.echo(f"{found.id} is reviewed. Whoever breaks it cannot go live.")


@example("omni rules override double-11/fr EU-OMN-30D --reason 'The history of 2026 is on paper, file 12'")
@rules.command("override")
@click.argument("edition", metavar="CAMPAIGN/MARKET")
@rule_argument
@click.option("--reason", required=True, help="Why; kept as evidence.")
@pass_desk
def rules_override(desk: Desk, edition: str, rule: str, reason: str) -> None:
    """Let one edition go live although a rule fails. Your name and reason are kept."""
    now = desk.now()
    found = deciding.rule_named(desk.place.rules, rule)
    with desk.place.db.writing() as tx:
        named = naming.edition_named(tx, edition)
        deciding.override(tx, now, edition=named, rule=found, reason=reason, by=desk.by)
    click.echo(f"{found.id} no longer stops {edition}. Your name, the reason and the time are kept.")


def _document(rule: DisplayRule, signed: Mapping[str, RuleReview]) -> dict[str, object]:
    review = signed.get(rule.id)
    told = rule.model_dump(mode="json", by_alias=True)
    reviewed = {"by": review.reviewed_by, "on": review.reviewed_on.isoformat()} if review else None
    return {**told, "sha256": rule.sha256, "reviewed": reviewed}


def _where(rule: DisplayRule) -> str:
    if EVERYWHERE in rule.markets:
        return "all"
    return " ".join(rule.markets) if len(rule.markets) <= _MOST_NAMED else f"{len(rule.markets)} markets"


def _in_force(rule: DisplayRule) -> str:
    if rule.valid_from is None and rule.valid_until is None:
        return "always"
    return f"{rule.valid_from or ''}–{rule.valid_until or ''}"


def _review(review: RuleReview | None) -> str:
    return f"{review.reviewed_by}, {review.reviewed_on}" if review else "not reviewed"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


COMMANDS = (rules,)

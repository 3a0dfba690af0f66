"""What an authority or a shopper may ask for years later: what was accepted, shown, priced and decided."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from omni.domain.batch import Batch, Recall
from omni.domain.campaign import Campaign, Edition, EditionRevision, EditionStep
from omni.domain.claim import Claim
from omni.domain.decision import Decision, RuleOverride, RuleReview
from omni.domain.display_rule import DisplayRule
from omni.domain.evidence import BundleCase, CodeCase, Evidence, PrintedThere, RecalledThere
from omni.domain.keyring import Opened
from omni.domain.market import Market
from omni.domain.placement import Placement
from omni.domain.price import DailySale, Price
from omni.domain.print_run import PrintRun, PrintStop
from omni.domain.published import Published
from omni.domain.record import Origin
from omni.domain.refusal import BadInput, Reason, Unknown
from omni.domain.repricing import Repricing
from omni.domain.terms import TermsVersion
from omni.services.travelling import Sight, Then, sight, sight_of, travel
from omni.store import finders

_Row = TypeVar("_Row", Price, DailySale)


@dataclass(frozen=True)
class Accepted:
    """Terms with where they belong, and the claim that accepted them when it is a code's."""

    terms: TermsVersion
    edition: str
    zone: str
    digits: int
    claim: Claim | None = None


@dataclass(frozen=True)
class FoundCode:
    """A code of ours: its number, the batch it was issued in, and the claim that was made with it."""

    number: int
    batch: Batch
    edition: Edition
    claim: Claim | None


@dataclass(frozen=True)
class Inquiry:
    """What is known, and the pages to be drawn beside it: each with the language it was read in."""

    evidence: Evidence
    sights: Sequence[tuple[str, Sight]]


def find_code(session: Session, opened: Opened | None) -> FoundCode:
    """The code or voucher somebody named. Raises Unknown."""
    batch = finders.batch_of(session, opened.number) if opened else None
    if opened is None or batch is None or batch.key_id != opened.key_id:
        raise Unknown(Reason.UNKNOWN_CODE)
    edition = finders.edition_of(session, batch.edition_id)
    return FoundCode(opened.number, batch, edition, finders.claim_of(session, opened.number))


def accepted_with(session: Session, code: FoundCode) -> Accepted:
    """The terms that were accepted when a code was unlocked. Raises BadInput when it never was."""
    if code.claim is None:
        raise BadInput("code", "this code was never unlocked: nobody has accepted anything with it")
    terms = session.get_one(TermsVersion, code.claim.terms_id)
    return _accepted(session, code.edition, terms, code.claim)


def terms_of(session: Session, edition: Edition, *, locale: str, version: int | None) -> Accepted:
    """The terms an edition published in a locale, by default the newest. Raises BadInput."""
    rows = session.exec(
        select(TermsVersion)
        .where(TermsVersion.edition_id == edition.id, TermsVersion.locale == locale)
        .order_by(col(TermsVersion.version))
    ).all()
    if not rows:
        raise BadInput("locale", f"no terms in {locale}; there are {', '.join(locales_of(session, edition))}")
    found = rows[-1] if version is None else next((row for row in rows if row.version == version), None)
    if found is None:
        raise BadInput("version", f"there are 1 to {rows[-1].version} in {locale}")
    return _accepted(session, edition, found, None)


def locales_of(session: Session, edition: Edition) -> tuple[str, ...]:
    """The locales an edition's terms are written in now, in its market's order."""
    return _in_order(finders.market_of(session, edition.market_id), finders.published(session, edition))


def inquire(
    session: Session, now: datetime, at: datetime, *, edition: Edition, rules: Sequence[DisplayRule]
) -> Inquiry:
    """Everything recorded of an edition by an instant, and its pages in the languages its market requires.

    No shopper is in it. Raises BadInput for an instant to come, and for one before anything was published.
    """
    if at > now:
        raise BadInput("at", "this has not come yet; `omni preview` shows what will be")
    then = travel(session, now, at, edition=edition)
    evidence = _gather(session, then, rules)
    sights = [sight(session, then, bundle=case.slug) for case in evidence.bundles]
    return Inquiry(
        evidence, [(locale, seen) for locale in evidence.market.required_locales for seen in sights]
    )


def inquire_about(
    session: Session,
    now: datetime,
    *,
    edition: Edition,
    rules: Sequence[DisplayRule],
    code: FoundCode,
    shown: str,
) -> Inquiry:
    """The same about one code: at the instant it was unlocked, in the language it was unlocked in.

    `shown` is the code as it stands on its paper. One that was not unlocked is shown as it is now. Raises
    BadInput for a code of another edition.
    """
    if code.edition.id != edition.id:
        raise BadInput("code", "belongs to another offer")
    claim = code.claim
    then = travel(session, now, claim.claimed_at if claim else now, edition=edition)
    case = CodeCase(
        code=shown,
        placement=then.catalogue.placements[code.batch.placement_id].slug,
        bundle=then.content.bundle(code.batch.bundle_id).slug,
        issued_at=code.batch.issued_at,
        claim=claim,
    )
    seen = sight_of(session, then, batch=code.batch, number=code.number)
    evidence = _gather(session, then, rules, case)
    # Paper that is honoured has a price of its own, and this one was on the screen.
    own = [replace(each, price_minor=seen.view.price_minor) for each in evidence.bundles]
    evidence = replace(evidence, bundles=own)
    locales = [claim.locale] if claim else evidence.market.required_locales
    return Inquiry(evidence, [(locale, seen) for locale in locales])


def _gather(
    session: Session, then: Then, rules: Sequence[DisplayRule], code: CodeCase | None = None
) -> Evidence:
    edition, content = then.edition, then.content
    market = then.catalogue.markets[edition.market_id]
    locales, decisions = _in_order(market, content), _decisions(session, then)
    decided = {(decision.rule, decision.record_sha256) for decision in decisions}
    return Evidence(
        key=then.catalogue.edition_key(edition.id or 0),
        at=then.at,
        edition=edition,
        content=content,
        market=market,
        bundles=_bundles(then, code),
        terms=[session.get_one(TermsVersion, content.terms[locale].id) for locale in locales],
        prices=_flat(then.catalogue.prices.values()),
        sales=_flat(then.catalogue.sales.values()),
        revisions=_revisions(session, then),
        steps=_steps(session, then),
        decisions=decisions,
        rules=[rule for rule in rules if (rule.id, rule.sha256) in decided],
        reviews=_reviews(session, then, {rule for rule, _ in decided}),
        overrides=_overrides(session, then),
        printed=_printed(session, then),
        recalls=_recalls(session, then),
        repricings=_repricings(session, then),
        code=code,
    )


def _in_order(market: Market, content: Published) -> tuple[str, ...]:
    # The market says the order: PostgreSQL keeps no order of keys in a document.
    return tuple(known["id"] for known in market.locales if known["id"] in content.terms)


def _accepted(session: Session, edition: Edition, terms: TermsVersion, claim: Claim | None) -> Accepted:
    market = finders.market_of(session, edition.market_id)
    campaign = session.get_one(Campaign, edition.campaign_id)
    key = f"{campaign.slug}/{market.id}"
    return Accepted(terms, key, market.time_zone, market.digits, claim)


def _bundles(then: Then, code: CodeCase | None) -> list[BundleCase]:
    """The bundles on offer then, or the one of a code."""
    edition_id, at = then.edition.id or 0, then.at
    asked = [then.bundle(code.bundle)] if code else then.content.offered
    return [
        BundleCase(
            slug=bundle.slug,
            price_minor=then.catalogue.price(edition_id, bundle.slug, at),
            item_prices_minor=tuple(then.catalogue.price(edition_id, line.sku, at) for line in bundle.lines),
            reference=then.catalogue.reference(edition_id, bundle, at),
        )
        for bundle in asked
    ]


def _flat(rows: Iterable[Sequence[_Row]]) -> list[_Row]:
    return sorted((row for some in rows for row in some), key=lambda row: (row.item, row.id or 0))


def _revisions(session: Session, then: Then) -> Sequence[EditionRevision]:
    rows = select(EditionRevision).where(EditionRevision.edition_id == then.edition.id)
    known = rows.where(EditionRevision.published_at <= then.at)
    return session.exec(known.order_by(col(EditionRevision.revision))).all()


def _steps(session: Session, then: Then) -> Sequence[EditionStep]:
    rows = select(EditionStep).where(EditionStep.edition_id == then.edition.id, EditionStep.at <= then.at)
    return session.exec(rows.order_by(col(EditionStep.id))).all()


def _decisions(session: Session, then: Then) -> Sequence[Decision]:
    rows = select(Decision).where(Decision.edition_id == then.edition.id, Decision.decided_at <= then.at)
    return session.exec(rows.order_by(col(Decision.id))).all()


def _overrides(session: Session, then: Then) -> Sequence[RuleOverride]:
    rows = select(RuleOverride).where(RuleOverride.edition_id == then.edition.id)
    known = rows.where(RuleOverride.overridden_at <= then.at)
    return session.exec(known.order_by(col(RuleOverride.id))).all()


def _reviews(session: Session, then: Then, rules: Collection[str]) -> Sequence[RuleReview]:
    rows = select(RuleReview).where(col(RuleReview.rule).in_(sorted(rules)))
    known = rows.where(RuleReview.recorded_at <= then.at)
    return session.exec(known.order_by(col(RuleReview.id))).all()


def _printed(session: Session, then: Then) -> list[PrintedThere]:
    """What came out of live print runs, put together: a till's slips are one line, however many."""
    run = PrintRun
    stopped = (col(PrintStop.run_id) == PrintRun.id) & (col(PrintStop.stopped_at) <= then.at)
    kind = (
        col(Placement.slug).label("placement"),
        *(col(each) for each in (run.form, run.layout, run.revision, run.price_minor)),
        *(col(each) for each in (run.currency, run.printed_by)),
    )
    counted = (
        func.count(col(run.id)).label("runs"),
        func.sum(func.coalesce(col(PrintStop.copies_made), col(run.copies))).label("copies"),
        func.min(col(run.printed_at)).label("first_at"),
        func.max(col(run.printed_at)).label("last_at"),
    )
    rows = (
        sql_select(*kind, *counted)
        .join(Batch, col(Batch.id) == PrintRun.batch_id)
        .join(Placement, col(Placement.id) == Batch.placement_id)
        .join(PrintStop, stopped, isouter=True)
        .where(
            col(Batch.edition_id) == then.edition.id,
            col(PrintRun.origin) == Origin.LIVE,
            col(PrintRun.printed_at) <= then.at,
        )
        .group_by(*kind)
        .order_by(*kind)
    )
    return [PrintedThere(**{**row, "copies": int(row["copies"])}) for row in session.execute(rows).mappings()]


def _repricings(session: Session, then: Then) -> Sequence[Repricing]:
    rows = select(Repricing).where(Repricing.edition_id == then.edition.id, Repricing.decided_at <= then.at)
    return session.exec(rows.order_by(col(Repricing.id))).all()


def _recalls(session: Session, then: Then) -> list[RecalledThere]:
    rows = (
        select(Recall, Placement.slug)
        .join(Batch, col(Batch.id) == Recall.batch_id)
        .join(Placement, col(Placement.id) == Batch.placement_id)
        .where(Batch.edition_id == then.edition.id, Recall.origin == Origin.LIVE)
        .where(Recall.recalled_at <= then.at)
        .order_by(col(Recall.id))
    )
    return [
        RecalledThere(place, recall.size, recall.reason, recall.recalled_at, recall.recalled_by)
        for recall, place in session.exec(rows)
    ]

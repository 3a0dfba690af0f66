"""Applying a campaign file: all of it or nothing, and a new revision only where something changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, delete, select

from omni.domain.campaign import Campaign, Edition, EditionRevision, EditionState
from omni.domain.campaign_file import BundlePart, CampaignFile
from omni.domain.creative import Focus
from omni.domain.display_rule import DisplayRule, reference_rule
from omni.domain.edition_plan import EditionPlan, plan_edition
from omni.domain.market import Market
from omni.domain.market_record import MarketRecord
from omni.domain.offer import Bundle, BundleLine, Offer, Picture
from omni.domain.placement import EditionPlacement, Placement
from omni.domain.product import Item
from omni.domain.published import PublishedBundle, PublishedLine, PublishedNet
from omni.domain.refusal import BadInput, Reason
from omni.domain.repricing import PrintedPrice
from omni.domain.terms import WrittenTerms
from omni.domain.theme import Theme
from omni.services import deciding, picturing, repricing
from omni.services.publishing import days_of, publish
from omni.services.rationing import ration
from omni.services.repricing import Decider, Rise
from omni.store.catalogue import has_changed
from omni.store.contents import content_of


@dataclass(frozen=True)
class Authored:
    """A campaign file and what it brings: market records, terms by market and locale, pictures by path.

    `rules` are the display rules of this installation, `focuses` those written for pictures, by digest.
    """

    file: CampaignFile
    markets: Mapping[str, MarketRecord]
    terms: Mapping[str, Mapping[str, WrittenTerms]]
    pictures: Mapping[str, Picture]
    rules: Sequence[DisplayRule]
    theme: Theme | None = None
    focuses: Mapping[str, Focus] = field(default_factory=dict)


@dataclass(frozen=True)
class AppliedEdition:
    """What applying the file did to one edition, and which of its prices rose above what is printed."""

    key: str
    revision: int
    has_changed: bool
    rises: Sequence[Rise] = ()


def apply(
    tx: Session,
    now: datetime,
    *,
    authored: Authored,
    by: str,
    printed: PrintedPrice | None = PrintedPrice.HONOUR,
) -> list[AppliedEdition]:
    """Write a campaign and its editions as the file has them.

    Prices are appended when they differ from what holds; terms get a new version when their words differ;
    an edition gets a new revision when anything a shopper could see differs. What the file no longer names
    stays: nothing printed is ever orphaned. `printed` says what becomes of paper that says less than a bundle
    costs from now on. A launched edition whose new content a display rule stops is BadInput, paper nobody
    decided about is Undecided, and nothing of the file may then be kept.
    """
    for picture in authored.pictures.values():
        tx.merge(picture)
    campaign = _campaign(tx, now, authored.file)
    offers = _offers(tx, campaign, authored)
    applied = []
    for market_id in authored.file.markets:
        record = authored.markets[market_id]
        _market(tx, record)
        plan = plan_edition(authored.file, record)
        edition = _edition(tx, now, campaign, plan, by)
        changed = _say(tx, now, edition, offers, plan, authored, by)
        if changed and edition.state in (EditionState.LIVE, EditionState.PAUSED):
            _stay_lawful(tx, now, edition, authored.rules, by)
        rises = tuple(repricing.settle(tx, Decider(now, printed, by), edition=edition))
        applied.append(AppliedEdition(f"{campaign.slug}/{market_id}", edition.revision, changed, rises))
    repricing.decided([rise for each in applied for rise in each.rises])
    has_changed(tx)
    return applied


def _campaign(tx: Session, now: datetime, file: CampaignFile) -> Campaign:
    campaign = tx.exec(select(Campaign).where(Campaign.slug == file.campaign)).first()
    if campaign is None:
        campaign = Campaign(slug=file.campaign, names={}, created_at=now)
    campaign.names = dict(file.name.root)
    tx.add(campaign)
    tx.flush()
    return campaign


def _market(tx: Session, record: MarketRecord) -> None:
    tx.merge(
        Market(
            id=record.id,
            country=record.country,
            currency=record.currency,
            digits=record.digits,
            time_zone=record.time_zone,
            host=record.host,
            locales=[{"id": locale.id, "terms": locale.terms} for locale in record.locales],
            required_locales=list(record.required_locales),
            record=record.model_dump(mode="json"),
        )
    )


def _offers(tx: Session, campaign: Campaign, authored: Authored) -> dict[str, Offer]:
    file = authored.file
    known = {offer.sku: offer for offer in tx.exec(select(Offer).where(Offer.campaign_id == campaign.id))}
    for sku, name in file.item_names().items():
        offer = known.setdefault(sku, Offer(campaign_id=campaign.id or 0, sku=sku, names={}))
        item = file.items.get(sku)
        offer.names = dict(name.root)
        offer.picture = _digest_of(authored, item.picture if item else None)
        offer.page = item.page if item else None
        tx.add(offer)
    tx.flush()
    return known


def _edition(tx: Session, now: datetime, campaign: Campaign, plan: EditionPlan, by: str) -> Edition:
    edition = tx.exec(
        select(Edition).where(Edition.campaign_id == campaign.id, Edition.market_id == plan.market.id)
    ).first() or Edition(
        campaign_id=campaign.id or 0, market_id=plan.market.id, **days_of(plan), changed_at=now, changed_by=by
    )
    for name, day in days_of(plan).items():
        setattr(edition, name, day)
    edition.priority = plan.priority
    tx.add(edition)
    tx.flush()
    return edition


def _say(
    tx: Session,
    now: datetime,
    edition: Edition,
    offers: Mapping[str, Offer],
    plan: EditionPlan,
    authored: Authored,
    by: str,
) -> bool:
    """Publish what the file says of an edition; whether that differs from what it said before."""
    _placements(tx, edition, plan)
    ration(tx, now, edition=edition, bundles=authored.file.bundles, stock=plan.stock, caps=plan.policies.caps)
    bundles = [*_bundles(tx, edition, offers, plan, authored), *_withdrawn(tx, edition, authored.file)]
    return publish(
        tx,
        now,
        edition=edition,
        plan=plan,
        names=authored.file.name.by_locale(plan.locales),
        logo=_logo(authored),
        theme=authored.theme,
        bundles=bundles,
        cuts=picturing.cuts_of(tx, bundles, authored.focuses),
        terms=authored.terms[plan.market.id],
        reference=reference_rule(authored.rules, plan.market.id, plan.days.opens_on),
        by=by,
    )


def _stay_lawful(tx: Session, now: datetime, edition: Edition, rules: Sequence[DisplayRule], by: str) -> None:
    """What shoppers see from now on is decided anew. Raises BadInput when a display rule stops it."""
    found = deciding.checks(tx, now, edition=edition, rules=rules, is_sandbox=False)
    for check in found:
        if check.record is not None and check.blocks:
            raise BadInput(
                check.field,
                f"{check.rule} stops this in {edition.market_id}, which is live: mend it, or override it",
                Reason.NOT_READY,
            )
    deciding.decide(tx, now, edition=edition, found=found, by=by)


def _placements(tx: Session, edition: Edition, plan: EditionPlan) -> None:
    for planned in plan.placements:
        placement = tx.exec(select(Placement).where(Placement.slug == planned.slug)).first()
        if placement is not None and placement.market_id != plan.market.id:
            raise BadInput(
                f"markets.{plan.market.id}.placements.{planned.slug}",
                f"this place belongs to {placement.market_id}",
            )
        placement = placement or Placement(
            slug=planned.slug,
            market_id=plan.market.id,
            touchpoint=planned.touchpoint,
            names={},
            store_slug="",
            store_names={},
        )
        placement.touchpoint = planned.touchpoint
        placement.names = planned.name.by_locale(plan.locales)
        placement.store_slug = planned.store.slug
        placement.store_names = planned.store.name.by_locale(plan.locales)
        placement.store_address = planned.store.address or ""
        placement.printer = planned.printer
        tx.add(placement)
        tx.flush()
        tx.merge(EditionPlacement(edition_id=edition.id or 0, placement_id=placement.id or 0))


def _bundles(
    tx: Session, edition: Edition, offers: Mapping[str, Offer], plan: EditionPlan, authored: Authored
) -> list[PublishedBundle]:
    known = {bundle.slug: bundle for bundle in tx.exec(select(Bundle).where(Bundle.edition_id == edition.id))}
    shown = []
    for position, (slug, part) in enumerate(authored.file.bundles.items()):
        names = authored.file.bundle_name(slug).by_locale(plan.locales)
        bundle = known.get(slug) or Bundle(edition_id=edition.id or 0, slug=slug, names=names)
        bundle.names, bundle.position = names, position
        tx.add(bundle)
        tx.flush()
        tx.exec(delete(BundleLine).where(col(BundleLine.bundle_id) == bundle.id))
        lines = []
        for line, (sku, quantity) in enumerate(part.items.items()):
            offer = offers[sku]
            tx.add(BundleLine(bundle_id=bundle.id or 0, line=line, offer_id=offer.id or 0, quantity=quantity))
            lines.append(_line(line, quantity, offer, part, plan, authored))
        shown.append(
            PublishedBundle(
                id=bundle.id or 0,
                slug=slug,
                names=names,
                texts=part.text.by_locale(plan.locales) if part.text else {},
                picture=_digest_of(authored, part.picture),
                alts=part.alt.by_locale(plan.locales) if part.alt else {},
                made_by_ai=part.made_by_ai,
                lines=tuple(lines),
                variants=picturing.variants_of(part, plan, authored.pictures),
            )
        )
    return shown


def _line(
    line: int, quantity: int, offer: Offer, bundle: BundlePart, plan: EditionPlan, authored: Authored
) -> PublishedLine:
    shown = PublishedLine(
        line=line,
        sku=offer.sku,
        names=authored.file.item_names()[offer.sku].by_locale(plan.locales),
        quantity=quantity,
        picture=offer.picture,
        page=offer.page,
        is_gift=offer.sku in bundle.gifts,
        ceiling_minor=plan.ceilings_minor.get(offer.sku),
    )
    item = authored.file.items.get(offer.sku)
    return shown if item is None else shown.model_copy(update=_described(item, plan))


def _described(item: Item, plan: EditionPlan) -> dict[str, object]:
    net = item.net
    return {
        "made_by_ai": item.made_by_ai,
        "net": PublishedNet(amount=net.amount * net.unit.in_base, per=net.unit.base) if net else None,
        "is_perishable": item.perishable,
        "origin": item.origin,
        "maker": item.maker,
        "gtin": item.gtin,
        "responsible": item.responsible,
        "sizes": plan.size_tables[item.sizes] if item.sizes else None,
    }


def _withdrawn(tx: Session, edition: Edition, file: CampaignFile) -> list[PublishedBundle]:
    """The bundles the file no longer names, as they were last shown: codes printed for them still open."""
    last = tx.get(EditionRevision, (edition.id, edition.revision))
    if last is None:
        return []
    return [
        bundle.model_copy(update={"is_withdrawn": True})
        for bundle in content_of(last).bundles
        if bundle.slug not in file.bundles
    ]


def _logo(authored: Authored) -> str | None:
    """What stands on paper: the campaign's own logo, else its brand's."""
    own = _digest_of(authored, authored.file.logo)
    return authored.theme.logo_digest if own is None and authored.theme else own


def _digest_of(authored: Authored, path: str | None) -> str | None:
    return authored.pictures[path].digest if path else None

"""What is known of an edition at an instant, as an authority may ask for it; no shopper is named in it.

The facts are those recorded by that instant, so the same instant gives the same evidence for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from omni.domain.campaign import Edition, EditionRevision, EditionStep
from omni.domain.claim import Claim
from omni.domain.decision import Decision, RuleOverride, RuleReview
from omni.domain.display_rule import DisplayRule
from omni.domain.market import Market
from omni.domain.price import DailySale, Price
from omni.domain.published import Published, digest
from omni.domain.reference import NoReference, Reference
from omni.domain.repricing import Repricing
from omni.domain.terms import TermsVersion


@dataclass(frozen=True)
class PrintedThere:
    """Everything of one kind that was printed for one place: how often, how many, between which instants."""

    placement: str
    form: str
    layout: str | None
    revision: int
    price_minor: int
    currency: str
    printed_by: str
    runs: int
    copies: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class RecalledThere:
    """Printed codes of one place that were taken back: how many, why, when and by whom."""

    placement: str
    codes: int
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True)
class BundleCase:
    """One bundle as priced at the instant: its price, its items' prices, and what it may be compared with."""

    slug: str
    price_minor: int | None
    item_prices_minor: tuple[int | None, ...]
    reference: Reference | NoReference | None


@dataclass(frozen=True)
class CodeCase:
    """One code of the edition: as it is shown, where it was given out, and what was accepted with it."""

    code: str
    placement: str
    bundle: str
    issued_at: datetime
    claim: Claim | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything recorded of an edition by an instant.

    `edition` and `content` are as they stood then; `prices` and `sales` those of what it shows, as known;
    `rules` the records that decided, as far as they still read as they did.
    """

    key: str
    at: datetime
    edition: Edition
    content: Published
    market: Market
    bundles: Sequence[BundleCase]
    terms: Sequence[TermsVersion]
    prices: Sequence[Price]
    sales: Sequence[DailySale]
    revisions: Sequence[EditionRevision]
    steps: Sequence[EditionStep]
    decisions: Sequence[Decision]
    rules: Sequence[DisplayRule]
    reviews: Sequence[RuleReview]
    overrides: Sequence[RuleOverride]
    printed: Sequence[PrintedThere]
    recalls: Sequence[RecalledThere]
    repricings: Sequence[Repricing] = ()
    code: CodeCase | None = None


@dataclass(frozen=True)
class ShownPage:
    """A page as a shopper saw it: which bundle, in which language, and the whole of its HTML."""

    bundle: str
    locale: str
    html: str


def terms_digest(terms: TermsVersion) -> str:
    """The digest of a terms version's words as they now read; untouched words have the one kept with them."""
    return digest({"locale": terms.locale, "clauses": terms.clauses})

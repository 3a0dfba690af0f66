"""Checks of leave to hold the offer: the permit, where it can be looked up, and how long it may last."""

import re
from datetime import timedelta

from omni.domain.checking.registry import check
from omni.domain.checking.verdict import Verdict
from omni.domain.offer_facts import OfferFacts


@check("permit-given")
def permit_given(facts: OfferFacts, *, pattern: str = r"\S") -> Verdict:
    """The offer names its permit, written the way the authority writes it."""
    permit = facts.content.permit
    has_it = permit is not None and re.search(pattern, permit)
    return Verdict.of({"permit": permit}, wrong=() if has_it else ("permit",), field="permit")


@check("permit-linked")
def permit_linked(facts: OfferFacts) -> Verdict:
    """The offer says where its permit can be looked up."""
    page = facts.content.permit_page
    return Verdict.of({"permit_page": page}, wrong=() if page else ("permit_page",), field="permit_page")


@check("duration-at-most")
def duration_at_most(facts: OfferFacts, *, days: int) -> Verdict:
    """The offer does not run for more than so many days."""
    first, last = facts.content.opens_on, facts.content.last_unlock_on
    runs = (last - first).days + 1
    seen = {"opens": first.isoformat(), "closes": last.isoformat(), "days": runs}
    return Verdict.of(seen, wrong=("closes",) if runs > days else (), field="closes")


@check("announced-at-most")
def announced_at_most(facts: OfferFacts, *, days: int) -> Verdict:
    """The offer is not announced more than so many days before it opens."""
    opens = facts.content.opens_on
    early = facts.judged_on < opens - timedelta(days=days)
    return Verdict.of(
        {"opens": opens.isoformat(), "judged_on": facts.judged_on.isoformat()},
        wrong=("opens",) if early else (),
        field="opens",
        possible_on=opens - timedelta(days=days),
    )


@check("printed-on-request")
def printed_on_request(facts: OfferFacts) -> Verdict:
    """Slips are printed in this market only when the shopper asks for one."""
    policy = facts.market.record["print_policy"]
    wrong = () if policy == "on-request" else ("print_policy",)
    return Verdict.of({"print_policy": policy}, wrong=wrong, field="print_policy")

"""The files an authority receives: pages, terms, prices, decisions, prints, steps, and all of it on paper."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from omni.domain.evidence import Evidence, ShownPage
from omni.present.accepted_terms import terms_html, terms_record
from omni.present.evidence_paper import evidence_pdf
from omni.present.evidence_prices import case_record
from omni.present.evidence_seal import Exhibit, seal_files
from omni.present.locales import speaking

PDF = "evidence.pdf"


def sealed_evidence(evidence: Evidence, pages: Sequence[ShownPage], secret: bytes) -> bytes:
    """All of it as one signed ZIP; the same evidence and pages give the same bytes.

    Raises PrintUnavailable where the paper in it cannot be set.
    """
    about: dict[str, Any] = {
        "evidence_of": evidence.key,
        "at": evidence.at.astimezone(ZoneInfo(evidence.market.time_zone)).isoformat(),
        "revision": evidence.edition.revision,
        "content_sha256": evidence.revisions[-1].sha256,
        "made_by": f"Omni {version('omni-offers')}",
    }
    if evidence.code is not None:
        about["code"] = evidence.code.code
    return seal_files(exhibits(evidence, pages), about, secret)


def exhibits(evidence: Evidence, pages: Sequence[ShownPage]) -> Iterator[Exhibit]:
    """Every file of the evidence, its paper first."""
    yield Exhibit(PDF, "everything below, to be read", evidence_pdf(evidence, pages))
    for page in pages:
        name = f"pages/{page.locale}/{page.bundle}.html"
        yield Exhibit(name, "the page a shopper saw, pictures inside", page.html.encode())
    yield from _terms(evidence)
    yield from _records(evidence)


def _terms(evidence: Evidence) -> Iterator[Exhibit]:
    market = evidence.market
    for terms in evidence.terms:
        claim = evidence.code.claim if evidence.code else None
        accepted = claim if claim is not None and claim.terms_id == terms.id else None
        record = terms_record(
            terms, accepted, edition=evidence.key, zone=market.time_zone, digits=market.digits
        )
        name = f"terms/{terms.locale}-{terms.version}"
        yield Exhibit(f"{name}.json", "terms with their digest", _json(record))
        yield Exhibit(f"{name}.html", "the same terms, to be read", terms_html(record).encode())


def _records(evidence: Evidence) -> Iterator[Exhibit]:
    with speaking(evidence.market.required_locales[0]):
        cases = [case_record(evidence, case) for case in evidence.bundles]
    told: list[tuple[str, str, Any]] = [
        ("content.json", "what the edition said, as published", evidence.content),
        ("market.json", "the market's record as it is now", evidence.market),
        ("prices/comparison.json", "prices, what they were compared with, and the sums", cases),
        ("prices/history.json", "every price recorded of what is shown", evidence.prices),
        ("prices/sales.json", "every daily sale recorded of what is shown", evidence.sales),
        ("rules/decisions.json", "what each display rule decided, with its inputs", evidence.decisions),
        ("rules/records.json", "these rules, where they still read as they did", evidence.rules),
        ("rules/reviews.json", "who signed these rules off", evidence.reviews),
        ("rules/overrides.json", "who overrode a rule, and why", evidence.overrides),
        ("printed.json", "what was printed where", [asdict(run) for run in evidence.printed]),
        ("withdrawn.json", "printed codes that were taken back", [asdict(one) for one in evidence.recalls]),
        ("repricings.json", "what became of paper when a price rose above it", evidence.repricings),
        ("steps.json", "launches, pauses, resumes and ends", evidence.steps),
        ("revisions.json", "who published what", [_publication(row) for row in evidence.revisions]),
    ]
    if evidence.code is not None:
        case = {**asdict(evidence.code), "claim": evidence.code.claim}
        told.append(("code.json", "the code that was asked for", case))
    return (Exhibit(name, what, _json(value)) for name, what, value in told)


def _publication(row: BaseModel) -> dict[str, Any]:
    return row.model_dump(exclude={"content"})


def _json(value: Any) -> bytes:
    # Sorted, because no database promises an order of keys.
    return (json.dumps(value, default=_plain, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)
    return str(value)

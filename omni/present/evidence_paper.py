"""Evidence on paper: what an authority reads first, in the market's own language, with files behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from omni.domain.campaign import EditionState
from omni.domain.decision import Decision
from omni.domain.evidence import Evidence, ShownPage, terms_digest
from omni.domain.published import in_locale
from omni.present.accepted_terms import spoken
from omni.present.evidence_prices import arithmetic, bundle_of, histories
from omni.present.formatting import count, instant, market_name, money
from omni.present.locales import current_locale, gettext, language_name, marked, speaking
from omni.present.page_text import page_text
from omni.present.typesetting import check_letters, language, typeset

_STATES = {
    EditionState.DRAFT: marked("Draft"),
    EditionState.LIVE: marked("Live"),
    EditionState.PAUSED: marked("Paused"),
    EditionState.ENDED: marked("Ended"),
}

# How each element of a page is set; the others are paragraphs.
_KINDS = {"h1": "page-title", "h2": "page-heading", "li": "item", "button": "button"}

_RECORDS_LANGUAGE = "en"
"""Rules, reasons and inputs are shown as they were written down; our records of rules are in English."""

_Block = dict[str, Any]


def evidence_pdf(evidence: Evidence, pages: Sequence[ShownPage]) -> bytes:
    """The evidence as PDF; the same evidence gives the same bytes.

    Raises PrintUnavailable without the extra `print`, or for letters that no font has.
    """
    with speaking(evidence.market.required_locales[0]):
        blocks = list(_blocks(evidence, pages))
        title = _title(evidence)
        locale = current_locale()
    check_letters("".join(_letters(blocks)))
    spoken_here = dict.fromkeys((locale, *(block["locale"] for block in blocks if block["locale"])))
    languages = {known: language(known) for known in spoken_here}
    data = {"title": title, "locale": locale, "languages": languages, "blocks": blocks}
    return typeset("evidence.typ", data, as_format="pdf")


def _blocks(evidence: Evidence, pages: Sequence[ShownPage]) -> Iterator[_Block]:
    yield _said("title", _title(evidence))
    yield _said("p", gettext("Evidence, as of %(instant)s", instant=_when(evidence, evidence.at)))
    yield from _standing(evidence)
    yield from _code(evidence)
    yield from _pages(evidence, pages)
    yield from _terms(evidence)
    yield from _prices(evidence)
    yield from _decisions(evidence)
    yield from _printed(evidence)
    yield from _life(evidence)
    yield _said(
        "p",
        gettext("Every file of this evidence stands in manifest.json with its SHA-256; that file is signed."),
    )


def _title(evidence: Evidence) -> str:
    return gettext(
        "%(campaign)s in %(market)s",
        campaign=in_locale(evidence.content.names, current_locale()),
        market=market_name(evidence.market.id, current_locale()),
    )


def _standing(evidence: Evidence) -> Iterator[_Block]:
    newest = evidence.revisions[-1]
    yield _table(
        [],
        [
            [gettext("Campaign"), evidence.key],
            [gettext("State"), gettext(_STATES[evidence.edition.state])],
            [gettext("Revision"), str(newest.revision)],
            ["SHA-256", newest.sha256],
            [gettext("Published"), f"{_when(evidence, newest.published_at)}, {newest.published_by}"],
        ],
    )


def _code(evidence: Evidence) -> Iterator[_Block]:
    case = evidence.code
    if case is None:
        return
    yield _said("heading", gettext("The code"))
    rows = [
        [gettext("Code"), case.code],
        [gettext("Place"), case.placement],
        [gettext("Issued"), _when(evidence, case.issued_at)],
    ]
    if case.claim is not None:
        terms = next((terms for terms in evidence.terms if terms.id == case.claim.terms_id), None)
        rows += [
            [gettext("Unlocked"), _when(evidence, case.claim.claimed_at)],
            [gettext("Price"), _amount(evidence, case.claim.price_minor)],
            [gettext("Valid until"), _when(evidence, case.claim.expires_at)],
            [gettext("Accepted terms"), _version(terms.locale, terms.version) if terms else ""],
            ["SHA-256", terms.sha256 if terms else ""],
        ]
    yield _table([], rows)


def _pages(evidence: Evidence, pages: Sequence[ShownPage]) -> Iterator[_Block]:
    yield _said("heading", gettext("The page as shown"))
    bundles = {bundle.slug: bundle for bundle in evidence.content.bundles}
    for page in pages:
        name = in_locale(bundles[page.bundle].names, page.locale)
        yield _said("subheading", f"{language_name(page.locale, current_locale())} · {name}")
        yield from (
            _said(_KINDS.get(piece.kind, "page"), piece.text, piece.locale or page.locale)
            for piece in page_text(page.html, leaving_out="clauses")
        )


def _terms(evidence: Evidence) -> Iterator[_Block]:
    yield _said("heading", gettext("The terms"))
    for terms in evidence.terms:
        yield _said("subheading", _version(terms.locale, terms.version))
        digests = [["SHA-256", terms.sha256]]
        if (found := terms_digest(terms)) != terms.sha256:
            digests.append([gettext("Digest of these words"), found])
        yield _table([], [[gettext("Published"), _when(evidence, terms.published_at)], *digests])
        for title, paragraphs in map(spoken, terms.clauses):
            yield from ([_said("term", title, terms.locale)] if title else [])
            yield from (_said("p", text, terms.locale) for text in paragraphs)


def _prices(evidence: Evidence) -> Iterator[_Block]:
    yield _said("heading", gettext("Prices"))
    columns = [gettext("Price"), gettext("From"), gettext("Until")]
    for case in evidence.bundles:
        yield _said("subheading", in_locale(bundle_of(evidence, case).names, current_locale()))
        if case.price_minor is not None:
            yield _said("total", _amount(evidence, case.price_minor))
        yield from (_said("sum", line) for line in arithmetic(evidence, case))
        for name, steps in histories(evidence, case):
            if steps:
                yield _said("term", name)
                yield _table(columns, [list(step) for step in steps])


def _decisions(evidence: Evidence) -> Iterator[_Block]:
    yield _said("heading", gettext("Rules"))
    of_revision = [
        decision for decision in evidence.decisions if decision.revision == evidence.edition.revision
    ]
    records = {(rule.id, rule.sha256): rule for rule in evidence.rules}
    for decision in of_revision or evidence.decisions:
        standing, inputs = decision.inputs.get("standing", ""), {**decision.inputs, "standing": None}
        yield _said("term", f"{decision.rule} · {standing}", _RECORDS_LANGUAGE)
        record = records.get((decision.rule, decision.record_sha256))
        if record is not None:
            yield _said("p", f"{record.title} ({record.citation})", _RECORDS_LANGUAGE)
        told = [_when(evidence, decision.decided_at), decision.decided_by, *_signed(evidence, decision)]
        yield _said("p", " · ".join(told))
        if seen := _plain(inputs):
            yield _said("data", seen, _RECORDS_LANGUAGE)
    if not evidence.decisions:
        yield _nothing()


def _signed(evidence: Evidence, decision: Decision) -> Iterator[str]:
    """Who reviewed the rule and who overrode it, as it stood when it decided."""
    review = next(
        (
            review
            for review in reversed(evidence.reviews)
            if (review.rule, review.record_sha256) == (decision.rule, decision.record_sha256)
            and decision.is_reviewed
        ),
        None,
    )
    if review is None:
        yield gettext("Not reviewed yet")
    else:
        yield gettext(
            "Reviewed by %(name)s on %(day)s", name=review.reviewed_by, day=review.reviewed_on.isoformat()
        )
    for override in evidence.overrides:
        if override.id == decision.override_id:
            yield gettext(
                "Overridden by %(name)s on %(day)s: %(reason)s",
                name=override.overridden_by,
                day=_when(evidence, override.overridden_at),
                reason=override.reason,
            )


def _printed(evidence: Evidence) -> Iterator[_Block]:
    yield _said("heading", gettext("Printed"))
    columns = [gettext("Place"), gettext("Revision"), gettext("Price"), gettext("Copies"), gettext("Printed")]
    rows = [
        [
            f"{run.placement} · {run.form}" + (f" · {run.layout}" if run.layout else ""),
            str(run.revision),
            _amount(evidence, run.price_minor),
            count(run.copies, current_locale()),
            " – ".join(dict.fromkeys(_when(evidence, at) for at in (run.first_at, run.last_at)))
            + f" · {run.printed_by}",
        ]
        for run in evidence.printed
    ]
    yield _table(columns, rows) if rows else _nothing()
    if evidence.recalls:
        yield _said("subheading", gettext("Withdrawn"))
        yield _table(
            [gettext("Place"), gettext("Codes"), gettext("Why"), gettext("When and by whom")],
            [
                [
                    recall.placement,
                    count(recall.codes, current_locale()),
                    recall.reason,
                    f"{_when(evidence, recall.at)} · {recall.by}",
                ]
                for recall in evidence.recalls
            ],
        )


def _life(evidence: Evidence) -> Iterator[_Block]:
    yield _said("heading", gettext("What was done"))
    steps = [
        (step.at, gettext(_STATES[step.state]), " · ".join(filter(None, (step.reason, step.words))), step.by)
        for step in evidence.steps
    ]
    published = [
        (row.published_at, gettext("Revision"), str(row.revision), row.published_by)
        for row in evidence.revisions
    ]
    yield _table(
        [],
        [
            [_when(evidence, at), what, words, by]
            for at, what, words, by in sorted(published + steps, key=lambda done: done[0])
        ],
    )


def _version(locale: str, version: int) -> str:
    name = language_name(locale, current_locale())
    return gettext("%(language)s, version %(number)s", language=name, number=count(version, current_locale()))


def _when(evidence: Evidence, at: datetime) -> str:
    return instant(at, evidence.market.time_zone, current_locale())


def _amount(evidence: Evidence, amount_minor: int) -> str:
    market = evidence.market
    return money(amount_minor, market.currency, current_locale(), digits=market.digits)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name}: {_plain(part)}" for name, part in value.items() if part)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "—" if value is None else str(value)


def _said(kind: str, text: str, locale: str = "") -> _Block:
    return {"kind": kind, "text": text, "locale": locale}


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> _Block:
    return {"kind": "table", "columns": list(columns), "rows": list(rows), "locale": ""}


def _nothing() -> _Block:
    return _said("p", gettext("Nothing was recorded."))


def _letters(blocks: Iterable[_Block]) -> Iterator[str]:
    for block in blocks:
        yield block.get("text", "")
        for row in block.get("rows", []):
            yield from row

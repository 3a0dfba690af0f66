"""The authority's letter: one signed file with all that stood behind an offer, and nobody's name in it."""

import base64
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from omni.app import Composer, Installation
from omni.domain.code import Purpose
from omni.domain.evidence import Evidence, ShownPage
from omni.domain.people import Role
from omni.domain.price import Price, bundle_item
from omni.domain.refusal import BadInput
from omni.domain.window import midnight
from omni.present.evidence import sealed_evidence
from omni.present.evidence_prices import arithmetic
from omni.present.evidence_seal import BadSeal, Exhibit, open_seal, public_key_pem, seal_files
from omni.present.locales import speaking
from omni.services import deciding, evidencing, issuing, launching, naming, printing
from omni.services.evidencing import Inquiry
from tests.support.codes import a_batch, a_receipt_code
from tests.support.commands import Omni
from tests.support.installations import FESTIVAL, Clock, author, demo_file
from tests.support.shopper import Shopper
from tests.support.staff import signed_in

pytestmark = pytest.mark.pages

FR = "double-11/fr"
SECRET = bytes(range(32))


def inquire(place: Installation, at: datetime | None = None, *, edition: str = FR) -> Inquiry:
    with place.db.reading() as session:
        named = naming.edition_named(session, edition)
        now = place.world.now()
        return evidencing.inquire(session, now, at or now, edition=named, rules=place.rules)


def drawn(place: Installation, found: Inquiry, code: str | None = None) -> list[ShownPage]:
    draw = Composer(place.world).drawing(place)
    return [
        ShownPage(seen.view.bundle.slug, locale, draw(seen, locale=locale, code=code))
        for locale, seen in found.sights
    ]


def sealed(place: Installation, at: datetime | None = None, *, edition: str = FR) -> bytes:
    found = inquire(place, at, edition=edition)
    return sealed_evidence(found.evidence, drawn(place, found), SECRET)


def files(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def told(archive: bytes, name: str) -> list[dict]:
    return json.loads(files(archive)[name])


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    words = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return words


def happen(place: Installation) -> None:
    """A batch is printed and partly withdrawn, a rule overridden, the offer paused and resumed."""
    now = place.world.now()
    batch = a_batch(place)
    rule = next(rule for rule in place.rules if rule.id == "EU-OMN-30D")
    with place.db.writing() as tx:
        edition = naming.edition_named(tx, FR)
        run = {"form": "pdf", "layout": "L7160", "price_minor": 46_900, "currency": "EUR"}
        for first in (0, 5):
            number = batch.first_number + first
            made = printing.record_run(tx, now, batch=batch, first_number=number, copies=5, by="Nina", **run)
        printing.record_stop(tx, now, run=made, copies_made=2, reason="paper jam", by="Nina")
        issuing.recall(tx, now, batch_id=batch.id or 0, first=1, count=3, reason="misprint", by="Nina")
        deciding.override(tx, now, edition=edition, rule=rule, reason="Seen by our counsel.", by="Olga")
        launching.pause(tx, now, edition=edition, reason="other", words="Back at noon.", by="Mara")
        launching.resume(tx, now, edition=edition, by="Mara")


def test_the_same_facts_are_the_same_bytes_whatever_happened_since(
    installation: Installation, clock: Clock
) -> None:
    happen(installation)
    first = sealed(installation)
    clock.at = FESTIVAL + timedelta(days=30)
    happen(installation)
    file = demo_file()
    france = file.markets["fr"].model_copy(update={"minimum_basket": Decimal(50)})
    with installation.db.writing() as tx:
        author(tx, clock.at, file.model_copy(update={"markets": {**file.markets, "fr": france}}))
    assert sealed(installation, FESTIVAL) == first
    assert files(sealed(installation)) != files(first)


def test_everything_recorded_is_in_it(installation: Installation) -> None:
    happen(installation)
    archive = sealed(installation)
    assert [(run["placement"], run["copies"], run["runs"]) for run in told(archive, "printed.json")] == [
        ("fr-paris-popup", 7, 2)
    ]
    assert [(one["codes"], one["reason"]) for one in told(archive, "withdrawn.json")] == [(3, "misprint")]
    steps = [(step["state"], step["words"], step["by"]) for step in told(archive, "steps.json")]
    assert steps == [("live", None, "tests"), ("paused", "Back at noon.", "Mara"), ("live", None, "Mara")]
    assert [row["published_by"] for row in told(archive, "revisions.json")] == ["tests"]
    assert [one["reason"] for one in told(archive, "rules/overrides.json")] == ["Seen by our counsel."]
    decided = {decision["rule"] for decision in told(archive, "rules/decisions.json")}
    assert {"EU-OMN-30D", "EU-WDR"} <= decided
    assert all(decision["inputs"] for decision in told(archive, "rules/decisions.json"))
    assert {record["id"] for record in told(archive, "rules/records.json")} == decided
    assert told(archive, "prices/history.json")


def test_each_required_language_has_its_page_and_its_terms(installation: Installation) -> None:
    archive = files(sealed(installation, edition="double-11/ca-qc"))
    bundles = list(demo_file().bundles)
    pages = {f"pages/{locale}/{slug}.html" for locale in ("fr_CA", "en_CA") for slug in bundles}
    assert {name for name in archive if name.startswith("pages/")} == pages
    assert b'lang="fr' in archive[f"pages/fr_CA/{bundles[0]}.html"]
    for locale in ("fr_CA", "en_CA"):
        terms = json.loads(archive[f"terms/{locale}-1.json"])
        assert terms["matches_digest"] is True
        assert terms["clauses"][-1]["text"] in archive[f"terms/{locale}-1.html"].decode()


@pytest.mark.parametrize("market", ["fr", "sa", "jp"])
def test_the_paper_says_the_page_the_terms_and_the_price(installation: Installation, market: str) -> None:
    found = inquire(installation, edition=f"double-11/{market}").evidence
    words = words_of(files(sealed(installation, edition=f"double-11/{market}"))["evidence.pdf"])
    amount = found.bundles[0].price_minor
    assert amount is not None
    assert f"{amount // 10**found.market.digits:,}" in words
    # This decoder turns the lines of an Arabic page round; a print of it has been looked at.
    if market != "sa":
        assert f"double-11/{market}" in words
        assert found.revisions[-1].sha256 in words
        assert found.terms[0].sha256 in words
        assert found.terms[0].clauses[-1]["title"] in words


def test_the_sums_behind_an_earlier_price_are_told_in_lines(installation: Installation) -> None:
    slug = next(iter(demo_file().bundles))
    opens = midnight(demo_file().opens, "Europe/Paris")
    with installation.db.writing() as tx:
        for amount, days_before, days_long in [(62_500, 60, 40), (59_900, 20, 20)]:
            start = opens - timedelta(days=days_before)
            tx.add(
                Price(
                    market_id="fr",
                    item=bundle_item("double-11", slug),
                    amount_minor=amount,
                    currency="EUR",
                    valid_from=start,
                    valid_until=start + timedelta(days=days_long),
                    recorded_at=FESTIVAL,
                    source="tests",
                )
            )
    evidence: Evidence = inquire(installation).evidence
    with speaking("fr_FR"):
        lines = [
            line.replace("\u202f", " ").replace("\xa0", " ")
            for line in arithmetic(evidence, evidence.bundles[0])
        ]
    assert "599,00 €" in lines[0]
    assert "EU-OMN-30D" in lines[0]
    assert lines[1:] == ["599,00 € − 469,00 € = 130,00 €", "130,00 € × 100 ÷ 599,00 € ≥ 21 %"]
    case = told(sealed(installation), "prices/comparison.json")[0]
    assert (case["price_minor"], case["earlier_price"]["amount_minor"], case["earlier_price"]["percent"]) == (
        46_900,
        59_900,
        21,
    )


def test_no_shopper_is_in_it(installation: Installation, shopper: Shopper) -> None:
    codes = [a_receipt_code(installation, number=str(number)) for number in range(3)]
    vouchers = [shopper.voucher(code).rsplit("/", 1)[-1] for code in codes]
    everything = b"\n".join(files(sealed(installation)).values()).decode(errors="replace")
    assert [secret for secret in (*codes, *vouchers) if secret in everything] == []


def test_one_code_brings_its_own_page_and_what_was_accepted_and_no_other_code(
    installation: Installation, shopper: Shopper, clock: Clock
) -> None:
    mine, other = (a_receipt_code(installation, number=str(number)) for number in range(2))
    shopper.voucher(mine)
    clock.at = FESTIVAL + timedelta(days=5)
    opened = installation.keyring.open(mine)
    with installation.db.reading() as session:
        edition = naming.edition_named(session, FR)
        asked = evidencing.find_code(session, opened)
        found = evidencing.inquire_about(
            session, clock.at, edition=edition, rules=installation.rules, code=asked, shown=mine
        )
        elsewhere = naming.edition_named(session, "double-11/jp")
        with pytest.raises(BadInput, match="another offer"):
            evidencing.inquire_about(
                session, clock.at, edition=elsewhere, rules=installation.rules, code=asked, shown=mine
            )
    (page,) = drawn(installation, found, mine)
    assert mine in page.html
    assert "/claim" in page.html
    archive = files(sealed_evidence(found.evidence, [page], SECRET))
    case = json.loads(archive["code.json"])
    assert (case["code"], case["claim"]["price_minor"]) == (mine, 5_990)
    (accepted,) = [
        terms
        for name, body in archive.items()
        if name.endswith(".json") and name.startswith("terms/")
        for terms in [json.loads(body)]
        if "accepted_at" in terms
    ]
    assert accepted["accepted_at"] == "2026-11-11T11:00:00+01:00"
    assert mine in words_of(archive["evidence.pdf"])
    assert other not in b"\n".join(archive.values()).decode(errors="replace")


@pytest.mark.parametrize("at", [FESTIVAL + timedelta(seconds=1), datetime(2025, 1, 1, tzinfo=UTC)])
def test_there_is_no_evidence_of_the_future_nor_of_what_was_not_published(
    installation: Installation, at: datetime
) -> None:
    with pytest.raises(BadInput, match="at: "):
        inquire(installation, at)


# --- the seal -------------------------------------------------------------------------------------

EXHIBITS = [Exhibit("b.json", "numbers", b"{}"), Exhibit("a/page.html", "a page", "é".encode() * 99)]
ABOUT = {"evidence_of": FR, "at": "2026-11-11T11:00:00+01:00"}


def rewritten(archive: bytes, **changes: bytes | None) -> bytes:
    """The archive with some files changed, added or, by None, left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, body in {**files(archive), **changes}.items():
            if body is not None:
                file.writestr(name, body)
    return out.getvalue()


def test_a_whole_file_is_believed() -> None:
    manifest = open_seal(seal_files(EXHIBITS, ABOUT, SECRET), [bytes(32), SECRET])
    assert [file["name"] for file in manifest["files"]] == ["a/page.html", "b.json"]
    assert manifest["evidence_of"] == FR


@pytest.mark.parametrize(
    "changes,said",
    [
        ({"b.json": b"[]"}, "not as it was signed: b.json"),
        ({"b.json": None}, "not as it was signed: b.json"),
        ({"c.json": b"{}"}, "not as it was signed: c.json"),
        ({"manifest.json": b"{}"}, "its manifest was changed"),
        ({"manifest.sig": bytes(64)}, "its manifest was changed"),
        ({"manifest.sig": b""}, "its manifest was changed"),
        ({"manifest.sig": None}, "its manifest was changed"),
    ],
)
def test_a_changed_file_is_not_believed(changes: dict[str, bytes | None], said: str) -> None:
    with pytest.raises(BadSeal, match=said):
        open_seal(rewritten(seal_files(EXHIBITS, ABOUT, SECRET), **changes), [SECRET])


def test_another_installations_file_and_any_other_file_are_not_believed() -> None:
    archive = seal_files(EXHIBITS, ABOUT, SECRET)
    for stranger in (b"", b"PK\x03\x04", archive[:-9], archive[:200], b"x" * 99):
        with pytest.raises(BadSeal):
            open_seal(stranger, [SECRET])
    with pytest.raises(BadSeal, match="another installation"):
        open_seal(archive, [bytes(32)])


def test_anybody_can_check_the_signature_with_the_public_key() -> None:
    archive = files(seal_files(EXHIBITS, ABOUT, SECRET))
    public = load_pem_public_key(public_key_pem(SECRET).encode())
    public.verify(archive["manifest.sig"], archive["manifest.json"])  # type: ignore[union-attr,call-arg]
    key = json.loads(archive["manifest.json"])["key"]
    assert base64.b64decode(key["public"]) == public.public_bytes_raw()  # type: ignore[union-attr]


# --- the command and the button -------------------------------------------------------------------


def test_the_command_makes_checks_and_mistrusts(omni: Omni, tmp_path: Path) -> None:
    said = omni("evidence", FR, "-o", "fr.zip")
    assert said.code == 0, said.err
    assert omni("evidence", "--verify", "fr.zip").out.startswith(
        "fr.zip: double-11/fr at 2026-11-11T11:00:00+01:00"
    )
    assert omni("evidence", "--public-key").out.startswith("-----BEGIN PUBLIC KEY-----")
    assert omni("evidence", FR, "--at", "2026-11-11T11:00", "-o", "again.zip").code == 0
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "fr.zip").read_bytes()
    assert omni("evidence", FR, "-o", "fr.pdf").code == 0
    assert (tmp_path / "fr.pdf").read_bytes() == files((tmp_path / "fr.zip").read_bytes())["evidence.pdf"]
    (tmp_path / "fr.zip").write_bytes(
        rewritten((tmp_path / "fr.zip").read_bytes(), **{"printed.json": b"[]"})
    )
    refused = omni("evidence", "--verify", "fr.zip")
    assert (refused.code, "cannot be believed: not as it was signed: printed.json" in refused.err) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [FR],
        [FR, "-o", "fr.doc"],
        [FR, "--at", "2026-11-11", "--code", "X", "-o", "fr.zip"],
        ["double-11/xx", "-o", "x.zip"],
    ],
)
def test_what_cannot_be_made_is_one_clear_line(omni: Omni, arguments: list[str]) -> None:
    said = omni("evidence", *arguments)
    assert (said.code, said.err.count("\n")) == (2, 1)


def test_a_marketer_takes_it_with_one_button_and_staff_do_not(installation: Installation) -> None:
    address = f"/studio/campaigns/{FR}/evidence"
    marketer = signed_in(installation, "Mara", Role.MARKETER)
    form = marketer.get(f"/studio/campaigns/{FR}/pause")
    token = form.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = marketer.client.post(address, data={"csrf_token": token})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    secrets = installation.keyring.secrets_for(Purpose.EVIDENCE)
    assert open_seal(answer.data, secrets)["evidence_of"] == FR
    future = marketer.client.post(address, data={"csrf_token": token, "at": "2031-01-01"})
    assert future.status_code == 303
    assert marketer.client.post(address).status_code == 400
    staff = signed_in(installation, "Tom", Role.STAFF)
    assert staff.client.post(address, data={"csrf_token": token}).status_code in (400, 403)

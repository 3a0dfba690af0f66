"""The terms of an edition as they are frozen: in every locale, and in short for each bundle apart."""

from omni.present import market_file
from omni.present.campaign_terms import SUMMARY, terms_of
from tests.support.installations import demo_file


def test_every_locale_of_a_market_has_terms_with_a_proof_of_their_own() -> None:
    written = terms_of(demo_file(), market_file.shipped()["ca-qc"])
    assert set(written) == {"fr_CA", "en_CA"}
    assert len({terms.sha256 for terms in written.values()}) == 2


def test_each_bundle_has_a_line_of_its_own_and_all_share_the_others() -> None:
    file = demo_file()
    for terms in terms_of(file, market_file.shipped()["fr"]).values():
        summary = terms.clauses[0]
        assert summary["key"] == SUMMARY
        assert set(summary["what"]) == set(file.bundles)
        assert len(set(summary["what"].values())) == len(file.bundles) > 1
        assert len(summary["lines"]) == 3
        assert not set(summary["what"].values()) & set(summary["lines"])

"""The demo's editions as they are met: no display rule fails, and France names its lowest earlier price."""

from __future__ import annotations

from datetime import date

import pytest

from omni.app import Installation
from omni.domain.comparison import bundle_reference
from omni.domain.readiness import Standing
from omni.domain.reference import Reference
from omni.services import deciding
from omni.store import finders
from tests.support.installations import FESTIVAL, demo_file

pytestmark = pytest.mark.pages

UNDISTURBED = {Standing.HOLDS, Standing.NOT_TRACKED}


@pytest.fixture
def is_everywhere() -> bool:
    return True


def test_no_rule_fails_in_any_of_its_markets(installation: Installation) -> None:
    with installation.db.reading() as session:
        failing = {
            f"{market}: {check.rule} {check.field}"
            for market in demo_file().markets
            for check in deciding.checks(
                session,
                FESTIVAL,
                edition=finders.edition_by_key(session, f"double-11/{market}"),
                rules=installation.rules,
                is_sandbox=False,
            )
            if check.standing not in UNDISTURBED
        }
    assert failing == set()


def test_in_france_each_set_is_compared_with_its_lowest_price_of_thirty_days(
    installation: Installation,
) -> None:
    with installation.db.reading() as session:
        edition = finders.edition_by_key(session, "double-11/fr")
        content = finders.published(session, edition)
        prices = finders.prices_of(session, content)
        zone = finders.market_of(session, "fr").time_zone
        found = {
            bundle.slug: bundle_reference(content, bundle, prices=prices, sales=(), at=FESTIVAL, zone=zone)
            for bundle in content.offered
        }
    first_day = date(2026, 11, 1)
    assert found == {
        "ski": Reference(499_00, reduced_on=first_day),
        "tea": Reference(69_90, reduced_on=first_day),
        "rain": Reference(199_00, reduced_on=first_day),
    }

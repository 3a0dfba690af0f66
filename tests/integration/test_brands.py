"""A brand's look on the pages that shoppers open, its templates, and what an import says of it."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from omni.app import Installation, build_app, open_installation
from omni.settings import BadSetting
from tests.support.brands import DARK, SERIF, dress, put
from tests.support.codes import a_batch, a_receipt_code, code_of
from tests.support.commands import Omni
from tests.support.installations import DEMO
from tests.support.shopper import Shopper

pytestmark = pytest.mark.pages

TILL = "fr-paris-till-1"


def style_of(html: str) -> str:
    """The style that stands in a page."""
    found = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert found is not None
    return found[1]


def with_templates(place: Installation, folder: Path) -> Shopper:
    """A shopper of the same installation with templates of its own."""
    settings = replace(place.settings, templates_dir=folder)
    dressed = replace(place, settings=settings)
    return Shopper(dressed, build_app(dressed).test_client())


def test_a_page_has_its_brand_s_colours_and_its_policy_names_that_very_style(shopper: Shopper) -> None:
    plain = shopper.open(f"/c/{a_receipt_code(shopper.place, placement=TILL)}")
    dress(shopper.place, DARK)
    code = a_receipt_code(shopper.place, number="2", placement=TILL)
    pages = [plain, *(shopper.open(f"/c/{code}") for _ in range(2))]
    assert shopper.unlock(code).status_code == 303
    pages.append(shopper.open(f"/c/{code}"))
    for page in pages:
        hashed = b64encode(sha256(style_of(page.text).encode()).digest()).decode()
        assert f"style-src 'sha256-{hashed}'" in page.headers["Content-Security-Policy"]
    assert ["--paper:#16181d" in style_of(page.text) for page in pages] == [False, True, True, True]
    assert 'name="theme-color" content="#212327"' in pages[1].text
    (logo,) = set(re.findall(r'<img class="logo" src="([^"]+)"', pages[1].text))
    assert shopper.open(logo).content_type.startswith("image/svg")
    assert "--paper:#fffdf9" in style_of(shopper.open("/").text)


def test_screen_and_public_page_have_the_look_of_the_revision(shopper: Shopper) -> None:
    a_batch(shopper.place, shared=True, count=5, placement="fr-paris-popup")
    dress(shopper.place, SERIF)
    for address in ("/screen/fr-paris-popup", "/fr/fr-FR/double-11/"):
        page = shopper.open(address)
        assert page.status_code == 200
        assert "--action:#6d1f3c" in style_of(page.text), address


def test_a_campaign_without_a_brand_is_published_as_before(installation: Installation) -> None:
    catalogue = installation.catalogue.fresh()
    assert all("theme" not in content.document() for content in catalogue.contents.values())


def test_a_brand_s_own_template_draws_its_page_and_escapes(shopper: Shopper, tmp_path: Path) -> None:
    mine = '{% extends "omni/shopper/offer.html" %}{% block brand %}<p>{{ "<b>" }} mine</p>{% endblock %}'
    put(tmp_path / "own", "maison/shopper/offer.html", mine)
    place = shopper.place
    dress(place, SERIF)
    code = code_of(place, a_batch(place, placement=TILL))
    other = code_of(place, a_batch(place, edition="double-11/de", placement="de-berlin-till-1"))
    dressed = with_templates(place, tmp_path / "own")
    assert "<p>&lt;b&gt; mine</p>" in dressed.open(f"/c/{code}").text
    assert "mine</p>" not in dressed.open(f"/c/{other}").text


def test_a_template_that_fails_leaves_ours_and_is_logged_once(
    shopper: Shopper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "own", "shopper/offer.html", "{{ nothing.there }}")
    place = shopper.place
    code = code_of(place, a_batch(place))
    dressed = with_templates(place, tmp_path / "own")
    with caplog.at_level(logging.ERROR, logger="omni.web.dressing"):
        pages = [dressed.open(f"/c/{code}?lang={tongue}") for tongue in ("en", "fr", "de")]
    assert all("/claim" in page.text for page in pages)
    assert [record.getMessage() for record in caplog.records] == [
        "templates of this installation fail at shopper/offer.html; ours are shown"
    ]


def test_an_installation_with_a_broken_template_does_not_start(
    installation: Installation, tmp_path: Path
) -> None:
    broken = put(tmp_path / "own", "maison/shopper/offer.html", "<p>\n{% if %}")
    settings = replace(installation.settings, templates_dir=tmp_path / "own")
    with pytest.raises(BadSetting, match=f"OMNI_TEMPLATES_DIR: {broken}:2: "):
        open_installation(settings, installation.world)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_import_is_stopped_by_a_faint_colour_or_a_forbidden_word_and_then_is_not(
    fresh_omni: Omni, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree(DEMO / "pictures", tmp_path / "pictures")
    text = (
        (DEMO / "double-11.yaml").read_text().replace("\nversion: 1\n", "\nversion: 1\nbrand: brand.toml\n")
    )
    campaign = put(tmp_path, "double-11.yaml", text)
    assert fresh_omni("brand", "new", "larkfell").code == 0
    assert fresh_omni("brand", "new", "larkfell").code == 1
    assert fresh_omni("brand", "check", "brand.toml").code == 0
    written = (tmp_path / "brand.toml").read_text()

    put(tmp_path, "brand.toml", written.replace("#0f5257", "#8fd3ff"))
    looked = fresh_omni("brand", "check", "brand.toml")
    assert looked.code == 1
    assert "too faint, #" in looked.out
    faint = fresh_omni("import", str(campaign))
    assert (faint.code, faint.out) == (2, "")
    assert "brand.toml:10: colours.action: action #8fd3ff on paper #fffdf9 has a contrast of" in faint.err

    put(
        tmp_path, "brand.toml", written + '[[forbidden]]\nwords = ["tea"]\nmarkets = ["gb"]\nwhy = "A test"\n'
    )
    said = fresh_omni("import", str(campaign))
    assert said.code == 2
    assert re.search(
        r"double-11\.yaml:\d+: \S+: says '[Tt]ea', which may not be said in gb \(A test\);", said.err
    )

    put(tmp_path, "brand.toml", 'logo = "pictures/logo.svg"\n' + written + '[tone]\n"tea" = "infusion"\n')
    done = fresh_omni("import", str(campaign))
    assert done.code == 0, done.err
    assert "says 'tea'; larkfell says 'infusion'" in done.out.lower()
    monkeypatch.setenv("OMNI_TEMPLATES_DIR", str(tmp_path / "nowhere"))
    assert "is no folder" in fresh_omni("doctor").out

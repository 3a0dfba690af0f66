"""Lighthouse and axe over the pages of the demo, on a phone with a slow line: reports, and what falls short.

`python -m tests.quality [FOLDER]` serves the demo campaign on loopback, lets Lighthouse measure the page of
a code and a public page in French, Arabic and Japanese, and axe look at every state of a shopper's pages, at
every public page and at screens; reports and pictures lie in FOLDER (else build/quality). Exit code 1 when a
score is below 100 or axe finds anything. A code's page keeps `noindex`, so of what searching asks it may fail
that alone.
Needs Chromium, and node and npm, which fetches Lighthouse once.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Page as BrowserPage

from omni.app import Installation
from tests.support.accessibility import report_of, violations
from tests.support.browser import FLAGS, NAMES
from tests.support.codes import a_batch, code_of
from tests.support.installations import Clock, an_installation
from tests.support.scene import READERS, a_scene, go_live_for_readers
from tests.support.serving import served
from tests.support.states import STATES
from tests.support.way import take

LIGHTHOUSE = "lighthouse@12.8.2"
MARKETS = {
    "fr": ("fr-paris-popup", "fr-FR"),
    "sa": ("sa-riyadh-popup", "ar-SA"),
    "jp": ("jp-tokyo-popup", "ja-JP"),
}
PARTS = ("", "ski/", "terms/", "privacy/", "stores/")
SCORED = ("performance", "accessibility", "best-practices", "seo")
HIDDEN = "is-crawlable"
TRIES = 3
PHONE = {"width": 320, "height": 720}


class Page(NamedTuple):
    """A page to be looked at: what it is called, where it stands, and in which language it is asked for."""

    name: str
    path: str
    language: str


def main(folder: Path) -> int:
    """Write the reports and print a line for each page; 1 when something falls short."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    tools, chromium = _tools(folder), _chromium()
    with _demo() as place, served(place) as server:
        base = f"http://127.0.0.1:{server.port}"
        code_pages, public_pages = list(_code_pages(place)), list(_public_pages())
        short = [_scores(folder, tools, chromium, base, page, may_fail=HIDDEN) for page in code_pages]
        short += [_scores(folder, tools, chromium, base, page) for page in public_pages]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            short += _faults(folder, browser, base)
            short += _faults_in_states(folder, browser)
            browser.close()
    return int(any(short))


def _scores(folder: Path, tools: Path, chromium: str, base: str, page: Page, *, may_fail: str = "") -> bool:
    """Let Lighthouse measure a page; whether a score is below 100 for another reason than one that may be."""
    report = folder / f"lighthouse-{page.name}"
    command = [
        str(tools / ".bin" / "lighthouse"),
        base + page.path,
        *("--quiet", "--output=json", "--output=html", f"--output-path={report}"),
        f"--only-categories={','.join(SCORED)}",
        f"--chrome-flags=--headless=new {' '.join(FLAGS[:-1])}",
        f"--extra-headers={json.dumps({'Accept-Language': page.language})}",
    ]
    # Now and then it misses the beginning of its own recording, and asks to be run again.
    for tries in range(TRIES):
        done = subprocess.run(command, env={**os.environ, "CHROME_PATH": chromium})
        if done.returncode == 0:
            break
        print(f"{page.name}: Lighthouse could not measure it ({tries + 1} of {TRIES})", flush=True)
    else:
        return True
    told: dict[str, Any] = json.loads(Path(f"{report}.report.json").read_text(encoding="utf-8"))
    return _falls_short(page.name, told, may_fail)


def _falls_short(name: str, told: Mapping[str, Any], may_fail: str) -> bool:
    scores = {category: round(100 * (told["categories"][category]["score"] or 0)) for category in SCORED}
    wanting = {
        audit["id"]
        for audit in told["audits"].values()
        if (audit["score"] or 0) < 1 and audit["scoreDisplayMode"] in {"binary", "numeric"}
    }
    largest = told["audits"]["largest-contentful-paint"]["displayValue"]
    said = ", ".join(f"{category} {score}" for category, score in scores.items())
    below = ", ".join(sorted(wanting)) or "none"
    print(f"{name}: {said}; largest paint {largest}; below full marks: {below}", flush=True)
    short = (told["categories"][category] for category, score in scores.items() if score < 100)
    return any(wanting & _weighing(category) != {may_fail} for category in short)


def _weighing(category: Mapping[str, Any]) -> set[str]:
    return {audit["id"] for audit in category["auditRefs"] if audit["weight"]}


def _faults(folder: Path, browser: Browser, base: str) -> Iterator[bool]:
    """Let axe look at every public page and at the screens; whether it found something, for each."""
    for page in (*_public_pages(PARTS), *_screens()):
        with _reader(browser, page.language) as context:
            shown = context.new_page()
            shown.goto(base + page.path)
            yield _looked_at(folder, shown, page.name)


def _faults_in_states(folder: Path, browser: Browser) -> Iterator[bool]:
    """Let axe look at every state of a shopper's pages; whether it found something, for each."""
    for reader in READERS.values():
        clock = Clock()
        with (
            _demo(clock) as place,
            a_scene(place, clock, reader) as scene,
            _reader(browser, reader.language) as context,
        ):
            shown = context.new_page()
            for name, state in STATES.items():
                scene.begin()
                take(shown, scene, state.bring(scene))
                yield _looked_at(folder, shown, f"{name}-{reader.market}")


def _looked_at(folder: Path, shown: BrowserPage, name: str) -> bool:
    report = report_of(shown)
    faults = violations(report)
    (folder / f"axe-{name}.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    shown.screenshot(path=folder / f"{name}.png", full_page=True)
    print(f"{name}: axe finds {', '.join(faults) or 'nothing'}", flush=True)
    return bool(faults)


@contextmanager
def _reader(browser: Browser, language: str) -> Iterator[BrowserContext]:
    with browser.new_context(locale=language, viewport=PHONE) as context:  # type: ignore[arg-type]
        yield context


def _code_pages(place: Installation) -> Iterator[Page]:
    for market, (placement, language) in MARKETS.items():
        batch = a_batch(place, edition=f"double-11/{market}", placement=placement, count=1)
        yield Page(f"code-{market}", f"/c/{code_of(place, batch)}", language)


def _public_pages(parts: tuple[str, ...] = ("ski/",)) -> Iterator[Page]:
    for market, (_, language) in MARKETS.items():
        for part in parts:
            name = part.strip("/") or "home"
            yield Page(f"public-{name}-{market}", f"/{market}/{language}/double-11/{part}", language)


def _screens() -> Iterator[Page]:
    for market, (placement, language) in MARKETS.items():
        yield Page(f"screen-{market}", f"/screen/{placement}", language)


@contextmanager
def _demo(clock: Clock | None = None) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'omni.db')}"
        go_live_for_readers(url)
        place = an_installation(url, Path(folder, "data"), clock=clock)
        yield place
        place.db.close()


def _tools(folder: Path) -> Path:
    """Where npm has put Lighthouse, fetched once."""
    modules = folder / "node" / "node_modules"
    if not modules.exists():
        node: Mapping[str, str] = {**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}
        install = [
            "npm",
            "install",
            "--prefix",
            str(folder / "node"),
            "--ignore-scripts",
            "--no-audit",
            LIGHTHOUSE,
        ]
        subprocess.run(install, env=node, check=True)
    return modules


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise SystemExit("no Chromium: install Debian's package `chromium`")
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/quality")))

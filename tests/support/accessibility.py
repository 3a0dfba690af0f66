"""What axe finds wrong with a page: the rules of WCAG 2.2 AA, and axe's own good practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def report_of(page: Page) -> dict[str, Any]:
    """Everything axe says of a page.

    As evaluated text it runs whatever the page's own policy lets scripts do.
    """
    said: dict[str, Any] = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    return said


def violations(report: dict[str, Any]) -> list[str]:
    """The rules a page breaks, each with where."""
    return [
        f"{fault['id']}: {node['target'][0]}" for fault in report["violations"] for node in fault["nodes"]
    ]

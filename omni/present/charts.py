"""Small charts drawn on the server: SVG with a title and a description, no script and no style of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

_INK, _BAND, _TRACK = "#0f5257", "#8fbcb8", "#e3efed"
_GAP = 3


def share_bar(part: int, whole: int, *, title: str) -> Markup:
    """One horizontal bar: a part of a whole. Nothing of nothing is an empty bar."""
    filled = 100 * min(part, whole) / whole if whole else 0.0
    return Markup(
        '<svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img"><title>{}</title>'
        '<rect width="100" height="6" fill="{}"/><rect width="{:.2f}" height="6" fill="{}"/></svg>'
    ).format(title, _TRACK, filled, _INK)


def range_bar(low: float, at: float, high: float, *, most: float, title: str) -> Markup:
    """Where something lies: a line at its place in a band from low to high; `most` is the far end."""
    left, line, right = (100 * min(each, most) / most if most else 0.0 for each in (low, at, high))
    return Markup(
        '<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img"><title>{}</title>'
        '<rect y="13" width="100" height="2" fill="{}"/>'
        '<rect x="{:.2f}" y="8" width="{:.2f}" height="12" fill="{}"/>'
        '<rect x="{:.2f}" y="4" width="2" height="20" fill="{}"/></svg>'
    ).format(title, _TRACK, left, max(right - left, 1), _BAND, min(line, 98), _INK)


def columns(values: Sequence[int], *, title: str, description: str) -> Markup:
    """A row of columns as high as their values, the tallest filling the picture.

    Anything above zero is at least a line: one use among thousands is not none.
    """
    tallest = max(values, default=0) or 1
    width = (100 - _GAP * (len(values) - 1)) / max(len(values), 1)
    drawn = []
    for place, value in enumerate(values):
        height = max(28 * value / tallest, 1.5 if value else 0)
        left = place * (width + _GAP)
        drawn.append(
            f'<rect x="{left:.2f}" y="27" width="{width:.2f}" height="1" fill="{_TRACK}"/>'
            f'<rect x="{left:.2f}" y="{28 - height:.2f}" width="{width:.2f}"'
            f' height="{height:.2f}" fill="{_INK}"/>'
        )
    return Markup(
        '<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(drawn)}</svg>"
    )

"""A picture as a page names it: cuts of several widths, of which a browser takes the smallest that does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from omni.domain.creative import Form
from omni.domain.offer import media_type_of
from omni.domain.published import Published, PublishedRendition

ADDRESS = "/pictures/"


@dataclass(frozen=True)
class PageCut:
    """What stands in a page for a picture: its sources, best media type first, and what every browser reads.

    Width and height are those of the last; every source has the same ratio.
    """

    sources: tuple[tuple[str, str], ...]
    address: str
    width: int
    height: int


def page_cut(content: Published, digest: str | None, form: Form) -> PageCut | None:
    """The cuts of a picture in a form; None for one that was not cut so, and is shown as it is."""
    picture = content.cuts.get(digest or "")
    cuts = picture.forms.get(form, ()) if picture else ()
    if not cuts:
        return None
    *others, last = cuts
    by_type = groupby(others, key=lambda cut: media_type_of(cut.file))
    return PageCut(
        tuple((media_type, ", ".join(map(_candidate, some))) for media_type, some in by_type),
        ADDRESS + last.file,
        last.width,
        last.height,
    )


def _candidate(cut: PublishedRendition) -> str:
    return f"{ADDRESS}{cut.file} {cut.width}w"

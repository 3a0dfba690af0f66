"""Brand files on their way in and out: read with line numbers, looked at pair by pair, begun small."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import ValidationError

from omni.domain.brand import BrandFile
from omni.domain.offer import Picture, picture_file
from omni.domain.theme import Family, Logo, Sighting, sightings
from omni.present.file_problems import FileProblems, Problem
from omni.present.pictures import SVG, opened
from omni.present.toml_tree import problem_of, read_toml
from omni.present.yaml_tree import Tree

MAX_BYTES = 100_000
"""Far more than anybody writes by hand."""

_VIEW_BOX = re.compile(rb"""viewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+(\d+\.?\d*)[\s,]+(\d+\.?\d*)""")
_HEAD = 2_000

_IN_OUR_WORDS = {
    "missing": "is missing; docs/brands.md shows an example",
    "extra_forbidden": "is not a field of a brand file; mend the spelling or delete the line",
    "enum": f"must be one of {', '.join(Family)}",
}


def read(text: str | bytes, *, file: str) -> BrandFile:
    """A brand whose colours can all be told apart. Raises FileProblems with all that was found, by line."""
    brand, tree = _understood(text, file)
    if faint := [*_faint(brand, tree, file)]:
        raise FileProblems(faint)
    return brand


def looked_at(text: str | bytes, *, file: str) -> list[Sighting]:
    """Every pair of colours of a brand, even one that is too faint. Raises FileProblems for the rest."""
    brand, _ = _understood(text, file)
    return [*sightings(brand.colours.palette())]


def logo_of(picture: Picture) -> Logo:
    """A picture as a logo, as wide as its file says; one that says nothing, or too much, is square."""
    if picture.media_type == SVG:
        box = _VIEW_BOX.search(picture.body[:_HEAD])
        width, height = (float(box[1]), float(box[2])) if box else (1.0, 1.0)
    else:
        with opened(picture.body) as image:
            width, height = image.size
    ratio = width / height if height else 1.0
    return Logo(
        file=picture_file(picture.digest, picture.media_type), ratio=round(min(max(ratio, 0.25), 6), 3)
    )


def faint_words(seen: Sighting) -> str:
    """What is wrong with a pair that is too faint, and the nearest colour that would do."""
    pair, better = seen.pair, f"; the nearest that passes is {seen.better}" if seen.better else ""
    return (
        f"{pair.over} {seen.over} on {pair.under} {seen.under} has a contrast of {seen.shown_ratio};"
        f" {pair.use}: {pair.needed:g} : 1 is needed{better}"
    )


def smallest(brand: str) -> str:
    """A brand file to begin with, commented; it says what the house looks like and loads as it stands."""
    return _SMALLEST.format(brand=brand, families=", ".join(Family))


def _understood(text: str | bytes, file: str) -> tuple[BrandFile, Tree]:
    try:
        written = text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem(file, None, "", "is not UTF-8; save the file with that encoding")
        raise FileProblems([problem]) from None
    if len(written) > MAX_BYTES:
        raise FileProblems([Problem(file, None, "", f"is larger than {MAX_BYTES // 1000} kB; shorten it")])
    tree = read_toml(written, file=file)
    try:
        return BrandFile.model_validate(tree.values), tree
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_input=False)
        problems = [problem_of(error, tree, file=file, in_our_words=_IN_OUR_WORDS) for error in errors]
        raise FileProblems(problems) from None


def _faint(brand: BrandFile, tree: Tree, file: str) -> Iterator[Problem]:
    for seen in sightings(brand.colours.palette()):
        if not seen.passes:
            place = ("colours", seen.pair.over)
            yield Problem(file, tree.line(place), f"colours.{seen.pair.over}", faint_words(seen))


_SMALLEST = """\
# A brand file. The campaign file names it: `brand: brand.toml`. Lines that begin with # are notes;
# all but the first may be left out. `omni brand check` shows how well every colour can be seen.
brand = "{brand}"
# logo = "pictures/logo.svg"     # beside the campaign file

[colours]
paper = "#fffdf9"       # cards, vouchers, screens
ink = "#1f2a30"         # text
soft = "#56626a"        # quieter text
action = "#0f5257"      # buttons, links, icons
action_ink = "#ffffff"  # the words on a button
accent = "#b83a24"      # the focus ring, the large price of a screen
sale = "#8a2612"        # savings, earlier prices, gifts
# Mixed from these unless you write them: ground, line, edge, glow, tint.

[type]
base = 17               # CSS pixels, 16 to 20
ratio = 1.24            # how much larger each step above it is, 1.1 to 1.3
text = "system"         # {families}
# headings = "serif"

[shape]
corner = 16             # CSS pixels, 0 to 24

[safe_area]
print = 5               # mm of every sheet's edge without words
card = 6                # percent of a share card's sides

# A word, and what your brand says instead: advice at every import.
# [tone]
# "cheap" = "good value"

# Words that stop an import: anywhere, in some markets, or but for some days. * stands for more letters.
# [[forbidden]]
# words = ["soldes"]
# markets = ["fr"]
# allowed = [{{from = 2027-01-06, until = 2027-02-02}}]
# why = "Code de commerce L310-3"
"""

"""Brands for tests: a dark one and one with serifs, and the demo campaign dressed in either."""

from hashlib import sha256
from pathlib import Path

from omni.app import Installation
from omni.domain.theme import Logo, Theme
from omni.present import theme_file
from tests.support.installations import DEMO, author, demo_file

DARK = """
brand = "night"
[colours]
paper = "#16181d"
ink = "#f4f1ea"
soft = "#b3b8c2"
action = "#8fd3ff"
action_ink = "#06202f"
accent = "#ffb454"
sale = "#ffb0a0"
[shape]
corner = 4
"""

SERIF = """
brand = "maison"
[colours]
paper = "#ffffff"
ink = "#22180f"
soft = "#6b5d4f"
action = "#6d1f3c"
action_ink = "#fff7ef"
accent = "#a8741a"
sale = "#8f1d2c"
[type]
base = 19
ratio = 1.3
text = "serif"
headings = "geometric"
[shape]
corner = 0
"""


LOGO = sha256((DEMO / "pictures" / "logo.svg").read_bytes()).hexdigest()


def theme_of(text: str, *, logo: Logo | None = None) -> Theme:
    """The look that a brand file makes."""
    return theme_file.read(text, file="brand.toml").theme(logo)


def dress(place: Installation, text: str, market: str = "fr") -> None:
    """Publish the demo campaign anew in the look of a brand, under the campaign's own logo."""
    file = demo_file().model_copy(update={"markets": {market: demo_file().markets[market]}})
    with place.db.writing() as tx:
        author(tx, place.world.now(), file, theme=theme_of(text, logo=Logo(file=f"{LOGO}.svg")))
    place.catalogue.fresh()


def put(folder: Path, name: str, text: str) -> Path:
    """A file of a folder, whose own folders are made."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path

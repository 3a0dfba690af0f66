"""Draws the pictures of the demo campaign: `python -m omni.demo.draw` writes them beside this file.

Flat shapes and few colours, so that each picture is small enough to travel inside the page. The same hand
draws an item alone and inside its bundle. No words in a picture: words are translated, pictures are not.
Nothing is random, so drawing again gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

INK = "#16324a"
SNOW = "#f4f8fb"
CREAM = "#fff4e3"
CORAL = "#e4572e"
AMBER = "#f5b841"
TEAL = "#1f7a78"
DEEP = "#12505a"
SKY = "#cfe6f2"
STEEL = "#8fa9bd"
WOOD = "#b9743f"


def path(shape: str, fill: str, *, extra: str = "") -> str:
    """A filled outline."""
    return f'<path d="{shape}" fill="{fill}"{extra}/>'


def line(shape: str, colour: str, width: float) -> str:
    """A stroke with round ends."""
    return (
        f'<path d="{shape}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )


def oval(x: float, y: float, rx: float, ry: float, fill: str) -> str:
    """An ellipse around a centre."""
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="{fill}"/>'


def box(x: float, y: float, width: float, height: float, fill: str, *, corner: float = 0) -> str:
    """A rectangle, its corners rounded by so much."""
    rounding = f' rx="{corner:g}"' if corner else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{rounding} fill="{fill}"/>'


def placed(drawing: str, x: float, y: float, *, scale: float = 1, turn: float = 0) -> str:
    """A drawing moved, turned and sized."""
    moves = [f"translate({x:g} {y:g})"]
    moves += [f"rotate({turn:g})"] if turn else []
    moves += [f"scale({scale:g})"] if scale != 1 else []
    return f'<g transform="{" ".join(moves)}">{drawing}</g>'


def skis() -> str:
    """A pair of skis leaning on each other."""
    ski = (
        path("M-9 88V-66Q-9-92 0-98Q9-92 9-66V88Q0 93-9 88Z", CORAL)
        + path("M-9-30 9-44V-22L-9-8ZM-9 62 9 48V60L-9 74Z", CREAM)
        + box(-11, 2, 22, 30, INK, corner=4)
        + box(-7, 8, 14, 7, AMBER, corner=2)
    )
    return placed(ski, 84, 102, turn=7) + placed(ski, 118, 102, turn=-7)


def poles() -> str:
    """Two ski poles, upright."""
    pole = (
        line("M0-72V86", STEEL, 6)
        + box(-6, -96, 12, 34, INK, corner=6)
        + oval(0, 68, 15, 5, TEAL)
        + line("M4-88Q20-70 4-62", INK, 4)
    )
    return placed(pole, 80, 104, turn=-5) + placed(pole, 124, 104, turn=5)


def boots() -> str:
    """One sturdy ski boot."""
    return (
        path("M52 22 108 16Q116 54 120 88Q164 94 174 132V158H46Q40 120 44 88Z", TEAL)
        + path("M48 20Q80 6 112 14L114 34 52 42Z", INK)
        + path("M42 150H178V168Q178 176 170 176H50Q42 176 42 168Z", INK)
        + path("M44 92 120 88Q138 90 150 98L46 122Z", DEEP)
        + line("M66 64H104M70 92H116M92 126H146", AMBER, 8)
    )


def teapot() -> str:
    """A round iron teapot with a handle over its lid."""
    return (
        line("M50 92C38 14 154 14 142 92", WOOD, 9)
        + path("M142 112Q164 108 170 84L190 78Q188 134 140 148Z", DEEP)
        + path("M30 126Q30 78 96 78T162 126Q162 174 96 174T30 126Z", DEEP)
        + path("M36 108Q96 128 156 108Q160 116 162 126Q96 146 30 126Q32 116 36 108Z", TEAL)
        + path("M58 84Q60 66 96 66T134 84Q96 96 58 84Z", INK)
        + oval(96, 62, 10, 9, AMBER)
    )


def cup() -> str:
    """A handleless cup with a band of glaze, steaming."""
    return (
        line("M82 58Q70 44 82 30T80 6M118 58Q106 44 118 30T116 6", STEEL, 6)
        + path("M38 76H162Q160 168 124 176H76Q40 168 38 76Z", CREAM)
        + path("M40 104H160Q157 128 151 144H49Q42 128 40 104Z", CORAL)
        + oval(100, 76, 62, 14, WOOD)
        + oval(100, 78, 52, 9, AMBER)
    )


def tin() -> str:
    """A tea tin with a leaf on its front."""
    return (
        box(48, 50, 104, 128, CORAL, corner=10)
        + box(42, 28, 116, 36, INK, corner=10)
        + oval(100, 120, 38, 38, CREAM)
        + path("M78 140Q74 98 124 96Q128 142 78 140Z", TEAL)
        + line("M76 146 112 108", CREAM, 4)
    )


def jacket() -> str:
    """A hooded rain jacket."""
    return (
        path(
            "M62 48Q30 56 24 90L12 156 42 164 56 108ZM138 48Q170 56 176 90L188 156 158 164 144 108Z",
            "#dd9a1c",
        )
        + path("M60 46Q100 66 140 46L150 184H50Z", AMBER)
        + path("M64 50Q58 10 100 8T136 50Q118 70 100 70T64 50Z", "#dd9a1c")
        + path("M76 48Q74 24 100 22T124 48Q112 60 100 60T76 48Z", INK)
        + line("M100 66V182", INK, 5)
        + line("M64 136 86 130M136 136 114 130", INK, 6)
    )


def umbrella() -> str:
    """An open umbrella."""
    return (
        line("M100 20V160Q100 180 118 180T134 164", WOOD, 8)
        + path(
            "M10 108Q16 26 100 24T190 108Q176 92 160 108Q146 92 130 108H70Q54 92 40 108Q24 92 10 108Z", CORAL
        )
        + path("M70 108Q72 46 100 24Q128 46 130 108Q114 92 100 108Q86 92 70 108Z", "#f47b52")
        + oval(100, 22, 5, 8, INK)
    )


def rucksack() -> str:
    """A roll-top rucksack."""
    return (
        line("M70 34Q100 2 130 34", INK, 9)
        + path("M46 66Q34 74 34 100V150Q36 164 48 160M154 66Q166 74 166 100V150Q164 164 152 160", INK)
        + box(44, 30, 112, 150, TEAL, corner=24)
        + path("M44 54Q44 30 68 30H132Q156 30 156 54V86Q100 104 44 86Z", DEEP)
        + box(62, 114, 76, 54, DEEP, corner=12)
        + line("M76 132H124", AMBER, 6)
        + box(92, 78, 16, 30, AMBER, corner=5)
    )


def ski_scene() -> str:
    """Mountains in the evening, the set planted in the first snow."""
    fallen = ((60, 60), (110, 150), (268, 40), (356, 84), (552, 50), (566, 160), (30, 210), (420, 210))
    flakes = "".join(oval(x, y, 3, 3, SNOW) for x, y in fallen)
    return (
        box(0, 0, 600, 400, "#24577a")
        + oval(470, 112, 60, 60, AMBER)
        + path("M0 290 130 120 230 240 330 90 470 270 540 190 600 250V400H0Z", "#3f7fa6")
        + path(
            "M94 167 130 120 160 156 138 170 124 156ZM288 152 330 90 370 142 344 158 328 138 308 160Z", SNOW
        )
        + path("M0 320 90 250 200 320 300 230 420 330 520 260 600 310V400H0Z", "#2f6a90")
        + flakes
        + path("M0 340Q160 290 330 330T600 312V400H0Z", SNOW)
        + placed(poles(), 266, 112, scale=1.18)
        + placed(skis(), 96, 92, scale=1.32)
        + placed(boots(), 404, 196, scale=0.94)
        + path("M0 356Q120 330 250 352T480 352T600 346V400H0Z", "#dcebf4")
    )


def tea_scene() -> str:
    """A table by a window on a slow afternoon."""
    return (
        box(0, 0, 600, 400, "#f3d9b8")
        + path("M50 236V130A100 100 0 0 1 250 130V236Z", CREAM)
        + oval(200, 96, 22, 22, AMBER)
        + path("M50 150V236H250V160Q200 128 150 168Q100 196 50 150Z", "#a9cbb4")
        + line("M150 30V236M50 136H250M50 236V130A100 100 0 0 1 250 130V236Z", "#c98f5a", 8)
        + box(36, 232, 228, 14, "#b9743f", corner=4)
        + box(0, 296, 600, 104, WOOD)
        + box(0, 296, 600, 12, "#d08c53")
        + oval(232, 334, 130, 16, "#965a2e")
        + oval(452, 346, 112, 15, "#965a2e")
        + placed(teapot(), 92, 74, scale=1.46)
        + placed(tin(), 402, 104, scale=1.16)
        + placed(cup(), 336, 228, scale=0.68)
        + placed(cup(), 446, 230, scale=0.68)
    )


def rain_scene() -> str:
    """A street of lit windows in the rain."""
    houses = (
        (0, 150, 110, "#2b5877"),
        (110, 90, 90, "#346788"),
        (200, 180, 120, "#2b5877"),
        (320, 120, 100, "#346788"),
        (420, 70, 80, "#2b5877"),
        (500, 160, 100, "#346788"),
    )
    walls = "".join(box(x, y, width, 330 - y, colour) for x, y, width, colour in houses)
    lit = "".join(
        f"M{x + 18 + 30 * column} {y + 22 + 40 * row}h14v18h-14z"
        for x, y, width, _ in houses
        for column in range((width - 20) // 30)
        for row in range(2)
        if (x // 10 + column + row) % 3
    )
    drops = "".join(f"M{28 + (97 * step) % 560} {14 + (61 * step) % 250}l-7 20" for step in range(22))
    return (
        box(0, 0, 600, 400, "#1d4260")
        + walls
        + path(lit, AMBER)
        + box(0, 322, 600, 78, "#12304a")
        + line("M40 372H170M250 384H330M430 370H560", "#3b7396", 6)
        + line(drops, "#9cc6de", 3)
        + oval(345, 354, 170, 11, "#0c2438")
        + placed(umbrella(), 26, 76, scale=1.36)
        + placed(jacket(), 216, 118, scale=1.26)
        + placed(rucksack(), 426, 194, scale=0.92)
    )


def logo() -> str:
    """The mark of Larkfell: a lark over a fell, in a roundel that also prints in black alone."""
    return (
        oval(120, 120, 116, 116, INK)
        + path("M24 152 88 88 118 122 148 98 216 152A100 100 0 0 1 24 152Z", SNOW)
        + path("M88 88 118 122 104 130 92 116 80 132 66 110Z", AMBER)
        + path("M104 62Q122 30 168 26Q158 52 136 66L150 74Q126 84 108 78L84 70Q94 62 104 62Z", AMBER)
    )


SCENES: dict[str, Callable[[], str]] = {"ski": ski_scene, "tea": tea_scene, "rain": rain_scene}
"""The bundles, 600 by 400."""

ITEMS: dict[str, tuple[Callable[[], str], str]] = {
    "skis": (skis, SKY),
    "poles": (poles, SKY),
    "boots": (boots, SKY),
    "teapot": (teapot, "#f6dfc3"),
    "cup": (cup, "#cfe0d6"),
    "tin": (tin, "#f6dfc3"),
    "jacket": (jacket, "#c9dcea"),
    "umbrella": (umbrella, "#c9dcea"),
    "rucksack": (rucksack, "#f4e6c8"),
}
"""The single items, each on its own ground, 240 by 240."""


def pictures() -> dict[str, str]:
    """Every picture of the campaign by file name, as SVG."""
    scenes = {f"{name}.svg": _svg(600, 400, draw()) for name, draw in SCENES.items()}
    items = {
        f"item-{name}.svg": _svg(240, 240, box(0, 0, 240, 240, ground) + placed(draw(), 20, 20))
        for name, (draw, ground) in ITEMS.items()
    }
    return {"logo.svg": _svg(240, 240, logo())} | scenes | items


def _svg(width: int, height: int, drawing: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{drawing}</svg>\n'


def main() -> None:
    """Write every picture into the folder beside this file."""
    folder = Path(__file__).with_name("pictures")
    folder.mkdir(exist_ok=True)
    for name, drawing in pictures().items():
        (folder / name).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()

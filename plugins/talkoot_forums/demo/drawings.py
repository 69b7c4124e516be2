"""The demo's pictures, drawn when it is loaded: nobody has photographed what never was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from talkoot.files.drawing import Drawn, Redrawn

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    Draw = ImageDraw

SIZE = (1600, 1200)
SKY, WATER, GRASS, REEDS, EARTH = "#bfd8e6", "#5d93ad", "#86a65b", "#b49a4a", "#8a6b4a"
WOOD, OLD_WOOD, WALL, GLASS, INK, PAPER = "#c79f6b", "#8f8273", "#7c8f58", "#d9ebf2", "#3a3a3a", "#f6f0e0"


@lru_cache(maxsize=20)
def drawn(name: str) -> Redrawn:
    """The picture of this name in the two sizes in which pictures are kept."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", SIZE, SKY)
    DRAWINGS[name](ImageDraw.Draw(picture))
    return Redrawn("webp", False, tuple(_in_size(picture, share) for share in (1.0, 0.6)))


def _in_size(picture: Any, share: float) -> Drawn:
    small, out = picture.resize((round(SIZE[0] * share), round(SIZE[1] * share))), BytesIO()
    small.save(out, "WEBP", quality=80)
    return Drawn(small.width, small.height, out.getvalue())


def _scattered(name: str, count: int) -> list[tuple[float, float, float]]:
    """So many repeatable numbers between 0 and 1, in threes."""
    found = [hashlib.sha256(f"{name} {n}".encode()).digest() for n in range(count)]
    return [(one[0] / 255, one[1] / 255, one[2] / 255) for one in found]


def _duckboards(draw: Draw) -> None:
    draw.rectangle((0, 420, 1600, 1200), fill="#a7a35a")
    for x, height, _ in _scattered("trees", 26):
        foot, top = 425.0, 200 + height * 120
        draw.polygon([(x * 1600 - 28, foot), (x * 1600, top), (x * 1600 + 28, foot)], fill="#55734e")
    for x, y, size in _scattered("tufts", 70):
        draw.ellipse((x * 1600, 450 + y * 740, x * 1600 + 30 + size * 60, 462 + y * 750), fill="#8d8b48")
    for side in (-1, 1):
        draw.polygon(
            [(800 + side * 8, 430), (800 + side * 34, 430), (800 + side * 330, 1200), (800 + side * 90, 1200)],
            fill=OLD_WOOD,
        )
    for y in (560, 700, 900):
        draw.line((800 - (y - 400) * 0.5, y, 800 + (y - 400) * 0.5, y), fill="#6d6257", width=int((y - 400) / 14))
    draw.polygon([(880, 800), (935, 775), (985, 925), (905, 935)], fill="#4a4330")  # the hole, and what is left of it
    draw.polygon([(890, 815), (905, 805), (945, 990), (920, 1000)], fill=WOOD)
    draw.polygon([(960, 790), (978, 785), (1010, 880), (990, 890)], fill=WOOD)


def _bus_shelter(draw: Draw) -> None:
    draw.rectangle((0, 820, 1600, 1200), fill="#8b8f92")
    draw.rectangle((0, 780, 1600, 830), fill=GRASS)
    draw.polygon([(330, 330), (1270, 290), (1310, 360), (300, 400)], fill="#6b4b38")
    draw.rectangle((370, 390, 1230, 840), fill=WALL)
    for x in range(400, 1230, 60):
        draw.line((x, 390, x, 840), fill="#6d7f4c", width=4)
    draw.rectangle((1010, 450, 1200, 780), fill=GLASS, outline=INK, width=8)
    draw.polygon([(1030, 470), (1180, 460), (1190, 640), (1120, 560), (1090, 700), (1050, 590)], fill="#3f4a44")
    draw.polygon([(450, 640), (900, 730), (892, 768), (446, 680)], fill=WOOD)  # the bench, on one bolt
    draw.rectangle((470, 680, 490, 830), fill=INK)
    for across, down, size in _scattered("splinters", 34):
        left, top = 950 + across * 330, 850 + down * 120
        draw.polygon([(left, top), (left + 10 + size * 22, top + 6), (left + 6, top + 20)], fill=GLASS)
    draw.rectangle((1380, 320, 1396, 840), fill="#70787c")
    draw.rectangle((1330, 240, 1446, 350), fill="#1b5e8c")
    draw.rounded_rectangle((1352, 268, 1424, 312), 10, fill="white")


def _map_of_benches(draw: Draw) -> None:
    draw.rectangle((0, 0, *SIZE), fill=PAPER)
    draw.line(
        [(-40, 1290), (420, 860), (640, 780), (900, 520), (1180, 400), (1560, -60)],
        fill="#a9cbdc",
        width=90,
        joint="curve",
    )
    for line in (
        [(80, 700), (700, 1150)],
        [(380, 320), (1120, 880)],
        [(820, 90), (1520, 640)],
        [(60, 420), (980, 180)],
    ):
        draw.line(line, fill="#c9bfa5", width=26)
    for left, top in ((180, 160), (300, 520), (980, 150), (1240, 780), (900, 980), (1320, 1000)):
        draw.rectangle((left, top, left + 130, top + 90), fill="#d8cdb4", outline="#a3977c", width=4)
    for x, y in ((520, 760), (800, 660), (1080, 850), (1330, 500), (560, 440)):
        draw.ellipse((x - 36, y - 36, x + 36, y + 36), fill="#b3261e")
        draw.rectangle((x - 18, y - 4, x + 18, y + 4), fill="white")
        for leg in (-14, 10):
            draw.rectangle((x + leg, y + 4, x + leg + 5, y + 16), fill="white")


def _church_path(draw: Draw) -> None:
    draw.rectangle((0, 0, *SIZE), fill="#dfe6c4")
    for x, y, size in _scattered("woods", 60):
        if x < 0.3 or x > 0.72:
            draw.ellipse((x * 1600, y * 1200, x * 1600 + 40 + size * 50, y * 1200 + 40 + size * 50), fill="#9db77c")
    draw.line(
        [(640, 1200), (700, 960), (610, 720), (720, 480), (650, 240), (730, 0)], fill=WATER, width=110, joint="curve"
    )
    path = [(800, 1110), (840, 960), (780, 730)]
    draw.line(path, fill="#8a4b2a", width=14, joint="curve")
    for n in range(24):  # grown over from here on
        x, y = 790 + (n / 24) * 70 + (n % 3) * 16, 715 - n * 25
        draw.line((x, y, x + 6, y - 12), fill="#8a4b2a", width=12)
    draw.rectangle((520, 1100, 900, 1140), fill="#9a9a94")
    draw.rectangle((860, 40, 990, 130), fill="#a4343a")
    draw.polygon([(850, 42), (925, -10), (1000, 42)], fill="#4d4038")
    for y in (640, 420):
        draw.line((680, y, 1000, y - 70), fill="#6f9bb0", width=14)
    draw.rectangle((1010, 560, 1330, 860), outline="#8d7a5c", width=8)


def _reeds(draw: Draw) -> None:
    draw.rectangle((0, 430, 1600, 1200), fill=WATER)
    draw.rectangle((0, 405, 1600, 440), fill="#5f7c58")
    for x, y, lean in sorted(_scattered("reeds", 900), key=lambda reed: reed[1]):
        side = x - 0.5
        if abs(side) > 0.05 + y * 0.06:
            foot, height = 480 + y * 700, 110 + y * 240
            left = 800 + side * 1750
            draw.line(
                (left, foot, left + (lean - 0.5) * 50, foot - height),
                fill=(REEDS, "#9c8a3f", "#8a9048")[int(lean * 2.9)],
                width=4 + int(y * 5),
            )
    draw.polygon([(660, 960), (700, 1080), (920, 1080), (960, 960)], fill="#6b4b38")
    draw.polygon([(690, 975), (715, 1050), (905, 1050), (930, 975)], fill=WOOD)
    draw.line((560, 1060, 720, 990), fill=EARTH, width=12)
    draw.line((1060, 1060, 900, 990), fill=EARTH, width=12)


DRAWINGS: dict[str, Callable[[Draw], None]] = {
    "duckboards": _duckboards,
    "bus shelter": _bus_shelter,
    "map of benches": _map_of_benches,
    "church path": _church_path,
    "reeds": _reeds,
}

"""Contrast of a municipality's colours (WCAG 2.2, 1.4.3 and 1.4.11) and the shades that pages use."""

from __future__ import annotations

import re

from talkoot.errors import InvalidError
from talkoot.i18n import format_number, gettext

# Grounds of talkoot.css, light and dark, that the shades are made for.
WHITE, PAPER, INK, NIGHT, NIGHT_CARD = "#ffffff", "#f5f7f8", "#16202a", "#12181f", "#1b232c"
TEXT_RATIO = 4.5


def luminance(colour: str) -> float:
    """Relative luminance 0–1 of `#rrggbb` (WCAG 2.2 definition)."""

    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast ratio 1–21 of two colours."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0–1) of `other` in it."""
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable_on(colour: str, ground: str, goal: float = TEXT_RATIO) -> str:
    """The colour, moved towards white or ink only as far as text in it needs on this ground."""
    towards = WHITE if luminance(ground) < 0.2 else INK
    for step in range(21):
        shade = mix(colour, towards, step / 20)
        if ratio(shade, ground) >= goal:
            return shade
    return towards


def check(colour: str, field: str | None = None) -> None:
    """Raise InvalidError unless white text can be read on the colour: it fills the site's head and buttons."""
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise InvalidError(gettext("Write the colour as # and six characters (0–9, a–f), for example #1b5e8c."), field)
    if (found := ratio(colour, WHITE)) < TEXT_RATIO:
        raise InvalidError(
            gettext(
                "White text cannot be read on this colour: contrast %(found)s, at least %(goal)s is needed.",
                found=format_number(int(found * 10) / 10, 1),
                goal=format_number(TEXT_RATIO, 1),
            ),
            field,
        )


def shades(brand: str) -> tuple[dict[str, str], dict[str, str]]:
    """The colours that pages make of one brand colour: for light, and for dark."""
    light = {
        "brand": brand,
        "brand-strong": mix(brand, INK, 0.35),
        "brand-soft": mix(brand, WHITE, 0.9),
        "link": readable_on(brand, PAPER, 5.5),
    }
    dark = {
        "brand": mix(brand, NIGHT, 0.35),
        "brand-strong": mix(brand, NIGHT, 0.6),
        "brand-soft": mix(brand, NIGHT, 0.8),
        "link": readable_on(brand, NIGHT_CARD, 6.5),
    }
    return light, dark


def stylesheet(brand: str) -> str:
    """The custom properties of one brand colour, for light and dark. Depends on nothing else, so it is cached for ever."""
    light, dark = shades(brand)
    return (
        f":root{{{_properties(light)}}}\n"
        f"@media (prefers-color-scheme: dark){{:root:not([data-theme=light]){{{_properties(dark)}}}}}\n"
        f":root[data-theme=dark]{{{_properties(dark)}}}\n"
    )


def _properties(values: dict[str, str]) -> str:
    return ";".join(f"--talkoot-{name}:{value}" for name, value in values.items())

"""What a brand colour would look like: the shades that pages make of it and their contrast, before it is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from talkoot.i18n import lazy
from talkoot.web import contrast

# Colours on which white can be read, for those who have no brand book at hand.
PALETTE = {
    "#1b5e8c": lazy("Lake blue"),
    "#0f4c5c": lazy("Deep water"),
    "#1f6b45": lazy("Spruce"),
    "#5b6b1f": lazy("Moss"),
    "#8a4b0f": lazy("Bark"),
    "#9b2c2c": lazy("Rowan berry"),
    "#7a2e6b": lazy("Heather"),
    "#4b3f8f": lazy("Blueberry"),
    "#3b4a57": lazy("Granite"),
}


@dataclass(frozen=True)
class Preview:
    """A colour with what pages make of it; `ratio`: white text on it, at least 4.5 is needed."""

    colour: str
    ratio: float
    light: Mapping[str, str]
    dark: Mapping[str, str]
    link_ratio: float

    @property
    def readable(self) -> bool:
        return self.ratio >= contrast.TEXT_RATIO


def preview(text: str) -> Preview | None:
    """The preview of `#rrggbb`; None when it is no colour."""
    colour = text.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        return None
    light, dark = contrast.shades(colour)
    return Preview(
        colour=colour,
        ratio=int(contrast.ratio(colour, contrast.WHITE) * 10) / 10,  # never rounded up to a pass
        light=light,
        dark=dark,
        link_ratio=int(contrast.ratio(light["link"], "#ffffff") * 10) / 10,
    )

"""Drawings in the demo's texts: `![what is in it](draw:reeds)` becomes a picture as members add them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from talkoot.conversations.images import Picture
from talkoot.files import pictures
from talkoot.files.drawing import Redrawn
from talkoot_forums.demo import drawings

DRAWING = re.compile(r"\]\(draw:([a-z ]+)\)")


def named(text: str) -> tuple[str, dict[str, Redrawn]]:
    """The text as a member would have written it, and the pictures in it by their new names."""
    found: dict[str, Redrawn] = {}

    def name(match: re.Match[str]) -> str:
        new = pictures.new_name()
        found[new] = drawings.drawn(match[1])
        return f"](file:{new})"

    return DRAWING.sub(name, text), found


def shown(drawn: Mapping[str, Redrawn]) -> dict[str, Picture]:
    """These pictures as a text shows them."""
    small = {name: one.pictures[1] for name, one in drawn.items()}
    return {name: Picture("webp", one.width, one.height) for name, one in small.items()}

"""Draws a picture anew, in a process of its own with little memory and time: a hostile file ends that and nothing else.

Run as a script by logos.py: the picture on standard input, on standard output a line of JSON and the new picture. What
comes out holds pixels only: no EXIF, no place or camera, no colour profile, no second file hidden behind the first.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any

FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
MOST_PIXELS = 16_000_000
LEAST_SIDE = 24
BOX = (480, 144)  # three times the largest it is shown
SECONDS, BYTES = 8, 600 * 1024 * 1024
LIGHT = 170  # of 255: lighter than this on the average, it was drawn for a dark ground


def limit() -> None:
    """Let the system end this process when it takes too much."""
    import resource

    for what, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, BYTES), (resource.RLIMIT_FSIZE, 0)):
        with suppress(ValueError, OSError):  # a system that has no such limit
            resource.setrlimit(what, (most, most))


def redraw(data: bytes) -> tuple[dict[str, Any], bytes]:
    """What the picture is and its new bytes; or why it cannot be used: {"refused": "kind" | "large" | "small" | "moves"}."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        picture: Image.Image = Image.open(BytesIO(data), formats=list(FORMATS))
        kind = str(picture.format).replace("MPO", "JPEG")  # a photograph with another one in it: the first counts
        if (why := _refusal(picture)) is not None:
            return {"refused": why}, b""
        picture = ImageOps.exif_transpose(picture)
        clear = picture.has_transparency_data
        picture = picture.convert("RGBA" if clear else "RGB")
    except Image.DecompressionBombError:
        return {"refused": "large"}, b""
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError):
        return {"refused": "kind"}, b""
    picture.thumbnail(BOX, Image.Resampling.LANCZOS)
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    out = BytesIO()
    clean.save(out, kind, quality=90, lossless=clear, optimize=True)  # each kind takes what it knows
    facts = {"kind": FORMATS[kind], "width": clean.width, "height": clean.height, "light": clear and _is_light(clean)}
    return facts, out.getvalue()


def _refusal(picture: Any) -> str | None:
    """Why a picture cannot be a logo, from its head alone: nothing has been unpacked yet."""
    width, height = picture.size
    if width * height > MOST_PIXELS:
        return "large"
    if min(width, height) < LEAST_SIDE:
        return "small"
    return "moves" if picture.format != "MPO" and getattr(picture, "is_animated", False) else None


def _is_light(picture: Any) -> bool:
    """Whether what can be seen of it is light on the average."""
    from PIL import ImageStat

    seen = picture.getchannel("A").point(lambda a: 255 if a > 127 else 0)
    return bool(seen.getbbox()) and ImageStat.Stat(picture.convert("L"), seen).mean[0] > LIGHT


if __name__ == "__main__":
    limit()
    found, redrawn = redraw(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + redrawn)

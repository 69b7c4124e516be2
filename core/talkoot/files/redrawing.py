"""Draws a picture anew, in a process of its own with little memory and time: a hostile file ends that and nothing else.

Run as a script by drawing.py: what is wished for as JSON in the argument, the picture on standard input; on standard output
a line of JSON and the new pictures, one behind the other. What comes out holds pixels only, in sRGB: no EXIF, no place or
camera, no colour profile, no second file hidden behind the first.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

KINDS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
SECONDS, BYTES = 8, 600 * 1024 * 1024
LARGEST_PROFILE = 2 * 1024 * 1024  # those of printing presses have 1 MB
LIGHT = 170  # of 255: lighter than this on the average, it was drawn for a dark ground


def limit() -> None:
    """Let the system end this process when it takes too much, and serve everybody else first."""
    import resource

    for what, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, BYTES), (resource.RLIMIT_FSIZE, 0)):
        with suppress(ValueError, OSError):  # a system that has no such limit
            resource.setrlimit(what, (most, most))
    os.nice(5)


def redraw(data: bytes, wish: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """What the picture is and its new bytes, one for each of the wish's boxes; or why it cannot be used:
    {"refused": "kind" | "large" | "small" | "moves"}. The wish is that of drawing.py.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = wish["most_pixels"]
    try:
        picture: Image.Image = Image.open(BytesIO(data), formats=wish["formats"])
        kind = wish["kind"] or str(picture.format).replace("MPO", "JPEG")  # the first of two photographs counts
        if (why := _refusal(picture, wish)) is not None:
            return {"refused": why}, []
        clear = picture.has_transparency_data
        profile = picture.info.get("icc_profile")
        mode = "RGBA" if clear else "RGB"
        picture = _upright(picture, max(map(max, wish["boxes"])), mode, as_it_is=bool(profile))
    except Image.DecompressionBombError:
        return {"refused": "large"}, []
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError):
        return {"refused": "kind"}, []
    drawn = [_in_srgb(_fitted(picture, box), profile, mode) for box in wish["boxes"]]
    facts = {"kind": KINDS[kind], "light": clear and _is_light(drawn[-1]), "sizes": [one.size for one in drawn]}
    return facts, [_bytes_of(one, kind, wish, clear) for one in drawn]


def _refusal(picture: Any, wish: Mapping[str, Any]) -> str | None:
    """Why a picture cannot be used, from its head alone: nothing has been unpacked yet."""
    width, height = picture.size
    if width * height > wish["most_pixels"]:
        return "large"
    if min(width, height) < wish["least_side"]:
        return "small"
    if wish["may_move"] or picture.format == "MPO":
        return None
    return "moves" if getattr(picture, "is_animated", False) else None


def _upright(picture: Any, most: int, mode: str, *, as_it_is: bool) -> Any:
    """The picture unpacked and turned as it was held; a photograph is unpacked no larger than it is needed.

    `as_it_is`: in the numbers that its profile is about, where these are not a palette's.
    """
    from PIL import ImageOps

    picture.draft(None, (most, most))
    ImageOps.exif_transpose(picture, in_place=True)
    kept = as_it_is and mode == "RGB" and picture.mode in ("L", "CMYK")
    return picture if kept or picture.mode == mode else picture.convert(mode)


def _in_srgb(picture: Any, profile: bytes | None, mode: str) -> Any:
    """The picture in the colours that browsers take for granted, because the profile does not stay with it.

    Phones photograph in Display P3, cameras in Adobe RGB: shown as they are, these are paler. A profile that is damaged, or
    of another kind of picture, is passed over.
    """
    from PIL import ImageCms

    if profile and len(profile) <= LARGEST_PROFILE:
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            held, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            picture = ImageCms.profileToProfile(picture, held, srgb, outputMode=mode) or picture
    return picture if picture.mode == mode else picture.convert(mode)


def _fitted(picture: Any, box: tuple[int, int]) -> Any:
    """A new picture of the same pixels, small enough for the box."""
    from PIL import Image

    small = picture.copy() if picture.width <= box[0] and picture.height <= box[1] else picture
    if small is picture:
        scale = min(box[0] / picture.width, box[1] / picture.height)
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        small = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    clean = Image.new(small.mode, small.size)
    clean.paste(small)
    return clean


def _bytes_of(picture: Any, kind: str, wish: Mapping[str, Any], clear: bool) -> bytes:
    out = BytesIO()
    lossless = clear and wish["lossless_when_clear"]
    picture.save(out, kind, quality=wish["quality"], lossless=lossless, optimize=True)  # each kind takes what it knows
    return out.getvalue()


def _is_light(picture: Any) -> bool:
    """Whether what can be seen of it is light on the average."""
    from PIL import ImageStat

    seen = picture.getchannel("A").point(lambda a: 255 if a > 127 else 0)
    return bool(seen.getbbox()) and ImageStat.Stat(picture.convert("L"), seen).mean[0] > LIGHT


if __name__ == "__main__":
    limit()
    found, redrawn = redraw(sys.stdin.buffer.read(), json.loads(sys.argv[1]))
    sys.stdout.buffer.write(json.dumps(found | {"bytes": [*map(len, redrawn)]}).encode() + b"\n" + b"".join(redrawn))

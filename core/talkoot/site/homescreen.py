"""What a phone needs to put a tenant's site on its home screen: the web app manifest, and an icon in the tenant's look.

On iPhones and iPads notices come only to a site that was added there. The addresses hold a hash of what they lead to, so
that browsers keep it for ever; a new look has new addresses, and the old ones lead nowhere.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from talkoot import i18n
from talkoot.tenants import logos
from talkoot.tenants.tenant import Logo, Tenant

MANIFEST, PICTURE = "application/manifest+json", "image/png"
SIZES = (180, 192, 512)  # of an iPhone's home screen; those that other systems ask for
BACKGROUND = "#f5f7f8"  # while the site opens: --talkoot-paper of talkoot.css
DRAWING = 1  # one more when the drawing below changes
SHIELD = ((8, 5), (56, 5), (56, 34), (52, 46), (44, 53), (32, 59), (20, 53), (12, 46), (8, 34))  # of 64
PLATE = "#ffffff"


def manifest(tenant: Tenant, root: str, language: str) -> bytes:
    """The manifest of a tenant's site that lies at `root` ("" at the top of a host), in one of its languages."""
    name = tenant.name(language)
    told: dict[str, Any] = {
        "id": f"{root}/",
        "start_url": f"{root}/",
        "scope": f"{root}/",  # no other tenant's pages: by path these lie beside it
        "name": name,
        "short_name": name,
        "lang": language,
        "dir": i18n.direction(language),
        "display": "standalone",
        "theme_color": tenant.setting("site.brand"),
        "background_color": BACKGROUND,
        "icons": [
            {"src": icon_address(tenant, root, size), "sizes": f"{size}x{size}", "type": PICTURE, "purpose": purpose}
            for size in SIZES[1:]
            for purpose in ("any", "maskable")
        ],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def address(tenant: Tenant, root: str, language: str) -> str:
    """Where the manifest is."""
    return f"{root}/app/{_mark(manifest(tenant, root, language))}.webmanifest"


def icon_address(tenant: Tenant, root: str, size: int) -> str:
    """Where the icon of this size is."""
    look = (DRAWING, tenant.id, tenant.setting("site.brand"), _letter(tenant), tenant.logo and tenant.logo.name, size)
    return f"{root}/app/{_mark(repr(look).encode())}.png"


def found(tenant: Tenant, root: str, name: str, instance: Path) -> tuple[bytes, str] | None:
    """What is at this address now, and its type; None for any other, such as another tenant's or one of an earlier look."""
    asked = f"{root}/app/{name}"
    for language in tenant.languages:
        if asked == address(tenant, root, language):
            return manifest(tenant, root, language), MANIFEST
    for size in SIZES:
        if asked == icon_address(tenant, root, size):
            return _icon(instance, tenant.id, tenant.setting("site.brand"), _letter(tenant), tenant.logo, size), PICTURE
    return None


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _letter(tenant: Tenant) -> str:
    return tenant.name(tenant.languages[0])[:1].upper()


@lru_cache(maxsize=256)
def _icon(instance: Path, tenant_id: int, brand: str, letter: str, logo: Logo | None, size: int) -> bytes:
    """The logo on its plate, else the head's shield with the first letter; all within the circle that systems may cut out."""
    from PIL import Image

    data = logos.read(instance, tenant_id, logo.name) if logo else None
    if logo and data:
        picture = Image.new("RGB", (size, size), brand if logo.light else PLATE)
        drawn = Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")).convert("RGBA")
        scale = 0.78 * size / (drawn.width**2 + drawn.height**2) ** 0.5  # its corners lie in the circle
        drawn = drawn.resize((max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale))))
        picture.paste(drawn, ((size - drawn.width) // 2, (size - drawn.height) // 2), drawn)
    else:
        picture = _shield(brand, letter, size)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _shield(brand: str, letter: str, size: int) -> Any:
    """Drawn four times as large and made smaller, so that its edges are smooth."""
    from PIL import Image, ImageDraw

    side = 4 * size
    picture = Image.new("RGB", (side, side), brand)
    pen = ImageDraw.Draw(picture)

    def at(x: float, y: float) -> tuple[float, float]:
        return side * (0.5 + 0.66 * (x - 32) / 64), side * (0.5 + 0.66 * (y - 32) / 64)

    pen.polygon([at(*point) for point in SHIELD], fill=PLATE)
    _write(pen, letter, brand, at(32, 31), side)
    return picture.resize((size, size))


def _write(pen: Any, letter: str, brand: str, middle: tuple[float, float], side: int) -> None:
    """The letter. Pillow's own font has those of English: the dots and the ring of others are drawn, more is left out."""
    from PIL import ImageFont

    base, *signs = list(unicodedata.normalize("NFD", letter) or " ")
    if not base.isascii() or any(sign not in "\u0308\u030a" for sign in signs):
        return
    (x, y), stroke, high = middle, side // 80, side * 0.13
    y += 0.035 * side if signs else 0
    pen.text((x, y), base, brand, ImageFont.load_default(0.33 * side), "mm", stroke_width=stroke, stroke_fill=brand)
    for sign in signs:
        if sign == "\u0308":
            for shift in (-0.06, 0.06):
                pen.circle((x + shift * side, y - high - 0.025 * side), 0.026 * side, fill=brand)
        else:
            pen.circle((x, y - high - 0.03 * side), 0.04 * side, outline=brand, width=2 * stroke)

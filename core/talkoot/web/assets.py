"""Static files of core, plugins and themes under /static/, cached for ever because their address holds their hash."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from talkoot.app import Talkoot

CORE = Path(__file__).parent.parent / "static"
A_YEAR = 365 * 24 * 3600


def folders(app: Talkoot) -> dict[str, Path]:
    """The first part of a static address and the folder it stands for."""
    found = {"core": CORE}
    found |= {f"theme-{name}": theme.folder / "static" for name, theme in app.registry.themes.items()}
    found |= {
        name: folder for name, plugin in app.registry.plugins.items() if (folder := plugin.folder_named("static"))
    }
    return found


def static_files(app: Talkoot, inner: WSGIApplication) -> WSGIApplication:
    """Serve the folders before anything else looks at the request."""
    served = WhiteNoise(inner, max_age=A_YEAR, allow_all_origins=False)
    for name, folder in folders(app).items():
        if folder.is_dir():
            served.add_files(str(folder), prefix=f"static/{name}/")
    return served  # type: ignore[no-any-return]


@lru_cache(maxsize=512)
def address(folder: Path, prefix: str, name: str) -> str:
    """`/static/core/talkoot.css?v=1a2b3c4d`; a file that is not there (packages not fetched) has no hash."""
    path = folder / name
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""
    return f"/static/{prefix}/{name}?v={mark}" if mark else ""


@lru_cache(maxsize=8)
def content(name: str) -> bytes:
    """A file of core's that is also answered at an address of its own."""
    return (CORE / name).read_bytes()

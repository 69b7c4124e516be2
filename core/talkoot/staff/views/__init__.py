"""Pages of a municipality's staff, one file per subject."""

from talkoot.staff.views import (
    areas,
    bodies,
    desk,
    feedback,
    log,
    names,
    people,
    plugins,
    reports,
    settings,
    texts,
)
from talkoot.staff.views.frame import staff

__all__ = [
    "areas",
    "bodies",
    "desk",
    "feedback",
    "log",
    "names",
    "people",
    "plugins",
    "reports",
    "settings",
    "staff",
    "texts",
]

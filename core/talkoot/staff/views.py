"""The staff's blueprint with all its pages."""

from talkoot.staff.pages import (
    areas,
    bodies,
    desk,
    feedback,
    log,
    logo,
    names,
    people,
    plugins,
    reports,
    settings,
    texts,
)
from talkoot.staff.pages.frame import staff

__all__ = [
    "areas",
    "bodies",
    "desk",
    "feedback",
    "log",
    "logo",
    "names",
    "people",
    "plugins",
    "reports",
    "settings",
    "staff",
    "texts",
]

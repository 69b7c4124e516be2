"""Languages: which ones there are, their direction, and the translation functions everybody uses.

English is the language of the source, so its catalogue is the source itself; Finnish and Swedish are complete catalogues,
and a test fails on a missing or fuzzy string. Any other language may be added the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from flask import g, has_request_context
from flask_babel import Babel, force_locale, get_locale, gettext, ngettext, pgettext
from flask_babel import lazy_gettext as lazy

from talkoot import clock

if TYPE_CHECKING:
    from flask import Flask

    from talkoot.registry import Registry

OWN_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English", "ar": "العربية", "ru": "Русский", "et": "Eesti"}


def init_app(app: Flask, registry: Registry, extra_folders: Iterable[str] = ()) -> None:
    """Find catalogues beside core, every plugin and every theme; later ones may reword earlier ones."""
    folders = ["translations"]
    folders += [str(f) for p in registry.plugins.values() if (f := p.folder_named("translations"))]
    folders += [
        str(t.folder / "translations") for t in registry.themes.values() if (t.folder / "translations").is_dir()
    ]
    folders += list(extra_folders)
    Babel(app, locale_selector=_selected, default_translation_directories=";".join(folders))


def _selected() -> str:
    return getattr(g, "language", "en") if has_request_context() else "en"


@lru_cache(maxsize=64)
def locale(language: str) -> Locale:
    """The CLDR locale of a language tag; unknown tags read as English."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def direction(language: str) -> str:
    """`rtl` for Arabic, Persian, Hebrew …, else `ltr`."""
    return locale(language).text_direction


def own_name(language: str) -> str:
    """A language's name in itself, as the language switch shows it."""
    return OWN_NAMES.get(language) or (locale(language).display_name or language).capitalize()


@lru_cache(maxsize=4096)
def _day(day: date, language: str, style: str) -> str:
    return babel_date(day, style, locale=locale(language))


@lru_cache(maxsize=8192)
def _moment(minute: datetime, language: str) -> str:
    return babel_datetime(
        minute, "d.M.yyyy HH:mm" if language in ("fi", "sv") else "d MMM y, HH:mm", locale=locale(language)
    )


def format_day(day: date, language: str, style: str = "long") -> str:
    """A calendar day, e.g. "3. maaliskuuta 2026"; `style` is CLDR's short, medium, long or full."""
    return _day(day, language, style)


def format_moment(moment: datetime, language: str, zone: str) -> str:
    """A moment in the tenant's zone, to the minute. Equal minutes are formatted once."""
    return _moment(moment.astimezone(clock.zone(zone)).replace(second=0, microsecond=0), language)


__all__ = [
    "direction",
    "force_locale",
    "format_day",
    "format_moment",
    "get_locale",
    "gettext",
    "init_app",
    "lazy",
    "locale",
    "ngettext",
    "own_name",
    "pgettext",
]

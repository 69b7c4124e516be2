"""Languages: which ones there are, their direction, and the translation functions everybody uses.

English is the language of the source, so its catalogue is the source itself; Finnish and Swedish are complete catalogues,
and a test fails on a missing or fuzzy string. Any other language may be added the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.numbers import format_decimal as babel_decimal
from babel.support import Translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from talkoot import clock

if TYPE_CHECKING:
    from flask import Flask

    from talkoot.registry import Registry

OWN_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English", "ar": "العربية", "ru": "Русский", "et": "Eesti"}
_SOURCE = NullTranslations()  # English: the source itself
_catalogues: dict[str, NullTranslations] = {}
_spoken: ContextVar[str] = ContextVar("talkoot_language", default="en")


def init_app(app: Flask, registry: Registry) -> None:
    """Read all catalogues once. A plugin's word for something never replaces core's; a theme may reword both."""
    folders = [f for p in reversed(registry.plugins.values()) if (f := p.folder_named("translations"))]
    folders.append(Path(__file__).parent / "translations")
    folders += [theme.folder / "translations" for theme in registry.themes.values()]
    read_catalogues(folders)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _catalogue().gettext(message),  # Jinja fills in the values itself, escaped
        _form_for,
        newstyle=True,
        pgettext=lambda context, message: _catalogue().pgettext(context, message),
        npgettext=_form_for_in,
    )
    app.jinja_env.globals.update(_=_words, gettext=_words)  # the same for the commonest case, at a tenth of the cost


@pass_eval_context
def _words(eval_ctx: EvalContext, message: str, /, **values: Any) -> str:
    """A template's `_("…", name=value)`: the values are escaped where the page is HTML."""
    if not eval_ctx.autoescape:
        return _catalogue().gettext(message) % values
    return _marked_up(_spoken.get(), message) % values if values else _without_values(_spoken.get(), message)


@lru_cache(maxsize=8192)
def _marked_up(language: str, message: str) -> Markup:
    return Markup(_catalogues.get(language, _SOURCE).gettext(message))  # noqa: S704 our own texts


@lru_cache(maxsize=8192)
def _without_values(language: str, message: str) -> Markup:
    return _marked_up(language, message) % {}


def read_catalogues(folders: Iterable[Path]) -> None:
    """Load every `<language>/LC_MESSAGES/messages` catalogue of these folders, merged by language."""
    for folder in folders:
        for place in sorted(folder.glob("*/LC_MESSAGES")):
            language = place.parent.name
            found = Translations(_compiled(place / "messages.po"))
            known = _catalogues.get(language)
            _catalogues[language] = known.merge(found) if isinstance(known, Translations) else found
    _marked_up.cache_clear()
    _without_values.cache_clear()


def _compiled(po: Path) -> BytesIO:
    """The compiled catalogue beside a .po; where it is missing or older, made now, so that plugins need no build step."""
    mo, data = po.with_suffix(".mo"), BytesIO()
    if mo.exists() and (not po.exists() or mo.stat().st_mtime >= po.stat().st_mtime):
        return BytesIO(mo.read_bytes())
    from babel.messages.mofile import write_mo  # most installations have them all compiled
    from babel.messages.pofile import read_po

    with po.open("rb") as source:
        write_mo(data, read_po(source, locale=po.parent.parent.name))
    data.seek(0)
    return data


def speak(language: str) -> None:
    """Translate into this language from now on (at the beginning of each request)."""
    _spoken.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Translate into this language for a while: for mails, and for texts that are remembered."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language that is translated into now."""
    return _spoken.get()


def _catalogue() -> NullTranslations:
    return _catalogues.get(_spoken.get(), _SOURCE)


def _form_for(one: str, many: str, n: int) -> str:
    """The form that goes with a number."""
    return _counted(_catalogue().ngettext(one, many, n), n)


def _form_for_in(context: str, one: str, many: str, n: int) -> str:
    return _counted(_catalogue().npgettext(context, one, many, n), n)


def _counted(message: str, n: int) -> str:
    """Thousands are parted as the language spoken does it, which `%(num)d` cannot."""
    return message if -1000 < n < 1000 else message.replace("%(num)d", format_number(n))


def gettext(message: str, **values: Any) -> str:
    """The message in the language spoken, with `%(name)s` filled in."""
    text = _catalogue().gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """The form of a message that goes with a number; `%(num)d` is the number."""
    return _form_for(one, many, n) % {"num": n, **values}


def pgettext(context: str, message: str, **values: Any) -> str:
    """A message that other contexts translate otherwise."""
    text = _catalogue().pgettext(context, message)
    return text % values if values else text


def npgettext(context: str, one: str, many: str, n: int, **values: Any) -> str:
    """Both of the above."""
    return _form_for_in(context, one, many, n) % {"num": n, **values}


class LazyText:
    """A message that is translated each time it is shown."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __repr__(self) -> str:
        return f"lazy({self.message!r})"


def lazy(message: str) -> str:
    """A title declared while the program starts, translated where it is shown. To the type checker it is a text."""
    return cast(str, LazyText(message))


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


def language_in(texts: Mapping[str, str], *languages: str) -> str:
    """The first of these languages that has words here, else any other that has; "" when none has.

    `languages` are the reader's and then those of the site whose text it is: the order of the mapping says nothing.
    """
    return next((language for language in (*languages, *texts) if texts.get(language)), "")


class Text(str):
    """Words that know the language they are written in, for `written`; what is made out of them no longer does."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, words: str, language: str = "") -> Text:
        text = super().__new__(cls, words)
        text.language = language
        return text


def text_in(texts: Mapping[str, str], *languages: str) -> Text:
    """What is written in that language; "" when nothing is written."""
    language = language_in(texts, *languages)
    return Text(texts.get(language, ""), language)


def written(text: str) -> Markup:
    """A template's `{{ forum.name(language)|written }}`: `<bdi>`, with `lang` where the words are in another language than
    the page's, so that a screen reader says them as that language sounds.
    """
    language = text.language if isinstance(text, Text) else ""
    lang = f' lang="{escape(language)}"' if language and language != _spoken.get() else ""
    return Markup(f"<bdi{lang}>{escape(text)}</bdi>")  # noqa: S704 both escaped


def _spelling(language: str) -> Locale:
    """How days are written: English ones as in Britain, 3 March 2026."""
    return locale("en-GB" if language == "en" else language)


@lru_cache(maxsize=4096)
def _day(day: date, language: str, style: str) -> str:
    return babel_date(day, style, locale=_spelling(language))


@lru_cache(maxsize=8192)
def _moment(minute: datetime, language: str) -> str:
    pattern = "d.M.yyyy HH:mm" if language in ("fi", "sv") else "d MMM y, HH:mm"
    return babel_datetime(minute, pattern, locale=_spelling(language))


@lru_cache(maxsize=4096)
def _number(number: float, decimals: int, language: str) -> str:
    return str(babel_decimal(number, f"#,##0.{'0' * decimals}" if decimals else "#,##0", locale=locale(language)))


def format_day(day: date, language: str, style: str = "long") -> str:
    """A calendar day, e.g. "3. maaliskuuta 2026"; `style` is CLDR's short, medium, long or full."""
    return _day(day, language, style)


def format_number(number: float, decimals: int = 0) -> str:
    """A number as the language spoken writes it: `2 000` and `4,5` in Finnish and Swedish, `2,000` and `4.5` in English."""
    return _number(number, decimals, _spoken.get())


def format_moment(moment: datetime, language: str, zone: str) -> str:
    """A moment in the tenant's zone, to the minute. Equal minutes are formatted once."""
    return _moment(moment.astimezone(clock.zone(zone)).replace(second=0, microsecond=0), language)


def time_tag(moment: datetime, language: str, zone: str) -> Markup:
    """`<time>` with the moment in the tenant's zone."""
    return _time_tag(moment.replace(second=0, microsecond=0), language, zone)


@lru_cache(maxsize=8192)
def _time_tag(minute: datetime, language: str, zone: str) -> Markup:
    stamp = minute.strftime("%Y-%m-%dT%H:%MZ")
    return Markup('<time datetime="{}">{}</time>').format(stamp, format_moment(minute, language, zone))

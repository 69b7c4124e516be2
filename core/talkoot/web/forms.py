"""Forms: WTForms with messages in the page's language. The token is put in by the template, for every form alike."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from wtforms import Form as WtForm
from wtforms.i18n import get_translations

from talkoot import clock
from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.web import here

# WTForms' messages about what is none of the choices, which only a forger sees: they repeat it, or say it in English.
NO_CHOICE = {
    "Not a valid choice.",
    "'%(value)s' is not a valid choice for this field.",
    "Invalid Choice: could not coerce.",
    "Invalid choice(s): one or more data inputs could not be coerced.",
}


class _Messages:
    """WTForms' messages in a language, but for those above."""

    def __init__(self, language: str) -> None:
        self._own = get_translations([language])

    def gettext(self, text: str) -> str:
        return gettext("Choose one of the options.") if text in NO_CHOICE else str(self._own.gettext(text))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return gettext("Choose one of the options.") if one in NO_CHOICE else str(self._own.ngettext(one, many, n))


class Form(WtForm):
    """A form filled from the request when it was posted."""

    class Meta:
        """WTForms' own messages in Finnish, Swedish, Arabic …"""

        def get_translations(self, _form: Any) -> Any:
            return _Messages(here.language())

    @classmethod
    def posted(cls, **kwargs: Any) -> Any:
        """The form with what was sent; with defaults or `obj` on GET."""
        return cls(request.form if request.method == "POST" else None, **kwargs)

    def refuse(self, error: InvalidError) -> None:
        """Put what a subject function refused beside its field, or at the top of the form."""
        field = self._fields.get(error.field or "")
        if field is not None:
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)


def day(name: str) -> date | None:
    """A calendar day of the posted form; None when the field is empty. Raises InvalidError when it holds something else,
    also for a day that nobody means."""
    text = request.form.get(name, "").strip()
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.max
    if found is not None and found.year not in clock.YEARS:
        raise InvalidError(gettext("This is not a day: %(text)s", text=text[:40]), name)
    return found


def number_of(text: str) -> int:
    """A number that every database can hold, for `request.args.get("page", type=number_of)`; raises ValueError."""
    found = int(text)
    if not 0 <= found < 2**31:
        raise ValueError
    return found

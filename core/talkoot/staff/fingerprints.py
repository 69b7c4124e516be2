"""Noticing that somebody else saved what one has open in a form: the form carries a mark of what it showed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from talkoot.errors import TalkootError
from talkoot.i18n import gettext


class SavedMeanwhileError(TalkootError):
    """Somebody saved in between: both versions are to be shown (409)."""

    @property
    def message(self) -> str:
        return gettext(
            "Somebody saved this page while you had it open. What they saved stands beside yours: choose and save again."
        )


def mark(values: Any) -> str:
    """A short mark of what a form shows; equal values have equal marks."""
    text = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compare(seen: str, values: Any) -> None:
    """Raise SavedMeanwhileError unless the form was made from these values.

    They stay as compared for who has taken the turn to save (db/turns.py).
    """
    if seen != mark(values):
        raise SavedMeanwhileError

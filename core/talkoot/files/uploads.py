"""What a posted form says about a picture: the part "Add a picture" of every form whose text becomes a post.

Its button sends the whole form, which comes back with the picture in the text and nothing saved but the picture; so
nothing is lost without JavaScript. With it (static/pictures.js) the same fields go to a page of their own.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import request

from talkoot.conversations import images
from talkoot.errors import InvalidError
from talkoot.files import pictures
from talkoot.i18n import gettext
from talkoot.lengths import within
from talkoot.web import here, limits

LONGEST_WORDS = 500  # of what is in a picture


def with_picture(text: str) -> str:
    """The text with the picture at its end that was sent with it; raises InvalidError as `added` does."""
    return f"{text.rstrip()}\n\n{added()}\n".lstrip()


def added() -> str:
    """Keep the picture that was sent; returns what names it in a text. Raises InvalidError, TooManyError."""
    member = here.member_id(pictures.PERMISSION)
    limits.hit(limits.PICTURES, "pictures", str(member))
    words, sent = _words(), request.files.get("picture")
    data = sent.read(pictures.MOST_BYTES + 1) if sent else b""
    if not data:
        raise InvalidError(gettext("Choose a picture first."), "picture")
    name = pictures.take(here.db(), here.app().storage, member, data, _submission(data))
    here.db().quiet = True  # no page shows it yet
    return images.markdown(name, words)


def _words() -> str:
    """What is in the picture; empty when it only decorates. Raises InvalidError when neither was said (WCAG 1.1.1)."""
    if request.form.get("picture_decorates"):
        return ""
    words = within(request.form.get("picture_words", ""), LONGEST_WORDS, "picture_words")
    if not words:
        raise InvalidError(
            gettext("Tell in a few words what is in the picture, for those who cannot see it."), "picture_words"
        )
    return words


def _submission(data: bytes) -> UUID:
    """The key of the form together with the picture: another one from the same form is another."""
    key = here.submission().bytes
    return UUID(bytes=key[:8] + hashlib.blake2b(key + data, digest_size=8).digest())

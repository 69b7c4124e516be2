"""What the next page says about what was just done: "Saved." One way for every form, with and without JavaScript.

The word travels in a cookie that lasts a minute, holds no text but the name of a sentence below, and goes when it is shown.
"""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, request

from talkoot.i18n import lazy
from talkoot.web import here

COOKIE = "__Host-talkoot-said"
A_MINUTE = 60
WORDS = {
    "saved": lazy("Saved."),
    "added": lazy("Added."),
    "removed": lazy("Removed."),
    "switched_on": lazy("Switched on. It works from now on."),
    "switched_off": lazy("Switched off. Its pages are gone, what people wrote is kept."),
    "standard_text": lazy("The standard text stands there again."),
    "followed": lazy("You follow this now."),
    "unfollowed": lazy("You do not follow this any more."),
    "bookmarked": lazy("Kept in your bookmarks. There you can ask to be reminded."),
    "unbookmarked": lazy("Taken out of your bookmarks."),
    "invited": lazy("The invitation is on its way."),
    "withdrawn": lazy("The invitation was taken back."),
    "role_given": lazy("The role was given."),
    "role_taken": lazy("The role was taken away."),
    "blocked": lazy("Blocked: they can read but not write here."),
    "unblocked": lazy("They can write here again."),
    "hidden": lazy("The post is hidden, and its reports are closed."),
    "kept": lazy("The post stays, and its reports are closed."),
    "draft_saved": lazy("Saved as a draft. Only you see it."),
    "draft_gone": lazy("The draft is gone."),
    "left": lazy("You have left this site."),
    "closed": lazy("The site is closed."),
    "opened": lazy("The site is open again."),
    "read": lazy("Marked as read."),
    "device_added": lazy("Notices also come to this device from now on."),
    "device_removed": lazy("No more notices come to that device."),
    "mailed_again": lazy("Mail is sent to your address again."),
    "confirmed": lazy("Welcome! Your address is confirmed and you are signed in."),
}


def done(what: str, endpoint: str, anchor: str | None = None, **values: Any) -> Response:
    """Redirect after a post, like `here.go`, to a page that says one of the sentences above."""
    return saying(what, here.go(endpoint, anchor, **values))


def saying(what: str, response: Response) -> Response:
    """This redirect, to a page that says one of the sentences above."""
    assert what in WORDS, what
    response.set_cookie(COOKIE, what, max_age=A_MINUTE, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def said() -> str:
    """The sentence for this page, once; empty when there is none."""
    sentence = WORDS.get(request.cookies.get(COOKIE, ""))
    if sentence is None:
        return ""
    after_this_request(_forget)
    return str(sentence)


def _forget(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response

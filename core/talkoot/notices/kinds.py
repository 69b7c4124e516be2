"""The kinds of notices: why somebody is told, whether it is meant for them, and what it is about. One table of words."""

from __future__ import annotations

from dataclasses import dataclass

from talkoot.i18n import lazy


@dataclass(frozen=True)
class Kind:
    """`about`: what the notice's thing is. `direct`: meant for this member, not only for whoever follows."""

    about: str
    direct: bool
    words: str


# The stronger reason stands first: a member is told once of a post, for the first of these that holds.
KINDS = {
    "mention": Kind("post", True, lazy("mentioned you")),
    "quote": Kind("post", True, lazy("quoted you")),
    "reply": Kind("post", True, lazy("replied in the discussion you began")),
    "official": Kind("post", False, lazy("wrote in the office that you follow")),
    "follow": Kind("post", False, lazy("wrote")),
    "answered": Kind("step", True, lazy("The promised answer has come.")),
    "overdue": Kind("promise", False, lazy("The promised answer is late.")),
    "hidden": Kind("moderation", True, lazy("A moderator has hidden your post.")),
    "restored": Kind("moderation", True, lazy("A moderator has brought your post back.")),
    "reminder": Kind("reminder", True, lazy("You asked to be reminded of this.")),
}
DIRECT = tuple(name for name, kind in KINDS.items() if kind.direct)
OF_POSTS = ("post", "moderation", "reminder")  # `about` a post

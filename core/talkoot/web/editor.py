"""A form with an editor: its text, what its buttons ask for (save, preview, a picture), and the draft that is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import request
from markupsafe import Markup

from talkoot import clock
from talkoot.conversations import drafts, posts
from talkoot.conversations.drafts import Kept, Spot, Stamp
from talkoot.conversations.rendering import clean, placed, rendered
from talkoot.errors import InvalidError
from talkoot.files import uploads
from talkoot.ids import new_id, parse_id
from talkoot.web import csrf, here

# Of a form's fields those that are no part of what somebody has written.
NOT_WRITTEN = frozenset(
    {
        csrf.FIELD,
        "submission",
        "text",
        "preview",
        "seq",
        "picture_words",
        "picture_decorates",
        "add_picture",
        "draft",
        "draft_kind",
        "draft_place",
    }
)


@dataclass(frozen=True)
class Editing:
    """What `forms.editor` shows around its text. `seen`: the stamp of the draft that the form knows of."""

    root: str
    spot: Spot | None = None
    kept: Kept | None = None  # what the form was opened with
    seen: str = ""
    text: str = ""
    preview: Markup | None = None
    picture_added: bool = False
    error: InvalidError | None = None


def opened(spot: Spot | None = None, kept: Kept | None = None, text: str | None = None) -> Editing:
    """A form as it is opened: with this text, else with the draft of its place when there is one."""
    shown = text if text is not None else kept.text if kept else ""
    return Editing(request.script_root, spot, kept, str(kept.stamp) if kept else "", shown)


def posted(save: Callable[[], Any], spot: Spot | None = None, post_id: UUID | None = None) -> Any:
    """Do what the button asks that sent the form: what `save` answers, or the form to be shown once more.

    What is written in it is newer than its draft. `post_id`: the post that is edited. `save` may raise InvalidError.
    """
    form = Editing(request.script_root, spot, seen=str(seen_draft() or "") if spot else "", text=_text())
    try:
        if "add_picture" in request.form:
            return replace(form, text=uploads.with_picture(form.text), picture_added=True)
        return replace(form, preview=preview(post_id)) if "preview" in request.form else save()
    except InvalidError as refused:
        return replace(form, error=refused)


def preview(post_id: UUID | None = None) -> Markup:
    """The text as it would be saved, by the renderer that saves; raises InvalidError as saving would. Writes nothing."""
    here.db().quiet = True
    source, writer = clean(_text()), here.actor().membership_id
    assert writer
    html = rendered(source, posts.known_in(here.db(), source, writer, post_id))
    return Markup(placed(html, request.script_root))  # noqa: S704 sanitised by the renderer


def _text() -> str:
    return request.form.get("text", "")


def seen_draft() -> Stamp | None:
    """The draft that the form knew of when it was sent."""
    return Stamp.read(request.form.get("draft", ""))


def page_stamp() -> Stamp:
    """Which page sends the form, and when: the script counts by its own clock, so the server's is of the same size."""
    seq = request.form.get("seq", type=int) or 0
    writer = parse_id(request.form.get("submission", "")) or new_id()
    return Stamp(writer, seq if 0 < seq < 2**60 else int(clock.now().timestamp() * 1000))


def fields() -> dict[str, str]:
    """What else is written or chosen in the form; several choices of one name are parted by spaces."""
    told = {name: request.form.getlist(name) for name in request.form if name not in NOT_WRITTEN}
    return {name: " ".join(values) for name, values in told.items() if any(values)}


def sent(member_id: UUID, spot: Spot) -> None:
    """The post is being saved: forget its draft, of which the form knew. Asks nothing when there was none."""
    if seen := seen_draft():
        drafts.sent(here.db(), member_id, spot, by=page_stamp().writer, seen=seen)

"""Polls: asked, found, closed, removed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, delete, select, update

from talkoot import clock
from talkoot.conversations import posts
from talkoot.conversations.models import Post
from talkoot.db import TenantSession, for_tenant, next_number
from talkoot.errors import InvalidError, NotFoundError, all_at_once
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.lengths import within
from talkoot.people import names
from talkoot.registry import Registry
from talkoot_polls.models import KINDS, SHOWN, Poll

KIND = "polls.poll"
PAGE = 25
FEWEST, MOST = 2, 12  # options
LONGEST = timedelta(days=730)
POLL_BYTES = 3_000  # about what one takes in memory
_poll, _post = Poll.__table__, Post.__table__
_NAMES = (
    *("id", "number", "post_id", "author_id", "question", "options", "language", "kind", "most", "anonymous", "shown"),
    *("created_at", "closes_at", "closed_at", "removed_at", "reason", "voters", "result"),
)
_polls = select(*(_poll.c[name] for name in _NAMES))
# Made once: every page of a discussion asks, and putting it together costs more than running it.
_under_posts = _polls.where(
    _poll.c.tenant_id == bindparam("tenant", type_=Integer), _poll.c.post_id.in_(bindparam("posts", expanding=True))
)


class PollView(NamedTuple):
    """A poll as pages show it."""

    id: UUID
    number: int
    post_id: UUID
    author_id: UUID
    question: str
    options: Sequence[str]
    language: str
    kind: str
    most: int
    anonymous: bool
    shown: str
    created_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    removed_at: datetime | None
    reason: str
    voters: int
    result: dict[str, Any]

    @property
    def open(self) -> bool:
        """Whether votes are taken now."""
        return self.removed_at is None and self.closed_at is None and clock.now() < self.closes_at

    def tells(self, voted: bool) -> bool:
        """Whether the result is shown, to somebody who has voted or not."""
        return self.shown == "always" or not self.open or (self.shown == "voted" and voted)


class Asked(NamedTuple):
    """A poll as it was written in the form."""

    question: str
    options: Sequence[str]
    kind: str
    most: int | None  # None: as many as there are
    anonymous: bool | None
    shown: str
    closes_at: datetime | None


def begin(db: TenantSession, registry: Registry, post: Post, author_id: UUID, asked: Asked, language: str) -> int:
    """Ask under a post; returns the poll's number, or that of the one which is there already.

    Raises InvalidError for what cannot be asked or what a plugin refuses.
    """
    number = next_number(db, Poll.number)  # the same form, sent at the same time, waits here and then finds the poll
    if there := db.find(Poll, post_id=post.id):
        return there.number
    values = _checked(asked)
    try:
        posts.check(db, registry, post.conversation_id, "\n".join((values["question"], *values["options"])))
    except InvalidError as refused:
        raise InvalidError(refused.message, "question") from None  # they say "text", which is no field here
    db.add(
        Poll(
            id=new_id(),
            tenant_id=db.tenant.id,
            number=number,
            post_id=post.id,
            author_id=author_id,
            language=language,
            created_at=clock.now(),
            **values,
        )
    )
    db.flush()
    return number


def _checked(asked: Asked) -> dict[str, Any]:
    """What was written in the form, as it is saved."""
    return all_at_once(
        question=lambda: _question(asked.question),
        options=lambda: _options(asked.options),
        kind=lambda: _one_of(KINDS, asked.kind, "kind"),
        most=lambda: _most(asked),
        anonymous=lambda: _one_of((True, False), asked.anonymous, "anonymous"),
        shown=lambda: _one_of(SHOWN, asked.shown, "shown"),
        closes_at=lambda: _closing(asked.closes_at),
    )


def _question(text: str) -> str:
    question = names.clean(within(text, 300, "question"))
    if len(question) < 3:
        raise InvalidError(gettext("Write the question."), "question")
    return question


def _options(lines: Sequence[str]) -> list[str]:
    found = [name for line in lines if (name := names.clean(within(line, 120, "options")))]
    if not FEWEST <= len(found) <= MOST:
        raise InvalidError(gettext("Write from two to twelve options, each on a line of its own."), "options")
    if len({option.casefold() for option in found}) < len(found):
        raise InvalidError(gettext("The same option is there twice."), "options")
    return found


def _one_of(choices: Container[Any], chosen: Any, field: str) -> Any:
    if chosen not in choices:
        raise InvalidError(gettext("Choose one of the options."), field)
    return chosen


def _most(asked: Asked) -> int:
    """How many options one person may choose."""
    if asked.kind == "single":
        return 1
    written = sum(bool(names.clean(line)) for line in asked.options)
    options = written if FEWEST <= written <= MOST else MOST  # a wrong list is complained of by itself
    most = options if asked.kind == "ranked" or asked.most is None else asked.most
    if not FEWEST <= most <= options:
        raise InvalidError(gettext("This must be at least two, and at most as many as there are options."), "most")
    return most


def _closing(closes_at: datetime | None) -> datetime:
    now = clock.now()
    if closes_at is None or not now < closes_at <= now + LONGEST:
        raise InvalidError(gettext("Choose a time to come, at most two years from now."), "closes_at")
    return closes_at


def get(db: TenantSession, number: int) -> PollView:
    """The poll with this number; raises NotFoundError. Whether its post may be seen is asked of the post."""
    row = db.execute(_polls.where(_poll.c.tenant_id == db.tenant.id, _poll.c.number == number)).one_or_none()
    if row is None:
        raise NotFoundError
    return PollView(*row)


def under(db: TenantSession, post_ids: Sequence[UUID]) -> dict[UUID, PollView]:
    """The polls under the posts of a page, by post. Remembered, so that a page without polls asks nothing.

    Posts are numbered densely: between the same two, while nothing changes, there are the same.
    """
    key = ("polls", post_ids[0], post_ids[-1], len(post_ids))
    return db.remembered(key, lambda: _under(db, post_ids), weight=lambda found: 200 + POLL_BYTES * len(found))


def _under(db: TenantSession, post_ids: Sequence[UUID]) -> dict[UUID, PollView]:
    rows = db.connection().execute(_under_posts, {"tenant": db.tenant.id, "posts": post_ids})
    return {row.post_id: PollView(*row) for row in rows}


def listed(db: TenantSession, *, before: int | None = None) -> list[PollView]:
    """The newest polls under posts that can be seen. Who may read there is asked of the posts' places."""
    seen = and_(_post.c.tenant_id == _poll.c.tenant_id, _post.c.id == _poll.c.post_id)
    query = _polls.join_from(_poll, _post, seen).where(
        _poll.c.tenant_id == db.tenant.id,
        _poll.c.removed_at.is_(None),
        _post.c.hidden_at.is_(None),
        _post.c.erased_at.is_(None),
    )
    if before is not None:
        query = query.where(_poll.c.number < before)
    return [PollView(*row) for row in db.execute(query.order_by(_poll.c.number.desc()).limit(PAGE))]


def held(db: TenantSession, poll_id: UUID) -> Poll:
    """The poll as it is now; nobody else votes in it, closes or removes it until this is committed."""
    query = for_tenant(db, Poll).where(Poll.id == poll_id).with_for_update(key_share=True)
    found: Poll | None = db.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def close(db: TenantSession, poll: PollView, reason: str) -> str:
    """End a poll before its time; returns the reason, which everybody sees. Raises InvalidError without one."""
    why = _reason(reason)
    _change(db, poll, closed_at=clock.now(), reason=why)
    return why


def remove(db: TenantSession, poll: PollView, reason: str) -> str:
    """Take a poll away; the reason stays in its place, but nothing of one in which nobody has voted: it can be asked anew.

    Returns the reason; raises InvalidError without one.
    """
    why = _reason(reason)
    if not held(db, poll.id).voters:
        db.execute(delete(_poll).where(_poll.c.tenant_id == db.tenant.id, _poll.c.id == poll.id))
        return why
    _change(db, poll, removed_at=clock.now(), reason=why)
    return why


def _reason(reason: str) -> str:
    why = within(reason, 500, "reason")
    if not why:
        raise InvalidError(gettext("Tell why. Everybody sees it."), "reason")
    return why


def _change(db: TenantSession, poll: PollView, **values: Any) -> None:
    this = (_poll.c.tenant_id == db.tenant.id, _poll.c.id == poll.id, _poll.c.removed_at.is_(None))
    db.execute(update(_poll).where(*this).values(**values))


def close_due(db: TenantSession) -> int:
    """Close the polls whose time has come; returns how many."""
    due = (_poll.c.tenant_id == db.tenant.id, _poll.c.closed_at.is_(None), _poll.c.closes_at <= clock.now())
    closed = db.execute(update(_poll).where(*due).values(closed_at=_poll.c.closes_at))
    return int(closed.rowcount)  # type: ignore[attr-defined]


def forget(db: TenantSession, author_id: UUID, keep_texts: bool) -> None:
    """What somebody asked who has left: it stays, or goes where the texts of those who leave go."""
    if not keep_texts:
        mine = (_poll.c.tenant_id == db.tenant.id, _poll.c.author_id == author_id)
        bare = {"question": "", "options": [], "result": {}, "reason": "", "removed_at": clock.now()}
        db.execute(update(_poll).where(*mine).values(**bare))

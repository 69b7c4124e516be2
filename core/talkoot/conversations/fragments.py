"""The HTML of a page's posts, put together here and not in a template: it is most of the work of the busiest page.

Twenty posts through a template cost as much as everything else on the page together. What is constant in a post was
rendered when it was saved; names, dates and actions are put around it here, and what repeats is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from markupsafe import Markup, escape

from talkoot import i18n
from talkoot.access.actor import Actor
from talkoot.access.policy import PARTICIPANT_ROLES, VERIFIED
from talkoot.conversations.pages import PostView, Quoted
from talkoot.conversations.reactions import KINDS
from talkoot.conversations.rendering import placed
from talkoot.i18n import gettext, pgettext

ADDRESS = "\x00address\x00"  # stands for a post's address in what is remembered


@dataclass(frozen=True)
class Around:
    """What the posts of a page have in common. `reply` is the address of the form that quotes; empty: there is none."""

    root: str  # the site's prefix: "" by host, "/kokkola" by path
    language: str
    zone: str
    actor: Actor
    reply: str = ""
    open: bool = True  # nothing is changed where nothing new is taken (views.py)
    moderate: bool = False
    extras: Mapping[UUID, Sequence[str]] | None = None
    unread: int | None = None  # the number from which on posts are new to the reader (conversations/reading.py)
    kept: frozenset[int] | None = None  # numbers of the posts that the reader has bookmarked; None: they cannot


@dataclass(frozen=True)
class Words:
    """The words around a post in one language."""

    post: str
    quote: str
    quoted: str
    edit: str
    report: str
    moderate: str
    edited: str
    bookmarks: tuple[str, str]  # the buttons that keep a post, and that let it go; ADDRESS stands for its address
    hidden: str
    moderators: str
    erased: str
    left: str
    unseen: str
    gone: str
    new: str
    new_from_here: str
    channels: Mapping[str, str]
    reactions: tuple[tuple[str, str], ...]


def posts(found: Sequence[PostView], around: Around) -> Markup:
    """The articles of these posts."""
    words = _words(around.language)
    return Markup("".join([_post(post, around, words) for post in found]))  # noqa: S704 every part below is escaped


def reactions(post: PostView, around: Around) -> Markup:
    """The reactions under one post, alone: what a reaction's answer to htmx is."""
    return Markup(_reactions(post, _address(post, around), around.actor.is_member, around.language))  # noqa: S704


def _address(post: PostView, around: Around) -> str:
    return f"{around.root}/posts/{post.id}"


def _post(post: PostView, around: Around, words: Words) -> str:
    gone, address = "" if post.state == "shown" else " gone", _address(post, around)
    fresh, line, chip = _news(post, around, words) if around.unread else ("", "", "")
    head = (
        f'{line}<article class="post{gone}{fresh}" id="p{post.n}" aria-label="{words.post} {post.n}"><header class="post-head">'
        f"{_author(post, around.root, around.language) if post.author_id else _nobody(post, words)}{chip}"
        f'<a class="post-n" href="{address}">'
        f'{i18n.time_tag(post.created_at, around.language, around.zone)} <bdi class="n">#{post.n}</bdi></a></header>'
    )
    if post.state == "erased":
        return f'{head}<p class="gone-words">{words.erased}</p></article>'
    if post.state == "hidden":
        head += f'<p class="gone-words">{words.hidden} {escape(post.hidden_reason or "")}</p>'
        if not post.html:
            return f"{head}</article>"
    quote = _quoted(post.quoted, around.root, words) if post.quoted else ""
    said = f'{quote}<div class="prose" lang="{post.language}">{placed(post.html, around.root)}</div>'
    if post.state == "hidden":
        said = f'<div class="hidden-text"><p class="meta">{words.moderators}</p>{said}</div>'
    return f"{head}{said}{_foot(post, address, around, words)}</article>"


def _news(post: PostView, around: Around, words: Words) -> tuple[str, str, str]:
    """What tells that a post is new to the reader: its class, the line above the first one, a word beside the author."""
    if around.unread is None or post.n < around.unread or post.author_id == around.actor.membership_id:
        return "", "", ""
    line = f'<p class="news-line"><span>{words.new_from_here}</span></p>' if post.n == around.unread else ""
    return " fresh", line, f' <span class="badge fresh">{words.new}</span>'


def _quoted(quoted: Quoted, root: str, words: Words) -> str:
    who = f"<bdi>{escape(quoted.author)}</bdi> " if quoted.author else ""
    return (
        f'<p class="quoted meta">{words.quoted} <a href="{root}/posts/{quoted.id}">{who}<bdi>#{quoted.n}</bdi></a></p>'
    )


def _author(post: PostView, root: str, language: str) -> str:
    who = _author_line(post.author, post.verified_as, post.roles, post.title, language)
    return f'<a class="author" href="{root}/people/{post.author_id}">{who}'


@lru_cache(maxsize=4096)
def _author_line(name: str, verified: str | None, roles: tuple[str, ...], title: str, language: str) -> str:
    with i18n.speaking(language):
        badge = f' <span class="badge {verified}">{escape(VERIFIED[verified])}</span>' if verified in VERIFIED else ""
        chips = "".join(
            f' <span class="chip small">{escape(PARTICIPANT_ROLES[r])}</span>' for r in roles if r in PARTICIPANT_ROLES
        )
    office = f' <span class="author-title">{escape(title)}</span>' if title else ""
    return f"<bdi>{escape(name)}</bdi></a>{badge}{chips}{office}"


def _nobody(post: PostView, words: Words) -> str:
    return f'<span class="author nobody">{ {"shown": words.left, "hidden": words.unseen}.get(post.state, words.gone) }</span>'


def _foot(post: PostView, address: str, around: Around, words: Words) -> str:
    channel = (
        f'<span class="chip small">{words.channels[post.channel]}</span> ' if post.channel in words.channels else ""
    )
    edited = ""
    if post.edited_at:
        when = i18n.time_tag(post.edited_at, around.language, around.zone)
        edited = f'<a class="meta" href="{address}/history">{words.edited} {when}</a>'
    extras = "".join([escape(extra) for extra in around.extras.get(post.id, ())]) if around.extras else ""
    shown = post.state == "shown"
    return (
        f'<footer class="post-foot">{channel}{edited}'
        f"{_reactions(post, address, around.actor.is_member, around.language) if shown else ''}"
        f'<span class="post-acts">{_acts(post, address, around, words)}</span></footer>'
        f'{f"""<div class="post-extras">{extras}</div>""" if extras else ""}'
    )


def _acts(post: PostView, address: str, around: Around, words: Words) -> str:
    if post.state == "hidden":  # it can be brought back, and nothing else
        return f'<a href="{address}/hide">{words.moderate}</a>' if around.moderate else ""
    acts = f'<a href="{around.reply}?quote={address[-36:]}">{words.quote}</a>' if around.reply else ""
    if around.kept is not None:
        acts += words.bookmarks[post.n in around.kept].replace(ADDRESS, address)
    if around.actor.is_guest:
        return acts
    if post.author_id and post.author_id == around.actor.membership_id:
        acts += f' <a href="{address}/edit">{words.edit}</a>' if around.open else ""
    else:
        acts += f' <a href="{address}/flag">{words.report}</a>'
    if around.moderate:
        acts += f' <a href="{address}/hide">{words.moderate}</a>'
    return acts


def _reactions(post: PostView, address: str, member: bool, language: str) -> str:
    """Members get buttons of the page's one form `act`; others see the counts."""
    return _reaction_row(tuple(post.reactions.items()), post.mine, member, language).replace(ADDRESS, address)


@lru_cache(maxsize=4096)
def _reaction_row(counts: tuple[tuple[str, int], ...], mine: tuple[str, ...], member: bool, language: str) -> str:
    """The row as it looks under every post with these counts."""
    shown, by_kind = [], dict(counts)
    for kind, title in _words(language).reactions:
        count = by_kind.get(kind, 0)
        number = f' <span class="count">{count}</span>' if count else ""
        if member:
            given = kind in mine
            shown.append(
                f'<button form="act" formaction="{ADDRESS}/reactions" name="{"undo" if given else "give"}" value="{kind}" '
                f'class="reaction{" given" if given else ""}" aria-pressed="{"true" if given else "false"}">{title}{number}</button>'
            )
        elif count:
            shown.append(f'<span class="reaction">{title}{number}</span>')
    return f'<span class="reactions">{"".join(shown)}</span>'


def _bookmark(act: str, pressed: str, title: str) -> str:
    """A button of the page's one form `act`, as reactions are."""
    return (
        f' <button form="act" formaction="{ADDRESS}/bookmark" name="{act}" value="1" class="bookmark" '
        f'aria-pressed="{pressed}">{title}</button>'
    )


@lru_cache(maxsize=32)
def _words(language: str) -> Words:
    with i18n.speaking(language):
        return Words(
            post=gettext("Post"),
            quote=gettext("Quote"),
            quoted=gettext("Quoted from:"),
            edit=gettext("Edit"),
            report=gettext("Report"),
            moderate=gettext("Moderate"),
            edited=pgettext("before a date", "edited"),
            bookmarks=(
                _bookmark("keep", "false", gettext("Bookmark")),
                _bookmark("let_go", "true", gettext("Bookmarked")),
            ),
            hidden=gettext("A moderator has hidden this post."),
            moderators=gettext("Only moderators see this:"),
            erased=gettext("The writer has erased this post."),
            left=gettext("Somebody who has left"),
            unseen=gettext("Hidden"),
            gone=gettext("Erased"),
            new=pgettext("of a post", "New"),
            new_from_here=gettext("New to you from here on"),
            channels={
                "mail": pgettext("written", "by e-mail"),
                "paper": gettext("on paper"),
                "phone": gettext("by phone"),
                "in_person": gettext("in person"),
            },
            reactions=tuple((kind, str(escape(title))) for kind, title in KINDS.items()),
        )

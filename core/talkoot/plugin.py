"""The plugin contract on one page: the facts a plugin declares, and every hook it may implement.

A plugin is a package with a `plugin.py` that holds `plugin = Plugin(...)` and any number of `@hookimpl` functions, named
by an entry point of the group `talkoot.plugins`. Folders beside it are found by name: templates, static, translations,
migrations. docs/your-first-plugin.md writes one step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy import Select

    from talkoot.access.actor import Actor
    from talkoot.config import Settings
    from talkoot.conversations.models import Post
    from talkoot.conversations.pages import PostView
    from talkoot.conversations.posts import Added, NewPost
    from talkoot.db import TenantSession
    from talkoot.demo.world import DemoWorld
    from talkoot.files.storage import Storage
    from talkoot.registry import Registry
    from talkoot.tenants.areas import Area
    from talkoot.tenants.tenant import Tenant

PROJECT = "talkoot"
hookimpl = pluggy.HookimplMarker(PROJECT)
hookspec = pluggy.HookspecMarker(PROJECT)

# --- facts ----------------------------------------------------------------------------------------------------------
# Titles are written in English with `lazy()` of talkoot.i18n, so that they are translated where they are shown.


@dataclass(frozen=True)
class Permission:
    """A named act, `<plugin>.<verb>`, and the roles that may do it unless granted otherwise. `everyone` includes guests."""

    name: str
    title: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """A value an operator or municipality may set, `<plugin>.<key>`; its type is that of the default."""

    name: str
    title: str
    default: str | int | bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """Work between requests: `run(db, subject_id)` in the tenant's own session. Must be safe to run twice."""

    name: str
    run: Callable[[TenantSession, UUID], None]


@dataclass(frozen=True)
class Place:
    """Where a conversation is found and who may read and write there, as its owner sees it."""

    title: str
    path: str  # below the tenant's address, e.g. "topics/12"
    public: bool  # everybody may read
    open: bool  # new posts are taken
    scopes: tuple[
        tuple[str, UUID], ...
    ] = ()  # what it belongs to, for roles and followers: ("area", id), ("forums.forum", id)
    language: str = ""  # of the title; empty: nobody knows


@dataclass(frozen=True, eq=False)
class Searched:
    """What search knows of a kind of conversations; without it, it finds none of them.

    `conversations`: a select of `tenant_id, conversation_id, place_id, area_id, kind, public, answered, title, language`,
    a row for each that can be read at all; it is joined to what was found, so what changes there counts at once.
    `places`: the names of what `place_id` points at, as a guest (or, True, a member) may know them, in a language.
    """

    conversations: Select[Any]
    places: Callable[[TenantSession, bool, str], Mapping[UUID, str]]
    kinds: Mapping[str, str] = field(default_factory=dict)  # kind → title


@dataclass(frozen=True)
class ConversationKind:
    """A plugin's objects that people can talk under: how core finds the object and tells it of changes."""

    name: str  # "forums.topic"
    locate: Callable[[TenantSession, Sequence[UUID]], Mapping[UUID, Place]]  # by subject id; missing means gone
    changed: Callable[[TenantSession, UUID], None]  # in the transaction that added, hid or restored a post
    added: Callable[[TenantSession, UUID, UUID, datetime], None] | None = None  # for a new post instead: author, when
    recount: Callable[[TenantSession], None] | None = None  # the plugin's own counters anew, for `talkoot db repair`
    begun: Callable[[TenantSession, Sequence[UUID]], Mapping[UUID, Place]] | None = None  # where new ones are begun
    write: str = ""  # the permission that a reply needs, in the place's scopes
    # Takes a reply that came by mail, as the form does that comes by browser; without it none are taken.
    reply: Callable[[TenantSession, Registry, UUID, NewPost], Added] | None = None
    searched: Searched | None = None


@dataclass(frozen=True)
class ScopeKind:
    """A plugin's objects over which roles can be granted, `<plugin>.<object>`: how staff read what such a role is for.

    `names`: what they are called, by id and in a language; one that is missing is gone.
    """

    name: str  # "forums.forum", as in the scopes of a Place
    names: Callable[[TenantSession, Sequence[UUID], str], Mapping[UUID, str]]


@dataclass(frozen=True)
class FollowKind:
    """A plugin's objects that people can follow, `<plugin>.<object>`: they are told of what has one among its place's scopes.

    `title`: what one of them is, for the list of what a member follows.
    `locate`: where they are, as ConversationKind's, with the title in the language spoken (`i18n.spoken()`).
    """

    name: str  # "forums.forum", as in the scopes of a Place
    title: str  # lazy("Forum")
    locate: Callable[[TenantSession, Sequence[UUID]], Mapping[UUID, Place]]


@dataclass(frozen=True)
class Statistic:
    """A number about a tenant that its home page shows, "in numbers", as soon as there are two of them."""

    name: str
    title: str
    count: Callable[[TenantSession], int]


@dataclass(frozen=True)
class NavItem:
    """An entry of the site's main menu."""

    title: str
    endpoint: str
    order: int = 100
    permission: str | None = None


@dataclass(frozen=True)
class TakePart:
    """One way to take part here (domain row 28), shown on the home page as long as the plugin is on."""

    title: str
    text: str
    endpoint: str
    order: int = 100


@dataclass(frozen=True)
class Section:
    """A part of a page that a plugin contributes: a template of its own and what the template needs."""

    template: str
    context: Mapping[str, Any]
    order: int = 100


@dataclass(frozen=True)
class SummaryItem:
    """A piece of public news for the pages about many municipalities."""

    title: str
    path: str  # below the tenant's address
    at: datetime
    kind: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """What a plugin is, readable without a database, a request or a tenant."""

    name: str  # short, lower case; tables, endpoints, permissions, settings and CSS classes begin with it
    title: str
    version: str
    core: str = ">=0.1,<1"  # versions of Talkoot it works with (PEP 440)
    summary: str = ""
    requires: tuple[str, ...] = ()  # names of other plugins
    blueprints: tuple[Blueprint, ...] = ()
    permissions: tuple[Permission, ...] = ()
    settings: tuple[Setting, ...] = ()
    jobs: tuple[Job, ...] = ()
    conversations: tuple[ConversationKind, ...] = ()
    scopes: tuple[ScopeKind, ...] = ()
    follows: tuple[FollowKind, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    query_arguments: tuple[str, ...] = ()  # that change its public pages; others are served uncached
    log_titles: Mapping[str, str] = field(default_factory=dict)  # its acts in the log, by name: "topic_pin" → title
    on_by_default: bool = False


@dataclass(frozen=True, kw_only=True)
class Theme:
    """A look: a package with `theme = Theme(...)`, `static/theme.css` and, if it wants, `templates/` and `translations/`."""

    name: str
    title: str


# --- hooks ----------------------------------------------------------------------------------------------------------
# Called only for plugins that are switched on in the tenant, but a person's data is exported and erased in all of them.
# Collecting hooks are guarded: one that raises is logged and left out, one that is slow is skipped from its next call on.
# post_made is tried again later when it raises.
# check_post, export_person and erase_person fail closed. docs/hooks.md has an example of each.


@hookspec
def nav_items(tenant: Tenant, actor: Actor) -> Iterable[NavItem]:  # type: ignore[empty-body]
    """Entries for the main menu."""


@hookspec
def take_part(tenant: Tenant) -> Iterable[TakePart]:  # type: ignore[empty-body]
    """Cards of "how you can take part here" on the home page."""


@hookspec
def home_sections(db: TenantSession, actor: Actor) -> Iterable[Section]:  # type: ignore[empty-body]
    """Parts of the municipality's home page."""


@hookspec
def area_sections(db: TenantSession, actor: Actor, area: Area) -> Iterable[Section]:  # type: ignore[empty-body]
    """Parts of an area's page."""


@hookspec
def post_extras(  # type: ignore[empty-body]
    db: TenantSession, actor: Actor, posts: Sequence[PostView], is_open: bool
) -> Mapping[UUID, str]:
    """What stands under some of a page's posts, for all of them in one call: Markup is HTML, a plain str is escaped."""


@hookspec
def check_post(db: TenantSession, kind: str, subject_id: UUID, text: str) -> None:
    """Refuse a new or edited post before it is saved by raising InvalidError; any other error refuses it too."""


@hookspec
def post_made(db: TenantSession, post: Post) -> None:
    """After a post was committed, in the worker; when it raises, again with growing pauses, so it may run twice."""


@hookspec
def summary_items(db: TenantSession) -> Iterable[SummaryItem]:  # type: ignore[empty-body]
    """Public news for the region's pages, newest first, at most five."""


@hookspec
def export_person(db: TenantSession, membership_id: UUID) -> Mapping[str, Any]:  # type: ignore[empty-body]
    """A person's data beyond the rows whose tables name their person column, as JSON values."""


@hookspec
def erase_person(db: TenantSession, membership_id: UUID, keep_texts: bool) -> None:
    """Forget a person beyond the rows whose tables name their person column."""


@hookspec
def demo(world: DemoWorld) -> None:
    """Fill the demo region with this plugin's part."""


@hookspec
def file_storage(settings: Settings) -> Storage | None:
    """Where pictures are kept instead of the instance folder, asked once at start; None: not by this plugin."""


@hookspec
def worker_tick(db: TenantSession) -> None:
    """About once a minute per tenant, in the worker: reminders, overdue marks."""

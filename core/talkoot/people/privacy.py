"""A person's rights: a copy of everything held about them, and being forgotten (GDPR art. 15, 17, 20).

What a table holds of a person stands on the model: `info={"person": column, "erase": rule}`. Rules: `delete` the rows,
`anonymise` (empty the column), `keep` (the row points at a membership that has no name any more), `by hand` (below).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, select, update

from talkoot import clock
from talkoot.conversations import reactions
from talkoot.conversations.models import Post, PostVersion, Reaction
from talkoot.db import TenantSession, for_tenant
from talkoot.db.model import tenant_tables
from talkoot.files import pictures
from talkoot.incoming import bounces
from talkoot.people import sessions
from talkoot.people.models import Membership, Person
from talkoot.registry import Registry
from talkoot.search import index


def export(db: TenantSession, registry: Registry, member: Membership) -> dict[str, Any]:
    """Everything held about the member here: the account, then table name → list of rows, and what plugins add.

    Whose hand else was in it (a moderator, a clerk who keyed a text in) is theirs and is left out.
    """
    data: dict[str, Any] = {"tenant": db.tenant.slug, "made_at": clock.now().isoformat()}
    if member.person_id:
        data |= _account(db, member.person_id)
    for table in tenant_tables():
        column = table.info.get("person")
        if column is None:
            continue
        rows = db.execute(select(table).where(table.c.tenant_id == db.tenant.id, table.c[column] == member.id))
        left_out = {"tenant_id", *_others(table, column)}
        if found := [
            {key: _plain(value) for key, value in row._mapping.items() if key not in left_out} for row in rows
        ]:
            data[table.name] = found
    for plugin, extra in registry.insist("export_person", db.tenant, everywhere=True, db=db, membership_id=member.id):
        data[f"plugin {plugin}"] = extra
    return data


def _account(db: TenantSession, person_id: UUID) -> dict[str, Any]:
    """The account and the browsers signed in, without the secrets."""
    person, open_ones = db.get(Person, person_id), sessions.devices(db, person_id)
    told = ("email", "language", "created_at", "confirmed_at")
    return {
        "account": {name: _plain(getattr(person, name)) for name in told},
        "mail_that_came_back": bounces.kept(db, person_id),
        "devices": [
            {name: _plain(getattr(one, name)) for name in ("device", "host", "created_at", "seen_at")}
            for one in open_ones
        ],
    }


def _others(table: Table, column: str) -> set[str]:
    """The columns that name a member other than whose row it is."""
    to_members = (key for key in table.foreign_key_constraints if key.referred_table is Membership.__table__)
    return {col.name for key in to_members for col in key.columns} - {column, "tenant_id"}


def erase(db: TenantSession, registry: Registry, member: Membership) -> None:
    """Forget the member in this tenant. Posts stay without a name or lose their text, as the tenant has decided.

    Plugins are asked with the veto call: one that cannot erase stops the whole, so nothing is half forgotten.
    """
    keep_texts = db.tenant.setting("people.erasure") == "keep"
    registry.insist("erase_person", db.tenant, everywhere=True, db=db, membership_id=member.id, keep_texts=keep_texts)
    thanked = list(db.scalars(for_tenant(db, Reaction.post_id).where(Reaction.membership_id == member.id)))
    for table in reversed(tenant_tables()):
        column, rule = table.info.get("person"), table.info.get("erase")
        if column is None or rule in ("keep", "by hand"):
            continue
        mine = (table.c.tenant_id == db.tenant.id) & (table.c[column] == member.id)
        if rule == "delete":
            db.execute(delete(table).where(mine))
        else:
            db.execute(update(table).where(mine).values({column: None}))
    for post in db.scalars(for_tenant(db, Post).where(Post.id.in_(thanked))):
        reactions.recount(db, post)
    _erase_texts(db, member.id, keep_texts)
    pictures.erase(db, member.id, keep_texts)
    member.person_id, member.erased_at, member.read_before = None, clock.now(), None
    member.name, member.name_key = "", f"erased-{member.id.hex[:32]}"
    member.about, member.title, member.verified_as, member.participant_roles, member.area_id = "", "", None, [], None


def _erase_texts(db: TenantSession, member_id: UUID, keep_texts: bool) -> None:
    own = (PostVersion.tenant_id == db.tenant.id, PostVersion.author_id == member_id)
    db.execute(delete(PostVersion).where(*own))
    if not keep_texts:
        mine = db.scalars(select(Post.id).where(Post.tenant_id == db.tenant.id, Post.author_id == member_id))
        index.forget(db, mine)
        db.execute(
            update(Post)
            .where(Post.tenant_id == db.tenant.id, Post.author_id == member_id)
            .values(source="", html="", erased_at=clock.now())
        )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool | dict | list) else str(value)

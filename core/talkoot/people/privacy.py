"""A person's rights: a copy of everything held about them, and being forgotten (GDPR art. 15, 17, 20).

What a table holds of a person stands on the model: `info={"person": column, "erase": rule}`. Rules: `delete` the rows,
`anonymise` (empty the column), `keep` (the row points at a membership that has no name any more), `by hand` (below).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from talkoot import clock
from talkoot.conversations import reactions
from talkoot.conversations.models import Post, PostVersion, Reaction
from talkoot.db import TenantSession, for_tenant
from talkoot.db.model import tenant_tables
from talkoot.people.models import Membership
from talkoot.registry import Registry


def export(db: TenantSession, registry: Registry, member: Membership) -> dict[str, Any]:
    """Everything this tenant holds about the member: table name → list of rows, and what plugins add."""
    data: dict[str, Any] = {"tenant": db.tenant.slug, "made_at": clock.now().isoformat()}
    for table in tenant_tables():
        column = table.info.get("person")
        if column is None:
            continue
        rows = db.execute(select(table).where(table.c.tenant_id == db.tenant.id, table.c[column] == member.id))
        if found := [{key: _plain(value) for key, value in row._mapping.items() if key != "tenant_id"} for row in rows]:
            data[table.name] = found
    for plugin, extra in registry.insist("export_person", db.tenant, everywhere=True, db=db, membership_id=member.id):
        data[f"plugin {plugin}"] = extra
    return data


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
    member.person_id, member.erased_at = None, clock.now()
    member.name, member.name_key = "", f"erased-{member.id.hex[:32]}"
    member.about, member.title, member.verified_as, member.participant_roles, member.area_id = "", "", None, [], None


def _erase_texts(db: TenantSession, member_id: UUID, keep_texts: bool) -> None:
    own = (PostVersion.tenant_id == db.tenant.id, PostVersion.author_id == member_id)
    db.execute(delete(PostVersion).where(*own))
    if not keep_texts:
        db.execute(
            update(Post)
            .where(Post.tenant_id == db.tenant.id, Post.author_id == member_id)
            .values(source="", html="", erased_at=clock.now())
        )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool | dict | list) else str(value)

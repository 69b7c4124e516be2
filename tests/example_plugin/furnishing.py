"""The noticeboard's rows in both towns of the test kit's world."""

from __future__ import annotations

from uuid import uuid4

from talkoot.app import Talkoot
from talkoot.conversations import posts
from talkoot.db import TenantSession
from talkoot.testing.towns import World


def furnish_noticeboard(app: Talkoot, db: TenantSession, world: World, mark: str) -> None:
    """Three notices, one of them of an area and typed in by the clerk; a comment on the first by somebody else."""
    from talkoot_noticeboard import notices  # pip installs it when the run begins (tests/conftest.py)

    slug, words = db.tenant.slug, f"{mark}-" if mark else ""

    def pin(title: str, role: str, **more: object) -> notices.Slip:
        return notices.Slip(
            author_id=world.members[slug, role], title=f"{words}{title}", association=f"{words}Kyläyhdistys",
            text=f"{words}Come **along**: {title}.", contact=f"{words}contact-of-{role}", language=db.tenant.language,
            submission=uuid4(), **more,  # type: ignore[arg-type]
        )  # fmt: skip

    first = notices.pin(db, pin("Talkoot", "resident"))
    notices.pin(db, pin("Kerho", "councillor"))
    notices.pin(
        db,
        pin("Keskustan tori", "resident", area_id=world.things[slug, "area"].id, keyed_by=world.members[slug, "clerk"]),
    )
    draft = posts.NewPost(world.members[slug, "official"], f"{words}a comment", uuid4(), db.tenant.language)
    added = posts.add(db, app.registry, first.conversation_id, draft)
    world.things |= {(slug, "notice"): first.number, (slug, "comment"): added.id}

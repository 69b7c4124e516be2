"""What the tests of notices share: somebody writes, the worker works, and who has been told of it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot.conversations import posts
from talkoot.notices import choices, following
from talkoot.notices.models import Notice


class Noticing:
    """The town as these tests use it: roles in place of ids."""

    def __init__(self, app, world, run_jobs, writing, reading, tenant):
        self.app, self.world, self.run_jobs, self.tenant = app, world, run_jobs, tenant
        self.writing, self.reading = writing, reading

    @property
    def conversation(self):
        return self.world.things[self.tenant.slug, "conversation"]

    def member(self, role):
        return self.world.members[self.tenant.slug, role]

    def choose(self, role, **chosen):
        with self.writing(self.tenant) as db:
            choices.save(db, self.member(role), choices.Choice(**{"quiet_from": 0, "quiet_to": 0} | chosen))

    def follow(self, role, kind="conversation", thing=None, wanted=True):
        with self.writing(self.tenant) as db:
            following.follow(db, self.member(role), (kind, thing or self.conversation), wanted)

    def say(self, role, text="Something new.", *, work=True, conversation=None, **more):
        with self.writing(self.tenant) as db:
            new = posts.NewPost(self.member(role), text, uuid4(), "fi", **more)
            made = posts.add(db, self.app.registry, conversation or self.conversation, new)
        if work:
            self.run_jobs()
        return made

    def mention(self, *roles):
        """Text as the editor stores mentions; its HTML is put in by hand, because nobody can write it."""
        return "".join(f'<a href="talkoot:people/{self.member(role)}" class="mention">@x</a>' for role in roles)

    def told(self, thing_id):
        """Role → kind of the notice about this thing."""
        with self.reading(self.tenant) as db:
            query = select(Notice.membership_id, Notice.kind).where(
                Notice.tenant_id == self.tenant.id, Notice.thing_id == thing_id
            )
            kinds = dict(db.execute(query).all())
        roles = {identity: role for (slug, role), identity in self.world.members.items() if slug == self.tenant.slug}
        return {roles[member]: kind for member, kind in kinds.items()}


@pytest.fixture
def noticing(app, world, town, run_jobs, writing, reading):
    """The town, with what furnishing it has left done."""
    run_jobs()
    return Noticing(app, world, run_jobs, writing, reading, town)


@pytest.fixture
def next_door(app, world, neighbour, run_jobs, writing, reading):
    """The neighbour, to see that nothing of the town's happens there."""
    return Noticing(app, world, run_jobs, writing, reading, neighbour)

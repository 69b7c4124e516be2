"""What a member is told before Flask: that nobody has replied. Only as long as they may know, and are who they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from tests.plugins.forums.reading_as import begun, reply

from talkoot import clock as now
from talkoot.notices import telling
from talkoot.people import memberships, sessions
from talkoot.people.models import Membership, Person, PersonSession
from talkoot.tenants import registering
from talkoot.testing.visitors import Visitor
from talkoot_forums.models import Forum, Topic


class Page(NamedTuple):
    """An open page of the members' topic, which has asked before."""

    who: Visitor
    path: str
    known: dict[str, str]

    def ask(self):
        return self.who.get(self.path, headers=self.known)


@pytest.fixture
def path(app, writing, neighbour, town, world) -> str:
    with writing(neighbour) as db:
        begun(app, db, world, "Medlemmar", replies=["clerk"], forum="members' forum")
    with writing(town) as db:
        number = begun(app, db, world, "Meille", replies=["clerk"], forum="members' forum")
    return f"/topics/{number}/newest"


@pytest.fixture
def opened(as_role, path, made) -> Callable[..., Page]:
    def open_page(role: str = "resident") -> Page:
        who = as_role(role)
        first = who.get(path)
        assert first.text == "2"
        page = Page(who, path, {"If-None-Match": first.headers["ETag"]})
        assert page.ask().status_code == 304
        made.clear()
        return page

    return open_page


def test_unchanged_takes_one_statement_and_no_flask(opened, made, query_budget):
    page = opened()
    with query_budget(1):
        again = page.ask()
    assert (again.status_code, again.data, made) == (304, b"", [])
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (page.known["If-None-Match"], "private, no-cache")
    assert again.headers["Content-Security-Policy"]


def test_a_reply_is_told(app, opened, writing, town, world, path):
    page = opened()
    with writing(town) as db:
        reply(app, db, world, int(path.split("/")[2]), "clerk")
    assert (page.ask().status_code, page.ask().text) == (200, "3")


def test_so_it_is_where_this_process_has_not_looked_for_a_second(app, opened, writing, town, world, path, made):
    page = opened()
    app.directory.max_age = 3600.0
    with writing(town) as db:
        reply(app, db, world, int(path.split("/")[2]), "clerk")
    assert page.ask().text == "3"
    assert made == [path]


def signed_out(db, world, page):
    db.execute(delete(PersonSession).where(PersonSession.person_id == world.people["kokkola", "resident"]))


def person_blocked(db, world, page):
    db.execute(update(Person).where(Person.id == world.people["kokkola", "resident"]).values(blocked_at=now.now()))


def idle_for_long(db, world, page):
    own = PersonSession.person_id == world.people["kokkola", "resident"]
    db.execute(update(PersonSession).where(own).values(seen_at=now.now() - timedelta(days=15)))


def moved_to_another_host(db, world, page):
    own = PersonSession.person_id == world.people["kokkola", "resident"]
    db.execute(update(PersonSession).where(own).values(host="elsewhere.example"))


@pytest.mark.parametrize("happened", [signed_out, person_blocked, idle_for_long, moved_to_another_host])
def test_who_is_not_signed_in_any_more_is_told_nothing(app, opened, writing, world, happened):
    page = opened()
    with writing(None) as db:
        db.quiet = True
        happened(db, world, page)
    app.directory.max_age = 3600.0
    assert page.ask().status_code == 404


def member_blocked(db, world):
    own = (Membership.tenant_id == db.tenant.id, Membership.id == world.members["kokkola", "resident"])
    db.execute(update(Membership).where(*own).values(blocked_at=now.now()))


def topic_hidden(db, world):
    db.execute(update(Topic).where(Topic.tenant_id == db.tenant.id).values(hidden_at=now.now()))


@pytest.mark.parametrize(("happened", "stamp_stands"), [(member_blocked, True), (topic_hidden, False)])
def test_who_may_not_see_it_any_more_is_told_nothing(app, opened, writing, town, world, happened, stamp_stands):
    page = opened()
    app.directory.max_age = 3600.0
    with writing(town) as db:
        db.quiet = stamp_stands
        happened(db, world)
    assert page.ask().status_code == 404


def test_a_forum_made_for_members_is_closed_to_others_at_once(app, as_role, writing, town, world, made):
    with writing(town) as db:
        path = f"/topics/{begun(app, db, world, 'Kaikille')}/newest"
    stranger = as_role("stranger")
    page = Page(stranger, path, {"If-None-Match": stranger.get(path).headers["ETag"]})
    made.clear()
    assert (page.ask().status_code, made) == (304, [])
    app.directory.max_age = 3600.0
    with writing(town) as db:
        db.execute(update(Forum).where(Forum.tenant_id == db.tenant.id).values(members_only=True))
    assert page.ask().status_code == 404


def test_other_rights_are_looked_at_by_flask(app, opened, writing, town, world, made):
    page = opened()
    with writing(town) as db:
        db.quiet = True
        memberships.grant(db, memberships.get(db, world.members["kokkola", "resident"]), "councillor")
    assert (page.ask().status_code, made) == (304, [page.path])
    made.clear()
    assert (page.ask().status_code, made) == (304, [])


def test_a_plugin_that_is_switched_off_tells_nothing(opened, writing, town):
    page = opened()
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", False)
    assert page.ask().status_code == 404


def test_what_one_knows_is_nobody_elses(opened, as_role, visitor, neighbour, made):
    page = opened()
    for other in (as_role("stranger"), as_role("guest")):
        assert other.get(page.path, headers=page.known).status_code == 404
    there = as_role("resident", neighbour)
    assert there.get(page.path, headers=page.known).status_code in (200, 304, 404)
    assert len(made) == 3


def test_notices_change_nothing(opened, writing, town, world, made):
    page = opened()
    with writing(town) as db:
        db.quiet = True
        assert telling.tell(db, "follow", world.things["kokkola", "post"], [world.members["kokkola", "resident"]]) == 1
    assert (page.ask().status_code, made) == (304, [])


def test_that_one_was_seen_is_written_all_the_same(opened, reading, writing, world, made, clock):
    page = opened()
    clock.shift(timedelta(minutes=6))
    page.ask().close()
    assert made == [page.path]
    with reading(None) as db:
        (seen_at,) = db.scalars(
            select(PersonSession.seen_at).where(PersonSession.person_id == world.people["kokkola", "resident"])
        )
    assert now.now() - seen_at < sessions.SEEN_EVERY
    made.clear()
    assert (page.ask().status_code, made) == (304, [])


def test_while_the_database_is_away_flask_says_so(app, opened, monkeypatch, made):
    page = opened()
    app.directory.max_age = 3600.0

    def fails(*_args, **_values):
        raise OperationalError("BEGIN", None, Exception("gone"))

    monkeypatch.setattr(sessions, "who", fails)
    assert page.ask().status_code == 503
    assert made == [page.path]

"""The logs of the demo's sites: lived in, whole, in the order of time, the same each time, and without a line at scale."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select
from tests.core.loaded import Loaded

from talkoot import registry
from talkoot.audit import chain, titles
from talkoot.audit.models import AuditEntry
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Post
from talkoot.db import for_tenant
from talkoot.demo import loading
from talkoot.followup.models import FollowUp
from talkoot.people.models import Membership, RoleGrant
from talkoot.people.sessions import COOKIE
from talkoot.tenants.models import AreaRow, Organisation
from talkoot.testing.visitors import Visitor
from talkoot_forums.models import Forum, Topic

pytestmark = pytest.mark.xdist_group("demo")
EVERYWHERE = {"tenant_added", "role_given", "setting_changed", "body_added", "person_verified", "forum_saved"}
THINGS = {
    "area": AreaRow, "organisation": Organisation, "membership": Membership, "post": Post, "contribution": Contribution,
    "follow_up": FollowUp, "forums.forum": Forum, "forums.topic": Topic,
}  # fmt: skip


@pytest.fixture
def lines(demo):
    """Site → the lines of its log, the oldest first."""
    found = {}
    for slug, tenant in demo.tenants.items():
        with demo.app.database.session(tenant) as db:
            found[slug] = db.scalars(for_tenant(db, AuditEntry).order_by(AuditEntry.seq)).all()
    return found


def test_every_log_is_whole(demo):
    for tenant in demo.tenants.values():
        with demo.app.database.session(tenant) as db:
            assert chain.head(db).seq >= 15, tenant.slug
            assert chain.first_bad(db) is None, tenant.slug


def test_every_site_tells_how_it_was_furnished(lines):
    for slug, found in lines.items():
        assert {line.action for line in found} >= EVERYWHERE, slug
        assert found[0].action == "tenant_added", slug
    acts = Counter(line.action for found in lines.values() for line in found)
    for action in (
        "post_hide", "promise_moved", "contribution_keyed", "tie_added", "tie_ended", "area_added", "topic_lift",
        "topic_close", "topic_pin",
    ):  # fmt: skip
        assert acts[action] >= 3, action
    assert len(lines["kokkola"]) > 70


def test_every_act_has_words(lines):
    loaded = registry.load()
    known = set(titles.TITLES).union(*(plugin.plugin.log_titles for plugin in loaded.plugins.values()))
    assert {line.action for found in lines.values() for line in found} <= known


def test_time_runs_forward_and_not_past_the_loading(demo, lines):
    for slug, found in lines.items():
        times = [line.at for line in found]
        assert times == sorted(times), slug
        assert times[-1] <= demo.loaded_at, slug


def test_acts_are_of_members_who_had_joined_and_on_things_that_are_there(demo, lines):
    for slug, found in lines.items():
        with demo.app.database.session(demo.tenants[slug]) as db:
            joined = {member.id: member.joined_at for member in db.scalars(for_tenant(db, Membership))}
            there = {kind: set(db.scalars(for_tenant(db, model.id))) for kind, model in THINGS.items()}
        for line in found:
            assert line.actor_id is None or joined[line.actor_id] <= line.at, (slug, line.action)
            assert not line.thing_kind or line.thing_id in there[line.thing_kind], (slug, line.action)


def test_the_log_says_what_the_rows_say(demo, lines):
    """Each hidden post, each paper contribution and each moved promise has its line, with its reason."""
    by_act = {
        act: {line.thing_id: line for found in lines.values() for line in found if line.action == act}
        for act in ("post_hide", "contribution_keyed", "promise_moved", "topic_close")
    }
    hidden = {post.id: post for post in demo.rows[Post] if post.hidden_at}
    assert by_act["post_hide"].keys() == hidden.keys()
    for thing, line in by_act["post_hide"].items():
        post = hidden[thing]
        assert (line.at, line.actor_id, line.reason) == (post.hidden_at, post.hidden_by, post.hidden_reason)
    keyed = {given.id for given in demo.rows[Contribution] if given.channel != "online"}
    assert by_act["contribution_keyed"].keys() == keyed
    moved = {promise.id for promise in demo.rows[FollowUp] if promise.state != "received"}
    assert by_act["promise_moved"].keys() == moved
    assert by_act["topic_close"].keys() == {topic.id for topic in demo.rows[Topic] if topic.closed_at}


def test_every_site_has_a_main_user_and_the_roles_that_were_given(demo, lines):
    for slug, found in lines.items():
        held = {(g.membership_id, g.role) for g in demo.rows[RoleGrant] if g.tenant_id == demo.tenants[slug].id}
        given = {(line.thing_id, line.reason.partition(" ")[0]) for line in found if line.action == "role_given"}
        assert given <= held, slug
        assert "admin" in {role for _, role in held}, slug
        badges = {(member, role) for member, role in held if role in ("official", "councillor")}
        assert held - badges == given, slug


def test_the_same_story_is_told_each_time(demo, lines, make, database_kind):
    """Ids and the hour of the loading apart."""
    again = Loaded(make(database_kind))
    now = {slug: {} for slug in lines}
    for slug, tenant in again.tenants.items():
        with again.app.database.session(tenant) as db:
            now[slug] = db.scalars(for_tenant(db, AuditEntry).order_by(AuditEntry.seq)).all()
    again.app.database.dispose()
    for slug in lines:
        assert told(now[slug]) == told(lines[slug]), slug


def told(found):
    """What a log says, whatever the hour: which acts with which reasons, how often."""
    return Counter((line.action, line.reason, line.thing_kind, line.actor_id is None) for line in found)


def test_the_page_shows_it_in_words(demo, database_kind):
    client = Visitor(demo.app, demo.tenants["kokkola"])
    client.submit("/sign-in", email="admin@example.fi", password="talkoot-demo")
    assert client.get_cookie(COOKIE, domain="localhost") is not None
    text = client.get("/staff/log?lang=en").text
    for words in ("Mika Maltti", "Hid a post", "Added a step to an answer", "In progress", "Keyed in a contribution"):
        assert words in text, words
    assert "in_progress" not in text
    assert "Hid a post" in client.get("/staff/?lang=en").text or "Added a step" in client.get("/staff/?lang=en").text
    assert "promise-answered" in client.get("/staff/log?check=1").text, "the log is whole"


def test_a_composed_installation_has_empty_logs(composed_one):
    for tenant in composed_one.tenants.values():
        with composed_one.app.database.session(tenant) as db:
            assert db.scalars(select(AuditEntry).where(AuditEntry.tenant_id == tenant.id)).all() == []


def test_a_story_that_breaks_loads_nothing(make, monkeypatch):
    """The logs are part of the one transaction."""
    settings = make("sqlite")

    def broken(*_arguments):
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(loading.log, "write", broken)
    with pytest.raises(RuntimeError):
        loading.load(settings, registry.load())
    monkeypatch.undo()
    assert loading.load(settings, registry.load())["tenant"] > 12

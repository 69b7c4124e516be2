"""Reactions: one of a kind per member and post, counted right however many click at once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from tests.core.test_posts import in_parallel

from talkoot.conversations import posts, reactions
from talkoot.conversations.models import Reaction
from talkoot.errors import InvalidError
from talkoot.testing.towns import ROLES


def react(visitor, world, kind="thanks", act="give"):
    where = f"/posts/{world.things['kokkola', 'post']}/reactions"
    return visitor.post(where, data={"csrf_token": visitor.token_of("/feedback"), act: kind})


def counts(db, world):
    return posts.get(db, world.things["kokkola", "post"]).reactions


def test_thanking_and_taking_it_back(as_role, reading, town, world):
    who = as_role("official")
    assert react(who, world).status_code == 303
    assert react(who, world).status_code == 303
    with reading(town) as db:
        assert counts(db, world) == {"thanks": 1}
    react(who, world, act="undo")
    react(who, world, act="undo")
    with reading(town) as db:
        assert counts(db, world) == {}


def test_kinds_are_counted_apart(as_role, reading, town, world):
    for kind in reactions.KINDS:
        react(as_role("official"), world, kind)
    with reading(town) as db:
        assert counts(db, world) == dict.fromkeys(reactions.KINDS, 1)


def test_an_unknown_kind_is_refused(as_role, world):
    assert react(as_role("official"), world, "hate").status_code == 422


@pytest.mark.parametrize(("role", "status"), [("guest", 401), ("stranger", 303), ("operator", 303)])
def test_who_is_no_member_does_not_react(as_role, reading, town, world, role, status):
    response = react(as_role(role), world)
    assert response.status_code == status
    if status == 303:
        assert "/join" in response.headers["Location"]
    with reading(town) as db:
        assert counts(db, world) == {}


def test_many_at_once_are_counted_right(app, town, world, reading):
    def click(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            post = posts.get(db, world.things["kokkola", "post"])
            reactions.react(db, post, world.members["kokkola", ROLES[n]], "agree", True)

    assert in_parallel(click, len(ROLES)) == [None] * len(ROLES)
    with reading(town) as db:
        assert counts(db, world) == {"agree": len(ROLES)}


def test_one_clicking_wildly_counts_once(app, town, world, reading):
    def click(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            reactions.react(
                db, posts.get(db, world.things["kokkola", "post"]), world.members["kokkola", "official"], "agree", True
            )

    assert in_parallel(click, 8) == [None] * 8
    with reading(town) as db:
        assert counts(db, world) == {"agree": 1}
        rows = (
            select(func.count())
            .select_from(Reaction)
            .where(Reaction.tenant_id == town.id, Reaction.post_id == world.things["kokkola", "post"])
        )
        assert db.scalar(rows) == 1


def test_a_partial_for_htmx_a_page_for_others(as_role, world):
    who = as_role("official")
    token = who.token_of("/feedback")
    where = f"/posts/{world.things['kokkola', 'post']}/reactions"
    answer = who.post(where, data={"csrf_token": token, "give": "thanks"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text


def test_ones_own_reactions_are_marked(as_role, world):
    official, clerk = as_role("official"), as_role("clerk")
    react(official, world)
    own = 'class="reaction given"'
    address = f"/topics/{world.things['kokkola', 'topic']}"
    assert [who.get(address, follow_redirects=True).text.count(own) for who in (official, clerk)] == [1, 0]
    where = f"/posts/{world.things['kokkola', 'post']}/reactions"
    given = {"csrf_token": official.token_of("/feedback"), "give": "insight"}
    assert official.post(where, data=given, headers={"HX-Request": "true"}).text.count(own) == 2


def test_only_kinds_that_exist(app, writing, town, world):
    with writing(town) as db, pytest.raises(InvalidError):
        reactions.react(
            db, posts.get(db, world.things["kokkola", "post"]), world.members["kokkola", "official"], "", True
        )


@pytest.mark.parametrize(
    ("taken", "statuses"), [("conversations.edit", (403, 303)), ("conversations.react", (200, 403))]
)
def test_changing_a_post_and_thanking_are_permitted_each_by_itself(app, as_role, world, monkeypatch, taken, statuses):
    monkeypatch.setitem(app.policy, taken, frozenset({"admin"}))
    edited = as_role("resident").get(f"/posts/{world.things['kokkola', 'post']}/edit").status_code
    assert (edited, react(as_role("official"), world).status_code) == statuses

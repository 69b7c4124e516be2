"""Whether anybody has replied: asked by every open page, so that an unchanged answer costs next to nothing."""

from __future__ import annotations

import pytest
from tests.plugins.forums.reading_as import begun, fresh_in, reply


@pytest.fixture
def number(app, writing, neighbour, town, world) -> int:
    with writing(neighbour) as db:
        begun(app, db, world, "Brygga", by="official", replies=["clerk"] * 4)
    with writing(town) as db:
        return begun(app, db, world, "Laituri", replies=["clerk", "convener"])


@pytest.fixture
def members_only(app, writing, town, world) -> int:
    with writing(town) as db:
        return begun(app, db, world, "Meille", replies=["clerk"], forum="members' forum")


def test_the_number_of_the_newest_post(app, client, writing, town, world, number):
    first = client.get(f"/topics/{number}/newest")
    assert (first.text, first.mimetype) == ("3", "text/plain")
    with writing(town) as db:
        reply(app, db, world, number, "clerk")
    assert client.get(f"/topics/{number}/newest").text == "4"


def test_unchanged_is_answered_before_flask(visitor, page_cache, made, query_budget, number):
    first = visitor().get(f"/topics/{number}/newest")
    assert first.headers["Cache-Control"] == "no-cache"
    made.clear()
    with query_budget(0):
        again = visitor().get(f"/topics/{number}/newest", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, made) == (304, b"", [])


def test_other_writes_leave_the_answer_unchanged(app, visitor, writing, town, world, page_cache, number):
    known = {"If-None-Match": visitor().get(f"/topics/{number}/newest").headers["ETag"]}
    with writing(town) as db:
        begun(app, db, world, "Muu")
    assert visitor().get(f"/topics/{number}/newest", headers=known).status_code == 304
    with writing(town) as db:
        reply(app, db, world, number, "clerk")
    assert visitor().get(f"/topics/{number}/newest", headers=known).text == "4"


def test_reading_leaves_the_answer_in_memory(as_role, visitor, page_cache, made, number):
    visitor().get(f"/topics/{number}/newest")
    resident = as_role("resident")
    body = {"csrf_token": resident.token_of("/account"), "n": "3", "quiet": "1"}
    assert resident.post(f"/topics/{number}/read", data=body).status_code == 204
    made.clear()
    assert visitor().get(f"/topics/{number}/newest").text == "3"
    assert made == []


def test_members_topics_are_answered_to_members_alone(app, as_role, page_cache, writing, town, world, members_only):
    path, resident = f"/topics/{members_only}/newest", as_role("resident")
    for role in ("guest", "stranger"):
        assert as_role(role).get(path).status_code == 404
    first = resident.get(path)
    assert (first.text, first.headers["Cache-Control"]) == ("2", "private, no-cache")
    known = {"If-None-Match": first.headers["ETag"]}
    again = resident.get(path, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    assert as_role("guest").get(path, headers=known).status_code == 404
    with writing(town) as db:
        reply(app, db, world, members_only, "clerk")
    assert resident.get(path, headers=known).text == "3"


def test_members_topics_take_a_statement(as_role, query_budget, members_only):
    resident = as_role("resident")
    first = resident.get(f"/topics/{members_only}/newest")
    with query_budget(1):  # who it is
        resident.get(f"/topics/{members_only}/newest", headers={"If-None-Match": first.headers["ETag"]})


def test_new_replies_come_in_below(app, as_role, writing, town, world, number):
    with writing(town) as db:
        reply(app, db, world, number, *["clerk"] * 25)
    for role in ("guest", "resident"):
        part = as_role(role).get(f"/topics/{number}/replies?after=3", headers={"HX-Request": "true"}).text
        assert fresh_in(part) == list(range(4, 24)), role  # a page's worth; the next ones are asked for then
        assert "<html" not in part
        assert ("csrf" in part) is False


def test_as_a_link_it_leads_to_them(app, client, writing, town, world, number):
    with writing(town) as db:
        reply(app, db, world, number, *["clerk"] * 20)
    for after, end in (("3", "#p4"), ("20", "?page=2#p21"), ("99", "?page=2#p23"), ("x", "#p1"), ("-1", "#p1")):
        answer = client.get(f"/topics/{number}/replies?after={after}")
        assert (answer.status_code, answer.location.endswith(end)) == (302, True), (after, answer.location)


def test_hidden_replies_show_no_text(app, as_role, world):
    number, part = world.things["kokkola", "topic"], {"HX-Request": "true"}
    texts = {
        role: as_role(role).get(f"/topics/{number}/replies?after=2", headers=part).text
        for role in ("guest", "moderator")
    }
    assert "a post that is hidden" not in texts["guest"]
    assert "a post that is hidden" in texts["moderator"]
    assert 'id="p3"' in texts["guest"]

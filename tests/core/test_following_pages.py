"""The button "Follow" on a topic, a forum, an area and an official's page; and the list of what one follows."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from talkoot.notices import following
from talkoot.notices.following import AREA, CONVERSATION, OFFICE, office_of
from talkoot.people import memberships
from talkoot_forums import forums, places, tags


@pytest.fixture
def things(noticing, reading, town, world):
    """Each kind that can be followed: (kind, id, the page on which its button stands)."""
    with reading(town) as db:
        office = office_of(memberships.get(db, world.members["kokkola", "official"]))
        forum = forums.get(db, world.things["kokkola", "forum"])
    assert office
    return {
        CONVERSATION: (noticing.conversation, f"/topics/{world.things['kokkola', 'topic']}/katuvalot"),
        forums.SCOPE: (forum.id, f"/forums/{forum.slug}/"),
        AREA: (world.things["kokkola", "area"].id, f"/areas/{world.things['kokkola', 'area'].slug}/"),
        OFFICE: (office[1], f"/people/{world.members['kokkola', 'official']}"),
    }


KINDS = (CONVERSATION, forums.SCOPE, AREA, OFFICE)


@pytest.mark.parametrize("kind", KINDS)
def test_one_button_follows_and_stops_and_leads_back(as_role, things, kind):
    identity, page = things[kind]
    visitor = as_role("clerk")
    answer = visitor.submit(page, action=f"/follow/{kind}/{identity}", on="1")
    assert (answer.status_code, answer.location) == (303, visitor.path_of(page))
    assert "Seuraat" in visitor.get(f"{page}?lang=fi").text or "Following" in visitor.get(page).text
    assert f"/follow/{kind}/{identity}" in visitor.get("/my/following").text
    assert visitor.submit(page, action=f"/follow/{kind}/{identity}", on="0").status_code == 303
    assert f"/follow/{kind}/{identity}" not in visitor.get("/my/following").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_guest_is_led_by_a_link_and_signs_in_first(client, things, kind):
    identity, page = things[kind]
    html = client.get(page).text
    assert f'href="{client.prefix}/follow/{kind}/{identity}"' in html
    assert f'action="{client.prefix}/follow/' not in html, "pages of guests carry no form that is posted"
    assert client.get(f"/follow/{kind}/{identity}").status_code in (303, 401, 403)


@pytest.mark.parametrize("kind", KINDS)
def test_following_twice_is_following_once(as_role, things, noticing, kind):
    visitor, (identity, page) = as_role("clerk"), things[kind]
    token = visitor.token_of(page)
    for _ in range(2):
        assert visitor.post(f"/follow/{kind}/{identity}", data={"csrf_token": token, "on": "1"}).status_code == 303
    assert visitor.get("/my/following").text.count(f"/follow/{kind}/{identity}") == 1


@pytest.mark.parametrize("kind", [*KINDS, "forums.nothing", "made up", "polls.poll"])
def test_what_is_not_there_cannot_be_followed(as_role, kind):
    visitor = as_role("clerk")
    token = visitor.token_of("/my/mail")
    assert visitor.get(f"/follow/{kind}/{uuid4()}").status_code == 404
    assert visitor.post(f"/follow/{kind}/{uuid4()}", data={"csrf_token": token, "on": "1"}).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_of_another_town_cannot_be_followed(as_role, things, neighbour, kind):
    visitor = as_role("clerk", neighbour)
    assert visitor.get(f"/follow/{kind}/{things[kind][0]}").status_code == 404


def test_one_is_led_nowhere_else_after_following(as_role, things):
    identity, page = things[CONVERSATION]
    visitor = as_role("clerk")
    sent = {"csrf_token": visitor.token_of(page), "on": "1", "next": "https://evil.example/"}
    answer = visitor.post(f"/follow/{CONVERSATION}/{identity}", data=sent)
    assert answer.location == visitor.path_of("/")


def test_the_list_leaves_out_what_is_gone(as_role, noticing, writing, town):
    noticing.follow("clerk")
    noticing.follow("clerk", AREA, uuid4())
    page = as_role("clerk").get("/my/following").text
    assert len(re.findall(r'action="[^"]*/follow/', page)) == 1


def test_who_is_blocked_holds_no_office(as_role, things, noticing, next_door, writing, reading, town, neighbour):
    def follows(who):
        return [path in who.get(page).text for page in ("/my/following", profile)], who.get(path).status_code

    identity, profile = things[OFFICE]
    path, clerk = f"/follow/{OFFICE}/{identity}", as_role("clerk")
    noticing.follow("clerk", OFFICE, identity)
    with reading(neighbour) as db:
        theirs = office_of(memberships.get(db, next_door.member("official")))
    next_door.follow("clerk", *theirs)
    assert follows(clerk) == ([True, True], 200)
    with writing(town) as db:
        official = memberships.get(db, noticing.member("official"))
        memberships.block(db, official, True)
        title = official.title
    assert follows(clerk) == ([False, False], 404)
    assert f"/follow/{OFFICE}/{theirs[1]}" in as_role("clerk", neighbour).get("/my/following").text
    with writing(town) as db:
        memberships.verify(db, memberships.get(db, noticing.member("editor")), "official", title)
    listed = clerk.get("/my/following").text
    assert path in listed, "it goes on with whoever holds it besides"
    assert f"/people/{noticing.member('editor')}" in listed
    assert f"/people/{noticing.member('official')}" not in listed


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", {"Keskustelu", "Foorumi", "Alue", "Virka tai tehtävä", "Aihesana"}),
        ("sv", {"Diskussion", "Forum", "Område", "Uppdrag", "Ämnesord"}),
    ],
)
def test_the_list_says_of_what_kind_each_is(
    as_role, noticing, things, world, writing, town, neighbour, language, words
):
    """Each row by itself: the neighbour's tag of the same id is none of it."""
    with writing(town) as db:
        tag = tags.save(db, None, {"fi": "Roskat", "sv": "Skräp"}).id
    for kind, (identity, _) in {**things, places.TAG: (tag, "")}.items():
        noticing.follow("clerk", kind, identity)
        with writing(neighbour) as db:
            following.follow(db, world.members[neighbour.slug, "clerk"], (kind, identity), wanted=True)
    page = as_role("clerk").get(f"/my/following?lang={language}").text
    rows = re.findall(r'<li class="row">.*?</li>', page, re.DOTALL)
    found = {
        re.search(r"/follow/([^/]+)/", row)[1]: re.search(r'<span class="meta">(.*?)</span>', row)[1] for row in rows
    }
    assert found.keys() == {*KINDS, places.TAG}
    assert set(found.values()) == words
    assert "/follow/" not in as_role("clerk", neighbour).get("/my/following").text.partition("<main")[2]


def test_the_list_takes_few_statements(as_role, noticing, things, query_budget):
    for kind, (identity, _) in things.items():
        noticing.follow("clerk", kind, identity)
    visitor = as_role("clerk")
    visitor.get("/my/following")
    with query_budget(7):  # who, what is followed, and one for each kind; of discussions and topics one each
        assert visitor.get("/my/following").text.count("/follow/") >= 4

"""The page of notices and the bell: what is new, and that reading it is said by a button, never by looking."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert, select, update

from talkoot import clock
from talkoot.conversations import flags, posts
from talkoot.ids import new_id
from talkoot.notices import listing
from talkoot.notices import reading as reading_notices
from talkoot.notices.models import Notice
from talkoot.people import memberships, privacy


def unread(page):
    """The number on the bell."""
    found = re.search(r'class="bell.*?</a>', page.text, re.DOTALL)
    number = re.search(r'class="count"[^>]*>([^<]*)<', found[0]) if found else None
    return number[1] if number else ""


def test_the_bell_counts_and_the_page_tells(as_role, noticing, client):
    noticing.follow("clerk")
    noticing.say("admin", "First thought.")
    noticing.say("editor", "Second thought.")
    visitor = as_role("clerk")
    page = visitor.get("/my/notices/?lang=en")
    assert unread(page) == "2"
    assert page.text.index("Second thought.") < page.text.index("First thought."), "the newest first"
    assert page.text.count("Katuvalot</a>") == 1, "by discussion"
    assert "Editor Testinen</bdi> wrote" in page.text
    assert unread(visitor.get("/")) == "2", "on every page"
    assert 'class="bell' not in client.get("/").text


def test_the_bell_is_each_ones_own_though_the_head_is_remembered(as_role, noticing):
    noticing.follow("clerk")
    clerk, editor = as_role("clerk"), as_role("editor")
    assert (unread(clerk.get("/")), unread(editor.get("/"))) == ("", "")
    noticing.say("admin")
    assert (unread(clerk.get("/")), unread(editor.get("/"))) == ("1", "")


def test_looking_reads_nothing_and_the_button_reads_all(as_role, noticing):
    noticing.follow("clerk")
    noticing.say("admin")
    visitor = as_role("clerk")
    for _ in range(2):
        assert unread(visitor.get("/my/notices/")) == "1"
    assert visitor.submit("/my/notices/", action="/my/notices/read", until=None).status_code == 303
    page = visitor.get("/my/notices/")
    assert unread(page) == ""
    assert "Something new." in page.text, "read ones stay"


def test_what_came_while_one_looked_stays_unread(as_role, noticing):
    noticing.follow("clerk")
    noticing.say("admin", "Seen.")
    visitor = as_role("clerk")
    page = visitor.get("/my/notices/").text
    until = re.search(r'name="until" value="(\d+)"', page)[1]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    noticing.say("admin", "Not seen yet.")
    visitor.post("/my/notices/read", data={"csrf_token": token, "until": until})
    assert unread(visitor.get("/")) == "1"


def test_one_discussion_can_be_read_alone(as_role, noticing, reading, town, world):
    noticing.follow("clerk")
    noticing.say("admin")
    visitor = as_role("clerk")
    answer = visitor.submit("/my/notices/", action="/my/notices/read", conversation=str(noticing.conversation))
    assert answer.status_code == 303
    assert unread(visitor.get("/")) == ""


def test_reading_up_to_a_post_reads_no_later_one(noticing, writing, town, as_role):
    noticing.follow("clerk")
    first = noticing.say("admin", "One.")
    noticing.say("admin", "Two.")
    with writing(town) as db:
        reading_notices.read_in(db, noticing.member("clerk"), noticing.conversation, first.n)
    assert unread(as_role("clerk").get("/")) == "1"


def test_who_replies_has_read_the_discussion(as_role, noticing):
    noticing.follow("clerk")
    noticing.say("admin")
    noticing.say("clerk", "I answer.")
    assert unread(as_role("clerk").get("/")) == ""


def test_what_was_hidden_is_not_shown_and_not_counted(as_role, noticing, writing, town):
    noticing.follow("clerk")
    made = noticing.say("admin", "Not for long.")
    with writing(town) as db:
        post = posts.get(db, made.id)
        flags.decide(db, noticing.app.registry, post, noticing.member("moderator"), "hide", "Off the topic.")
    visitor = as_role("clerk")
    assert "Not for long." not in visitor.get("/my/notices/").text, "before the worker has come"
    noticing.run_jobs()
    assert unread(visitor.get("/")) == ""
    own = as_role("admin").get("/my/notices/?lang=en").text
    assert "A moderator has hidden your post." in own
    assert "Off the topic." in own


@pytest.mark.parametrize("path", ["/my/notices/", "/my/mail", "/my/following", "/my/bookmarks/", "/my/contributions/"])
def test_own_pages_are_for_members(client, as_role, path):
    assert client.get(path).status_code in (303, 401)
    assert as_role("stranger").get(path).status_code in (303, 403)
    assert as_role("resident").get(path).status_code == 200


def test_the_count_ends_at_99_and_reads_no_more_rows(as_role, noticing, writing, town):
    with writing(town) as db:
        row = {"tenant_id": town.id, "about": "post", "membership_id": noticing.member("clerk"), "kind": "follow"}
        moment = clock.now()
        db.execute(insert(Notice), [{**row, "thing_id": new_id(), "at": moment} for _ in range(150)])
    assert unread(as_role("clerk").get("/")) == "99+"


def test_the_page_takes_few_statements_and_older_ones_stand_behind_a_link(as_role, noticing, query_budget):
    noticing.follow("clerk")
    for n in range(60):
        noticing.say("admin", f"Thought {n}.", work=False)
    noticing.run_jobs()
    visitor = as_role("clerk")
    with query_budget(4):  # who, the notices, their posts, the places
        page = visitor.get("/my/notices/").text
    assert "Thought 59." in page
    assert "Thought 5.<" not in page
    before = re.search(r"before=([\w-]+)", page)[1]
    older = visitor.get(f"/my/notices/?before={before}").text
    assert "Thought 5.<" in older
    assert "Thought 59." not in older


@pytest.mark.parametrize(
    "rubbish", ["x", "-1", "1-x", "9" * 40 + "-" + "f" * 32, "9" * 40, "-" + "9" * 17, "-" + "9" * 40, ""]
)
def test_rubbish_in_the_address_is_no_error(as_role, rubbish):
    for page in ("notices", "contributions", "bookmarks"):
        assert as_role("clerk").get(f"/my/{page}/?before={rubbish}").status_code == 200
    visitor = as_role("clerk")
    sent = {"csrf_token": visitor.token_of("/my/mail"), "until": rubbish, "conversation": rubbish}
    assert visitor.post("/my/notices/read", data=sent).status_code == 303


def test_marking_a_foreign_discussion_read_changes_nothing(as_role, noticing, next_door, neighbour):
    next_door.follow("clerk")
    next_door.say("admin")
    visitor = as_role("clerk")
    sent = {"csrf_token": visitor.token_of("/my/mail"), "conversation": str(next_door.conversation)}
    assert visitor.post("/my/notices/read", data=sent).status_code == 303
    assert unread(as_role("clerk", neighbour).get("/")) == "1"


def test_leaving_takes_all_of_it_along(noticing, writing, reading, town):
    from talkoot.people import memberships

    noticing.follow("clerk")
    noticing.say("admin")
    with writing(town) as db:
        privacy.erase(db, noticing.app.registry, memberships.get(db, noticing.member("clerk")))
    with reading(town) as db:
        mine = (Notice.tenant_id == town.id, Notice.membership_id == noticing.member("clerk"))
        assert db.execute(select(Notice).where(*mine)).all() == []


def test_a_page_at_a_time_tells_each_once(app, noticing, reading, town):
    noticing.follow("clerk")
    for n in range(4):
        noticing.say("admin", f"Thought {n}.")
    seen, before = [], None
    with reading(town) as db:
        for more in (True, False):
            groups, before, _ = listing.page(db, app.registry, noticing.member("clerk"), before, limit=2)
            seen += [item.source for group in groups for item in group.items]
            assert (before is not None) == more
    assert seen == [f"Thought {n}." for n in (3, 2, 1, 0)]


def test_of_notices_of_one_moment_none_is_lost_between_two_pages(as_role, noticing, next_door, writing):
    for where, words in ((noticing, "Thought"), (next_door, "Tanke")):
        where.follow("clerk")
        for n in range(55):
            where.say("admin", f"{words} {n}.", work=False)
        where.run_jobs()
        with writing(where.tenant) as db:
            db.execute(update(Notice).where(Notice.tenant_id == db.tenant.id).values(at=clock.now()))
    visitor = as_role("clerk")
    page = visitor.get("/my/notices/").text
    older = visitor.get(f"/my/notices/?before={re.search(r'before=([0-9a-f-]+)', page)[1]}").text
    told = [re.findall(r"Thought \d+\.", one) for one in (page, older)]
    assert [len(one) for one in told] == [50, 5]
    assert len({*told[0], *told[1]}) == 55
    assert "Tanke" not in page + older


def test_a_message_tells_what_it_took_and_what_is_not_read_meanwhile(app, noticing, writing, reading, town):
    noticing.follow("clerk")
    first, second, _not_taken = (noticing.say("admin", f"Thought {n}.") for n in range(3))
    member, message = noticing.member("clerk"), new_id()
    mine = (Notice.tenant_id == town.id, Notice.membership_id == member)
    with writing(town) as db:
        db.execute(update(Notice).where(*mine, Notice.thing_id.in_((first.id, second.id))).values(push_id=message))
        db.execute(update(Notice).where(*mine, Notice.thing_id == first.id).values(read_at=clock.now()))
    with reading(town) as db:
        groups = listing.of_push(db, app.registry, member, message)
    assert [item.thing_id for group in groups for item in group.items] == [second.id]


def test_who_has_left_is_not_named(app, noticing, writing, reading, town):
    noticing.follow("clerk")
    noticing.say("admin")
    noticing.say("editor")
    with writing(town) as db:
        memberships.get(db, noticing.member("editor")).erased_at = clock.now()
    with reading(town) as db:
        groups, _, _ = listing.page(db, app.registry, noticing.member("clerk"))
    assert [item.who for group in groups for item in group.items] == ["", "Admin Testinen"]

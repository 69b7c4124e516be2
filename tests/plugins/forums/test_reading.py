"""A topic's page for who comes back: what is new there, the way to it, and telling what was read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.plugins.forums.reading_as import begun, fresh_in, news_in, read, read_to, reply

from talkoot import clock as calendar
from talkoot.conversations import reading as marks
from talkoot.conversations.models import ReadMark, ReadTime
from talkoot.ids import new_id
from talkoot.jobs import worker
from talkoot.people import memberships, privacy
from talkoot.people.models import Membership
from talkoot.tenants.models import TenantStamp
from talkoot_forums import topics


@pytest.fixture
def number(app, writing, neighbour, town, world) -> int:
    """A topic of thirty posts by others, of which the resident has read 23; the neighbour's resident has not begun."""
    with writing(neighbour) as db:
        begun(app, db, world, "Brygga", by="official", replies=["clerk"] * 4)
    with writing(town) as db:
        found = begun(app, db, world, "Pitkä", by="official", replies=["clerk", "convener"] * 14 + ["clerk"])
        read(db, world, found, 23)
    return found


def test_new_posts_are_marked_from_the_first_one_on(as_role, number):
    resident = as_role("resident")
    page = resident.get(f"/topics/{number}?page=2&lang=en").text
    assert fresh_in(page) == list(range(24, 31))
    line, first = page.index("New to you from here on"), page.index('id="p24"')
    assert 0 < first - line < 200
    assert page.count("New to you from here on") == 1
    assert fresh_in(resident.get(f"/topics/{number}").text) == []


def test_ones_own_posts_are_not_new(app, as_role, writing, town, world, number):
    with writing(town) as db:
        reply(app, db, world, number, "resident", "clerk")
    assert fresh_in(as_role("resident").get(f"/topics/{number}?page=2").text) == [*range(24, 31), 32]


def test_for_others_nothing_is_marked(as_role, number):
    for role in ("guest", "stranger"):
        page = as_role(role).get(f"/topics/{number}?page=2").text
        assert "fresh" not in page
        assert "data-read-to" not in page


def test_the_first_page_leads_to_the_first_new_post(as_role, number):
    resident = as_role("resident")
    first = resident.get(f"/topics/{number}").text
    assert re.search(r'<p class="to-unread"><a [^>]*href="[^"]*\?page=2#p24"', first)
    second = resident.get(f"/topics/{number}?page=2").text
    assert re.search(r'<p class="to-unread"><a [^>]*href="#p24"', second)


def test_the_way_to_the_first_new_post(as_role, number):
    for role, end in (("resident", "?page=2#p24"), ("clerk", "#p1"), ("guest", "?page=2#p30")):
        answer = as_role(role).get(f"/topics/{number}/unread")
        assert (answer.status_code, answer.location.endswith(end)) == (302, True), (role, answer.location)


# --- telling it -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tell(as_role):
    """Tell as the page does by itself that a topic was read to a number; returns the answer's status."""

    def send(number, n, role="resident", **more):
        who = as_role(role, **more)
        token = who.token_of("/account")
        return who.post(f"/topics/{number}/read", data={"csrf_token": token, "n": n, "quiet": "1"}).status_code

    return send


def test_what_was_read_only_grows(tell, reading, town, world, number):
    for told, kept in ((25, 25), (24, 25), (1, 25), (30, 30)):
        assert tell(number, told) == 204
        with reading(town) as db:
            assert read_to(db, world, number) == kept


def test_a_first_mark(tell, as_role, reading, town, world, number):
    assert tell(number, 5, "convener") == 204
    with reading(town) as db:
        assert read_to(db, world, number, "convener") == 5
        assert read_to(db, world, number) == 23
    assert fresh_in(as_role("convener").get(f"/topics/{number}").text)[0] == 6


@pytest.mark.parametrize("n", ["0", "31", "-1", "1.5", "many", "", "9" * 30, "２３"])
def test_a_number_that_no_post_has_is_refused(tell, reading, town, world, number, n):
    assert tell(number, n) == (204 if n == "２３" else 422)
    with reading(town) as db:
        assert read_to(db, world, number) == 23


def test_hundreds_of_numbers_are_one(as_role, reading, town, world, number):
    resident = as_role("resident")
    body = {"csrf_token": resident.token_of("/account"), "n": [str(n) for n in range(24, 31)] * 100, "quiet": "1"}
    assert resident.post(f"/topics/{number}/read", data=body).status_code == 204
    with reading(town) as db:
        assert read_to(db, world, number) == 24


def test_who_may_not_mark(tell, number, town, world, writing, as_role):
    assert tell(number, 5, "stranger") == 303  # asked to join
    guest = as_role("guest")
    assert guest.post(f"/topics/{number}/read", data={"n": "5"}).status_code == 400
    with writing(town) as db:
        mine = (Membership.tenant_id == town.id, Membership.id == world.members["kokkola", "resident"])
        db.execute(update(Membership).where(*mine).values(blocked_at=calendar.now()))
    assert tell(number, 30) == 403


def test_topics_of_others_and_merged_ones(tell, as_role, world, number):
    assert tell(world.things["kronoby", "topic 2"], 1) == 404
    assert tell(99_999, 1) == 404
    other = world.things["kokkola", "topic"]
    assert as_role("moderator").submit(f"/topics/{number}/care", act="merge", number=str(other)).status_code == 303
    assert tell(number, 1) == 404


def test_reading_throws_no_kept_page_away(app, tell, as_role, town, number, world):
    def stamp():
        with app.database.connect() as connection:
            return connection.scalar(select(TenantStamp.n).where(TenantStamp.tenant_id == town.id))

    before = stamp()
    assert tell(number, 30) == 204
    resident = as_role("clerk")
    assert resident.submit(f"/forums/{world.things['kokkola', 'forum']}/", action="/read").status_code == 303
    convener = as_role("convener")
    assert convener.submit("/new/", action="/new/read").status_code == 303
    assert stamp() == before


def test_many_readers_in_one_house_keep_no_writer_out(as_role, number):
    resident = as_role("resident")
    body = {"csrf_token": resident.token_of("/account"), "n": "30", "quiet": "1"}
    assert {resident.post(f"/topics/{number}/read", data=body).status_code for _ in range(125)} == {204}
    assert resident.submit(f"/topics/{number}/reply", text="I can still write.").status_code == 303


def test_telling_takes_few_statements(as_role, query_budget, number):
    resident = as_role("resident")
    body = {"csrf_token": resident.token_of("/account"), "n": "30", "quiet": "1"}
    with query_budget(4):  # who it is, the topic, the mark, what was told of it
        resident.post(f"/topics/{number}/read", data=body)


def test_without_scripting_a_button_tells_it(as_role, reading, town, world, number):
    resident = as_role("resident")
    page = resident.get(f"/topics/{number}?page=2&lang=en").text
    button = re.search(r'<noscript>.*?formaction="([^"]+)" name="n" value="(\d+)">Mark as read up to here', page)
    assert button, "the button is there"
    body = {"csrf_token": resident.token_of("/account"), "n": button[2]}
    answer = resident.post(button[1], data=body)
    assert answer.location.endswith("?page=2#p30")
    with reading(town) as db:
        assert read_to(db, world, number) == 30
    after = resident.get(f"/topics/{number}?page=2").text
    assert "Marked as read." in after
    assert "<noscript>" not in after.partition('<div class="new-replies"')[2].partition("</main")[0]
    assert "<noscript><p" not in resident.get(f"/topics/{number}").text


# --- what becomes of marks ------------------------------------------------------------------------------------------------


def test_marks_go_with_their_reader(app, writing, town, world, number):
    with writing(town) as db:
        reader = world.members["kokkola", "resident"]
        marks.read_in(db, reader, ("forums.forum", topics.get(db, number).forum_id), calendar.now())
        marks.read_all(db, reader, calendar.now())
        member = memberships.get(db, reader)
        given = privacy.export(db, app.registry, member)
        assert [row["n"] for row in given["read_mark"]] == [23]
        assert len(given["read_time"]) == 1
        assert given["membership"][0]["read_before"]
        privacy.erase(db, app.registry, member)
        db.flush()
        for table in (ReadMark, ReadTime):
            assert not db.execute(select(table).where(table.tenant_id == town.id)).all()
        assert member.read_before is None


def test_marks_that_say_nothing_are_deleted(app, as_role, writing, town, world, number, clock, reading):
    clock.shift(timedelta(weeks=5))
    with writing(town) as db:
        late = begun(app, db, world, "Myöhemmin", by="clerk", replies=["clerk"])
        read(db, world, late, 1)
    clock.shift(timedelta(weeks=2))
    worker._every_day(app)
    with reading(town) as db:
        assert (read_to(db, world, number), read_to(db, world, late)) == (None, 1)
    assert list(news_in(as_role("resident").get("/new/").text)) == [late]


def test_the_time_up_to_which_a_forum_was_read_only_grows_and_is_forgotten(
    app, writing, reading, town, neighbour, world, clock
):
    """A button of an old page, pressed late, changes nothing; after some weeks the time says nothing any more."""
    thing, now = ("forums.forum", new_id()), calendar.now()

    def times():
        with reading(town) as db:
            return list(db.scalars(select(ReadTime.read_at).where(ReadTime.tenant_id == town.id)))

    for tenant, until in ((neighbour, now), (town, now), (town, now - timedelta(hours=1))):
        with writing(tenant) as db:
            marks.read_in(db, world.members[tenant.slug, "resident"], thing, until)
    assert times() == [now]
    clock.shift(marks.NEWS_FOR + timedelta(days=1))
    worker._every_day(app)
    assert times() == []


def test_a_revived_topic_is_new_from_its_revival_on(app, as_role, writing, town, world, number, clock):
    clock.shift(timedelta(weeks=9))
    worker._every_day(app)
    with writing(town) as db:
        reply(app, db, world, number, "clerk", "official")
    assert fresh_in(as_role("resident").get(f"/topics/{number}?page=2").text) == [31, 32]

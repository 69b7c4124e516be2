"""Topics of the forums: begun, answered, quoted, listed and paged."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from talkoot.conversations import posts
from talkoot.errors import InvalidError
from talkoot_forums import forums, topics, upkeep
from talkoot_forums.models import Forum


def replies(app, db, world, count, text="one more"):
    """Add that many replies to the town's topic; returns its number."""
    number = world.things["kokkola", "topic"]
    view = topics.get(db, number)
    for n in range(count):
        author = world.members["kokkola", "resident"]
        topics.reply(db, app.registry, view, posts.NewPost(author, f"{text} {n}", uuid4(), "fi"))
    return number


def test_a_resident_begins_a_topic(as_role, world, address):
    resident = as_role("resident", by=address)
    answer = resident.submit(
        f"/forums/{world.things['kokkola', 'forum']}/new",
        kind="idea",
        title="Penkki rantaan",
        text="Siihen olisi mukava istahtaa.",
    )
    assert answer.status_code == 303
    shown = resident.get(answer.location)
    if shown.status_code == 303:
        shown = resident.get(shown.location)
    assert "Penkki rantaan" in shown.text
    assert "Siihen olisi mukava istahtaa." in shown.text


def test_the_same_form_sent_twice_makes_one_topic(as_role, world, reading, town):
    resident, path = as_role("resident"), f"/forums/{world.things['kokkola', 'forum']}/new"
    token, submission = resident.token_of(path), str(uuid4())
    form = {
        "csrf_token": token,
        "submission": submission,
        "kind": "idea",
        "title": "Vain kerran",
        "text": "Kerran riittää.",
    }
    first, second = resident.post(path, data=form), resident.post(path, data=form)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    with reading(town) as db:
        assert [t.title for t in topics.latest(db)].count("Vain kerran") == 1


def test_a_reply_lands_at_its_post(as_role, world):
    resident, number = as_role("resident"), world.things["kokkola", "topic"]
    answer = resident.submit(f"/topics/{number}/reply", text="Kiitos vastauksesta!")
    assert answer.status_code == 303
    anchor = answer.location.partition("#")[2]
    assert f'id="{anchor}"' in resident.get(answer.location.partition("#")[0]).text


def test_quoting_puts_the_text_into_the_form_and_the_name_above_it(as_role, world):
    resident, number = as_role("resident"), world.things["kokkola", "topic"]
    page = resident.get(f"/topics/{number}/reply?quote={world.things['kokkola', 'second post']}").text
    assert "&gt; an answer with **weight**" in page
    assert "Official Testinen" not in page.partition("<textarea")[2]
    assert "<bdi>Official Testinen</bdi> <bdi>#2</bdi>" in page.partition("<textarea")[0]


def test_a_hidden_post_cannot_be_quoted(as_role, world):
    resident, number = as_role("resident"), world.things["kokkola", "topic"]
    page = resident.get(f"/topics/{number}/reply?quote={world.things['kokkola', 'hidden post']}")
    assert "a post that is hidden" not in page.text
    assert 'name="quote"' not in page.text


def test_pages_are_cut_by_number(app, writing, client, town, world):
    with writing(town) as db:
        number = replies(app, db, world, 45)

    def numbers(page):
        return [int(n) for n in re.findall(r'id="p(\d+)"', client.get(f"/topics/{number}?page={page}").text)]

    assert numbers(1) == list(range(1, 21))
    assert numbers(3) == list(range(41, 49))


def test_a_page_after_the_last_is_the_last(app, writing, client, visitor, town, neighbour, world):
    with writing(town) as db:
        number = replies(app, db, world, 265)
        path = topics.get(db, number).path
    assert client.get(f"/{path}").text.count('name="page" min="1" max="14"') == 2, "above the posts and below"
    for wanted in (15, 2**31 - 1):
        led = client.get(f"/topics/{number}?page={wanted}")
        assert (led.status_code, led.location) == (302, f"/kokkola/{path}?page=14")
    assert 'id="p268"' in client.get(f"/{path}?page=14").text
    short, there = visitor(tenant=neighbour), f"/topics/{world.things[neighbour.slug, 'topic']}"
    assert "page" not in short.get(f"{there}?page=2").location
    assert 'class="jump"' not in short.get(there).text


@pytest.mark.parametrize("page", ["0", "-3", "x", "99999999999999999999"])
def test_rubbish_for_a_page_number_never_breaks(client, world, page):
    assert client.get(f"/topics/{world.things['kokkola', 'topic']}?page={page}").status_code in (200, 404)


def test_the_list_goes_on_by_key(app, writing, client, town, world):
    with writing(town) as db:
        forum = topics.get(db, world.things["kokkola", "topic"]).forum_id
        for n in range(60):
            draft = posts.NewPost(world.members["kokkola", "resident"], f"aihe {n}", uuid4(), "fi")
            topics.begin(db, app.registry, forum, title=f"Aihe numero {n:02d}", kind="idea", draft=draft)
    seen, path = [], f"/forums/{world.things['kokkola', 'forum']}/"
    while path and len(seen) <= 60:  # a list that begins anew would never end
        text = client.get(path).text
        seen += re.findall(r"Aihe numero (\d\d)", text)
        more = re.search(r'class="button quiet" href="([^"]*before=[^"]*)"', text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == [f"{n:02d}" for n in range(60)]
    assert len(seen) == len(set(seen))


def test_a_forum_tells_where_was_written_last(app, writing, client, town, neighbour, world):
    """Of all its topics, pinned or not, but no longer one that was merged into another."""

    def begin(db, title, pinned=False):
        author, forum = world.members[db.tenant.slug, "resident"], world.things[db.tenant.slug, "forum"]
        draft = posts.NewPost(author, f"{title}: alku", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forums.get(db, forum).id, title=title, kind="idea", draft=draft)
        if pinned:
            upkeep.pin(db, topics.get(db, number), True)
        return topics.get(db, number)

    def latest():
        row = next(part for part in client.get("/").text.split('<li class="row">') if 'class="latest"' in part)
        return re.search(r'class="latest">.*?>([^<]+)</a>', row)[1]

    with writing(town) as db:
        first, second = begin(db, "Kiinnitetty", pinned=True), begin(db, "Toinen")
    with writing(neighbour) as db:
        begin(db, "Naapurin uusin")
    assert latest() == "Toinen"
    with writing(town) as db:
        author = world.members["kokkola", "resident"]
        topics.reply(db, app.registry, first, posts.NewPost(author, "Vastaan vielä.", uuid4(), "fi"))
    assert latest() == "Kiinnitetty"
    with writing(town) as db:
        topics.reply(db, app.registry, second, posts.NewPost(author, "Vastaan tähänkin.", uuid4(), "fi"))
    assert latest() == "Toinen"
    with writing(town) as db:  # into the older one, which is then as new as the one that is gone
        upkeep.merge(db, topics.get(db, second.number), topics.get(db, first.number))
    assert latest() == "Kiinnitetty"


def test_a_members_forum_is_unknown_to_others(as_role, client, world):
    slug, number = world.things["kokkola", "members' forum"], world.things["kokkola", "members' topic"]
    for path in (f"/forums/{slug}/", f"/topics/{number}", f"/topics/{number}/reply", f"/topics/{number}/feed.atom"):
        assert client.get(path).status_code == 404
        assert as_role("stranger").get(path).status_code == 404
    assert as_role("resident").get(f"/topics/{number}").status_code == 200
    assert "Vain jäsenille" not in client.get("/").text
    assert "Vain jäsenille" in as_role("resident").get("/").text


def test_where_nobody_writes_any_more_it_is_said_and_nobody_is_asked_to_join(as_role, writing, town, neighbour, world):
    number, slug = world.things["kokkola", "topic"], world.things["kokkola", "forum"]
    with writing(town) as db:
        db.find(Forum, slug=slug).standing = "ended"
    words = "This forum has ended. It can be read, but not written in."
    for role in ("guest", "stranger", "resident"):
        who = as_role(role)
        assert words in who.get(f"/topics/{number}?lang=en").text
        assert words in who.get(f"/forums/{slug}/?lang=en").text
        for path, back in (
            (f"/topics/{number}/reply", f"/topics/{number}/"),
            (f"/forums/{slug}/new", f"/forums/{slug}/"),
        ):
            led = who.get(path)
            assert led.status_code == 303
            assert back in f"{led.location}/", (role, path)
    other = world.things[neighbour.slug, "forum"]
    assert words not in as_role("resident", tenant=neighbour).get(f"/forums/{other}/?lang=en").text


def test_a_closed_topic_takes_no_replies_and_says_why(as_role, world):
    number = world.things["kokkola", "topic"]
    resident = as_role("resident")
    token = resident.token_of(f"/topics/{number}/reply")
    closed = as_role("admin").submit(f"/topics/{number}/care", act="close", reason="Asia on hoidettu.")
    assert closed.status_code == 303
    assert "Asia on hoidettu." in resident.get(f"/topics/{number}").text
    written = {"csrf_token": token, "submission": str(uuid4()), "text": "Vielä yksi asia, joka jäi sanomatta."}
    refused = resident.post(f"/topics/{number}/reply", data=written)  # it was closed while they wrote
    assert refused.status_code == 422
    assert "Vielä yksi asia, joka jäi sanomatta." in refused.text


def test_titles_say_something(app, writing, town, world):
    with writing(town) as db:
        forum = topics.get(db, world.things["kokkola", "topic"]).forum_id
        draft = posts.NewPost(world.members["kokkola", "resident"], "text", uuid4(), "fi")
        for title in ("", "  ", "a", "\u202e\u2066"):
            with pytest.raises(InvalidError):
                topics.begin(db, app.registry, forum, title=title, kind="idea", draft=draft)


def test_statements_of_the_pages_do_not_grow(app, writing, client, as_role, town, world, query_budget):
    with writing(town) as db:
        number = replies(app, db, world, 40)
    resident = as_role("resident")
    for visitor, path, most in (
        (client, f"/topics/{number}", 4),
        (client, f"/topics/{number}?page=3", 4),
        (client, f"/forums/{world.things['kokkola', 'forum']}/", 5),
        (client, "/", 8),
        (resident, f"/topics/{number}", 5),
        (resident, f"/topics/{number}?page=2", 5),
    ):
        visitor.get(path)
        with query_budget(most):
            assert visitor.get(path).status_code == 200


def test_parties_that_are_silent_are_missed_after_some_days(app, writing, client, town, world, clock):
    from datetime import timedelta

    with writing(town) as db:
        forum = topics.get(db, world.things["kokkola", "topic"]).forum_id
        draft = posts.NewPost(world.members["kokkola", "resident"], "Kuka aurataan?", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forum, title="Auraus", kind="question", draft=draft)
    note = "Kunta ei ole vielä ottanut kantaa"
    quiet = client.get(f"/topics/{number}").text
    clock.shift(timedelta(days=4))
    missed = client.get(f"/topics/{number}").text
    assert "quiet-note" not in quiet
    assert "quiet-note" in missed, note
    with writing(town) as db:
        answer = posts.NewPost(world.members["kokkola", "official"], "Aurataan aamulla.", uuid4(), "fi")
        topics.reply(db, app.registry, topics.get(db, number), answer)
    assert "quiet-note" not in client.get(f"/topics/{number}").text


# --- addresses ----------------------------------------------------------------------------------------------------


@pytest.fixture
def titled(app, writing, world, town, neighbour):
    """Begin a topic with this title in both towns; returns the town's."""

    def begin(title):
        found = {}
        for tenant in (neighbour, town):
            with writing(tenant) as db:
                forum = topics.get(db, world.things[tenant.slug, "topic"]).forum_id
                draft = posts.NewPost(world.members[tenant.slug, "resident"], f"Alku: {title}", uuid4(), "fi")
                number, _ = topics.begin(db, app.registry, forum, title=title, kind="idea", draft=draft)
                found[tenant.slug] = topics.get(db, number)
        return found["kokkola"]

    return begin


@pytest.mark.parametrize("title", ["???", "🌲🌲🌲", "...", "Reply", "Care", "REPLY!"])
def test_a_title_of_which_no_address_can_be_made_has_its_pages_all_the_same(titled, as_role, client, title):
    found, resident = titled(title), as_role("resident")
    assert found.path == f"topics/{found.number}"
    assert client.get(f"/{found.path}").status_code == 200
    sent = resident.submit(f"/topics/{found.number}/reply", text="Vastaus kuitenkin.")
    assert sent.status_code == 303
    assert sent.location.partition("#")[0].endswith(f"/topics/{found.number}")
    assert "Vastaus kuitenkin." in resident.get(sent.location).text
    assert title in client.get(f"/{found.path}?lang=en").text.partition("<h1")[2]
    assert resident.get(f"/topics/{found.number}/x").location.endswith(f"/topics/{found.number}")


def test_a_wrong_address_leads_to_the_right_one(app, titled, client, writing, town, world, as_role):
    found = titled("Penkki rantaan")
    with writing(town) as db:
        for n in range(20):
            draft = posts.NewPost(world.members["kokkola", "resident"], f"vastaus {n}", uuid4(), "fi")
            topics.reply(db, app.registry, topics.get(db, found.number), draft)
    for path, right in (
        (f"/topics/{found.number}/penkki", f"/kokkola/{found.path}"),
        (f"/topics/{found.number}/penkki?page=2", f"/kokkola/{found.path}?page=2"),
    ):
        led = client.get(path)
        assert (led.status_code, led.location) == (302, right)
    assert client.get(f"/{found.path}").status_code == 200
    assert client.get(f"/topics/{found.number}").status_code == 200
    assert client.get(f"/topics/{found.number}/penkki?page=3").location == f"/kokkola/{found.path}?page=2"
    moderator = as_role("moderator")
    for title in ("Pöytä rantaan", "Penkki rantaan"):  # and back again: no browser goes round in a circle
        moderator.submit(f"/topics/{found.number}/care", act="rename", title=title)
    assert client.get(f"/{found.path}").status_code == 200
    assert client.get(f"/topics/{found.number}/poyta-rantaan").location == f"/kokkola/{found.path}"

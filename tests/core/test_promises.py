"""Promises: who may follow which, under which title; and what a step of the trail tells."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from talkoot import clock as calendar
from talkoot import i18n
from talkoot.conversations import posts
from talkoot.followup import listing, promises
from talkoot.site import summaries
from talkoot.tenants import registering
from talkoot_forums import topics, upkeep
from talkoot_forums.models import Forum, Topic


@pytest.fixture
def lifted(app, writing, world):
    """Begin a topic and lift it; returns the numbers of topic and promise. `forum`: "forum" or "members' forum"."""

    def lift(tenant, title, forum="forum", days=10):
        member = {role: world.members[tenant.slug, role] for role in ("resident", "convener")}
        with writing(tenant) as db:
            place = db.find(Forum, slug=world.things[tenant.slug, forum])
            place.body_id = world.things[tenant.slug, "body"]
            draft = posts.NewPost(member["resident"], f"{title}: kysymys", uuid4(), tenant.language)
            number, _ = topics.begin(db, app.registry, place.id, title=title, kind="question", draft=draft)
            made = upkeep.lift(
                db, topics.get(db, number), by=member["convener"], words=f"Vastatkaa: {title.split()[-1]}",
                due_on=calendar.today(tenant.time_zone) + timedelta(days=days), language=tenant.language, submission=uuid4(),
            )  # fmt: skip
            return number, made.number

    return lift


@pytest.fixture
def both(lifted, town, neighbour):
    """The same made in both towns; returns the town's numbers."""

    def lift(title, **more):
        found = lifted(town, title, **more)
        lifted(neighbour, f"CANARY-B-{title}", **more)
        return found

    return lift


def counted(page):
    """The numbers on the tabs: open, overdue, answered."""
    return [int(n) for n in re.findall(r'<span class="count">(\d+)</span>', page.partition('class="tabs"')[2])[:3]]


# --- who may follow which -----------------------------------------------------------------------------------------


def test_what_only_members_may_read_is_promised_to_them_alone(app, both, as_role, client, reading, town):
    before = counted(client.get("/promises/").text)
    _, number = both("Jäsenten asia", forum="members' forum")
    for visitor in (client, as_role("stranger"), as_role("operator")):
        page = visitor.get("/promises/").text
        assert "Jäsenten asia" not in page
        assert counted(page) == before
        assert visitor.get(f"/promises/{number}").status_code == 404
    resident = as_role("resident")
    assert "Jäsenten asia" in resident.get("/promises/").text
    assert counted(resident.get("/promises/").text) == [before[0] + 1, *before[1:]]
    assert "Vastatkaa: asia" in resident.get(f"/promises/{number}").text
    assert "Jäsenten asia" in as_role("official").get("/staff/").text, "who answers must know of it"


def test_the_public_summary_leaves_out_what_only_members_may_read(app, both, reading, town):
    def published():
        summaries.refresh(app, town, always=True)
        with reading(None) as db:
            return summaries.published(db)[town.id].open_answers

    before = published()
    both("Jäsenten asia", forum="members' forum")
    both("Kaikkien asia")
    assert published() == before + 1


def test_a_forum_that_becomes_the_members_own_takes_its_promises_along(both, client, writing, town, world):
    _, number = both("Vielä julkinen")
    assert client.get(f"/promises/{number}").status_code == 200
    with writing(town) as db:
        db.execute(update(Forum).where(Forum.tenant_id == town.id).values(members_only=True))
    assert client.get(f"/promises/{number}").status_code == 404
    assert "Vielä julkinen" not in client.get("/promises/").text


def test_promises_of_a_plugin_that_is_off_are_not_there(both, as_role, client, visitor, writing, town, neighbour):
    _, number = both("Katuvalojen huolto")
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", False)
    for who in (client, as_role("official"), as_role("admin")):
        page = who.get("/promises/").text
        assert "Katuvalojen huolto" not in page
        assert counted(page) == [0, 0, 0]
        assert who.get(f"/promises/{number}").status_code == 404
    assert "Katuvalojen huolto" in visitor(neighbour).get("/promises/").text
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", True)
    assert "Katuvalojen huolto" in client.get("/promises/").text


def test_feedback_is_still_answered_when_forums_are_off(as_role, client, writing, reading, town, world):
    from talkoot.followup.models import FollowUp

    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", False)
    with reading(town) as db:
        number = db.find(FollowUp, subject_id=world.things["kokkola", "feedback"].id).number
    assert client.get(f"/promises/{number}").status_code == 404
    assert as_role("clerk").get(f"/promises/{number}").status_code == 200


def test_a_promise_has_the_title_that_its_topic_has_now(both, as_role, client):
    topic, number = both("Erkki Esimerkin piha")
    assert "Erkki Esimerkin piha" in client.get("/promises/").text
    as_role("moderator").submit(f"/topics/{topic}/care", act="rename", title="Erään pihan kunto")
    for path in ("/promises/", f"/promises/{number}"):
        page = client.get(path).text
        assert "Erkki Esimerkin" not in page, path
        assert "Erään pihan kunto" in page, path


def test_work_that_goes_on_does_not_deny_the_answer(both, as_role, client):
    _, number = both("Katuvalojen huolto")

    def told():
        row = client.get("/promises/?lang=en").text.partition(f"/promises/{number}")[2].partition("</li>")[0]
        where = client.get(f"/promises/{number}?lang=en").text.partition("Where it is</dt>")[2].partition("</dd>")[0]
        return row, where

    step = {"state": "in_progress", "text": "Lamput vaihdetaan keväällä."}
    as_role("official").submit(f"/promises/{number}", **step)
    assert "In progress" in told()[1]
    as_role("official").submit(f"/promises/{number}", **step | {"text": "Lamput on tilattu."}, answer="1")
    for words in told():
        assert "The work goes on" in words
        assert "In progress" not in words
    as_role("official").submit(f"/promises/{number}", state="done", text="Lamput on vaihdettu.")
    for words in told():
        assert "Done" in words
        assert "The work goes on" not in words


def test_nothing_is_kept_of_the_title_of_a_topic(both, reading, town):
    _, number = both("Erkki Esimerkin piha")
    with reading(town) as db:
        assert promises.get(db, number).title == ""


def test_the_promise_of_a_merged_topic_goes_where_its_posts_go(both, as_role, client, lifted, town, world):
    topic, number = both("Liitettävä")
    target = world.things["kokkola", "topic"]  # it has a promise of its own
    free, _ = both("Vapaa kohde", days=11)
    other, second = lifted(town, "Toinen liitettävä", days=12)
    moderator = as_role("moderator")
    assert moderator.submit(f"/topics/{topic}/care", act="merge", number=str(target)).status_code == 303
    page = client.get(f"/promises/{number}")
    assert page.status_code == 200
    assert f'href="/kokkola/topics/{target}/' in page.text
    assert "Katuvalot" in page.text
    assert client.get("/promises/").text.count(f"/promises/{number}") == 1
    assert moderator.submit(f"/topics/{other}/care", act="merge", number=str(free)).status_code == 303
    assert client.get(f"/promises/{second}").status_code == 200


def test_a_topic_takes_over_the_promise_of_the_one_that_is_merged_into_it(
    app, both, as_role, client, writing, town, world
):
    topic, number = both("Liitettävä")
    with writing(town) as db:
        forum = topics.get(db, topic).forum_id
        draft = posts.NewPost(world.members["kokkola", "resident"], "Ilman lupausta", uuid4(), "fi")
        into, _ = topics.begin(db, app.registry, forum, title="Ilman lupausta", kind="idea", draft=draft)
    assert f"/promises/{number}" not in client.get(f"/topics/{into}").text
    as_role("moderator").submit(f"/topics/{topic}/care", act="merge", number=str(into))
    assert f"/promises/{number}" in client.get(f"/topics/{into}").text


def test_a_plugin_that_fails_costs_its_own_promises_only(app, both, client, monkeypatch, logs):
    _, number = both("Katuvalojen huolto")

    def broken(_db, _ids):
        raise RuntimeError("no idea where")

    kinds = app.registry.conversation_kinds
    monkeypatch.setitem(kinds, topics.KIND, replace(kinds[topics.KIND], locate=broken))
    assert client.get("/promises/").status_code == 200
    assert client.get(f"/promises/{number}").status_code == 404
    assert [event["plugin"] for event in logs if event["event"] == "plugin_trouble"][:1] == ["forums"]


@pytest.mark.parametrize("role", ["resident", "guest"])
def test_a_plugin_that_failed_once_is_asked_again(app, both, as_role, page_cache, monkeypatch, role):
    """What was left out of one answer is in the next one, though nobody has written anything meanwhile."""
    both("Katuvalojen huolto")

    def broken(_db, _ids):
        raise RuntimeError("no idea where")

    who, kinds = as_role(role), app.registry.conversation_kinds
    with monkeypatch.context() as now:
        now.setitem(kinds, topics.KIND, replace(kinds[topics.KIND], locate=broken))
        assert "Katuvalojen huolto" not in who.get("/promises/").text
    assert "Katuvalojen huolto" in who.get("/promises/").text


def test_a_plugin_may_translate_its_titles(app, both, as_role, monkeypatch):
    both("Katuvalojen huolto")
    kinds = app.registry.conversation_kinds
    known = kinds[topics.KIND]

    def translated(db, ids):
        return {i: replace(place, title=f"* {i18n.gettext('Save')}") for i, place in known.locate(db, ids).items()}

    monkeypatch.setitem(kinds, topics.KIND, replace(known, locate=translated))
    resident = as_role("resident")
    for language, words in (("fi", "* Tallenna"), ("sv", "* Spara"), ("en", "* Save")):
        assert words in resident.get(f"/promises/?lang={language}").text, language


# --- the list -----------------------------------------------------------------------------------------------------


def test_the_list_goes_on_by_key(app, lifted, both, client, writing, reading, town):
    both("Toisen kunnan asia")
    for n in range(30):
        lifted(town, f"Asia numero {n:02d}", days=1 + (n * 7) % 30)
    with writing(town) as db:
        every, more = listing.listed(db, app.registry, "fi", standing="open", limit=100)
        for promise in every[::3]:
            promises.move(
                db,
                promise.number,
                state="done",
                words="Tehty.",
                by=None,
                language="fi",
                submission=uuid4(),
                answer=True,
            )
    assert more is None
    for query in ("", "?standing=open", "?standing=answered"):
        seen, path = [], f"/promises/{query}"
        while path:
            text = client.get(path).text
            seen += re.findall(r'row-title" href="/kokkola/promises/(\d+)"', text)
            link = re.search(r'class="button quiet" href="([^"]*before=[^"]*)"', text)
            path = link[1].replace("&amp;", "&") if link else ""
        with reading(town) as db:
            expected, _ = listing.listed(db, app.registry, "fi", standing=query.partition("=")[2] or None, limit=100)
        assert seen == [str(promise.number) for promise in expected], query
        assert len(seen) > 5


def test_a_part_of_the_list_for_htmx(lifted, client, town):
    for n in range(listing.PAGE + 1):
        lifted(town, f"Asia numero {n:02d}", days=1 + n)
    link = re.search(r'hx-get="([^"]*)"', client.get("/promises/").text)[1].replace("&amp;", "&")
    part = client.get(link, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<li")
    assert "<h1" not in part


@pytest.mark.parametrize("before", ["0", "-1", "x", "999999", "99999999999999999999"])
def test_rubbish_for_the_key_never_breaks(client, before):
    assert client.get(f"/promises/?before={before}").status_code == 200


def test_statements_of_the_list_do_not_grow(lifted, client, as_role, query_budget, town):
    resident = as_role("resident")
    for most in (1, 30):
        for n in range(most):
            lifted(town, f"Asia numero {most}-{n:02d}", days=1 + n)
        resident.get("/promises/")
        with query_budget(2):  # who it is, and the page's promises
            resident.get("/promises/")
        client.get("/promises/")
        with query_budget(5):  # which there are and where, for the counts and for the list; and the page's promises
            client.get("/promises/")


# --- steps --------------------------------------------------------------------------------------------------------


def test_a_step_sent_twice_is_one_step_and_one_line_of_the_log(app, both, as_role, reading, town, actions):
    _, number = both("Kerran kerrottu")
    official, submission = as_role("official"), str(uuid4())
    before = actions(town).count("promise_moved")
    for _ in range(2):
        sent = official.submit(f"/promises/{number}", state="in_progress", text="Selvitämme.", submission=submission)
        assert sent.status_code == 303
    assert official.get(f"/promises/{number}").text.count("Selvitämme.") == 1
    assert actions(town).count("promise_moved") == before + 1


def test_a_new_due_day_is_told_in_the_trail(both, as_role, client, town):
    _, number = both("Siirtyvä asia", days=3)
    today = calendar.today(town.time_zone)
    later = today + timedelta(days=40)
    sent = as_role("official").submit(
        f"/promises/{number}", state="in_progress", text="Tarvitaan lisää aikaa.", due_on=later.isoformat()
    )
    assert sent.status_code == 303
    trail = client.get(f"/promises/{number}").text.partition('class="trail"')[2]
    assert "Tarvitaan lisää aikaa." in trail
    for day in (today + timedelta(days=3), later):
        assert i18n.format_day(day, "fi") in trail


def test_the_due_day_of_a_step_that_answers_stays(both, as_role, client, reading, town):
    _, number = both("Vastattava asia", days=3)
    today = calendar.today(town.time_zone)
    later = (today + timedelta(days=40)).isoformat()
    as_role("official").submit(f"/promises/{number}", state="done", text="Valmis.", answer="1", due_on=later)
    with reading(town) as db:
        assert promises.get(db, number).due_on == today + timedelta(days=3)


@pytest.mark.parametrize("due", ["yesterday", "soon", "2026-02-30"])
def test_a_day_that_is_past_or_none_is_refused_and_changes_nothing(both, as_role, reading, town, due):
    _, number = both("Siirtyvä", days=3)
    today = calendar.today(town.time_zone)
    text = (today - timedelta(days=1)).isoformat() if due == "yesterday" else due
    refused = as_role("official").submit(f"/promises/{number}", state="in_progress", text="Siirrämme.", due_on=text)
    assert refused.status_code == 422
    assert f'value="{text}"' in refused.text
    assert ">Siirrämme.</textarea>" in refused.text.replace("\n", "")
    with reading(town) as db:
        made = promises.get(db, number)
        assert (made.due_on, made.state) == (today + timedelta(days=3), "received")
        assert len(promises.trail(db, made.id)) == 1


def test_an_overdue_promise_stays_overdue_until_it_is_moved_ahead(both, as_role, client, clock, town):
    _, number = both("Myöhässä", days=3)
    clock.shift(timedelta(days=5))
    past = (calendar.today(town.time_zone) - timedelta(days=1)).isoformat()
    refused = as_role("official").submit(f"/promises/{number}", state="in_progress", text="Siirrämme.", due_on=past)
    assert refused.status_code == 422
    assert "standing overdue" in client.get(f"/promises/{number}").text
    assert "Siirrämme." in refused.text, "what was written comes back"
    ahead = (calendar.today(town.time_zone) + timedelta(days=9)).isoformat()
    assert as_role("official").submit(
        f"/promises/{number}", state="in_progress", text="Siirrämme.", due_on=ahead
    ).status_code == 303  # fmt: skip
    assert "standing open" in client.get(f"/promises/{number}").text


def test_a_title_is_told_in_its_language(both, as_role, world, town, writing):
    topic, promise = both("Vintervägen")
    with writing(town) as db:
        db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == topic).values(language="sv"))
    resident = as_role("resident")
    assert re.search(r'<a [^>]*lang="sv"[^>]*>Vintervägen</a>', resident.get("/promises/?lang=fi").text)
    assert '<h1 lang="sv"><bdi>Vintervägen</bdi></h1>' in resident.get(f"/promises/{promise}?lang=fi").text
    latest = resident.get("/forums/?lang=fi").text
    assert re.search(r'<p class="latest">[^<]*<a [^>]*lang="sv"[^>]*>Vintervägen</a>', latest)

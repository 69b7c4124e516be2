"""The page of the log: who did what to whom, in words, and whether it is whole."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from talkoot import clock
from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.conversations import posts
from talkoot.db.engine import owner_engine
from talkoot.followup.models import FollowUp
from talkoot.people import memberships
from talkoot_forums import topics


def test_the_log_names_who_did_what_to_whom(as_role, town, world):
    admin = as_role("admin")
    admin.submit(f"/staff/people/{world.members[town.slug, 'resident']}", reason="a reason to remember")
    text = admin.get("/staff/log").text
    assert "Admin Testinen" in text
    assert "Resident Testinen" in text
    assert "a reason to remember" in text


def test_the_log_tells_whether_it_is_whole(as_role, writing, town, app, unwatched):

    admin = as_role("admin")
    assert "promise-answered" in admin.get("/staff/log?check=1").text
    engine = owner_engine(app.settings)
    with unwatched(), engine.begin() as connection:
        connection.execute(
            update(AuditEntry.__table__)
            .where(AuditEntry.tenant_id == town.id, AuditEntry.seq == 1)
            .values(reason="forged")
        )
    engine.dispose()
    assert 'role="alert"' in admin.get("/staff/log?check=1").text


def test_an_operators_act_is_in_the_towns_log(as_role, reading, town, neighbour, actions):
    before = len(actions(neighbour))
    as_role("operator").submit("/staff/settings/contact", **{"answers.days": "9"})
    with reading(town) as db:
        line = audit.lines(db)[0]
    assert (line.action, line.by) == ("setting_changed", None)
    assert len(actions(neighbour)) == before


def test_the_log_says_titles_instead_of_keys(as_role, world, town):
    admin = as_role("admin")
    person = f"/staff/people/{world.members[town.slug, 'resident']}"
    admin.submit("/staff/settings/members", **{"people.names": "pseudonym"})
    admin.submit("/staff/settings/look", **{"site.theme": "contrast"})
    admin.submit(person, role="clerk", scope=str(world.things[town.slug, "area"].id))
    admin.submit("/staff/people/invite", email="new@kokkola.example", roles=["clerk", "editor"])
    admin.submit("/staff/plugins", plugin="forums", on="0")
    text = admin.get("/staff/log?lang=en").text
    for words in (
        "Names shown: Pseudonyms", "Theme: High contrast", "Clerk · Keskusta", "Clerk, Editor", "Community forums",
    ):  # fmt: skip
        assert f'dir="auto">{words}</p>' in text, words
    for key in ("people.names", "site.theme", ">clerk", ">forums<"):
        assert key not in text, key


def test_the_log_says_what_a_region_has_decided(visitor, as_role, world, town, region):
    operator = visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])
    operator.submit(
        "/operator/regions/keski-pohjanmaa",
        **{"plugin:forums": "mandate", "rule:answers.days": "offer", "value:answers.days": "14"},
    )
    text = as_role("admin", tenant=region).get("/staff/log?lang=en").text
    assert "Community forums: Mandated" in text
    assert "Days within which an answer is promised: Offered 14" in text
    operator.submit("/operator/regions/keski-pohjanmaa", **{"rule:people.names": "offer", "value:people.names": "real"})
    text = as_role("admin", tenant=region).get("/staff/log?lang=en").text
    assert "Names shown: Offered Real names" in text


def test_a_reason_that_nobody_can_translate_stays(as_role, writing, town):
    with writing(town) as db:
        audit.note(db, "setting_changed", actor=None, reason="gone.plugin: 7")
        audit.note(db, "post_hide", actor=None, reason="clerk, admin: an insult")
    text = as_role("admin").get("/staff/log").text
    assert "gone.plugin: 7" in text
    assert "clerk, admin: an insult" in text


def test_the_log_names_the_forum_and_its_convener(as_role, world, town, actions):
    admin = as_role("admin")
    page = f"/forums/{world.things[town.slug, 'forum']}/manage"
    member = str(world.members[town.slug, "resident"])
    assert admin.submit(page, name_fi="Kylien foorumi").status_code == 303
    for _ in range(2):  # who was convener already is not named again
        token = admin.token_of(page)
        answer = admin.post(page, data={"csrf_token": token, "act": "convene", "member": member})
        assert answer.status_code == 303
    text = admin.get("/staff/log?lang=en").text
    assert 'dir="auto">Kylien foorumi' in text
    assert 'dir="auto">Convener · Kylien foorumi' in text
    assert actions(town)[:3] == ["role_given", "forum_saved", "furnished"]


def test_the_steps_of_an_answer_are_in_words(as_role, writing, town, world):
    with writing(town) as db:
        audit.note(db, "promise_moved", actor=world.members[town.slug, "official"], reason="in_progress")
    text = as_role("moderator").get("/staff/log?lang=en").text
    assert 'dir="auto">In progress</p>' in text
    assert "in_progress" not in text


def linked(page):
    """What the lines of the log are about: (address, title)."""
    return re.findall(r'<strong>[^<]*</strong>: <a href="([^"]*)"><bdi>([^<]*)</bdi></a>', page)


def test_the_log_names_topics_posts_and_promises_as_they_are_called_today(as_role, reading, world, town):
    moderator, number = as_role("moderator"), world.things[town.slug, "topic"]
    post, care = world.things[town.slug, "second post"], f"/topics/{number}/care"
    with reading(town) as db:
        promise = topics.get(db, number).promise_number
    moderator.submit(care, act="pin")
    moderator.submit(f"/posts/{post}/hide", reason="An insult.")
    as_role("official").submit(f"/promises/{promise}", state="in_progress", text="Selvitämme.")
    moderator.submit(care, act="rename", title="Lamput")
    at_topic = f"/kokkola/topics/{number}/lamput"
    found = linked(moderator.get("/staff/log").text)[:4]
    assert [address for address, _ in found] == [
        at_topic, f"/kokkola/promises/{promise}", f"/kokkola/posts/{post}", at_topic,
    ]  # fmt: skip
    assert {title for _, title in found} == {"Lamput"}
    assert linked(moderator.get("/staff/").text)[:4] == found
    for address, _ in found:
        assert moderator.get(address).status_code in (200, 302), address


def keyed_in(clerk, **fields):
    """Key in feedback; returns the number of its promise."""
    answer = clerk.submit("/staff/feedback/new", text="The bench is broken.", channel="paper", language="fi", **fields)
    assert answer.status_code == 200
    return int(re.search(r'id="given-(\d+)"', clerk.get("/staff/feedback").text)[1])


def test_the_log_names_feedback_by_its_number_to_who_handles_it(as_role, writing, world, town):
    admin, area = as_role("admin"), world.things[town.slug, "area"].id
    with writing(town) as db:  # the one keyed in comes first in the list
        db.execute(update(FollowUp).where(FollowUp.tenant_id == town.id).values(answered_at=clock.now()))
    whole = keyed_in(admin, area="")
    admin.submit(f"/promises/{whole}", state="done", text="Korjattu.", answer="1")
    village = keyed_in(admin, area=str(area))
    admin.submit(f"/promises/{village}", state="in_progress", text="Selvitämme.")
    named = {number: (f"/kokkola/promises/{number}", f"Feedback no. {number}") for number in (whole, village)}
    found = linked(admin.get("/staff/log?lang=en").text)[:4]
    assert found == [named[village], named[village], named[whole], named[whole]]
    assert linked(admin.get("/staff/?lang=en").text)[:4] == found
    assert {admin.get(address).status_code for address, _ in found} == {200}
    assert not set(named.values()) & set(linked(as_role("moderator").get("/staff/log?lang=en").text))
    with writing(town) as db:
        moderator = memberships.get(db, world.members[town.slug, "moderator"])
        memberships.grant(db, moderator, "clerk", scope=("area", area))
    of_the_area = linked(as_role("moderator").get("/staff/log?lang=en").text)
    assert named[village] in of_the_area
    assert named[whole] not in of_the_area


def test_the_log_says_from_where_to_where_a_topic_went(app, as_role, writing, reading, world, town):
    moderator, number = as_role("moderator"), world.things[town.slug, "topic"]
    with writing(town) as db:
        forum, draft = (
            topics.get(db, number),
            posts.NewPost(world.members[town.slug, "resident"], "Alku", uuid4(), "fi"),
        )
        other, _ = topics.begin(db, app.registry, forum.forum_id, title="Toinen", kind="idea", draft=draft)
    chosen = [str(world.things[town.slug, "second post"])]
    moderator.submit(f"/topics/{other}/care", act="move", forum=world.things[town.slug, "members' forum"])
    made = moderator.submit(f"/topics/{number}/care", act="split", posts=chosen, title="Erilleen")
    new = int(re.search(r"topics/(\d+)", made.location)[1])
    moderator.submit(f"/topics/{other}/care", act="merge", number=str(number))
    with reading(town) as db:
        told = [line.reason for line in audit.lines(db)[:3]]
    assert told == [f"#{other} → #{number}", f"#{number} → #{new}", "Kylät / Byar → Jäsenet"]
    titles = [title for _, title in linked(moderator.get("/staff/log").text)[:3]]
    assert titles == ["Katuvalot"] * 3, "a merged topic is where the other one is"


def test_no_title_stands_in_the_log_itself(as_role, world, town, writing):
    """A title may have held somebody's name; a line is never changed."""
    moderator, title = as_role("moderator"), "Erkki Esimerkin piha"
    care = f"/topics/{world.things[town.slug, 'topic']}/care"
    acts = ("rename", "pin", "unpin", "close", "reopen")
    for act in acts:
        token = moderator.token_of(care)
        reason = "Kaikki on sanottu." if act == "close" else title
        sent = {"csrf_token": token, "act": act, "title": title, "reason": reason}
        assert moderator.post(care, data=sent).status_code == 303
    assert title in moderator.get("/staff/log").text
    moderator.submit(care, act="rename", title="Erään pihan kunto")
    with writing(town) as db:
        lines = db.execute(select(AuditEntry.__table__).where(AuditEntry.tenant_id == town.id)).all()
    assert {f"topic_{act}" for act in acts} <= {line.action for line in lines}
    assert title not in str(lines)
    assert title not in moderator.get("/staff/log").text


def test_what_only_members_read_is_not_named_to_others(as_role, world, town):
    moderator, number = as_role("moderator"), world.things[town.slug, "members' topic"]
    moderator.submit(f"/topics/{number}/care", act="pin")
    assert "Vain jäsenille" in moderator.get("/staff/log").text
    assert "Vain jäsenille" not in as_role("operator").get("/staff/log").text


def test_statements_of_the_log_do_not_grow(as_role, world, town, query_budget):
    moderator, care = as_role("moderator"), f"/topics/{world.things[town.slug, 'topic']}/care"
    taken = []
    for acts in (("pin",), ("unpin", "pin", "unpin", "pin")):
        for act in acts:
            moderator.submit(care, act=act)
        with query_budget(8) as seen:
            moderator.get("/staff/log")
        taken.append(len(seen))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("before", ["0", "-1", "x", "99999999999999999999"])
def test_rubbish_for_a_place_in_the_log_never_breaks(as_role, before):
    assert as_role("admin").get(f"/staff/log?before={before}").status_code == 200

"""Reports, hiding with a reason, restoring: what everybody sees, what moderators see, what the log keeps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from talkoot.audit import chain
from talkoot.conversations import flags, posts


@pytest.fixture
def topic(world) -> str:
    return f"/topics/{world.things['kokkola', 'topic']}"


def hide(visitor, world, post="second post", **fields):
    return visitor.submit(f"/posts/{world.things['kokkola', post]}/hide", **fields)


def test_hidden_text_is_seen_by_nobody_but_moderators(as_role, client, world, topic):
    assert "an answer with" in client.get(topic).text
    assert hide(as_role("moderator"), world, reason="Off the topic.").status_code == 303
    for role in ("guest", "stranger", "resident", "official", "convener", "operator"):
        page = as_role(role).get(topic).text
        assert "an answer with" not in page, role
        assert "Off the topic." in page, "the reason is public"
    assert "an answer with" in as_role("moderator").get(topic).text


def test_moderators_see_what_of_a_hidden_post_is_theirs_alone(as_role, world, topic):
    def article(role, n):
        return re.search(
            rf'<article[^>]*id="p{n}".*?</article>', as_role(role).get(f"{topic}?lang=en").text, re.DOTALL
        )[0]

    label = "Only moderators see this:"
    before, after = article("moderator", 2), hide(as_role("moderator"), world, reason="Off the topic.")
    assert after.status_code == 303
    assert label not in before
    assert all(part in before for part in ("/reactions", "?quote=", "/flag", "/hide"))
    notice, _, own = article("moderator", 2).partition(f'<div class="hidden-text"><p class="meta">{label}</p>')
    assert "Off the topic." in notice
    assert "an answer with" not in notice
    assert all(part in own for part in ("Quoted from:", "an answer with", "/hide"))
    assert not any(part in own for part in ("reaction", "?quote=", "/flag", "/edit"))
    assert label not in article("moderator", 1)
    assert label not in article("resident", 2)


def test_a_hidden_post_is_out_of_every_page(as_role, client, world, topic):
    hide(as_role("moderator"), world, reason="Off the topic.")
    post = world.things["kokkola", "second post"]
    for path in (
        "/",
        "/forums/",
        "/forums/kylat/",
        "/feed.atom",
        "/forums/kylat/feed.atom",
        f"{topic}/feed.atom",
        "/areas/keskusta/",
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "an answer with" not in response.text, path
    for path in (f"/posts/{post}", f"/posts/{post}/history", f"{topic}/reply?quote={post}"):
        who = as_role("resident")
        assert "an answer with" not in who.get(path).text, path


def test_a_hidden_post_is_offered_to_nobody_for_quoting(as_role, world, topic):
    hidden, seen = (world.things["kokkola", name] for name in ("hidden post", "second post"))
    page = as_role("moderator").get(topic).text
    assert f"quote={seen}" in page
    assert f"quote={hidden}" not in page


def test_the_number_of_a_hidden_post_stays(as_role, client, world, topic):
    hide(as_role("moderator"), world, reason="Off the topic.")
    page = client.get(topic).text
    assert all(f'id="p{n}"' in page for n in (1, 2, 3))


def test_restoring_shows_it_again(as_role, client, world, topic, reading, town):
    hide(as_role("moderator"), world, reason="Off the topic.")
    assert hide(as_role("moderator"), world, act="restore").status_code == 303
    assert "an answer with" in client.get(topic).text
    with reading(town) as db:
        assert posts.get(db, world.things["kokkola", "second post"]).hidden_reason is None


def test_hiding_needs_a_reason(as_role, client, world, topic):
    assert hide(as_role("moderator"), world, reason="  ").status_code == 422
    assert "an answer with" in client.get(topic).text


@pytest.mark.parametrize(
    "role", ["guest", "stranger", "resident", "official", "clerk", "editor", "councillor", "operator"]
)
def test_others_do_not_hide(as_role, world, role):
    assert as_role(role).get(f"/posts/{world.things['kokkola', 'post']}/hide").status_code in (303, 403)


def test_a_hidden_post_cannot_be_edited_by_its_writer(as_role, world):
    assert as_role("resident").get(f"/posts/{world.things['kokkola', 'hidden post']}/edit").status_code == 404


def test_the_log_says_who_and_why(as_role, world, reading, town, app):
    hide(as_role("moderator"), world, reason="Off the topic.")
    with reading(town) as db:
        from sqlalchemy import select

        from talkoot.audit.models import AuditEntry

        entry = db.scalars(
            select(AuditEntry).where(AuditEntry.tenant_id == town.id).order_by(AuditEntry.seq.desc())
        ).first()
        assert (entry.action, entry.actor_id, entry.reason) == (
            "post_hide",
            world.members["kokkola", "moderator"],
            "Off the topic.",
        )
        assert entry.thing_id == world.things["kokkola", "second post"]
        assert chain.first_bad(db) is None


def test_reporting_twice_is_one_report(as_role, world, reading, town):
    who = as_role("official")
    where = f"/posts/{world.things['kokkola', 'post']}/flag"
    assert who.submit(where, reason="insult", text="Rude.").status_code == 200
    assert who.submit(where, reason="privacy", text="And private.").status_code == 200
    with reading(town) as db:
        mine = [flag for flag, post in flags.queue(db) if post.id == world.things["kokkola", "post"]]
        assert [(flag.reason, flag.text) for flag in mine] == [("privacy", "And private.")]


def test_a_post_reported_again_after_it_was_kept_waits_again(as_role, world, reading, town, neighbour):
    """It may have been edited since; the same reader must not be told "thank you" while nobody looks."""
    reader, moderator, post = as_role("official"), as_role("moderator"), world.things["kokkola", "post"]
    with reading(neighbour) as db:
        others = flags.waiting(db)
    assert reader.submit(f"/posts/{post}/flag", reason="insult", text="Rude.").status_code == 200
    assert hide(moderator, world, "post", act="keep").status_code == 303
    with reading(town) as db:
        assert post not in flags.reports(db)
    assert reader.submit(f"/posts/{post}/flag", reason="privacy", text="Worse now.").status_code == 200
    with reading(town) as db:
        _, (report,) = flags.reports(db)[post]
        assert (report.reason, report.text) == ("privacy", "Worse now.")
        assert list(flags.reports(db))[-1] == post, "it waits from now on"
    assert "Worse now." in moderator.get("/staff/reports").text
    with reading(neighbour) as db:
        assert flags.waiting(db) == others


def test_a_report_that_still_waits_keeps_its_place(as_role, world, reading, town, clock):
    reader, post = as_role("official"), world.things["kokkola", "post"]
    reader.submit(f"/posts/{post}/flag", reason="insult", text="Rude.")
    with reading(town) as db:
        since = flags.reports(db)[post][1][0].at
    clock.shift(timedelta(minutes=5))
    reader.submit(f"/posts/{post}/flag", reason="privacy", text="Worse now.")
    with reading(town) as db:
        assert flags.reports(db)[post][1][0].at == since


@pytest.mark.parametrize("act", ["", "burn", "x" * 100, "keep\x08"])
@pytest.mark.parametrize("page", ["hide", "staff"])
def test_a_decision_that_is_none_is_not_found_and_not_logged(as_role, world, actions, town, act, page):
    moderator = as_role("moderator")
    if page == "hide":
        path, fields = f"/posts/{world.things['kokkola', 'post']}/hide", {}
    else:
        path, fields = "/staff/reports", {"post": str(world.things["kokkola", "hidden post"])}
        as_role("resident").submit(f"/posts/{world.things['kokkola', 'post']}/flag", reason="insult")
    before = actions(town)
    token = moderator.token_of(f"/posts/{world.things['kokkola', 'post']}/hide")
    sent = moderator.post(path, data={"csrf_token": token, "act": act, "reason": "Why not.", **fields})
    assert sent.status_code == 404
    assert actions(town) == before


def test_the_reports_page_and_the_posts_own_page_decide_alike(as_role, world, actions, reading, town):
    moderator = as_role("moderator")
    queue = {str(post) for post in (world.things["kokkola", "hidden post"],)}
    page = moderator.get("/staff/reports").text
    assert all(post in page for post in queue)
    token = moderator.token_of("/staff/reports")
    sent = moderator.post(
        "/staff/reports", data={"csrf_token": token, "act": "hide", "reason": "Again.", "post": queue.pop()}
    )
    assert sent.status_code == 303
    assert actions(town)[0] == "post_hide"
    with reading(town) as db:
        post = posts.get(db, world.things["kokkola", "hidden post"])
        assert post.hidden_reason == "hidden reason", "the reason that the writer was told stays"
        assert post.id not in flags.reports(db)


@pytest.mark.parametrize("role", ["guest", "resident", "official", "moderator"])
def test_the_link_of_a_hidden_post_leads_to_the_place_where_it_was(as_role, world, topic, role):
    who, post = as_role(role), world.things["kokkola", "hidden post"]
    assert f'href="/kokkola/posts/{post}"' in who.get(topic).text
    led = who.get(f"/posts/{post}")
    assert led.status_code == 302
    assert led.location.startswith(f"/kokkola{topic}/")
    assert led.location.endswith("#p3")
    page = who.get(led.location.partition("#")[0]).text
    assert 'id="p3"' in page
    assert ("a post that is hidden" in page) == (role == "moderator")


@pytest.mark.parametrize("part", ["/history", "/flag", "/edit"])
def test_nothing_else_of_a_hidden_post_is_there(as_role, world, part):
    path = f"/posts/{world.things['kokkola', 'hidden post']}{part}"
    for role in ("guest", "resident", "official"):
        assert as_role(role).get(path).status_code == 404, role


def test_the_link_of_a_post_in_a_members_forum_stays_theirs(as_role, client, world, reading, town):
    from talkoot.conversations import pages
    from talkoot_forums import topics

    with reading(town) as db:
        inner = topics.get(db, world.things["kokkola", "members' topic"])
        post = pages.page(db, inner.conversation_id, 1)[0].id
    assert as_role("resident").get(f"/posts/{post}").status_code == 302
    assert client.get(f"/posts/{post}").status_code == 404
    assert client.get(f"/posts/{world.things['kronoby', 'post']}").status_code == 404


def test_hiding_settles_the_reports(as_role, world, reading, town):
    as_role("official").submit(f"/posts/{world.things['kokkola', 'post']}/flag", reason="insult", text="Rude.")
    with reading(town) as db:
        before = flags.waiting(db)
    hide(as_role("moderator"), world, "post", reason="Rude.")
    with reading(town) as db:
        assert flags.waiting(db) == before - 1


def test_the_queue_is_the_towns_own(reading, town, neighbour):
    for tenant, marked in ((town, False), (neighbour, True)):
        with reading(tenant) as db:
            found = flags.queue(db)
            assert found
            assert all(flag.text.startswith("CANARY-B") == marked for flag, _ in found)


def test_an_unknown_reason_is_refused(as_role, world):
    assert (
        as_role("official").submit(f"/posts/{world.things['kokkola', 'post']}/flag", reason="boring").status_code == 422
    )


def test_guests_are_asked_to_sign_in_and_come_back(client, world):
    where = f"/posts/{world.things['kokkola', 'post']}/flag"
    response = client.get(where)
    assert response.status_code == 303
    assert response.headers["Location"] == f"/kokkola/sign-in?next=/kokkola{where}"


def test_members_only_posts_are_not_there_for_others(as_role, client, world, reading, town):
    number = world.things["kokkola", "members' topic"]
    inner = f"/topics/{number}"
    assert as_role("resident").get(inner).status_code == 200
    for role in ("guest", "stranger", "operator"):
        assert as_role(role).get(inner).status_code == 404, role
    assert "Vain jäsenille" not in client.get("/").text
    assert "Vain jäsenille" not in client.get("/feed.atom").text

"""Reports, hiding with a reason, restoring: what everybody sees, what moderators see, what the log keeps."""

from __future__ import annotations

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

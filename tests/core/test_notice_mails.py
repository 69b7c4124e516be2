"""The mail about notices: when it comes, what it says, what it may not say, and that it comes once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from talkoot.conversations import flags, posts
from talkoot.conversations.models import Conversation, Post
from talkoot.jobs import delivery, worker
from talkoot.jobs.models import Outbox
from talkoot.mail.messages import mailbox
from talkoot.notices import mails as notice_mails
from talkoot.notices import reading as reading_notices
from talkoot.notices.models import Follow, MailChoice, Notice
from talkoot.people import memberships
from talkoot.people.models import Membership, Person

NOON = datetime(2027, 3, 2, 10, tzinfo=UTC)  # a Tuesday, noon in Finland


@pytest.fixture
def noon(clock):
    clock.move_to(NOON)
    return clock


@pytest.fixture
def tick(noon, noticing):
    """The worker's round of a minute, at a later moment."""

    def later(mails, **after):
        noon.shift(timedelta(minutes=1, **after))
        worker.keep_schedule(noticing.app)
        return mails()

    return later


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def test_a_reply_reaches_who_began_at_once(noticing, noon, mails, town):
    noticing.choose("resident", direct="now")
    noticing.say("official", "The lamps are **mended** next week. See https://lamps.example/")
    (mail,) = mails()
    assert mail["To"] == "resident@kokkola.example"
    assert mail["Subject"] == "Katuvalot"
    assert mail["From"] == "Kokkola <noreply@localhost>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "The lamps are **mended** next week." in text_of(mail)
    assert "<strong>mended</strong>" in html_of(mail)
    assert '<a style="color:#1b5e8c" href="https://lamps.example/"' in html_of(mail)
    assert "Official Testinen" in text_of(mail)
    assert "Development manager" in text_of(mail)
    assert f"{town.url}/posts/" in text_of(mail)
    assert len(mails()) == 1, "once"


def test_who_has_chosen_nothing_gets_what_is_meant_for_them_at_once_and_the_rest_on_thursday(
    noticing, noon, mails, tick, writing, town
):
    with writing(town) as db:
        db.execute(MailChoice.__table__.delete().where(MailChoice.tenant_id == town.id))
    noticing.follow("clerk")
    noticing.say("admin")
    assert [m["To"] for m in mails()] == ["resident@kokkola.example"]
    assert {m["To"] for m in tick(mails, days=1)} == {"resident@kokkola.example"}
    weekly = tick(mails, hours=21)  # Thursday, nine in the morning
    assert "clerk@kokkola.example" in {m["To"] for m in weekly}


def test_a_post_hidden_and_brought_back_is_mailed_both_times(noticing, noon, mails, writing, town):
    noticing.choose("editor", direct="now")
    made = noticing.say("editor")
    before = len(mails())

    def decide(decision):
        with writing(town) as db:
            post, moderator = posts.get(db, made.id), noticing.member("moderator")
            flags.decide(db, noticing.app.registry, post, moderator, decision, "Off the topic.")
        return [mail["To"] for mail in mails()[before:]]

    assert decide("hide") == ["editor@kokkola.example"]
    assert decide("restore") == ["editor@kokkola.example"] * 2


def test_several_at_once_go_in_one_mail(noticing, noon, mails):
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    for n in range(5):
        noticing.say("admin", f"Thought number {n}.", work=False)
    noticing.run_jobs()
    sent = [m for m in mails() if m["To"] == "clerk@kokkola.example"]
    assert 1 <= len(sent) <= 5
    said = "".join(map(text_of, sent))
    assert all(said.count(f"Thought number {n}.") == 1 for n in range(5)), "none lost, none twice"


def test_a_daily_digest_holds_the_day(noticing, noon, mails, tick):
    noticing.choose("clerk", rest="daily")
    noticing.follow("clerk")
    for n in range(5):
        noticing.say("admin", f"Thought number {n}.")
        noon.shift(timedelta(hours=1))
    assert mails() == []
    (digest,) = tick(mails, hours=17)
    assert digest["Subject"] == "Katuvalot", "one discussion is called by its name"
    assert all(f"Thought number {n}." in text_of(digest) for n in range(5))
    assert len(tick(mails, days=1)) == 1, "nothing new, no mail"


def test_no_mail_in_quiet_hours(noticing, noon, mails, tick):
    noticing.choose("resident", direct="now", quiet_from=11, quiet_to=14)
    noticing.say("admin")
    assert mails() == []
    assert tick(mails, hours=1) == []
    assert len(tick(mails, hours=1)) == 1


@pytest.mark.parametrize(
    ("begin", "end", "quiet"), [(21, 7, False), (11, 13, True), (13, 12, False), (12, 12, False), (22, 13, True)]
)
def test_quiet_hours_may_pass_midnight(noticing, noon, mails, begin, end, quiet):
    noticing.choose("resident", direct="now", quiet_from=begin, quiet_to=end)
    noticing.say("admin")
    assert (mails() == []) is quiet


def test_what_was_read_meanwhile_is_left_out_and_no_mail_is_empty(noticing, noon, mails, tick, writing, town):
    noticing.choose("clerk", rest="daily")
    noticing.follow("clerk")
    noticing.say("admin", "Read on the page.")
    with writing(town) as db:
        reading_notices.read_until(db, noticing.member("clerk"), NOON + timedelta(minutes=1))
    assert tick(mails, days=1) == []
    noticing.say("admin", "Not read.")
    (mail,) = tick(mails, days=1)
    assert "Not read." in text_of(mail)
    assert "Read on the page." not in text_of(mail)


@pytest.mark.parametrize("how", ["post hidden", "post erased", "blocked", "forums off"])
def test_what_may_not_be_seen_any_more_is_not_mailed(noticing, noon, mails, tick, writing, town, how):
    noticing.choose("clerk", rest="daily")
    noticing.follow("clerk")
    made = noticing.say("admin", "Not for everybody any more.")
    with writing(town) as db:
        if how == "post hidden":
            posts.hide(db, noticing.app.registry, posts.get(db, made.id), noticing.member("moderator"), "No.")
        elif how == "post erased":
            db.execute(update(Post).where(Post.tenant_id == town.id, Post.id == made.id).values(erased_at=NOON))
        elif how == "blocked":
            memberships.block(db, memberships.get(db, noticing.member("clerk")), True)
    if how == "forums off":
        from talkoot.tenants import registering

        with writing(None) as db:
            registering.switch_plugin(db, town.id, "forums", False)
        noticing.app.directory.forget()
    assert tick(mails, days=1) == []


def test_choosing_anew_moves_what_waits(noticing, noon, mails, tick):
    noticing.choose("clerk", rest="daily")
    noticing.follow("clerk")
    noticing.say("admin")
    noticing.choose("clerk", rest="never")
    assert tick(mails, days=1) == []
    noticing.say("admin", "Another.")
    noticing.choose("clerk", rest="now")
    assert tick(mails) == [], "what was not to be mailed is not mailed later either"


def test_composed_again_it_is_the_same_mail(noticing, noon, app, town, reading):
    """A worker that is killed after sending sends once more: the same rows, the same Message-ID."""
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    noticing.say("admin", work=False)
    with app.database.session(None) as db:
        (waiting,) = db.scalars(select(Outbox.id).where(Outbox.done_at.is_(None)))
    delivery.run_one(app, waiting)
    with app.database.session(None) as db:
        job = db.scalars(select(Outbox).where(Outbox.kind == "notices.mail", Outbox.done_at.is_(None))).one()
    twice = []
    for _ in range(2):
        with reading(town) as db:
            twice.append(notice_mails.compose(app, db, job.subject_id, job.id))
        noticing.say("admin", "Something later.", work=False)
    assert twice[0]["Message-ID"] == twice[1]["Message-ID"] == f"<{job.id}@localhost>"
    assert text_of(twice[0]).split("--\n")[0] == text_of(twice[1]).split("--\n")[0]


def test_a_mail_about_one_discussion_is_threaded_and_can_be_unsubscribed_by_one_press(noticing, noon, mails, town):
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    noticing.say("admin")
    noticing.say("admin", "More.")
    first, second = mails()
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["Message-ID"] != second["Message-ID"]
    assert noticing.conversation.hex in first["List-Id"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Unsubscribe"].startswith(f"<{town.url}/unsubscribe/")
    raw = next(mailbox(noticing.app).glob("*.eml")).read_bytes()
    assert b"List-Unsubscribe: <http" in raw, "written as it is: no encoded word, no line break in it"


def test_a_digest_of_several_discussions_says_what_is_new(noticing, noon, mails, tick, town):
    noticing.choose("clerk", rest="daily")
    with noticing.reading(town) as db:
        kind = Conversation.subject_kind == "forums.topic"
        others = list(db.scalars(select(Conversation.id).where(Conversation.tenant_id == town.id, kind)))
    for conversation in others:
        noticing.follow("clerk", thing=conversation)
        noticing.say("admin", f"In {conversation}.", conversation=conversation)
    (digest,) = tick(mails, days=1)
    assert digest["Subject"] == "Mitä uutta: Kokkola" or digest["Subject"] == "What is new: Kokkola"
    assert "References" not in digest
    assert all(f"In {conversation}." in text_of(digest) for conversation in others)
    assert "Vain jäsenille" in text_of(digest)
    assert html_of(digest).count("<h2") == len(others)


def test_names_and_titles_cannot_become_links_or_headers(noticing, noon, mails, writing, town):
    """An old name may hold what a new one may not (security.md row 13)."""
    with writing(town) as db:
        own = (Membership.tenant_id == town.id, Membership.id == noticing.member("admin"))
        db.execute(update(Membership).where(*own).values(name="evil.example/x\r\nBcc: a@b.example"))
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    noticing.say("admin")
    (mail,) = mails()
    for part in (text_of(mail), html_of(mail)):
        assert "evil.example" not in part
        assert "a@b.example" not in part
    assert mail["Bcc"] is None


def test_the_language_is_the_readers_and_the_look_the_towns(noticing, noon, mails, writing, town):
    with writing(town) as db:
        own = (Membership.tenant_id == town.id, Membership.id == noticing.member("clerk"))
        db.execute(update(Membership).where(*own).values(language="sv"))
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    noticing.say("admin")
    (mail,) = mails()
    assert mail["From"] == "Karleby <noreply@localhost>"
    assert '<html lang="sv" dir="ltr">' in html_of(mail)
    assert f"background:{town.setting('site.brand')}" in html_of(mail)
    assert "<style" not in html_of(mail)


def test_nothing_is_mailed_to_an_address_that_nobody_has_confirmed(noticing, noon, mails, app, world):
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    with app.database.session(None, writing=True) as db:
        db.execute(update(Person).where(Person.id == world.people["kokkola", "clerk"]).values(confirmed_at=None))
    noticing.say("admin")
    assert mails() == []


def test_mail_of_one_town_says_nothing_of_another(noticing, next_door, noon, mails):
    for place in (noticing, next_door):
        place.choose("clerk", rest="now")
        place.follow("clerk")
        place.say("admin", f"In {place.tenant.slug}.")
    for mail in mails():
        own, other = ("kokkola", "kronoby") if mail["To"].endswith("@kokkola.example") else ("kronoby", "kokkola")
        assert f"In {own}." in text_of(mail)
        assert f"In {other}." not in mail.as_string()


def test_with_replies_by_mail_the_mail_says_so_first(noticing, noon, mails, monkeypatch):
    reply = notice_mails.Reply("reply+abc@localhost", "--- Write above this line ---")
    monkeypatch.setattr(notice_mails, "_reply", lambda *_: reply)
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    noticing.say("admin")
    (mail,) = mails()
    assert mail["Reply-To"] == "reply+abc@localhost"
    assert text_of(mail).startswith("--- Write above this line ---")
    assert html_of(mail).index("Write above this line") < html_of(mail).index("Katuvalot</a>")


def test_a_busy_place_is_told_in_several_rounds(noticing, noon, mails, monkeypatch):
    """More members than are prepared in one transaction: the rest follows by a job of its own."""
    monkeypatch.setattr("talkoot.notices.waiting.AT_ONCE", 2)
    roles = ("clerk", "editor", "councillor", "moderator", "convener")
    for role in roles:
        noticing.choose(role, rest="now")
        noticing.follow(role)
    noticing.say("admin")
    assert sorted(m["To"] for m in mails()) == sorted(f"{role}@kokkola.example" for role in roles)


def test_no_row_is_left_behind(noticing, noon, mails, reading, town):
    noticing.choose("clerk", rest="now")
    noticing.follow("clerk")
    noticing.say("admin")
    mails()
    with reading(town) as db:
        mine = (Notice.tenant_id == town.id, Notice.membership_id == noticing.member("clerk"))
        assert all(row.mail_id for row in db.scalars(select(Notice).where(*mine)))
        assert (
            db.scalars(
                select(Follow).where(Follow.tenant_id == town.id, Follow.membership_id == noticing.member("clerk"))
            )
            .one()
            .wanted
        )


@pytest.mark.parametrize("title", ["See http://93.184.216.34/login", "https://10.0.0.1", "evil.example", "a@b.example"])
def test_no_mail_program_makes_a_link_of_a_title(title):
    assert not re.search(r"://\d|\w[.@]\w*[a-z]", notice_mails.unlinked(title))
    assert notice_mails.unlinked("Klo 18.30, 3.6.2026, 3:2, 12/2026") == "Klo 18.30, 3.6.2026, 3:2, 12/2026"

"""A reply by mail becomes a post: once, by its writer, where they may write; else they are told why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.core.mail import clients
from tests.racing import in_parallel

from talkoot.conversations import posts
from talkoot.conversations.models import Post
from talkoot.incoming import addresses
from talkoot.incoming.models import MailAnswer
from talkoot.people import accounts, memberships, privacy
from talkoot.people.models import Person
from talkoot.testing.installations import SECRET
from talkoot_forums import topics, upkeep
from talkoot_forums.models import Forum, Topic


def newest(app, town, world) -> Post:
    with app.database.session(town) as db:
        n = posts.newest(db, world.things["kokkola", "conversation"])
        return db.find(Post, conversation_id=world.things["kokkola", "conversation"], n=n)


def plain(text: str, **headers: str) -> bytes:
    raw = clients.message(text)
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return head.encode() + raw


def test_a_reply_stands_in_the_topic_under_its_writers_name(take, mail_app, town, world, client, shown):
    outcome = take()
    assert outcome.kind == "posted"
    post = newest(mail_app, town, world)
    assert (post.source, post.author_id) == (clients.ANSWER["fi"], world.members["kokkola", "resident"])
    assert (post.channel, str(post.id)) == ("mail", outcome.detail)
    page = client.get(f"/topics/{world.things['kokkola', 'topic']}?lang=en")
    page = page if page.status_code == 200 else client.get(page.location)
    assert "kerron täällä" in page.text
    assert "by e-mail" in page.text


def test_a_mail_that_is_delivered_twice_is_posted_once(take, shown, mails):
    assert [take().kind, take().kind] == ["posted", "again"]
    assert sum("kerron täällä" in html for html in shown()) == 1
    assert mails() == []


def test_a_mail_that_comes_by_two_doors_at_once_is_posted_once(take, shown):
    raw = clients.gmail("fi")
    kinds = [outcome.kind for outcome in in_parallel(lambda _: take(raw), 4)]
    assert sorted(kinds) == ["again", "again", "again", "posted"]
    assert sum("kerron täällä" in html for html in shown()) == 1


def test_another_mail_with_the_same_identity_is_not_lost(take, shown):
    take(plain("Ensimmäinen."))
    assert take(plain("Toinen.")).kind == "posted"
    assert any("Toinen." in html for html in shown())


def test_what_comes_after_a_post_comes_after_a_mail_too(take, mail_app, town, world, run_jobs):
    take()
    assert run_jobs() >= 1


def test_an_address_in_capitals_is_the_same_address(take, reply_to):
    assert take(to=reply_to().upper()).kind == "posted"


def test_markup_of_a_mail_cannot_run(take, shown):
    take(
        clients.message(None, "<p>Hei<script>alert(1)</script><img src=x onerror=alert(2)> &lt;script&gt;alert(3)</p>")
    )
    assert "<script" not in shown()[-1]
    assert "onerror" not in shown()[-1]


# --- who --------------------------------------------------------------------------------------------------------------


def test_somebody_elses_address_is_of_no_use(take, reply_to, shown, mails):
    before = shown()
    assert take(to=reply_to("official")).kind == "stranger"
    assert shown() == before


def test_an_address_with_a_letter_changed_is_nobodys(take, reply_to, shown):
    before, address = shown(), reply_to()
    local, _, domain = address.partition("@")
    for i in range(local.index("+") + 1, len(local)):
        changed = local[:i] + ("a" if local[i] != "a" else "b") + local[i + 1 :]
        assert take(to=f"{changed}@{domain}").kind == "stranger", i
    assert shown() == before


def test_the_last_letter_counts_though_it_has_bits_to_spare(take, reply_to):
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    local, _, domain = reply_to().partition("@")
    other = letters[letters.index(local[-1]) ^ 1]
    assert take(to=f"{local[:-1]}{other}@{domain}").kind == "stranger"


def test_an_earlier_key_still_counts_and_a_forgotten_one_does_not(take, reply_to, mail_app, monkeypatch):
    address = reply_to()
    new = replace(mail_app.settings, secret_key="another key, of more than 32 letters", secret_key_fallbacks=(SECRET,))
    monkeypatch.setattr(mail_app, "settings", new)
    assert take(to=address).kind == "posted"
    monkeypatch.setattr(mail_app, "settings", replace(new, secret_key_fallbacks=()))
    assert take(plain("Toinen"), to=address).kind == "stranger"


def test_an_address_of_the_neighbour_posts_nowhere_here(take, mail_app, town, neighbour, world, shown):
    """The neighbour's conversation with the town's number, and the town's with the neighbour's."""
    person = world.people["kokkola", "resident"]
    before = shown()
    for tenant, slug in ((town, "kronoby"), (neighbour, "kokkola")):
        conversation = world.things[slug, "conversation"]
        address = addresses.reply_address(mail_app.settings, tenant, person, conversation)
        assert take(to=address).kind == "refused"
    assert shown() == before


def test_the_address_of_a_return_is_no_reply_address(take, mail_app, shown):
    before = shown()
    assert take(to=addresses.return_address(mail_app.settings, clients.SENDER)).kind == "stranger"
    assert shown() == before


def test_who_was_blocked_or_erased_posts_nothing(take, mail_app, writing, town, world, shown, mails):
    before = shown()
    with writing(town) as db:
        memberships.block(db, memberships.get(db, world.members["kokkola", "resident"]), True)
    assert take().detail == "not_allowed"
    with writing(town) as db:
        member = memberships.get(db, world.members["kokkola", "resident"])
        privacy.erase(db, mail_app.registry, member)
        accounts.erase(db, db.get(Person, world.people["kokkola", "resident"]))
    assert take().kind == "stranger"
    assert len(shown()) == len(before)


def test_a_blocked_account_posts_nothing(take, writing, world, shown, clock):
    from talkoot import clock as now

    before = shown()
    with writing(None) as db:
        db.execute(update(Person).where(Person.id == world.people["kokkola", "resident"]).values(blocked_at=now.now()))
    assert take().detail == "not_allowed"
    assert shown() == before


def test_who_is_no_member_any_more_reads_nothing_of_a_members_forum(
    take, reply_to, mail_app, reading, writing, town, world
):
    with reading(town) as db:
        inner = db.find(Topic, number=world.things["kokkola", "members' topic"]).conversation_id
    to = addresses.reply_address(mail_app.settings, town, world.people["kokkola", "resident"], inner)
    assert take(to=to).kind == "posted"
    with writing(town) as db:
        memberships.block(db, memberships.get(db, world.members["kokkola", "resident"]), True)
    assert take(plain("Toinen"), to=to).detail == "gone"


@pytest.mark.parametrize(
    "results",
    [
        "mx.talkoot.example; dmarc=fail (p=reject) header.from=kokkola.example",
        "mx.talkoot.example; spf=fail smtp.mailfrom=evil.example; dkim=none",
        "mx.talkoot.example; spf=pass smtp.mailfrom=evil.example; dkim=fail header.d=kokkola.example",
        "mx.talkoot.example; dkim=pass header.d=evil.example; spf=softfail smtp.mailfrom=kokkola.example; dmarc=fail",
    ],
)
def test_a_forged_sender_is_refused_without_a_word(take, mail_app, monkeypatch, results, shown, mails):
    monkeypatch.setattr(mail_app, "settings", replace(mail_app.settings, mail_in_trusted="mx.talkoot.example"))
    before = shown()
    assert take(plain("Minä se olen.", Authentication_Results=results)).kind == "forged"
    assert shown() == before
    assert mails() == []


@pytest.mark.parametrize(
    "results",
    [
        "mx.talkoot.example; dmarc=pass header.from=kokkola.example; spf=softfail smtp.mailfrom=kokkola.example",
        "mx.talkoot.example; spf=fail smtp.mailfrom=forward.example; dkim=pass header.d=kokkola.example",
        "mx.elsewhere.example; dmarc=fail header.from=kokkola.example",
        "mx.talkoot.example; none",
    ],
)
def test_an_honest_sender_is_taken(take, mail_app, monkeypatch, results):
    monkeypatch.setattr(mail_app, "settings", replace(mail_app.settings, mail_in_trusted="mx.talkoot.example"))
    assert take(plain("Minä se olen.", Authentication_Results=results)).kind == "posted"


# --- told why not -----------------------------------------------------------------------------------------------------


def owed(app, town) -> list[MailAnswer]:
    with app.database.session(town) as db:
        return list(db.scalars(select(MailAnswer).where(MailAnswer.tenant_id == town.id)))


def close(mail_app, writing, town, world) -> None:
    with writing(town) as db:
        db.execute(
            update(Topic).where(Topic.tenant_id == town.id).values(closed_at=db.find(Topic, number=1).created_at)
        )


def test_in_a_closed_topic_the_writer_gets_their_words_back_once(take, mail_app, writing, town, world, shown, mails):
    close(mail_app, writing, town, world)
    before = shown()
    assert [take().detail, take().detail] == ["closed", "closed"]
    assert shown() == before
    [mail] = mails()
    assert mail["To"] == clients.SENDER
    assert mail["Auto-Submitted"] == "auto-replied"
    text = mail.get_body(("plain",)).get_content()
    assert "kerron täällä, mitä löysin" in text
    assert f"{town.url}/topics/" in text


def test_a_copy_that_comes_after_the_topic_was_closed_is_not_refused(take, mail_app, writing, town, world, mails):
    assert take().kind == "posted"
    close(mail_app, writing, town, world)
    assert take().kind == "again"
    assert mails() == []


def test_an_ended_forum_takes_no_mail(take, writing, town, shown):
    with writing(town) as db:
        db.execute(update(Forum).where(Forum.tenant_id == town.id).values(standing="ended"))
    assert take().detail == "closed"


def test_a_mail_without_own_words_is_answered(take, shown, mails):
    before = shown()
    empty = f"\n{clients.GMAIL['fi']}\n\n" + clients.quoted(clients.NOTICE["fi"])
    assert take(clients.message(empty)).detail == "empty"
    assert shown() == before
    [mail] = mails()
    assert "Koulun edessä on pimeää" in mail.get_body(("plain",)).get_content()


def test_the_answer_is_in_the_language_that_was_chosen_for_mails(take, writing, town, neighbour, world, mails):
    for tenant, language in ((neighbour, "fi"), (town, "sv")):
        with writing(tenant) as db:
            memberships.get(db, world.members[tenant.slug, "resident"]).language = language
    assert take(plain("Pitkä kirjoitus jatkuu. " * 2000)).detail == "refused"
    [mail] = mails()
    assert "Dela upp den i flera inlägg." in mail.get_body(("plain",)).get_content()
    assert '<html lang="sv"' in mail.get_body(("html",)).get_content()


def test_a_text_that_is_too_long_comes_back_whole(take, mails):
    long = "Pitkä kirjoitus jatkuu. " * 2000
    assert take(plain(long)).detail == "refused"
    [mail] = mails()
    assert mail.get_body(("plain",)).get_content().count("Pitkä kirjoitus jatkuu") >= 2000


def test_a_hidden_topic_is_gone(take, mail_app, writing, town, world):
    with writing(town) as db:
        topic = db.find(Topic, number=world.things["kokkola", "topic"])
        topic.hidden_at = topic.created_at
    assert take().detail == "gone"


def test_a_merged_topic_is_answered_where_it_is_now(take, writing, reading, town, world):
    with writing(town) as db:
        numbers = (world.things["kokkola", name] for name in ("topic", "members' topic"))
        merged, into = (topics.get(db, number) for number in numbers)
        upkeep.merge(db, merged, into)
    assert take().kind == "posted"
    with reading(town) as db:
        n = posts.newest(db, into.conversation_id)
        assert db.find(Post, conversation_id=into.conversation_id, n=n).source == clients.ANSWER["fi"]


def test_no_more_than_some_answers_a_day(take, mail_app, writing, town, world, mails, monkeypatch):
    from talkoot.incoming import answers

    monkeypatch.setattr(answers, "MOST_A_DAY", 3)
    close(mail_app, writing, town, world)
    for n in range(5):
        assert take(plain(f"Vastaus {n}")).detail == "closed"
    assert len(mails()) == 3


def test_strangers_are_answered_once_a_week(take, mails, clock):
    unknown = clients.message("Hei").replace(clients.SENDER.encode(), b"who@elsewhere.example")
    first = take(unknown, sender="who@elsewhere.example")
    assert (first.kind, first.detail) == ("stranger", "answered")
    assert take(unknown, sender="who@elsewhere.example").detail == "answered before"
    assert [mail["To"] for mail in mails()] == ["who@elsewhere.example"]
    assert "Hei" not in mails()[0].get_body(("plain",)).get_content(), "a stranger's words are not sent on"


def test_whose_envelope_has_another_name_is_not_answered(take, mails):
    unknown = clients.message("Hei").replace(clients.SENDER.encode(), b"victim@elsewhere.example")
    assert take(unknown, sender="spammer@evil.example").detail == "not answered"
    assert mails() == []


def test_answers_and_strangers_are_forgotten_after_a_week(take, mail_app, writing, town, world, clock, mails):
    from talkoot.incoming import answers

    close(mail_app, writing, town, world)
    take()
    take(
        clients.message("Hei").replace(clients.SENDER.encode(), b"who@elsewhere.example"),
        sender="who@elsewhere.example",
    )
    assert len(mails()) == 2
    clock.shift(timedelta(days=8))
    answers.forget_old(mail_app, town)
    with writing(None) as db:
        answers.forget_strangers(db)
    assert owed(mail_app, town) == []
    assert (
        take(
            clients.message("Hei").replace(clients.SENDER.encode(), b"who@elsewhere.example"),
            sender="who@elsewhere.example",
        ).detail
        == "answered"
    )

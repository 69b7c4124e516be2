"""The message itself: who gets it, when, what it says, and that it comes once."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from tests.core.push.browsers import Browser

from talkoot import clock as clocks
from talkoot.conversations import flags, posts
from talkoot.notices import reading as reading_notices
from talkoot.notices.models import MailChoice, Notice
from talkoot.people import memberships
from talkoot.people.models import Membership
from talkoot.push.models import PushSubscription


def test_a_reply_reaches_the_device_of_who_began(noticing, noon, service, added):
    noticing.choose("resident", direct="never", rest="never")
    phone, computer, clerks = added("resident"), added("resident"), added("clerk")
    made = noticing.say("official", "The lamps are mended next week.")
    (told,) = service.told(phone)
    assert told["title"] == "Kokkola"
    assert (
        told["body"] == "Katuvalot\nOfficial Testinen vastasi aloittamaasi keskusteluun"
        or "Official Testinen" in told["body"]
    )
    assert told["path"] == f"posts/{made.id}"
    assert (told["lang"], told["dir"]) == ("fi", "ltr")
    assert service.told(computer) == [told], "the same on each"
    assert service.told(clerks) == []
    noticing.say(
        "clerk", "Thanks.", conversation=noticing.world.things["kokkola", "closed conversation"]
    ) if False else None
    assert b"lamps" not in b"".join(body for _, _, body in service.asked)


def test_the_words_of_the_post_are_not_in_it(noticing, noon, service, added):
    phone = added("resident")
    noticing.choose("resident")
    noticing.say("official", "Nobody else needs to read this.")
    assert "Nobody" not in str(service.told(phone))


def test_the_request_is_as_the_standards_ask(jobs, noticing, noon, service, added):
    """RFC 8030, 8188 and 8292: how long it is kept, what it replaces, how it is encrypted, who sends."""
    noticing.choose("resident")
    phone = added("resident")
    noticing.say("official")
    ((path, headers, body),) = service.asked
    assert phone.endpoint.endswith(path)
    assert headers["Host"] == Browser.HOST
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["TTL"] == "86400"
    assert headers["Topic"] == jobs()[0].id.hex == service.told(phone)[0]["tag"]
    assert headers["Authorization"].startswith("vapid t=")
    assert "Cookie" not in headers
    assert len(body) < 4096


def test_what_one_follows_comes_to_devices_when_it_comes_at_once(noticing, noon, service, added):
    noticing.choose("clerk", rest="daily")
    phone = added("clerk")
    noticing.follow("clerk")
    noticing.say("admin")
    assert service.told(phone) == []
    noticing.choose("clerk", rest="now")
    noticing.say("admin", "Another.")
    assert len(service.told(phone)) == 1


def test_who_has_chosen_nothing_is_told_of_what_is_meant_for_them(noticing, noon, service, added, writing, town):
    with writing(town) as db:
        db.execute(MailChoice.__table__.delete().where(MailChoice.tenant_id == town.id))
    phone, clerks = added("resident"), added("clerk")
    noticing.follow("clerk")
    noticing.say("official")
    assert (len(service.told(phone)), service.told(clerks)) == (1, [])


def test_quiet_hours_are_silent_and_what_came_then_is_told_in_one(noticing, noon, service, added, tick):
    noticing.choose("resident", quiet_from=11, quiet_to=14)
    phone = added("resident")
    noticing.say("admin")
    noticing.say("official", "More.")
    tick(hours=1)
    assert service.told(phone) == []
    tick(hours=1)
    (told,) = service.told(phone)
    assert told["path"] == "my/notices/"
    assert told["body"].startswith("2 ")
    assert "Katuvalot" in told["body"]
    tick(hours=1)
    assert len(service.told(phone)) == 1


def test_choosing_less_in_quiet_hours_holds_for_what_waits(noticing, noon, service, added, tick):
    noticing.choose("clerk", rest="now", quiet_from=11, quiet_to=14)
    phone = added("clerk")
    noticing.follow("clerk")
    noticing.say("admin")
    noticing.choose("clerk", rest="weekly", quiet_from=11, quiet_to=14)
    tick(hours=3)
    assert service.told(phone) == []


@pytest.mark.parametrize("how", ["read", "post hidden", "blocked", "device removed", "forums off"])
def test_what_may_not_or_need_not_be_told_any_more_is_not(
    jobs, noticing, noon, service, added, tick, writing, town, how
):
    noticing.choose("resident", quiet_from=11, quiet_to=14)
    added("resident")
    made = noticing.say("official")
    member = noticing.member("resident")
    with writing(None if how == "forums off" else town) as db:
        if how == "read":
            reading_notices.read_until(db, member, clocks.now())
        elif how == "post hidden":
            posts.hide(db, noticing.app.registry, posts.get(db, made.id), noticing.member("moderator"), "No.")
        elif how == "blocked":
            memberships.block(db, memberships.get(db, member), True)
        elif how == "device removed":
            db.execute(PushSubscription.__table__.delete().where(PushSubscription.tenant_id == town.id))
        else:
            from talkoot.tenants import registering

            registering.switch_plugin(db, town.id, "forums", False)
    noticing.app.directory.forget()
    tick(hours=3)
    assert service.asked == []
    assert how != "read" or jobs() == [], "what has been read is not even looked at"


def test_what_came_before_the_device_was_added_is_not_told(noticing, noon, service, added, tick):
    noticing.choose("resident")
    noticing.say("official")
    phone = added("resident")
    tick()
    assert service.told(phone) == []


def test_it_speaks_the_members_language_and_fits_whatever_they_are_called(
    noticing, noon, service, added, writing, town
):
    with writing(town) as db:
        for role, values in (("resident", {"language": "sv"}), ("official", {"name": "A\r\nB " + "ä" * 70})):
            own = (Membership.tenant_id == town.id, Membership.id == noticing.member(role))
            db.execute(update(Membership).where(*own).values(values))
    noticing.choose("resident")
    phone = added("resident")
    noticing.say("official")
    (told,) = service.told(phone)
    assert (told["title"], told["lang"]) == ("Karleby", "sv")
    assert told["body"].count("\n") == 1
    assert "A B ää" in told["body"]


def test_towns_tell_their_own_devices_alone(noticing, next_door, noon, service, added):
    mine, theirs = added("resident"), added("resident", place=next_door)
    for place in (noticing, next_door):
        place.choose("resident")
        place.say("official", f"In {place.tenant.slug}.")
    (here,), (there,) = service.told(mine), service.told(theirs)
    assert "CANARY" not in str(here)
    assert there["body"].startswith("CANARY-B")
    assert here["title"] == "Kokkola"


def test_a_notice_is_told_by_one_message(jobs, noticing, noon, service, added, tick, writing, town):
    """However often the worker collects: the job that has taken a notice stands in its row."""
    noticing.choose("resident")
    phone = added("resident")
    noticing.say("official")
    tick()
    tick()
    assert len(service.told(phone)) == 1
    with writing(town) as db:
        taken = list(db.scalars(select(Notice.push_id).where(Notice.tenant_id == town.id, Notice.push_at.is_not(None))))
    assert taken == [jobs()[0].id]


def test_told_anew_of_what_has_changed(jobs, noticing, noon, service, added, writing, town):
    noticing.choose("official")
    phone = added("official")
    made = noticing.say("official")
    for decision in ("hide", "restore"):
        with writing(town) as db:
            by = noticing.member("moderator")
            flags.decide(db, noticing.app.registry, posts.get(db, made.id), by, decision, "No.")
        noticing.run_jobs()
    assert len(service.told(phone)) == 2

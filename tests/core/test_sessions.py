"""Sessions and their cookies: made at sign-in, bound to a host, ended everywhere, never guessed or fixed."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import select, text, update

from talkoot.people import sessions
from talkoot.people.models import Membership, Person, PersonSession, RoleGrant
from talkoot.testing.towns import PASSWORD

EMAIL = "resident@kokkola.example"


def sign_in(visitor, email=EMAIL, password=PASSWORD, path="/sign-in"):
    return visitor.submit(path, email=email, password=password)


def cookies(response):
    found = SimpleCookie()
    for header in response.headers.getlist("Set-Cookie"):
        found.load(header)
    return found


def known(visitor):
    """Whether the visitor is signed in: their own page opens."""
    return visitor.get("/account").status_code == 200


def test_signing_in_and_out(visitor, address):
    who = visitor(by=address)
    assert not known(who)
    assert sign_in(who).status_code == 303
    assert known(who)
    assert "Resident Testinen" in who.get("/account").text
    assert who.submit("/account", action="sign-out", csrf_token=who.token_of("/account")).status_code == 303
    assert not known(who)


def test_the_cookie_is_as_closed_as_a_cookie_can_be(visitor, address):
    response = sign_in(visitor(by=address))
    for name, morsel in cookies(response).items():
        assert name.startswith("__Host-"), name
        assert morsel["secure"] is True
        assert morsel["httponly"] is True
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert morsel["domain"] == ""
    assert sessions.COOKIE in cookies(response)


def test_only_a_hash_is_stored(visitor, reading):
    value = cookies(sign_in(visitor()))[sessions.COOKIE].value
    with reading(None) as db:
        (row,) = db.scalars(select(PersonSession)).all()
    assert row.id_hash == sessions.hash_of(value)
    assert value.encode() not in row.id_hash
    assert len(value) >= 43, "256 bits of chance"


def test_a_session_brought_along_is_not_taken(visitor, reading):
    """Fixation: the attacker's value in the victim's browser is worth nothing after signing in, and never becomes valid."""
    who = visitor()
    who.set_cookie(sessions.COOKIE, "attackers-value", domain="localhost")
    value = cookies(sign_in(who))[sessions.COOKIE].value
    assert value != "attackers-value"
    attacker = visitor()
    attacker.set_cookie(sessions.COOKIE, "attackers-value", domain="localhost")
    assert not known(attacker)


def test_signing_in_again_ends_the_earlier_session(visitor, reading):
    who, thief = visitor(), visitor()
    value = cookies(sign_in(who))[sessions.COOKIE].value
    thief.set_cookie(sessions.COOKIE, value, domain="localhost")
    assert known(thief)
    sign_in(who)
    assert known(who)
    assert not known(thief)


def test_the_form_token_turns_with_the_session(visitor):
    """A page opened before signing in cannot be posted after it."""
    who = visitor()
    before = who.token_of("/feedback")
    sign_in(who)
    response = who.post(
        "/feedback", data={"csrf_token": before, "text": "written before signing in, long enough to be kept"}
    )
    assert response.status_code == 400
    assert "written before signing in" in response.text, "the text comes back"


def test_what_was_written_comes_back_after_signing_out_elsewhere(as_role, world, writing):
    who = as_role("resident")
    token = who.token_of(f"/topics/{world.things['kokkola', 'topic']}/reply")
    with writing(None) as db:
        db.execute(text("DELETE FROM person_session"))
    response = who.post(
        f"/topics/{world.things['kokkola', 'topic']}/reply",
        data={"csrf_token": token, "text": "A long answer that must not be lost."},
    )
    assert response.status_code in (400, 401)
    assert "A long answer that must not be lost." in response.text


def test_by_path_one_sign_in_serves_all_tenants_by_host_one_each(visitor, town, neighbour, world, writing):
    from talkoot.people import memberships

    with writing(neighbour) as db:
        memberships.join(db, world.people["kokkola", "resident"], "Resident Elsewhere", language="sv")
    by_path = visitor()
    value = cookies(sign_in(by_path))[sessions.COOKIE].value
    beside = visitor(neighbour)
    beside.set_cookie(sessions.COOKIE, value, domain="localhost")
    assert known(beside)
    for by_host in (visitor(neighbour, by="host"), visitor(town, by="host")):
        by_host.set_cookie(sessions.COOKIE, value, domain=by_host.host)
        assert not known(by_host), "the row names the host it was made on"


def test_a_cookie_of_one_host_is_none_on_another(visitor, town, neighbour, world):
    value = cookies(sign_in(visitor(town, by="host")))[sessions.COOKIE].value
    elsewhere = visitor(neighbour, by="host")
    elsewhere.set_cookie(sessions.COOKIE, value, domain=elsewhere.host)
    assert not known(elsewhere)


def test_signing_out_everywhere_leaves_this_browser_only(visitor):
    here, there = visitor(), visitor()
    sign_in(here)
    sign_in(there)
    assert (
        here.submit("/account", action="sign-out-everywhere", csrf_token=here.token_of("/account")).status_code == 303
    )
    assert known(here)
    assert not known(there)


def test_a_new_password_ends_every_session(visitor):
    here, there = visitor(), visitor()
    sign_in(here)
    sign_in(there)
    response = here.submit("/account/password", old=PASSWORD, password="another fine set of words")
    assert response.status_code == 303
    assert known(here)
    assert not known(there)
    assert sign_in(visitor()).status_code == 422
    assert sign_in(visitor(), password="another fine set of words").status_code == 303


@pytest.mark.parametrize(
    ("role", "hours", "stays"),
    [("resident", 13 * 24, True), ("resident", 15 * 24, False), ("moderator", 7, True), ("moderator", 9, False)],
)
def test_an_idle_session_ends(as_role, clock, role, hours, stays):
    who = as_role(role)
    clock.shift(timedelta(hours=hours))
    assert known(who) == stays


def test_the_session_is_marked_as_seen_at_most_every_five_minutes(as_role, clock, reading):
    def seen():
        with reading(None) as db:
            return db.scalars(select(PersonSession.seen_at)).one()

    who = as_role("resident")
    before = seen()
    clock.shift(timedelta(minutes=4))
    who.get("/forums/").close()
    assert seen() == before
    clock.shift(timedelta(minutes=2))
    who.get("/forums/").close()
    assert seen() > before


def test_a_blocked_person_is_signed_out(as_role, writing, world):
    who = as_role("resident")
    from talkoot import clock

    with writing(None) as db:
        db.execute(
            update(Person).where(Person.id == world.people["kokkola", "resident"]).values(blocked_at=clock.now())
        )
    assert not known(who)


def test_a_blocked_member_may_read_and_not_write(as_role, writing, world, town):
    from talkoot import clock

    with writing(town) as db:
        db.execute(
            update(Membership)
            .where(Membership.tenant_id == town.id, Membership.id == world.members["kokkola", "resident"])
            .values(blocked_at=clock.now())
        )
    who = as_role("resident")
    assert who.get("/forums/kylat/").status_code == 200
    assert who.get("/forums/kylat/new").status_code == 403


def test_a_role_taken_away_is_gone_at_the_next_click(as_role, writing, world, town):
    who = as_role("moderator")
    assert who.get("/staff/").status_code == 200
    with writing(town) as db:
        for row in db.scalars(select(RoleGrant).where(RoleGrant.tenant_id == town.id, RoleGrant.role == "moderator")):
            db.delete(row)
    assert who.get("/staff/").status_code == 403


def test_the_device_list_shows_a_name_not_the_whole_user_agent(visitor):
    who = visitor()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    token = who.token_of("/sign-in")
    who.post(
        "/sign-in", data={"csrf_token": token, "email": EMAIL, "password": PASSWORD}, headers={"User-Agent": agent}
    )
    page = who.get("/account").text
    assert "Firefox, Linux" in page
    assert agent not in page


def test_over_plain_http_elsewhere_signing_in_is_refused_with_a_reason(app, town):
    from talkoot.testing.visitors import Visitor

    far = Visitor(app, None)
    response = far.get("/sign-in", base_url="http://forum.kokkola.example")
    assert response.status_code == 200
    assert 'type="password"' not in response.text
    assert 'type="password"' in far.get("/sign-in", base_url="https://forum.kokkola.example").text


def test_a_session_cookie_full_of_rubbish_is_a_guest(visitor):
    for value in ("", "x" * 3000, "é", "a;b", "' OR 1=1 --", "\\x00"):
        who = visitor()
        who.set_cookie(sessions.COOKIE, value, domain="localhost")
        assert who.get("/account").status_code == 303


def test_signed_in_pages_are_not_stored_by_caches(as_role):
    response = as_role("resident").get("/forums/")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]

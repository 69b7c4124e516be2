"""Signing up, confirming, choosing a new password, being locked out: what the pages do and what they do not tell."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from talkoot.jobs.models import Outbox
from talkoot.people import links, lockout, passwords
from talkoot.people.models import Membership, Person, PersonSession, SignInAttempt
from talkoot.testing.rows import differences, every_row
from talkoot.testing.towns import PASSWORD

NEW = {"email": "newcomer@example.fi", "password": "seven green herons", "name": "Uusi Asukas", "terms": "on"}


def link_of(message) -> str:
    body = message.get_body(("plain",)).get_content()
    return re.search(r"https?://\S+", body)[0]


def sign_up(visitor, **changes):
    return visitor.submit("/sign-up", **{**NEW, **changes})


def test_signing_up_confirming_and_signing_in(visitor, mails, address):
    who = visitor(by=address)
    assert sign_up(who).status_code == 200
    assert who.get("/account").status_code == 303, "not signed in before the address is confirmed"
    (mail,) = mails()
    assert mail["To"] == NEW["email"]
    assert mail["From"].addresses[0].display_name == "Kokkola"
    response = confirm(who, link_of(mail))
    assert response.status_code == 303
    assert "Uusi Asukas" in who.get("/account").text


def confirm(who, link, **fields):
    """Press the button of the page that the mailed link opens; in another browser than that of signing up, with the password."""
    return who.submit(urlsplit(link).path.removeprefix("/kokkola"), **fields)


def test_before_confirming_nobody_signs_in(visitor, mails):
    sign_up(visitor())
    assert visitor().submit("/sign-in", email=NEW["email"], password=NEW["password"]).status_code == 422


def test_opening_a_mailed_link_changes_nothing(app, visitor, mails):
    """Mail scanners open every link: the page it leads to has a button."""
    sign_up(visitor())
    (mail,) = mails()
    before = every_row(app.settings)
    for _ in range(3):
        assert visitor().get(urlsplit(link_of(mail)).path).status_code == 200
        assert visitor().head(urlsplit(link_of(mail)).path).status_code == 200
    assert differences(before, every_row(app.settings)) == {}
    assert confirm(visitor(), link_of(mail), password=NEW["password"]).location == "/kokkola/"


def test_a_link_works_once(visitor, mails, reading):
    """The second time it only tells that all is well; nobody is signed in by it."""
    who, again = visitor(), visitor()
    sign_up(who)
    (mail,) = mails()
    path, token = urlsplit(link_of(mail)).path, again.token_of("/sign-in")
    assert confirm(who, link_of(mail)).status_code == 303
    assert again.get(path).status_code == 200
    assert again.post(path, data={"csrf_token": token, "password": NEW["password"]}).status_code == 200
    assert again.post(path, data={"csrf_token": token, "forgotten": "1"}).status_code == 200
    assert again.get("/account").status_code == 303
    with reading(None) as db:
        assert db.scalar(select(func.count()).select_from(PersonSession)) == 1


def test_a_link_dies_with_time(visitor, mails, clock):
    sign_up(visitor())
    (mail,) = mails()
    clock.shift(timedelta(days=3, minutes=1))
    assert visitor().get(urlsplit(link_of(mail)).path).status_code == 404


def test_a_link_is_bound_to_its_tenant(app, visitor, mails, neighbour):
    sign_up(visitor())
    (mail,) = mails()
    token = link_of(mail).rpartition("/")[2]
    assert visitor().get(f"/confirm/{token}").status_code == 200
    assert visitor(neighbour).get(f"/confirm/{token}").status_code == 404
    assert visitor(None).get(f"/confirm/{token}").status_code == 404


@pytest.mark.parametrize("purpose", ["confirm", "reset", "invite"])
def test_a_token_serves_one_purpose(app, town, purpose):
    token = links.sign(app.settings, purpose, town, person=str(uuid4()), nonce="x")
    for other in ("confirm", "reset", "invite"):
        assert (links.read(app.settings, other, town, token) is not None) == (other == purpose)


@pytest.mark.parametrize("token", ["", "x", "e30.aaaa.bbbb", "..", "%00", "a" * 5000, "é"])
def test_a_made_up_link_is_404(visitor, token):
    for page in ("confirm", "new-password", "invitation"):
        assert visitor().get(f"/{page}/{token}").status_code in (404, 308)


# --- the pages do not tell who has an account ------------------------------------------------------------------------


def same_page(one, other, *words):
    def plain(response):
        body = re.sub(r'value="[^"]*"', "", response.text)
        for word in words:
            body = body.replace(word, "")
        return body

    return (one.status_code, plain(one)) == (other.status_code, plain(other))


def test_signing_up_tells_nothing_about_an_address(visitor, mails):
    fresh, known = sign_up(visitor()), sign_up(visitor(), email="resident@kokkola.example", name="Toinen Nimi")
    assert same_page(fresh, known, NEW["email"], "resident@kokkola.example")
    assert {mail["To"] for mail in mails()} == {NEW["email"], "resident@kokkola.example"}, "the owner is told by mail"


def test_asking_for_a_new_password_tells_nothing(visitor, mails):
    fresh = visitor().submit("/forgotten", email="nobody@example.fi")
    known = visitor().submit("/forgotten", email="resident@kokkola.example")
    assert same_page(fresh, known, "nobody@example.fi", "resident@kokkola.example")
    assert [mail["To"] for mail in mails()] == ["resident@kokkola.example"]


def test_a_wrong_password_and_an_unknown_address_look_the_same(visitor):
    fresh = visitor().submit("/sign-in", email="nobody@example.fi", password="wrong wrong wrong")
    known = visitor().submit("/sign-in", email="resident@kokkola.example", password="wrong wrong wrong")
    assert fresh.status_code == 422
    assert same_page(fresh, known, "nobody@example.fi", "resident@kokkola.example")


def test_signing_up_with_a_known_address_changes_nothing_there(app, visitor, reading, world):
    with reading(None) as db:
        before = db.get(Person, world.people["kokkola", "resident"]).password_hash
    sign_up(visitor(), email="resident@kokkola.example", name="Anastaja")
    with reading(None) as db:
        assert db.get(Person, world.people["kokkola", "resident"]).password_hash == before


# --- a new password ---------------------------------------------------------------------------------------------------


def test_a_new_password_through_the_mail(visitor, mails):
    visitor().submit("/forgotten", email="Resident@Kokkola.example")
    (mail,) = mails()
    path = urlsplit(link_of(mail)).path.removeprefix("/kokkola")
    assert visitor().submit(path, password="nine grey geese fly").status_code == 303
    assert (
        visitor().submit("/sign-in", email="resident@kokkola.example", password="nine grey geese fly").status_code
        == 303
    )
    assert visitor().get(path).status_code == 404, "the link is used up"


def test_a_new_password_kills_other_links(visitor, mails):
    for _ in range(2):
        visitor().submit("/forgotten", email="resident@kokkola.example")
    first, second = (urlsplit(link_of(mail)).path.removeprefix("/kokkola") for mail in mails())
    assert visitor().submit(second, password="nine grey geese fly").status_code == 303
    assert visitor().get(first).status_code == 404


def test_a_reset_link_lives_an_hour(visitor, mails, clock):
    visitor().submit("/forgotten", email="resident@kokkola.example")
    (mail,) = mails()
    clock.shift(timedelta(minutes=61))
    assert visitor().get(urlsplit(link_of(mail)).path).status_code == 404


def test_any_characters_make_a_password(visitor, mails):
    odd = "Åäö 日本 🚲 'quotes\" <b>"
    sign_up(visitor(), password=odd)
    (mail,) = mails()
    assert confirm(visitor(), link_of(mail), password=odd).location == "/kokkola/"
    assert visitor().submit("/sign-in", email=NEW["email"], password=odd).status_code == 303


def test_the_hash_is_argon2id_at_the_agreed_cost():
    made = passwords.make_hash("a b c d e f")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(made, "a b c d e f")
    assert not passwords.matches(made, "a b c d e F")
    assert not passwords.matches(None, "a b c d e f")


@pytest.mark.parametrize(
    "email", ["", "x", "a@b", "a@@b.fi", "a b@c.fi", "x" * 250 + "@c.fi", "a@b.fi\nBcc: c@d.fi", "<script>@x.fi"]
)
def test_what_is_no_address_is_refused(visitor, email):
    assert sign_up(visitor(), email=email).status_code == 422


def test_terms_must_be_accepted(visitor):
    assert sign_up(visitor(), terms=None).status_code == 422


# --- the lockout ------------------------------------------------------------------------------------------------------


def fail(visitor, email="resident@kokkola.example"):
    return visitor.submit("/sign-in", email=email, password="wrong wrong wrong")


def test_after_ten_failures_the_account_waits(visitor, clock):
    for _ in range(lockout.PER_ACCOUNT):
        assert fail(visitor()).status_code == 422
    right = visitor().submit("/sign-in", email="resident@kokkola.example", password=PASSWORD)
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0
    assert visitor().submit("/sign-in", email="official@kokkola.example", password=PASSWORD).status_code == 303
    clock.shift(lockout.WINDOW + timedelta(seconds=1))
    assert visitor().submit("/sign-in", email="resident@kokkola.example", password=PASSWORD).status_code == 303


def test_the_lockout_holds_on_every_tenants_site(visitor, neighbour):
    for n in range(lockout.PER_ACCOUNT):
        fail(visitor(neighbour if n % 2 else None))
    assert fail(visitor()).status_code == 429


def test_guesses_of_who_has_borrowed_a_browser_are_counted_too(as_role):
    who = as_role("resident")
    wrong = {"old": "wrong wrong wrong", "password": "seven green herons"}
    for _ in range(lockout.PER_ACCOUNT):
        assert who.submit("/account/password", **wrong).status_code == 422
    assert who.submit("/account/password", **(wrong | {"old": PASSWORD})).status_code == 429
    assert as_role("official").submit("/account/password", **(wrong | {"old": PASSWORD})).status_code == 303


def test_asking_for_a_link_leaves_a_job_whoever_is_asked_for(visitor, reading, mails):
    """security.md row 18: nor does the time tell, which saving a job takes, who has an account."""
    for n, address in enumerate(("resident@kokkola.example", "nobody@kokkola.example"), 1):
        visitor().submit("/forgotten", email=address)
        with reading(None) as db:
            assert db.scalar(select(func.count()).select_from(Outbox).where(Outbox.kind == "people.reset")) == n
    assert [mail["To"] for mail in mails()] == ["resident@kokkola.example"]


def test_a_success_forgets_the_failures(visitor):
    for _ in range(lockout.PER_ACCOUNT - 1):
        fail(visitor())
    assert visitor().submit("/sign-in", email="resident@kokkola.example", password=PASSWORD).status_code == 303
    assert fail(visitor()).status_code == 422


def test_one_network_cannot_try_every_account(app, visitor, writing):
    from talkoot import clock

    _, network = lockout.keys(app.settings.secret_key, "x", "10.66.0.1")
    with writing(None) as db:
        db.add_all([SignInAttempt(key=network, at=clock.now()) for _ in range(lockout.PER_NETWORK)])
    assert fail(visitor(network="10.66.0.1"), "somebody@else.example").status_code == 429
    assert fail(visitor(network="10.66.0.2"), "somebody@else.example").status_code == 422


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("rubbish", "?", True),
    ],
)
def test_networks(one, other, same):
    assert (lockout.network(one) == lockout.network(other)) == same


def test_attempts_hold_no_address_in_clear(visitor, reading):
    fail(visitor())
    with reading(None) as db:
        keys = list(db.scalars(select(SignInAttempt.key)))
    assert len(keys) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


def test_a_forged_address_header_does_not_help(app, town):
    from talkoot.testing.visitors import Visitor

    for n in range(3):
        fail_with = Visitor(app, town, network="10.67.0.1")
        token = fail_with.token_of("/sign-in")
        fail_with.post(
            "/sign-in",
            data={"csrf_token": token, "email": f"x{n}@y.fi", "password": "wrong wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        )
    with app.database.session(None) as db:
        _, network = lockout.keys(app.settings.secret_key, "x", "10.67.0.1")
        assert db.scalar(select(func.count()).select_from(SignInAttempt).where(SignInAttempt.key == network)) == 3


# --- joining ----------------------------------------------------------------------------------------------------------


def test_the_first_act_elsewhere_asks_to_join(as_role, town, world, reading):
    """A member of the neighbour only: signed in by path, no member here; writing leads to joining and back."""
    who = as_role("stranger")
    topic = world.things["kokkola", "topic"]
    response = who.get(f"/topics/{topic}/reply")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/kokkola/join?next=")
    joined = who.submit(response.headers["Location"], name="Naapurista Tullut", terms="on")
    assert joined.headers["Location"] == f"/kokkola/topics/{topic}/reply"
    with reading(town) as db:
        assert db.find(Membership, person_id=world.people["kronoby", "resident"]).name == "Naapurista Tullut"


def test_a_person_is_one_account_and_two_memberships(as_role, world, reading, town, neighbour):
    as_role("stranger").submit("/join", name="Naapurista Tullut", terms="on")
    with reading(neighbour) as db:
        assert db.find(Membership, person_id=world.people["kronoby", "resident"]).name == "CANARY-B-Resident Testinen"


def test_names_shown_as_the_tenant_decides(app, as_role, town, writing, reading, world):
    from talkoot.tenants import registering

    with writing(None) as db:
        registering.set_setting(db, town.id, {"people.names": "real"})
    as_role("stranger").submit("/join", name="Oma Nimi", terms="on")
    with reading(app.directory.current().by_id[town.id]) as db:
        assert db.find(Membership, person_id=world.people["kronoby", "resident"]).real_name is True


# --- invitations --------------------------------------------------------------------------------------------------------


@pytest.fixture
def invited(app, town, writing, mails):
    from talkoot.people import invitations

    with writing(town) as db:
        invitations.invite(db, "uusi.virkailija@example.fi", ["official"], title="Planner")
    (mail,) = mails()
    return urlsplit(link_of(mail)).path.removeprefix("/kokkola")


def test_staff_accept_an_invitation(visitor, invited, reading, town):
    who = visitor()
    assert who.submit(invited, name="Uusi Virkailija", password="seven green herons", terms="on").status_code == 303
    with reading(town) as db:
        member = db.find(Membership, name="Uusi Virkailija")
        assert (member.verified_as, member.title) == ("official", "Planner")
    assert visitor().get(invited).status_code == 404, "used up"


def test_an_invitation_is_for_its_tenant(visitor, invited, neighbour):
    assert visitor(neighbour).get(invited).status_code == 404


def test_a_withdrawn_invitation_is_dead(visitor, invited, writing, town):
    from talkoot.people import invitations

    with writing(town) as db:
        (waiting,) = invitations.waiting(db)
        invitations.withdraw(db, waiting.id)
    assert visitor().get(invited).status_code == 404


def test_an_invitation_does_not_open_another_persons_account(visitor, writing, town, mails, reading, world):
    """Invited under a known address: its password is asked, the mail alone is not enough."""
    from talkoot.people import invitations

    with writing(town) as db:
        invitations.invite(db, "resident@kokkola.example", ["admin"])
    path = urlsplit(link_of(mails()[-1])).path.removeprefix("/kokkola")
    assert visitor().submit(path, password="not the password").status_code == 422
    with reading(None) as db:
        assert db.scalar(select(func.count()).select_from(PersonSession)) == 0
    assert visitor().submit(path, password=PASSWORD).status_code == 303

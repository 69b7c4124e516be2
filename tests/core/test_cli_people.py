"""`talkoot person`: accounts, memberships and roles, and being forgotten."""

from __future__ import annotations

from sqlalchemy import func, select
from tests.core.commands import PASSWORD

from talkoot.conversations.models import Post, Reaction
from talkoot.people.models import Membership, Person


def test_add_a_person_with_roles_in_one_site(run, reading, town, neighbour):
    run(
        "person",
        "add",
        "New@Example.fi",
        "--password",
        PASSWORD,
        "--tenant",
        "kokkola",
        "--name",
        "Uusi Tulija",
        "--role",
        "moderator",
    )
    run(
        "person",
        "add",
        "new@example.fi",
        "--operator",
        "--tenant",
        "kokkola",
        "--name",
        "Uusi Tulija",
        "--role",
        "clerk",
    )
    with reading(None) as db:
        person = db.scalars(select(Person).where(Person.email == "new@example.fi")).one()
        assert person.operator
        assert person.confirmed_at
    for tenant, expected in ((town, 1), (neighbour, 0)):
        with reading(tenant) as db:
            query = select(func.count()).select_from(Membership)
            assert (
                db.scalar(query.where(Membership.tenant_id == tenant.id, Membership.person_id == person.id)) == expected
            )
    assert "clerk, moderator" in run("person", "role", "new@example.fi", "--tenant", "kokkola").output
    run("person", "role", "new@example.fi", "--tenant", "kronoby", code=1)
    tied = ("person", "role", "new@example.fi", "--tenant", "kokkola", "--grant", "clerk", "--tie")
    assert "no affiliation to kronoby" in run(*tied, "kronoby", code=1).stderr
    run(*tied, "keski-pohjanmaa")


def test_roles_are_noted_in_the_sites_log(run, actions, town):
    run(
        "person", "role", "resident@kokkola.example", "--tenant", "kokkola", "--grant", "clerk", "--until", "2099-01-01"
    )
    shown = run("person", "role", "resident@kokkola.example", "--tenant", "kokkola", "--revoke", "clerk").output
    assert "no roles" in shown
    assert actions(town)[:2] == ["role_taken", "role_given"]


def test_the_last_main_user_and_operator_stay(run):
    assert (
        "stay main user"
        in run("person", "role", "admin@kokkola.example", "--tenant", "kokkola", "--revoke", "admin", code=1).stderr
    )
    assert "stay operator" in run("person", "operator", "operator@talkoot.example", "--off", code=1).stderr
    run("person", "operator", "clerk@kokkola.example")
    run("person", "operator", "operator@talkoot.example", "--off")
    listed = run("person", "list").output
    assert "clerk@kokkola.example" in listed
    assert "operator@talkoot.example" not in listed


def test_erasing_a_person_leaves_nothing_that_tells_who_they_were(run, reading, writing, town, neighbour, world):
    address, member = "resident@kokkola.example", world.members["kokkola", "resident"]
    run("person", "erase", address, "--yes")
    with reading(None) as db:
        person = db.get(Person, world.people["kokkola", "resident"])
        assert (person.email, person.password_hash, person.blocked_at is not None) == (None, None, True)
        assert db.scalars(select(Person).where(Person.email == "resident@kronoby.example")).one()
    with reading(town) as db:
        forgotten = db.find(Membership, id=member)
        assert (forgotten.name, forgotten.person_id, forgotten.about) == ("", None, "")
        post = db.find(Post, id=world.things["kokkola", "second post"])
        rows = db.execute(select(func.count()).select_from(Reaction).where(Reaction.tenant_id == town.id)).scalar_one()
        assert sum(post.reactions.values()) == rows == 0
    with reading(neighbour) as db:
        assert db.find(Membership, id=world.members["kronoby", "resident"]).name
    run("person", "erase", address, "--yes", code=1)


def test_invite_mails_a_link(run, mails):
    run("person", "invite", "kutsuttu@example.fi", "--tenant", "kokkola", "--role", "editor", "--title", "Tiedottaja")
    assert "people.invite" in run("jobs", "list").output
    sent = mails()
    assert [mail["To"] for mail in sent] == ["kutsuttu@example.fi"]
    assert "/kokkola/invitation/" in sent[0].get_body(("plain",)).get_content()
    assert "No jobs wait" in run("jobs", "list").output


def test_a_new_password_signs_in(run, visitor, town):
    assert (
        "easily guessed"
        in run("person", "password", "resident@kokkola.example", "--password", "aaaaaaaa", code=1).stderr
    )
    run("person", "password", "resident@kokkola.example", "--password", PASSWORD)
    guest = visitor()
    assert guest.submit("/sign-in", email="resident@kokkola.example", password=PASSWORD).status_code == 303
    assert (
        "Nobody has the address"
        in run("person", "password", "nobody@example.fi", "--password", PASSWORD, code=1).stderr
    )


def test_members_are_listed_by_site(run):
    assert "CANARY-B" not in run("person", "list", "--tenant", "kokkola").output
    assert "moderator@kronoby.example" in run("person", "list", "--tenant", "kronoby").output

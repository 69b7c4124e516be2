"""Mentions: who is meant by an `@`, how it is stored, what it costs, and the search behind it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update
from tests.rows_read import analyze, at_most

from talkoot import clock
from talkoot.cli import repairs
from talkoot.conversations import mentions, posts
from talkoot.conversations.models import Post
from talkoot.ids import new_id
from talkoot.people import accounts, finding, memberships, names, privacy
from talkoot.people.models import Membership, NameTail, Person
from talkoot.web import limits


@pytest.fixture
def say(app, writing, reading, town, world):
    """Say something in the town's topic; returns the stored post."""

    def said(text, role="official"):
        draft = posts.NewPost(world.members["kokkola", role], text, uuid4(), "fi")
        with writing(town) as db:
            added = posts.add(db, app.registry, world.things["kokkola", "conversation"], draft)
        with reading(town) as db:
            return posts.get(db, added.id)

    return said


@pytest.fixture
def joined(writing, town):
    """Make somebody a member of the town under this name; returns the membership's id."""

    def join(name, *, confirmed=True):
        with writing(None) as db:
            person = accounts.create(db, f"{uuid4().hex}@kokkola.example", None, "fi", confirmed=confirmed).id
        with writing(town) as db:
            return memberships.join(db, person, name, language="fi").id

    return join


def link(member, words):
    return f'<a href="talkoot:people/{member}" class="mention" rel="nofollow ugc noopener">@{words}</a>'


# --- whom an @ means ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@Resident Testinen, kiitos!", "Resident Testinen"),
        ("Kiitos @Resident Testinen.", "Resident Testinen"),
        ("(@Resident Testinen)", "Resident Testinen"),
        ("@resident testinen", "resident testinen"),
        ("@Resident Testinen:lle tiedoksi", "Resident Testinen"),
        ("@ResidentTestinen", "ResidentTestinen"),
        ("**@Resident Testinen**", "Resident Testinen"),
        ("- @Resident Testinen", "Resident Testinen"),
        ("@Resident Testinen ja kaikki muutkin täällä", "Resident Testinen"),
    ],
)
def test_a_member_is_called_by_name(say, world, text, words):
    member = world.members["kokkola", "resident"]
    post = say(text)
    assert link(member, words) in post.html
    assert mentions.of(post.html) == {member}
    assert post.source == text


@pytest.mark.parametrize(
    "text",
    [
        "resident@Resident.example",
        "x@Resident Testinen",
        "`@Resident Testinen`",
        "Code:\n\n    @Resident Testinen",
        "[@Resident Testinen](https://example.fi)",
        "https://example.fi/@Resident Testinen",
        "\\@Resident Testinen",
        "@ Resident Testinen",
        "@Resident\nTestinen",
        "@Nobody Here",
        "Resident Testinen",
        "[x](talkoot:people/0198b7e2-0000-7000-8000-000000000000)",
        '<a href="talkoot:people/0198b7e2-0000-7000-8000-000000000000" class="mention">@x</a>',
    ],
)
def test_no_mention(say, text):
    html = say(text).html
    assert 'class="mention"' not in html.replace("&quot;", '"') or "&lt;a" in html
    assert mentions.of(html) == frozenset()


def test_the_longest_name_is_meant(say, joined):
    short, long = joined("Anna"), joined("Anna Maria von der Heide")
    assert mentions.of(say("@Anna Maria von der Heide, hei").html) == {long}
    assert mentions.of(say("@Anna Maria, hei").html) == {short}


def test_nobody_of_another_municipality_is_called(say, world, writing, neighbour):
    with writing(neighbour) as db:
        member = memberships.get(db, world.members["kronoby", "resident"])
        member.name, member.name_key = "Siv Granne", names.key("Siv Granne")
        finding.keep(db, member)
    assert mentions.of(say("@Siv Granne").html) == frozenset()


def leave(db, app, member):
    privacy.erase(db, app.registry, member)


def block(db, app, member):
    memberships.block(db, member, True)


@pytest.mark.parametrize("how", [leave, block])
def test_who_is_blocked_or_gone_is_not_called(app, say, writing, town, joined, how):
    member = joined("Anna Esimerkki")
    before = say("@Anna Esimerkki")
    with writing(town) as db:
        how(db, app, memberships.get(db, member))
    assert mentions.of(say("@Anna Esimerkki again").html) == frozenset()
    assert mentions.of(before.html) == {member}, "what was said stays as it was said"


def test_who_has_not_confirmed_the_address_is_not_called(say, joined):
    joined("Anna Esimerkki", confirmed=False)
    assert mentions.of(say("@Anna Esimerkki").html) == frozenset()


def test_a_mention_that_is_quoted_tells_nobody(say, world):
    post = say("> @Resident Testinen, what do you think?\n\n> > @Clerk Testinen\n\nAsk @Editor Testinen.")
    assert mentions.of(post.html) == {world.members["kokkola", "editor"]}


def test_twenty_people_count(say, joined):
    everybody = [joined(f"Naapuri {letter * 3}") for letter in "bcdfghjkmnpqrstvxyzåäö"]
    text = " ".join(f"@Naapuri {letter * 3}," for letter in "bcdfghjkmnpqrstvxyzåäö")
    found = mentions.of(say(f"{text} and once more: {text}").html)
    assert found == set(everybody[:20])


def test_an_edited_post_calls_too(app, say, writing, reading, town, world):
    post = say("Nobody yet.")
    with writing(town) as db:
        posts.edit(db, app.registry, posts.get(db, post.id), post.author_id, "@Clerk Testinen", 1)
    with reading(town) as db:
        assert mentions.of(posts.get(db, post.id).html) == {world.members["kokkola", "clerk"]}


def test_older_posts_are_rendered_anew_with_mentions(app, say, writing, reading, town, world):
    post = say("@Clerk Testinen")
    own = (Post.tenant_id == town.id, Post.id == post.id)
    with writing(town) as db:
        db.execute(update(Post).where(*own).values(html="<p>@Clerk Testinen</p>", renderer=1))
    assert repairs.render_posts(app.database, town) == 1
    with reading(town) as db:
        assert mentions.of(posts.get(db, post.id).html) == {world.members["kokkola", "clerk"]}


def test_the_name_leads_to_the_persons_page(say, client, world):
    say("@Clerk Testinen")
    page = client.get(f"/topics/{world.things['kokkola', 'topic']}").text
    member = world.members["kokkola", "clerk"]
    assert f'<a href="/kokkola/people/{member}" class="mention"' in page
    assert client.get(f"/people/{member}").status_code == 200


# --- what it costs --------------------------------------------------------------------------------------------------


def test_one_query_for_all_of_a_text_and_none_without_an_at(reading, town, query_budget):
    for text, most in (("No sign in it.", 0), ("@Clerk Testinen @Nobody @Editor Testinen", 1), ("a@b.fi", 0)):
        with reading(town) as db:
            db.connection()
            with query_budget(most):
                mentions.in_text(db, text)


def test_a_thousand_signs_are_looked_at_sixty_times(reading, town, monkeypatch):
    looked = []
    monkeypatch.setattr(names, "key", lambda text: looked.append(text) or text)
    with reading(town) as db:
        called = mentions.in_text(db, "@Nobody at all here " * 1_000)
    assert len(looked) <= mentions.MOST_SIGNS * mentions.MOST_ENDS
    assert called("@Nobody", 0) is None


# --- the search -----------------------------------------------------------------------------------------------------


def asked(who, text):
    answer = who.get("/mentions", query_string={"q": text})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    return [person["name"] for person in answer.json["people"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an", ["Anna-Liisa von der Heide"]),
        ("ANNA", ["Anna-Liisa von der Heide"]),
        ("liisa", ["Anna-Liisa von der Heide"]),
        ("heide", ["Anna-Liisa von der Heide"]),
        ("der hei", ["Anna-Liisa von der Heide"]),
        ("anna liisa v", ["Anna-Liisa von der Heide"]),
        ("eide", []),
        ("a", []),
        ("", []),
        ("%", []),
        ("a%", []),
        ("\x00\ud7ff", []),
    ],
)
def test_any_word_of_a_name_is_found_by_its_beginning(as_role, joined, text, found):
    joined("Anna-Liisa von der Heide")
    assert asked(as_role("resident"), text) == found


def test_at_most_eight_and_each_once(as_role, joined):
    joined("Testi Testinen")
    found = asked(as_role("resident"), "test")
    assert len(found) == 8
    assert len(set(found)) == 8


def test_what_they_are_is_told_with_the_name(as_role):
    person = as_role("resident").get("/mentions?q=official&lang=en").json
    assert person == {
        "people": [{"name": "Official Testinen", "about": "Official · Development manager"}],
        "said": "1 person found",
    }


@pytest.mark.parametrize("how", [leave, block])
def test_who_is_blocked_or_gone_answers_as_who_never_was(app, as_role, writing, town, joined, how):
    member, who = joined("Anna Esimerkki"), as_role("resident")
    with writing(town) as db:
        how(db, app, memberships.get(db, member))
    gone, never = who.get("/mentions?q=anna"), who.get("/mentions?q=nnna")
    assert (gone.data, gone.status_code) == (never.data, never.status_code)


def test_a_changed_name_is_found_under_the_new_one(as_role):
    who = as_role("resident")
    who.submit("/account/profile", name="Uusi Nimi")
    assert asked(who, "uusi") == ["Uusi Nimi"]
    assert asked(who, "resident") == []


@pytest.mark.parametrize("role", ["guest", "stranger"])
def test_only_members_may_ask(as_role, role):
    assert as_role(role).get("/mentions?q=testi").status_code == 303


def test_who_asks_without_end_is_stopped(app, as_role, monkeypatch):
    from limits import parse

    monkeypatch.setitem(limits.APART, "conversations.mentionable", parse("3/minute"))
    who = as_role("resident")
    assert [who.get("/mentions?q=te").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert who.get("/forums/").status_code == 200


@pytest.mark.database("postgresql")
def test_ten_thousand_members_are_not_read_for_one_name(app, as_role, writing, town):
    moment = clock.now() - timedelta(days=9)
    people = [{"id": new_id(), "nonce": "x", "created_at": moment, "confirmed_at": moment} for _ in range(10_000)]
    rows = [
        {
            "id": new_id(),
            "person_id": person["id"],
            "name": f"Matti Melu{n}",
            "name_key": f"noise{n}",
            "joined_at": moment,
        }
        for n, person in enumerate(people)
    ]
    tails = [
        {"tenant_id": town.id, "membership_id": row["id"], "tail": tail}
        for row in rows
        for tail in names.tails(row["name"])
    ]
    with writing(town) as db:
        db.execute(insert(Person), people)
        db.execute(insert(Membership), [{**row, "tenant_id": town.id} for row in rows])
        db.execute(insert(NameTail), tails)
    analyze(app)
    for text, most in (("matti", 60), ("melu77", 60), ("melu7777", 5), ("resi", 5)):
        for table in ("name_tail", "membership"):
            with at_most(app, table, most):
                assert as_role("resident").get(f"/mentions?q={text}").status_code == 200


def test_every_member_can_be_found(reading, town):
    """What is kept beside the names agrees with them, whoever joined how."""
    with reading(town) as db:
        members = db.execute(select(Membership.id, Membership.name).where(Membership.tenant_id == town.id)).all()
        kept = set(db.execute(select(NameTail.membership_id, NameTail.tail).where(NameTail.tenant_id == town.id)).all())
    assert kept == {(one.id, tail) for one in members for tail in names.tails(one.name)}

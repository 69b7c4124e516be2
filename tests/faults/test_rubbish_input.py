"""What people, browsers and robots send that nobody expects: each gets a clear answer and loses nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from talkoot.conversations import posts
from talkoot.conversations.models import Post
from talkoot.conversations.rendering import LONGEST
from talkoot.errors import InvalidError
from talkoot.testing.forms import posting_form


def post_count(db):
    return db.execute(select(func.count()).select_from(Post).where(Post.tenant_id == db.tenant.id)).scalar_one()


@pytest.fixture
def reply(as_role, world):
    """Send a text as a reply of the resident; returns the answer."""
    resident, path = as_role("resident"), f"/topics/{world.things['kokkola', 'topic']}/reply"
    token = resident.token_of(path)

    def send(text, **more):
        form = {"csrf_token": token, "submission": str(uuid4()), "text": text, **more}
        return resident.post(path, data=form)

    send.visitor = resident
    return send


def test_a_text_that_is_too_long_comes_back_with_a_reason(reply, reading, town):
    text = "pitkä sana " * (LONGEST // 10)
    with reading(town) as db:
        before = post_count(db)
    answer = reply(text)
    assert answer.status_code == 422
    assert "pitkä sana pitkä sana" in answer.text
    with reading(town) as db:
        assert post_count(db) == before


def test_a_megabyte_comes_back_with_a_reason(reply):
    answer = reply("sana " * 200_000)
    assert answer.status_code == 422
    assert "sana sana" in answer.text


def test_three_megabytes_are_refused_before_they_are_read(reply, reading, town):
    with reading(town) as db:
        before = post_count(db)
    answer = reply("x" * 3_000_000)
    assert answer.status_code == 413
    assert "<h1" in answer.text
    with reading(town) as db:
        assert post_count(db) == before


def test_a_line_of_a_hundred_thousand_characters_is_refused(reply):
    assert reply("a" * 100_000).status_code == 422


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("nolla ja \x07kello", "nolla ja kello"),
        ("Hei \u202egnorw\u202c kaikki", "Hei gnorw kaikki"),
        ("suomea ja عربي ja suomea", "suomea ja عربي ja suomea"),
        ("puoliksi \ud83d rikki".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "puoliksi"),
        ("rivi\r\ntoinen\rkolmas", "rivi"),
    ],
)
def test_odd_characters_are_cleaned_or_kept(reply, sent, kept):
    answer = reply(sent)
    assert answer.status_code == 303
    shown = reply.visitor.get(answer.location.partition("#")[0]).text
    assert kept in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    "path",
    [
        "/tags/%00/",
        "/forums/a%00b/",
        "/areas/%00/",
        "/search?q=sana&kind=%00",
        "/search?q=sana&area=%00",
        "/topics/?tag=%00",
    ],
)
def test_a_zero_byte_in_an_address_is_the_senders_mistake(as_role, path):
    """PostgreSQL takes none; SQLite finds nothing by it."""
    assert as_role("resident").get(path).status_code in (200, 400, 404)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/topics/{topic}/tags", {"tags": "a\x00"}),
        ("/posts/{members}/flag", {"reason": "other", "text": "a\x00b"}),
        ("/drafts/discard", {"draft_kind": "a\x00", "draft_place": "{members}"}),
        ("/drafts", {"draft_kind": "conversation", "draft_place": "{conversation}", "text": "a", "b\x00": "c"}),
        ("/topics/{topic}/reply", {"text": "a\x00b"}),
        ("/account/profile", {"name": "Resident Testinen", "about": "a\x00b"}),
        ("/feedback", {"text": "Lamppu on rikki", "about": "a\x00b"}),
        ("/feedback", {"text": ["Lamppu on rikki", "\x00"]}),
    ],
)
def test_a_zero_byte_in_a_form_is_the_senders_mistake(reply, world, path, form):
    names = {
        "topic": world.things["kokkola", "topic"],
        "members": world.things["kokkola", "post"],
        "conversation": world.things["kokkola", "conversation"],
    }
    token = reply.visitor.token_of(f"/topics/{names['topic']}/reply")
    form = {k: v.format(**names) if isinstance(v, str) else v for k, v in form.items()}
    sent = {"csrf_token": token, "submission": str(uuid4()), **form}
    assert reply.visitor.post(path.format(**names), data=sent).status_code == 400


def test_a_text_with_a_zero_byte_is_given_back(reply, reading, town):
    with reading(town) as db:
        before = post_count(db)
    answer = reply("Pitkä teksti, jossa on nolla\x00tavu.")
    assert "Pitkä teksti" in answer.text
    with reading(town) as db:
        assert post_count(db) == before


def test_bytes_that_are_no_utf8_do_no_harm(reply, world):
    resident = reply.visitor
    path = f"/topics/{world.things['kokkola', 'topic']}/reply"
    token = resident.token_of(path)
    body = f"csrf_token={token}&submission={uuid4()}&text=".encode() + b"%FF%FEkelvoton%C3 tavu"
    answer = resident.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 303


def test_two_edits_at_once_show_both_texts(as_role, world):
    post = world.things["kokkola", "post"]
    first, second = as_role("resident"), as_role("resident")
    forms = []
    for visitor in (first, second):
        page = visitor.get(f"/posts/{post}/edit")
        forms.append(posting_form(page.text, ["text", "version"]))
    assert first.post(f"/posts/{post}/edit", data=forms[0].filled({"text": "Ensimmäinen tallennus"})).status_code == 303
    late = second.post(f"/posts/{post}/edit", data=forms[1].filled({"text": "Toinen tallennus"}))
    assert late.status_code == 409
    assert "Ensimmäinen tallennus" in late.text
    assert "Toinen tallennus" in late.text
    again = posting_form(late.text, ["text", "version"])
    merged = second.post(f"/posts/{post}/edit", data=again.filled({"text": "Molemmat yhdessä"}))
    assert merged.status_code == 303
    history = second.get(f"/posts/{post}/history").text
    assert "Ensimmäinen" in history
    assert "Molemmat" in history


def test_a_form_from_before_signing_out_gives_the_text_back(as_role, world, reading, town):
    resident, path = as_role("resident"), f"/topics/{world.things['kokkola', 'topic']}/reply"
    token = resident.token_of(path)
    assert resident.submit("/account", action="sign-out").status_code == 303
    text = "Pitkään mietitty ajatus, jota ei saa kadottaa."
    with reading(town) as db:
        before = post_count(db)
    answer = resident.post(path, data={"csrf_token": token, "submission": str(uuid4()), "text": text})
    assert answer.status_code in (400, 401)
    assert text in answer.text
    with reading(town) as db:
        assert post_count(db) == before


def test_the_same_reply_twice_is_one_post(reply, reading, town):
    submission = str(uuid4())
    with reading(town) as db:
        before = post_count(db)
    first, second = reply("Kerran riittää.", submission=submission), reply("Kerran riittää.", submission=submission)
    assert first.location == second.location
    with reading(town) as db:
        assert post_count(db) == before + 1


@pytest.mark.parametrize(
    "name", ["tenant_id", "author_id", "id", "created_at", "hidden_at", "n", "channel", "keyed_by"]
)
def test_fields_that_no_form_has_change_nothing(reply, reading, town, world, name):
    foreign = str(world.members["kronoby", "admin"])
    answer = reply("Tavallinen viesti.", **{name: foreign})
    assert answer.status_code == 303
    with reading(town) as db:
        newest = db.scalars(
            select(Post).where(Post.tenant_id == town.id).order_by(Post.created_at.desc()).limit(1)
        ).one()
        assert (newest.author_id, newest.tenant_id) == (world.members["kokkola", "resident"], town.id)
        assert (newest.channel, newest.keyed_by, newest.hidden_at) == ("online", None, None)


def test_a_quote_of_another_tenants_post_is_dropped(reply, reading, town, world):
    answer = reply("Lainaan naapuria.", quote=str(world.things["kronoby", "post"]))
    assert answer.status_code == 303
    with reading(town) as db:
        newest = db.scalars(
            select(Post).where(Post.tenant_id == town.id).order_by(Post.created_at.desc()).limit(1)
        ).one()
        assert newest.quote_of is None


def test_a_plugin_that_refuses_keeps_the_numbers_dense(app, reply, reading, town, world, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise InvalidError("Ei käy.")

    monkeypatch.setattr(app.registry, "insist", refuse)
    assert reply("Torjuttu.").status_code == 422
    monkeypatch.undo()
    with reading(town) as db:
        before = posts.newest(db, world.things["kokkola", "conversation"])
    assert reply("Hyväksytty.").status_code == 303
    with reading(town) as db:
        assert posts.newest(db, world.things["kokkola", "conversation"]) == before + 1

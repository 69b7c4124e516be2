"""Pictures in posts: what is taken and refused, what is kept of it, and who sees it."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select, update
from tests.core import photos
from tests.core.photos import WORDS, name_of, photo, send

from talkoot import clock
from talkoot.conversations import posts
from talkoot.files import drawing, pictures
from talkoot.files.models import File
from talkoot.files.storage import Key
from talkoot.tenants import registering


@pytest.fixture
def topic(world) -> str:
    return f"/topics/{world.things['kokkola', 'topic']}"


@pytest.fixture
def sent(as_role):
    """`sent("resident")`: somebody's new picture as it is named in a text."""

    def by(role, **more):
        answer = send(as_role(role), photo(**more))
        assert answer.status_code == 200, answer.text
        return answer.json["text"]

    return by


@pytest.fixture
def posted(as_role, sent, topic):
    """A picture in a post: its name and the post's address."""
    markdown = sent("resident")
    answer = as_role("resident").submit(f"{topic}/reply", text=f"Look:\n\n{markdown}")
    assert answer.status_code == 303
    return name_of(markdown)


def small(name):
    return f"/files/{name}-small.webp"


def large(name):
    return f"/files/{name}.webp"


def rows(db):
    return db.scalars(select(File).where(File.tenant_id == db.tenant.id)).all()


# --- taken and shown ----------------------------------------------------------------------------------------------


def test_a_picture_in_a_post_is_seen_by_everybody(client, posted, topic, address, visitor):
    guest = visitor(by=address)
    page = guest.get(topic, follow_redirects=True).text
    root = "/kokkola" if address == "path" else ""
    assert (
        f'<a href="{root}/files/{posted}.webp" rel="nofollow ugc noopener"><img src="{root}/files/{posted}-small.webp" '
        f'alt="{WORDS}" width="960" height="720" loading="lazy"></a>'
    ) in page
    for path, width in ((small(posted), 960), (large(posted), 1200)):
        answer = guest.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert Image.open(io.BytesIO(answer.data)).size == (width, width * 3 // 4)


def test_it_is_served_so_that_nothing_in_it_can_run(client, posted):
    """security.md rows 10 and 33."""
    headers = client.get(large(posted)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert headers["Content-Disposition"] == f'inline; filename="{posted}.webp"'
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Set-Cookie" not in headers


def test_a_browser_that_has_it_is_told_that_it_has_not_changed(client, posted):
    tag = client.get(large(posted)).headers["ETag"]
    answer = client.get(large(posted), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert client.get(small(posted), headers={"If-None-Match": tag}).status_code == 200


def test_a_picture_costs_two_statements(client, posted, query_budget):
    with query_budget(2):
        client.get(small(posted))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_it_is_is_told_by_its_content(as_role, kind):
    assert send(as_role("resident"), photo(kind), name="a.html", kind="text/html").status_code == 200


def test_of_a_moving_picture_the_first_one_is_taken(as_role, client):
    frames = [Image.new("RGB", (300, 200), (n * 60, 0, 0)) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    resident = as_role("resident")
    answer = send(resident, out.getvalue())
    shown = Image.open(io.BytesIO(resident.get(large(name_of(answer.json["text"]))).data))
    assert (shown.size, getattr(shown, "n_frames", 1)) == ((300, 200), 1)


def test_nothing_but_the_pixels_is_kept(as_role, app, town):
    data = photos.photo_of_a_phone() + b"<svg onload=alert(1)>"
    assert b"Secretphone" in data
    assert b"GPS" in data or Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    resident = as_role("resident")
    name = name_of(send(resident, data).json["text"])
    for path in (small(name), large(name)):
        kept = resident.get(path).data
        made = Image.open(io.BytesIO(kept))
        assert not made.getexif()
        assert made.size[0] < made.size[1], "it was turned as the phone was held"
        for trace in (b"Secretphone", photos.PLACE, b"2026:05:01", b"EXIF", b"Exif", b"XMP", b"ICCP", b"svg"):
            assert trace not in kept, trace


def test_a_clear_picture_stays_clear(as_role):
    out = io.BytesIO()
    Image.new("RGBA", (300, 200), (0, 0, 0, 0)).save(out, "PNG")
    resident = as_role("resident")
    shown = resident.get(large(name_of(send(resident, out.getvalue()).json["text"])))
    assert Image.open(io.BytesIO(shown.data)).convert("RGBA").getpixel((5, 5))[3] == 0


# --- refused ------------------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def bomb(side):
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    return out.getvalue()


REFUSED = {
    "svg": SVG,
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj",
    "web archive": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<script>",
    "gif and script": b"GIF89a/*" + b"*/=1;alert(1)",
    "jpeg head and html": b"\xff\xd8\xff\xe0" + b"<html><script>alert(1)</script>",
    "tiff": photo("TIFF"),
    "bmp": photo("BMP"),
    "icon": photo("ICO", size=(64, 64)),
    "half a jpeg": photo()[:400],
    "too small": photo(size=(8, 8)),
    "seven thousand pixels high and wide": bomb(7_000),
    "fifty thousand": bomb(50_000),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_in_words(app, as_role, reading, town, what):
    began = time.monotonic()
    answer = send(as_role("resident"), REFUSED[what], name='"><svg onload=alert(1)>.jpg')
    assert answer.status_code == 422
    assert answer.json["field"] == "picture"
    assert "onload" not in answer.text
    assert time.monotonic() - began < 10
    with reading(town) as db:
        assert rows(db) == []
    assert list(app.storage.kept(town.id)) == []


def test_a_file_of_too_many_bytes_is_refused(as_role):
    answer = send(as_role("resident"), photo() + bytes(pictures.MOST_BYTES))
    assert (answer.status_code, "12 megabytes" in answer.json["error"]) == (422, True)


def test_a_form_that_is_larger_still_is_cut_off(as_role):
    assert send(as_role("resident"), bytes(25_000_000)).status_code == 413


def test_a_guests_form_may_not_be_large(client):
    assert send(client, bytes(2_500_000)).status_code == 413


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"words": ""}, "picture_words"), ({"words": " \n "}, "picture_words"), ({"words": "x" * 501}, "picture_words")],
)
def test_what_is_in_it_must_be_told(as_role, fields, field):
    answer = send(as_role("resident"), photo(), **fields)
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_a_picture_that_only_decorates_needs_no_words_and_is_no_link(as_role, client, topic):
    resident = as_role("resident")
    markdown = send(resident, photo(), words="", picture_decorates="1").json["text"]
    resident.submit(f"{topic}/reply", text=f"Happy midsummer!\n\n{markdown}")
    page = client.get(topic, follow_redirects=True).text
    assert f'<p dir="auto"><img src="/kokkola/files/{name_of(markdown)}-small.webp" alt=""' in page


def test_only_members_may_send_one(as_role, client, town, reading):
    assert send(client, photo()).status_code == 401
    assert send(as_role("stranger"), photo()).status_code == 303  # to the page on which one joins
    with reading(town) as db:
        assert rows(db) == []


def test_a_site_may_have_none(as_role, writing, town, topic):
    assert "add-picture" in as_role("resident").get(topic, follow_redirects=True).text
    with writing(None) as db:
        registering.set_setting(db, town.id, {pictures.PER_DAY: 0})
    resident = as_role("resident")
    assert "add-picture" not in resident.get(topic, follow_redirects=True).text
    answer = send(resident, photo())
    assert (answer.status_code, "cannot be added" in answer.json["error"]) == (422, True)


def test_so_many_a_day_and_no_more(as_role, writing, town, clock):
    with writing(None) as db:
        registering.set_setting(db, town.id, {pictures.PER_DAY: 2})
    resident = as_role("resident")
    assert [send(resident, photo()).status_code for _ in range(3)] == [200, 200, 422]
    assert send(as_role("convener"), photo()).status_code == 200, "each has their own"
    clock.shift(timedelta(hours=25))
    assert send(as_role("resident"), photo()).status_code == 200


def test_the_same_form_twice_is_one_picture(as_role, reading, town):
    resident, key = as_role("resident"), str(uuid4())
    texts = {send(resident, photo(), submission=key).json["text"] for _ in range(2)}
    other = send(resident, photo(colour=(9, 9, 9)), submission=key).json["text"]
    assert len(texts) == 1
    assert other not in texts
    with reading(town) as db:
        assert len(rows(db)) == 2


def test_a_full_disk_is_said_and_leaves_nothing(app, as_role, reading, town, monkeypatch):
    def full(_key, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(app.storage, "put", full)
    answer = send(as_role("resident"), photo())
    assert (answer.status_code, "no room" in answer.json["error"]) == (422, True)
    with reading(town) as db:
        assert rows(db) == []


# --- in a text ----------------------------------------------------------------------------------------------------


def shown_after(person, client, topic, text):
    answer = person.submit(f"{topic}/reply", text=text)
    assert answer.status_code == 303
    return client.get(topic, follow_redirects=True).text


def test_somebody_elses_or_a_made_up_picture_stays_text(as_role, client, topic, sent):
    official = sent("official")
    page = shown_after(as_role("resident"), client, topic, f"Mine now: {official} ![x](file:0123456789ab)")
    assert "<img" not in page.partition("Mine now")[2].partition("</article>")[0]
    assert official in page


def test_another_municipalitys_picture_stays_text(as_role, client, topic, neighbour, sent):
    theirs = send(as_role("resident", tenant=neighbour), photo()).json["text"]
    page = shown_after(as_role("resident"), client, topic, f"Foreign: {theirs}")
    assert "<img" not in page.partition("Foreign")[2].partition("</article>")[0]


def test_a_picture_stands_in_one_post(as_role, client, topic, sent):
    resident, markdown = as_role("resident"), sent("resident")
    shown_after(resident, client, topic, f"First {markdown}")
    page = shown_after(resident, client, topic, f"Second {markdown}")
    assert "<img" in page.partition("First")[2].partition("</article>")[0]
    assert "<img" not in page.partition("Second")[2].partition("</article>")[0]


def test_who_quotes_a_picture_quotes_what_is_in_it(as_role, topic, posted, reading, town):
    with reading(town) as db:
        post_id = rows(db)[0].post_id
    page = as_role("official").get(f"{topic}/reply?quote={post_id}").text
    assert f"[{WORDS}]" in page
    assert "](file:" not in page


def test_a_text_without_pictures_costs_no_question(app, writing, town, world, query_budget):
    with writing(town) as db, query_budget(0):
        assert pictures.known(db, "No picture in here.", world.members["kokkola", "resident"]) == {}


def test_editing_keeps_a_picture_and_takes_one_away(as_role, client, topic, posted, sent, reading, town, app):
    resident = as_role("resident")
    with reading(town) as db:
        path = f"/posts/{rows(db)[0].post_id}/edit"
    another = sent("resident", colour=(1, 2, 3))
    resident.submit(path, text=f"Both ![new words](file:{posted}) {another}")
    assert client.get(large(posted)).status_code == client.get(large(name_of(another))).status_code == 200
    assert 'alt="new words"' in client.get(topic, follow_redirects=True).text
    resident.submit(path, text=f"One {another}")
    assert client.get(large(posted)).status_code == 404, "at once, and not when it is swept"
    assert resident.get(large(posted)).status_code == 200
    resident.submit(path, text=f"Again ![back](file:{posted})")
    assert client.get(large(posted)).status_code == 200


def test_posts_are_rendered_anew_with_their_pictures(run, client, topic, posted, writing, town):
    from talkoot.conversations.models import Post

    with writing(town) as db:
        db.execute(update(Post).where(Post.tenant_id == town.id).values(renderer=1, html="old"))
    assert run("db", "render").exit_code == 0
    assert f"/files/{posted}-small.webp" in client.get(topic, follow_redirects=True).text


# --- who sees it --------------------------------------------------------------------------------------------------


def test_before_it_stands_in_a_post_only_its_sender_sees_it(as_role, client, sent):
    name = name_of(sent("resident"))
    mine = as_role("resident").get(small(name))
    assert (mine.status_code, mine.headers["Cache-Control"]) == (200, "private, no-cache")
    for other in (client, as_role("admin"), as_role("official")):
        assert other.get(small(name)).status_code == 404


def test_a_picture_of_another_municipality_is_not_there(visitor, neighbour, region, posted, address):
    assert visitor(by=address).get(small(posted)).status_code == 200
    for tenant in (neighbour, region, None):
        assert visitor(tenant, by=address).get(small(posted)).status_code == 404


def test_who_may_not_read_the_forum_does_not_see_its_pictures(as_role, client, sent, world):
    inner, markdown = world.things["kokkola", "members' topic"], sent("resident")
    as_role("resident").submit(f"/topics/{inner}/reply", text=markdown)
    name = name_of(markdown)
    answer = as_role("official").get(small(name))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    assert client.get(small(name)).status_code == as_role("stranger").get(small(name)).status_code == 404


def test_a_hidden_posts_picture_is_seen_by_moderators_only(as_role, client, posted, writing, reading, town, app, world):
    with writing(town) as db:
        post = posts.get(db, rows(db)[0].post_id)
        posts.hide(db, app.registry, post, world.members["kokkola", "moderator"], "Somebody's child.")
    assert client.get(small(posted)).status_code == as_role("resident").get(small(posted)).status_code == 404
    assert as_role("moderator").get(small(posted)).status_code == 200
    assert as_role("moderator").get(small(posted)).headers["Cache-Control"] == "private, no-cache"


def test_an_erased_posts_picture_is_gone_for_all(as_role, posted, writing, town):
    with writing(town) as db:
        post = posts.get(db, rows(db)[0].post_id)
        post.erased_at = clock.now()
    for role in ("resident", "moderator", "admin"):
        assert as_role(role).get(small(posted)).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "settings.toml",
        "..%2f..%2fsettings.toml",
        "0123456789ab.svg",
        "0123456789ab-huge.webp",
        "0123456789AB.webp",
    ],
)
def test_what_is_no_name_of_a_picture_costs_nothing(client, query_budget, name):
    with query_budget(0):
        assert client.get(f"/files/{name}").status_code == 404


def test_a_picture_whose_file_is_lost_is_404_and_the_page_still_comes(app, client, topic, posted, town):
    for size in pictures.SIZES:
        app.storage.delete(Key(town.id, f"{posted}{size}.webp"))
    assert client.get(small(posted)).status_code == 404
    assert client.get(topic, follow_redirects=True).status_code == 200


# --- without JavaScript -------------------------------------------------------------------------------------------


def form_of(person, path):
    from talkoot.testing.forms import posting_form

    return posting_form(person.get(path).text, ["add_picture"]).filled({})


@pytest.mark.parametrize("where", ["reply", "new", "edit"])
def test_the_form_comes_back_with_the_picture_in_the_text(as_role, client, topic, world, where):
    paths = {
        "reply": f"{topic}/reply",
        "new": f"/forums/{world.things['kokkola', 'forum']}/new",
        "edit": f"/posts/{world.things['kokkola', 'post']}/edit",
    }
    resident = as_role("resident")
    before = client.get(topic, follow_redirects=True).text
    fields = form_of(resident, paths[where]) | {"text": "My words", "picture_words": WORDS, "add_picture": "1"}
    if where == "new":
        fields["title"] = "My title"
    answer = photos.post(resident, paths[where], fields, photo())
    assert answer.status_code == 200
    assert "The picture is in your text" in answer.text
    text = dict(form_fields(answer.text))["text"]
    assert text.startswith(f"My words\n\n![{WORDS}](file:")
    assert where != "new" or dict(form_fields(answer.text))["title"] == "My title"
    assert client.get(topic, follow_redirects=True).text == before, "nothing was posted"


def form_fields(html):
    from talkoot.testing.forms import posting_form

    return posting_form(html, ["add_picture"]).fields


def test_a_refused_picture_leaves_the_text(as_role, topic):
    resident = as_role("resident")
    fields = form_of(resident, f"{topic}/reply") | {"text": "My words", "picture_words": "", "add_picture": "1"}
    answer = photos.post(resident, f"{topic}/reply", fields, photo())
    assert answer.status_code == 422
    assert dict(form_fields(answer.text))["text"] == "My words"
    assert 'href="#picture_words"' in answer.text
    assert "<details" in answer.text
    assert " open>" in answer.text


def test_the_button_without_a_file_says_so(as_role, topic):
    resident = as_role("resident")
    answer = resident.submit(f"{topic}/reply?lang=en", text="My words", picture_words=WORDS, add_picture="1")
    assert (answer.status_code, "Choose a picture first." in answer.text) == (422, True)


# --- what it costs others -----------------------------------------------------------------------------------------


def test_only_so_many_are_drawn_at_once(as_role, monkeypatch):
    """The others wait a little, and are then told to try again; their text is given back to them."""
    monkeypatch.setattr(drawing, "WAIT_SECONDS", 0.05)
    resident = as_role("resident")
    token = resident.token_of("/feedback")
    for _ in range(drawing.AT_ONCE):
        assert drawing._turns.acquire(blocking=False)
    try:
        answer = send(resident, photo(), token=token)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "0.05")
    finally:
        for _ in range(drawing.AT_ONCE):
            drawing._turns.release()
    assert send(resident, photo(), token=token).status_code == 200


def test_nobody_waits_for_the_database_while_a_picture_is_drawn(app, as_role, installation, monkeypatch):
    """On SQLite everybody else's writing would wait; on PostgreSQL a connection would stand idle."""
    taken, draw = [], drawing._run

    def run(*arguments):
        taken.append(installation.open_connections())
        return draw(*arguments)

    monkeypatch.setattr(drawing, "_run", run)
    assert send(as_role("resident"), photo()).status_code == 200
    assert taken == [0]


def test_who_sends_rubbish_all_the_time_is_stopped(as_role, monkeypatch):
    from limits import parse

    from talkoot.web import limits

    monkeypatch.setattr(limits, "PICTURES", parse("3/hour"))
    resident = as_role("resident")
    token = resident.token_of("/feedback")
    assert [send(resident, b"rubbish", token=token).status_code for _ in range(4)] == [422, 422, 422, 429]

"""Pictures that hang on a reply stand below it, drawn anew; what is no picture is left out with a word to the writer."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image
from sqlalchemy import update
from tests.core import photos
from tests.core.mail import carrying, clients
from tests.core.mail.carrying import file, forwarded, image, mixed, photo
from tests.racing import in_parallel

from talkoot import clock as now
from talkoot.conversations import images
from talkoot.conversations.models import Post
from talkoot.files import drawing, pictures
from talkoot.files.storage import Key
from talkoot.incoming import attached, illustrating, letters
from talkoot.incoming.letters import Envelope
from talkoot.tenants import registering
from talkoot_forums.models import Topic


def alts(post: Post) -> list[str]:
    return [words for words, _ in images.NAMED.findall(post.source)]


# --- taken --------------------------------------------------------------------------------------------------------------


def test_a_picture_stands_below_the_words_and_is_seen_by_everybody(take, newest, kept, client, app, town):
    assert take(mixed("Tässä lamppu.", image(photo(), "IMG_2041.jpg"))).kind == "posted"
    [file] = kept()
    assert newest().source == f"Tässä lamppu.\n\n![Picture sent by mail](file:{file.name})"
    assert f'<img src="talkoot:files/{file.name}-small.webp" alt="Picture sent by mail"' in newest().html
    assert (file.post_id, file.unused_since) == (newest().id, None)
    answer = client.get(f"/files/{file.name}.webp")
    assert Image.open(io.BytesIO(answer.data)).size == (640, 480)


def test_nothing_of_the_sent_file_is_kept_but_its_pixels(take, newest, kept, app, town):
    data = photos.photo_of_a_phone()
    assert take(mixed("Kuva", image(data + b"x" * 5000, "IMG_1.jpg"))).kind == "posted"
    [file] = kept()
    held = app.storage.get(Key(town.id, f"{file.name}.webp"))
    assert held
    assert not Image.open(io.BytesIO(held)).getexif()
    assert b"Secretphone" not in held
    assert file.width < file.height, "it was turned as the phone was held"


def test_what_it_is_its_content_tells(take, newest, kept):
    sent = (file(photo(kind), f"kuva-{kind}.dat") for kind in ("JPEG", "PNG", "WEBP", "GIF"))
    assert take(mixed("Kuvia", *sent)).kind == "posted"
    assert len(kept()) == 4


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (lambda: carrying.iphone(photo()), "Tässä lamppu:"),
        (lambda: carrying.gmail_attached(photo()), clients.ANSWER["fi"]),
        (lambda: carrying.gmail_inline(photo(), photo(seed=2)), "Tässä lamppu:"),
        (lambda: carrying.outlook_inline(photo(), photo("PNG", (320, 180), seed=3)), clients.ANSWER["fi"]),
        (lambda: carrying.signed(photo()), "Tässä lamppu, allekirjoitettuna."),
    ],
    ids=["iPhone", "Gmail, attached", "Gmail, among the words", "Outlook", "signed"],
)
def test_as_programs_send_them_one_is_taken_and_no_other(take, newest, kept, mails, raw, words):
    """Neither what is quoted nor what stands in the signature, nor the words that mark a picture's place."""
    assert take(raw()).kind == "posted"
    [file] = kept()
    assert newest().source == f"{words}\n\n![Picture sent by mail](file:{file.name})"
    assert not any("left out" in str(mail["Subject"]) for mail in mails())


def test_which_of_the_pictures_among_the_words_is_the_writers_own():
    letter = letters.read(carrying.gmail_inline(photo(seed=7), photo(seed=8)), Envelope())
    assert letter
    [sent] = attached.of(letter).pictures
    assert sent.data == photo(seed=7)


def test_a_mail_with_a_picture_alone_is_a_reply(take, newest, kept):
    assert take(carrying.iphone(photo()).replace("Tässä lamppu:".encode(), b"")).kind == "posted"
    raw = mixed("\n", image(photo(seed=2), "IMG_3.jpg"), identity="alone")
    assert take(raw).kind == "posted"
    assert newest().source == f"![Picture sent by mail](file:{kept()[-1].name})"


def test_tiny_pictures_among_the_words_are_passed_over_in_silence(take, newest, kept, mails):
    dot = io.BytesIO()
    Image.new("RGB", (1, 1)).save(dot, "GIF")
    logo = photo("PNG", (140, 60))
    raw = mixed(
        "Terve",
        image(dot.getvalue(), "", cid="dot", disposition="inline", kind="gif"),
        image(logo, "logo.png", cid="logo", disposition="inline", kind="png"),
    )
    assert len(logo) > attached.LEAST_BYTES
    assert take(raw).kind == "posted"
    assert (newest().source, kept(), mails()) == ("Terve", [], [])


def test_several_pictures_say_which_one_of_how_many_they_are(take, newest):
    take(mixed("Kuvia", *(image(photo(seed=n), f"IMG_{n}.jpg") for n in range(3))))
    assert alts(newest()) == [f"Picture {n} of 3 sent by mail" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rikkinainen_lamppu-koulun-edessa.jpg", "rikkinainen lamppu koulun edessa"),
        ("Trasig lampa vid skolan.jpeg", "Trasig lampa vid skolan"),
        ("IMG_20260603_120311.jpg", ""),
        ("IMG-20260603-WA0007.jpg", ""),
        ("WhatsApp Image 2026-06-03 at 12.00.00.jpeg", ""),
        ("Näyttökuva 2026-06-03 kello 12.00.png", ""),
        ("Screenshot from home page.png", ""),
        ("lamppu.jpg", ""),
        ("DSC00012.JPG", ""),
        ("7f3a9c1e-ab12-4cde.jpg", ""),
        ("", ""),
    ],
)
def test_a_name_is_told_where_it_describes_something(name, words):
    assert illustrating.described(name) == words


def test_the_writer_is_asked_for_words_once_a_week_and_can_give_them(take, newest, told, as_role, clock):
    take(mixed("Yksi", image(photo(), "IMG_1.jpg")))
    take(mixed("Kaksi", image(photo(seed=2), "IMG_2.jpg"), identity="second"))
    take(mixed("Kolme", image(photo(seed=3), "dark lamp at school.jpg"), identity="third"))
    assert alts(newest()) == ["dark lamp at school"]
    text = told()
    assert "Please tell in a few words what is in the picture" in text
    address = text.split("/posts/")[1].split("/edit")[0]
    resident = as_role("resident")
    form = resident.get(f"/posts/{address}/edit?lang=en")
    assert "![Picture sent by mail](file:" in form.text
    source = form.text.split("![Picture sent by mail](")[1].split(")")[0]
    resident.submit(f"/posts/{address}/edit", text=f"Yksi\n\n![Tumma lamppu]({source})", version="1")
    page = resident.get(f"/posts/{address}", follow_redirects=True).text
    assert 'alt="Tumma lamppu"' in page


# --- once ---------------------------------------------------------------------------------------------------------------


def test_a_copy_adds_neither_post_nor_picture_nor_answer(take, newest, kept, mails, shown):
    raw = mixed("Kuva ja tiedosto", image(photo(), "IMG_1.jpg"), file(b"MZ", "ohjelma.exe"))
    assert [take(raw).kind, take(raw).kind] == ["posted", "again"]
    assert len(kept()) == len(mails()) == 1
    assert [outcome.kind for outcome in in_parallel(lambda _: take(raw), 3)] == ["again"] * 3
    assert len(kept()) == 1


def test_copies_at_once_make_one_post_with_its_pictures(take, newest, kept):
    raw = mixed("Kuvia", image(photo(), "IMG_1.jpg"), image(photo(seed=2), "IMG_2.jpg"), image(photo(), "IMG_1.jpg"))
    kinds = [outcome.kind for outcome in in_parallel(lambda _: take(raw), 3)]
    assert sorted(kinds) == ["again", "again", "posted"]
    assert {file.post_id for file in kept()} == {newest().id}
    assert len(alts(newest())) == len(kept()) == 2


def test_killed_between_picture_and_post_the_next_delivery_finds_it(take, newest, kept, monkeypatch):
    raw = mixed("Kuva", image(photo(), "IMG_1.jpg"))
    with monkeypatch.context() as patch:
        patch.setattr("talkoot.incoming.receiving._Reply._post", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take(raw)
    [file] = kept()
    assert (file.post_id, file.unused_since is None) == (None, False), "it would be swept"
    assert take(raw).kind == "posted"
    assert [(one.name, one.post_id) for one in kept()] == [(file.name, newest().id)]


# --- left out -----------------------------------------------------------------------------------------------------------


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(10_000_000))
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (6_400, 6_400)).save(out, "PNG")
    return out.getvalue()


LEFT = {
    "no picture": (lambda: image(b"MZ this is a program" * 500, "kuva.jpg"), "kuva.jpg"),
    "a picture's beginning and no more": (lambda: image(photo()[:200] + b"\0" * 9000, "rikki.jpg"), "rikki.jpg: "),
    "a bomb of pixels": (lambda: image(bomb(), "iso.png", kind="png"), "iso.png: The picture has too many pixels"),
    "a bomb of an archive": (lambda: file(archive(), "paketti.zip", "zip"), "paketti.zip"),
    "an Outlook parcel": (lambda: file(b"\x78\x9f\x3e\x22" + b"x" * 100, "winmail.dat", "ms-tnef"), "winmail.dat"),
    "a drawing that can run": (lambda: file(b"<svg onload='alert(1)'/>", "kuva.svg", "svg+xml"), "kuva.svg"),
    "a mail": (lambda: forwarded("Vanha tiedote"), "Vanha tiedote"),
    "no name": (lambda: file(b"%PDF-1.7", ""), "a file without a name"),
    "a small picture": (lambda: image(photo(size=(90, 400)), "pieni.jpg"), "pieni.jpg: The picture is too small"),
    "too many bytes": (
        lambda: image(photo() + bytes(pictures.MOST_BYTES), "suuri.jpg"),
        "suuri.jpg: The file is too large",
    ),
}


def test_what_cannot_be_shown_is_left_out_with_a_word_and_the_text_is_not(take, newest, kept, told):
    assert take(mixed("Tässä.", *(part() for part, _ in LEFT.values()))).kind == "posted"
    assert (newest().source, kept()) == ("Tässä.", [])
    text = told()
    assert "Only pictures can be sent along by mail" in text
    for name, (_, word) in LEFT.items():
        assert f"- {word}" in text, name


def test_what_cannot_be_shown_keeps_no_picture_from_being_shown(take, newest, kept, told):
    take(mixed("Tässä.", LEFT["a bomb of pixels"][0](), image(photo(), "IMG_1.jpg"), file(b"%PDF", "kartta.pdf")))
    assert len(kept()) == len(alts(newest())) == 1
    assert "iso.png" in (text := told())
    assert "- kartta.pdf\n\nThe discussion: http" in text, "on lines of their own"
    assert "IMG_1.jpg" not in text


def test_so_many_of_one_mail_and_no_more(take, newest, kept, told, monkeypatch):
    monkeypatch.setattr(illustrating, "MOST", 2)
    take(mixed("Kuvia", *(image(photo(seed=n), f"IMG_{n}.jpg") for n in range(4))))
    assert len(kept()) == len(alts(newest())) == 2
    assert "IMG_3.jpg: One mail brings at most 2 pictures." in told()


def test_two_hundred_parts_are_one_short_answer(take, newest, told):
    assert take(mixed("Paljon.", *(file(b"x", f"{n}.txt") for n in range(190)))).kind == "posted"
    text = told()
    assert "- and 160 more files" in text
    assert "189.txt" not in text


def test_the_days_number_of_pictures_counts_by_mail_too(take, newest, kept, told, writing, town, world):
    with writing(None) as db:
        registering.set_setting(db, town.id, {pictures.PER_DAY: 1})
    take(mixed("Kuvia", image(photo(), "IMG_1.jpg"), image(photo(seed=2), "IMG_2.jpg")))
    assert len(kept()) == 1
    assert "IMG_2.jpg: You have added 1 picture within a day" in told()


def test_while_too_many_are_drawn_the_text_is_not_kept_waiting(take, newest, told, monkeypatch):
    monkeypatch.setattr(drawing, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(drawing, "_turns", type("Busy", (), {"acquire": lambda *_, **__: False})())
    assert take(mixed("Tässä.", image(photo(), "IMG_1.jpg"))).kind == "posted"
    assert "IMG_1.jpg: There is no room for pictures at the moment" in told()


def test_without_room_for_files_the_text_is_published(take, newest, told, mail_app, monkeypatch):
    class Full:
        def put(self, *_):
            raise OSError("No space left on device")

    monkeypatch.setitem(mail_app.__dict__, "storage", Full())
    assert take(mixed("Tässä.", image(photo(), "IMG_1.jpg"))).kind == "posted"
    assert newest().source == "Tässä."
    assert "IMG_1.jpg: There is no room" in told()


def test_where_nothing_may_be_written_no_picture_is_drawn(take, kept, writing, town, english, monkeypatch):
    monkeypatch.setattr(drawing, "redrawn", lambda *_: pytest.fail("drawn"))
    with writing(town) as db:
        db.execute(update(Topic).where(Topic.tenant_id == town.id).values(closed_at=now.now()))
    assert take(mixed("Tässä.", image(photo(), "IMG_1.jpg"))).detail == "closed"
    assert kept() == []


def test_without_words_or_a_picture_the_writer_is_told_what_failed(take, newest, told, shown):
    before = shown()
    assert take(mixed("\n", file(b"%PDF", "kartta.pdf"))).detail == "empty"
    assert shown() == before
    assert "- kartta.pdf" in told()

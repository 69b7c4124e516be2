"""A tenant's logo: what is taken and what is refused, where it lies, who sees it, and how it goes away again."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from dataclasses import asdict

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from talkoot.errors import InvalidError
from talkoot.files import drawing, redrawing
from talkoot.tenants import logos

SIZE = (300, 100)


def picture(kind="PNG", colour=(20, 60, 120, 255), size=SIZE, **more):
    """The bytes of a plain picture: a coloured field in the middle of a clear one, or of a white one in a JPEG."""
    clear = kind != "JPEG"
    made = Image.new("RGBA" if clear else "RGB", size, (0, 0, 0, 0) if clear else (255, 255, 255))
    made.paste(colour if clear else colour[:3], (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    out = io.BytesIO()
    made.save(out, kind, **more)
    return out.getvalue()


def upload(admin, data, name="logo.png", kind="image/png"):
    return send(admin, admin.token_of("/staff/settings/logo"), data, name, kind)


def send(person, token, data, name="logo.png", kind="image/png"):
    sent = FileStorage(io.BytesIO(data), filename=name, content_type=kind)
    boundary, body = encode_multipart({"csrf_token": token, "logo": sent})
    return person.post(
        "/staff/settings/logo?lang=en", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def logo_in(text):
    """The address of the logo in the head of a page; empty when the shield stands there."""
    head = text.partition("</header>")[0]
    assert ('class="site-logo' in head) != ('class="site-mark"' in head), "one of the two, never both"
    return head.partition('class="site-logo')[2].partition('src="')[2].partition('"')[0]


def files(app, tenant):
    return sorted(path.name for path in logos.folder(app.settings.instance, tenant.id).glob("*"))


@pytest.fixture(autouse=True)
def empty_folders(app):
    """The database begins anew for each test; so do the folders."""
    for tenant in app.directory.current().tenants:
        for path in logos.folder(app.settings.instance, tenant.id).glob("*"):
            path.unlink()


# --- taken and shown ----------------------------------------------------------------------------------------------


def test_a_logo_stands_in_the_head_of_every_page_with_the_sites_name(as_role, visitor, town, address):
    assert upload(as_role("admin", by=address), picture()).status_code == 303
    guest = visitor(by=address)
    for path in ("/", "/forums/", "/about/privacy", "/sign-in", "/nothing-here"):
        head = guest.get(path).text.partition("</header>")[0]
        assert logo_in(head), path
        assert 'alt="Kokkola"' in head
        assert '<span aria-hidden="true">Kokkola</span>' in head, "a screen reader says the name once"
        assert f'src="{"/kokkola" if address == "path" else ""}/logo/' in head


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_is_served_as_what_it_is_for_ever_and_harmlessly(as_role, client, kind):
    upload(as_role("admin"), picture(kind), name="whatever.txt", kind="text/html")
    answer = client.get(logo_in(client.get("/").text))
    assert answer.status_code == 200
    assert answer.mimetype == f"image/{kind.lower()}"
    assert Image.open(io.BytesIO(answer.data)).format == kind
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert "Set-Cookie" not in answer.headers


def test_a_large_picture_becomes_small_and_keeps_its_shape(as_role, client):
    upload(as_role("admin"), picture(size=(3000, 1000)))
    page = client.get("/").text
    assert 'width="432" height="144"' in page
    assert Image.open(io.BytesIO(client.get(logo_in(page)).data)).size == (432, 144)


@pytest.mark.parametrize(("colour", "light"), [((20, 60, 120, 255), False), ((250, 250, 240, 255), True)])
def test_a_light_logo_gets_no_white_plate(as_role, client, colour, light):
    upload(as_role("admin"), picture(colour=colour))
    assert ('class="site-logo light' in client.get("/").text) == light


def test_the_picture_with_white_ground_is_not_light(as_role, client):
    upload(as_role("admin"), picture("JPEG"))
    assert 'class="site-logo light' not in client.get("/").text


# --- other sites --------------------------------------------------------------------------------------------------


def test_another_site_neither_shows_nor_serves_it(as_role, visitor, town, neighbour, address):
    upload(as_role("admin"), picture())
    name = logo_in(visitor(by="path").get("/").text).rpartition("/")[2]
    assert visitor(by=address).get(f"/logo/{name}").status_code == 200
    for other in (neighbour, None):
        assert visitor(other, by=address).get(f"/logo/{name}").status_code == 404
        assert name not in visitor(other, by=address).get("/").text


def test_each_tenant_has_a_folder_of_its_own(app, as_role, town, neighbour):
    upload(as_role("admin"), picture())
    upload(as_role("admin", tenant=neighbour), picture(colour=(1, 2, 3, 255)))
    mine, theirs = (logos.folder(app.settings.instance, t.id) for t in (town, neighbour))
    assert str(town.id) in mine.parts[-2]
    assert mine != theirs
    assert len(files(app, town)) == len(files(app, neighbour)) == 1
    assert app.settings.instance / "uploads" in mine.parents, "the backup takes this folder"


@pytest.mark.parametrize(
    "name", ["../../tenant-3/logo/x.png", "..%2f..%2fsettings.toml", "x.png", "%00.png", "settings.toml"]
)
def test_nothing_but_the_present_logo_has_an_address(as_role, client, name):
    upload(as_role("admin"), picture())
    assert client.get(f"/logo/{name}").status_code == 404


def test_a_worker_that_does_not_know_the_new_logo_yet_serves_it_all_the_same(app, as_role, client, town):
    app.directory.current()
    upload(as_role("admin"), picture())
    new = logo_in(client.get("/").text)
    old = app.directory._read
    upload(as_role("admin"), picture(colour=(90, 10, 10, 255)))
    newest = logo_in(client.get("/").text)
    app.directory._read, app.directory.max_age, app.directory._checked = old, 3600.0, time.monotonic()
    try:
        assert client.get(newest).status_code == 200
        assert client.get(new).status_code == 404
    finally:
        app.directory.max_age = 0.0


@pytest.mark.parametrize("name", ["x.png", "0123456789abcdef0123.png", "0123456789abcdef0123.svg"])
def test_a_wrong_name_costs_no_question_to_the_database(visitor, neighbour, query_budget, name):
    """Anybody may ask for a thousand of them a second."""
    for tenant in (None, neighbour):
        guest = visitor(tenant) if tenant else visitor()
        with query_budget(0):
            assert guest.get(f"/logo/{name}").status_code == 404


# --- replaced and removed -----------------------------------------------------------------------------------------


def test_a_new_logo_replaces_the_old_one_on_the_disk_too(app, as_role, client, town):
    admin = as_role("admin")
    upload(admin, picture())
    first = logo_in(client.get("/").text)
    upload(admin, picture(colour=(90, 10, 10, 255)))
    assert logo_in(client.get("/").text) != first
    assert client.get(first).status_code == 404
    assert [first.rpartition("/")[2]] != files(app, town)
    assert len(files(app, town)) == 1


def test_the_same_picture_again_stays(app, as_role, client, town):
    for _ in range(2):
        upload(as_role("admin"), picture())
    assert len(files(app, town)) == 1
    assert client.get(logo_in(client.get("/").text)).status_code == 200


def test_a_removed_logo_gives_way_to_the_shield(app, as_role, client, town):
    admin = as_role("admin")
    upload(admin, picture())
    address = logo_in(client.get("/").text)
    assert admin.submit("/staff/settings/logo", act="remove").status_code == 303
    assert logo_in(client.get("/").text) == ""
    assert client.get(address).status_code == 404
    assert files(app, town) == []


def test_who_changed_it_stands_in_the_log(as_role):
    admin = as_role("admin")
    upload(admin, picture())
    admin.submit("/staff/settings/logo", act="remove")
    text = admin.get("/staff/log?lang=en").text
    assert "logo_" not in text, "acts have words"
    assert text.index("Removed the logo") < text.index("Changed the logo")


def fails(_session):
    raise OperationalError("COMMIT", None, Exception("the database has gone away"))


def test_a_commit_that_fails_leaves_the_old_logo(app, as_role, client, town, monkeypatch):
    admin = as_role("admin")
    upload(admin, picture())
    address = logo_in(client.get("/").text)
    token = admin.token_of("/staff/settings/logo")
    with monkeypatch.context() as patched:
        patched.setattr("talkoot.app.commit", fails)
        assert send(admin, token, picture(colour=(90, 10, 10, 255))).status_code == 503
    assert logo_in(client.get("/").text) == address
    assert client.get(address).status_code == 200


def test_a_file_that_is_gone_is_404_and_the_page_still_comes(app, as_role, client, town):
    upload(as_role("admin"), picture())
    for path in logos.folder(app.settings.instance, town.id).glob("*"):
        path.unlink()
    page = client.get("/")
    assert page.status_code == 200
    assert client.get(logo_in(page.text)).status_code == 404


# --- refused ------------------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def moving(kind):
    frames = [Image.new("RGB", SIZE, (n * 60, 0, 0)) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def bomb(side):
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    return out.getvalue()


REFUSED = {
    "svg": SVG,
    "svg with a byte order mark": b"\xef\xbb\xbf" + SVG,
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj",
    "gif": picture("GIF"),
    "tiff": picture("TIFF"),
    "nothing": b"",
    "half a png": picture()[:60],
    "half a jpeg": picture("JPEG", size=(600, 600))[:200],
    "only a head": b"\x89PNG\r\n\x1a\n",
    "moving png": moving("PNG"),
    "moving webp": moving("WEBP"),
    "too small": picture(size=(20, 20)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_still_picture_is_refused_in_words(app, as_role, client, town, what):
    answer = upload(as_role("admin"), REFUSED[what], name='"><svg onload=alert(1)>.png')
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "onload" not in answer.text
    assert logo_in(client.get("/").text) == ""
    assert files(app, town) == []


@pytest.mark.parametrize("side", [4_500, 60_000])
def test_a_picture_of_too_many_pixels_is_refused_at_once(as_role, side):
    data = bomb(side)
    assert len(data) < logos.MOST_BYTES, "the file is small: it is the picture in it that is not"
    began = time.monotonic()
    answer = upload(as_role("admin"), data)
    assert (answer.status_code, "too many pixels" in answer.text) == (422, True)
    assert time.monotonic() - began < 2


def test_a_file_of_too_many_bytes_is_refused(as_role):
    noise = Image.effect_noise((1200, 1200), 100)
    out = io.BytesIO()
    noise.save(out, "PNG")
    assert logos.MOST_BYTES < len(out.getvalue()) < 2_000_000
    answer = upload(as_role("admin"), out.getvalue())
    assert (answer.status_code, "one megabyte" in answer.text) == (422, True)


@pytest.mark.parametrize("role", ["guest", "resident", "moderator", "editor", "clerk"])
def test_only_who_may_change_settings_may_change_it(app, as_role, town, role):
    person = as_role(role)
    answer = person.get("/staff/settings/logo")
    assert answer.status_code == (303 if role == "guest" else 403)
    assert send(person, person.token_of("/feedback"), picture()).status_code in (401, 403)
    assert files(app, town) == []


# --- what is kept of it -------------------------------------------------------------------------------------------


def test_nothing_but_the_pixels_is_kept():
    secret = b"Kotiosoite: Testikatu 1"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", secret.decode())
    sent = {
        "PNG": picture("PNG", pnginfo=notes, exif=exif, icc_profile=secret),
        "JPEG": picture("JPEG", exif=exif, comment=secret, icc_profile=secret),
        "WEBP": picture("WEBP", exif=exif, xmp=secret, icc_profile=secret),
    }
    for kind, data in sent.items():
        data += SVG  # a second file behind the first
        assert data.count(secret) >= 1, kind
        facts, (kept,) = redrawing.redraw(data, asdict(logos.WISH))
        assert facts["kind"] == redrawing.KINDS[kind]
        for trace in (secret, b"svg", b"Exif", b"EXIF", b"iCCP", b"ICCP", b"ICC_PROFILE", b"tEXt", b"XMP"):
            assert trace not in kept, (kind, trace)


def test_a_photograph_that_was_turned_stays_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    facts, _ = redrawing.redraw(picture("JPEG", size=(300, 100), exif=exif), asdict(logos.WISH))
    assert facts["sizes"] == [(48, 144)]


def test_it_is_drawn_in_a_process_of_its_own_with_limits(monkeypatch, tmp_path):
    """A picture that ends the process, or keeps it busy for ever, is a picture that cannot be used."""
    for script in ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "while True: pass", "print('rubbish')"):
        monkeypatch.setattr(drawing, "SECONDS", 0.5)
        (tmp_path / "script.py").write_text(script)
        monkeypatch.setattr(redrawing, "__file__", str(tmp_path / "script.py"))
        with pytest.raises(InvalidError):
            logos._redrawn(picture())


def test_the_limits_are_really_set():
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); import redrawing; redrawing.limit();"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    folder = redrawing.__file__.rpartition("/")[0]
    shown = subprocess.check_output([sys.executable, "-c", code, folder], text=True)
    assert shown.split() == [str(redrawing.BYTES), str(redrawing.SECONDS)]


def test_the_site_starts_without_the_picture_library():
    code = "import sys; import talkoot.app, talkoot.tenants.logos; print('PIL' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"

"""How pictures go away: those that stand in no text, files without a row, a person who leaves, a site that leaves."""

from __future__ import annotations

import json
import os
import time
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from tests.core.photos import WORDS, name_of, photo, send

from talkoot import clock as now
from talkoot.files import storage, sweeping
from talkoot.files.models import File
from talkoot.files.storage import Key
from talkoot.jobs import worker
from talkoot.people import memberships, privacy
from talkoot.tenants import leaving, registering


@pytest.fixture
def two(as_role, world):
    """Two pictures of the resident: one stands in a post, one nowhere."""
    resident = as_role("resident")
    posted, loose = (send(resident, photo(colour=(n, 0, 0))).json["text"] for n in (10, 200))
    resident.submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text=posted)
    return name_of(posted), name_of(loose)


@pytest.fixture
def noise(as_role, neighbour):
    """A picture of the neighbour that stands nowhere."""
    return name_of(send(as_role("resident", tenant=neighbour), photo()).json["text"])


def files(app, tenant):
    return {one.name.partition(".")[0].removesuffix("-small") for one in app.storage.kept(tenant.id)}


def names(reading, tenant):
    with reading(tenant) as db:
        return set(db.scalars(select(File.name).where(File.tenant_id == tenant.id)))


def grow_old(app, tenant, hours=3):
    """The files of the folder were put there some hours ago: no clock of a test moves the disk's."""
    for path in (storage.folder_of(app.settings.instance, tenant.id) / "files").iterdir():
        os.utime(path, (time.time() - hours * 3600,) * 2)


def one_day(app):
    worker._every_day(app)


def test_what_stands_in_no_text_goes_after_a_week(app, two, noise, town, neighbour, reading, clock):
    grow_old(app, town)
    one_day(app)
    assert names(reading, town) == files(app, town) == set(two)
    clock.shift(timedelta(days=7, minutes=1))
    one_day(app)
    assert names(reading, town) == files(app, town) == {two[0]}
    assert names(reading, neighbour) == set(), "of every site"


def test_a_picture_taken_out_of_its_post_is_kept_for_a_week_more(app, as_role, two, town, reading, clock):
    with reading(town) as db:
        post_id = db.scalars(select(File.post_id).where(File.tenant_id == town.id, File.name == two[0])).one()
    clock.shift(timedelta(days=30))
    as_role("resident").submit(f"/posts/{post_id}/edit", text="No picture any more")
    one_day(app)
    assert names(reading, town) == {two[0]}
    clock.shift(timedelta(days=8))
    one_day(app)
    assert names(reading, town) == files(app, town) == set()


def test_a_file_without_a_row_goes_once_it_is_an_hour_old(app, two, town, neighbour, reading):
    for tenant in (town, neighbour):
        app.storage.put(Key(tenant.id, "zzzzzzzzzzzz.webp"), b"left behind")
    one_day(app)
    assert "zzzzzzzzzzzz" in files(app, town), "its row may be about to be committed"
    grow_old(app, town)
    one_day(app)
    assert files(app, town) == set(two)
    assert "zzzzzzzzzzzz" in files(app, neighbour)


def test_a_half_written_file_goes_too(app, two, town):
    folder = storage.folder_of(app.settings.instance, town.id) / "files"
    (folder / "newab_12x.part").write_bytes(b"half")
    grow_old(app, town)
    one_day(app)
    assert not (folder / "newab_12x.part").exists()


def test_a_commit_that_fails_leaves_only_what_is_swept(app, as_role, town, reading, monkeypatch):
    def fails(_session):
        raise OperationalError("COMMIT", None, Exception("the database has gone away"))

    resident = as_role("resident")
    token = resident.token_of("/feedback")
    with monkeypatch.context() as patched:
        patched.setattr("talkoot.app.commit", fails)
        assert send(resident, photo(), token=token).status_code == 503
    assert names(reading, town) == set()
    assert len(files(app, town)) == 1
    grow_old(app, town)
    one_day(app)
    assert files(app, town) == set()


@pytest.mark.parametrize(("policy", "stays"), [("keep", True), ("anonymise", False)])
def test_a_persons_pictures_go_with_their_texts(app, client, writing, reading, town, world, two, policy, stays):
    with writing(None) as db:
        registering.set_setting(db, town.id, {"people.erasure": policy})
    app.directory.forget()
    fresh = app.directory.current().by_slug["kokkola"]
    with writing(fresh) as db:
        privacy.erase(db, app.registry, memberships.get(db, world.members["kokkola", "resident"]))
    assert names(reading, town) == ({two[0]} if stays else set())
    assert client.get(f"/files/{two[0]}.webp").status_code == (200 if stays else 404)
    assert client.get(f"/files/{two[1]}.webp").status_code == 404
    grow_old(app, town)
    one_day(app)
    assert files(app, town) == ({two[0]} if stays else set())


def test_a_persons_copy_of_their_data_tells_of_them(app, reading, town, world, two):
    with reading(town) as db:
        data = privacy.export(db, app.registry, memberships.get(db, world.members["kokkola", "resident"]))
    assert {row["name"] for row in data["file"]} == set(two)


def test_a_leaving_site_takes_its_files_along_and_nobody_elses(app, two, noise, town, tmp_path):
    leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    with zipfile.ZipFile(tmp_path / "it.zip") as archive:
        taken = {name.partition("files/")[2] for name in archive.namelist() if name.startswith("uploads/files/")}
        rows = [json.loads(line) for line in archive.read("tables/file.jsonl").splitlines()]
    assert taken == {f"{name}{size}.webp" for name in two for size in ("", "-small")}
    assert {row["name"] for row in rows} == set(two)


@pytest.mark.parametrize("where", ["folder", "plugin"])
def test_a_deleted_sites_files_are_deleted(app, as_role, writing, town, neighbour, tmp_path, monkeypatch, where):
    if where == "plugin":
        from talkoot_noticeboard.cupboard import Cupboard

        monkeypatch.setitem(app.__dict__, "storage", Cupboard(tmp_path))
        monkeypatch.setattr(storage, "of", lambda *_: app.storage)
    for tenant in (town, neighbour):
        send(as_role("resident", tenant=tenant), photo())
    with writing(None) as db:
        registering.change(db, town.id, closed_at=now.now())
    leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    assert sum("uploads/files/" in name for name in zipfile.ZipFile(tmp_path / "it.zip").namelist()) == 2
    leaving.remove(app.settings, app.registry, "kokkola")
    assert (len(files(app, town)), len(files(app, neighbour))) == (0, 1)


# --- what the doctor says -----------------------------------------------------------------------------------------


def test_the_doctor_finds_rows_without_files_and_files_without_rows(app, run, run_jobs, two, town, noise):
    run_jobs()  # none has waited for too long
    assert "Pictures: every one has its files" in run("doctor").output
    app.storage.delete(Key(town.id, f"{two[0]}-small.webp"))
    app.storage.put(Key(town.id, "zzzzzzzzzzzz.webp"), b"left behind")
    grow_old(app, town)
    found = run("doctor", code=1).output
    assert f"kokkola: files of pictures are gone: 1, as {two[0]}-small.webp" in found
    assert "Files that belong to no picture any more: 1" in found


def test_comparing_is_of_one_site(app, reading, two, noise, neighbour):
    grow_old(app, neighbour)
    with reading(neighbour) as db:
        assert sweeping.compare(db, app.storage) == ((), ())
        assert db.execute(select(func.count()).select_from(File).where(File.tenant_id == neighbour.id)).scalar() == 1


def test_what_is_in_a_picture_is_told_where_only_words_are_shown(client, two, world, as_role):
    """Feeds and notices show the beginning of a text."""
    from talkoot.conversations.rendering import excerpt

    html = f'<p><a href="talkoot:files/x.webp"><img src="talkoot:files/x-small.webp" alt="{WORDS}" width="1"></a></p>'
    assert excerpt(html) == WORDS

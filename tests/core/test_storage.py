"""Where files lie: each tenant's apart, whole or not at all, in the folder or where a plugin keeps them."""

from __future__ import annotations

import pytest
from tests.core.photos import name_of, photo, send

from talkoot.errors import IsolationError, SetupError
from talkoot.files import storage
from talkoot.files.storage import Folder, Key
from talkoot.testing import installations, storing


def test_the_folder_keeps_what_it_must(tmp_path):
    assert list(storing.faults(Folder(tmp_path))) == []


class Careless(Folder):
    """Forgets whose file it is."""

    def put(self, key, data):
        super().put(Key(1, key.name), data)

    def get(self, key):
        return super().get(Key(1, key.name))


def test_the_trial_finds_a_storage_that_mixes_tenants(tmp_path):
    assert "it mixes the files of two tenants, or gives back other bytes" in list(storing.faults(Careless(tmp_path)))


@pytest.mark.parametrize("name", ["../x.webp", "/etc/passwd", "a/b.webp", "..", "", "a\x00.webp", "A.WEBP", ".webp"])
def test_no_name_leads_out_of_a_tenants_folder(tmp_path, name):
    for act in (Folder(tmp_path).get, Folder(tmp_path).delete, lambda key: Folder(tmp_path).put(key, b"")):
        with pytest.raises(IsolationError):
            act(Key(1, name))


def test_a_file_that_could_not_be_written_whole_is_not_there(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Folder(tmp_path).put(Key(1, "abc.webp"), b"data")
    assert list(Folder(tmp_path).kept(1)) == []


def test_each_tenants_pictures_lie_in_its_own_folder(app, as_role, town, neighbour):
    for tenant in (town, neighbour):
        name = name_of(send(as_role("resident", tenant=tenant), photo()).json["text"])
        folder = storage.folder_of(app.settings.instance, tenant.id) / "files"
        assert {path.name for path in folder.iterdir()} == {f"{name}.webp", f"{name}-small.webp"}


def test_a_plugin_that_gives_no_storage_stops_the_start(app, monkeypatch):
    monkeypatch.setattr(app.registry.manager.hook, "file_storage", lambda **_: [None, "a cupboard"])
    with pytest.raises(SetupError, match="gave a str"):
        storage.of(app.settings, app.registry)


def test_two_plugins_that_give_one_stop_the_start(app, tmp_path, monkeypatch):
    monkeypatch.setattr(app.registry.manager.hook, "file_storage", lambda **_: [Folder(tmp_path)] * 2)
    with pytest.raises(SetupError, match="Two plugins"):
        storage.of(app.settings, app.registry)


def test_an_application_starts_with_the_plugins_storage(tmp_path):
    (tmp_path / "cupboard").mkdir()
    made = installations.make(installations.settings(tmp_path, "sqlite"))
    assert type(made.app.storage).__name__ == "Cupboard"
    made.close()

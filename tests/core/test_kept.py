"""Parts of pages that are made once for all readers: each still sees what is true now, in their language, and new to them."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from tests.plugins.forums.reading_as import begun, news_in, read, reply

from talkoot import clock
from talkoot.conversations import reading
from talkoot.testing import towns
from talkoot_forums.models import Forum, Topic


@pytest.fixture
def made(app, monkeypatch) -> list[str]:
    """The templates that were rendered, one entry for each time."""
    seen: list[str] = []
    for environment in app.extensions["talkoot_themes"].values():
        inner = environment.get_template

        def get(name, *args, inner=inner, **values):
            seen.append(name)
            return inner(name, *args, **values)

        monkeypatch.setattr(environment, "get_template", get)
    return seen


def rows(made: list[str]) -> list[str]:
    return [name for name in made if name.endswith("_row.html")]


@pytest.fixture
def number(app, writing, town, world) -> int:
    with writing(town) as db:
        return begun(app, db, world, "Laituri", by="clerk", replies=["clerk", "clerk"])


def test_rows_are_made_for_the_first_reader_alone(as_role, writing, town, world, made, number):
    with writing(town) as db:
        for role in ("resident", "convener"):
            reading.read_all(db, world.members["kokkola", role], clock.now())
    paths = ("/", "/forums/", "/forums/kylat/")
    for path in paths:
        as_role("resident").get(path)
    assert len(rows(made)) > 2
    made.clear()
    for path in paths:
        assert as_role("convener").get(path).status_code == 200
    assert rows(made) == []


def test_what_is_new_to_one_is_not_new_to_another(as_role, writing, town, world, number):
    with writing(town) as db:
        read(db, world, number, 3, "resident")
        read(db, world, number, 2, "convener")
    for path in ("/", "/forums/kylat/"):
        for _ in range(2):
            assert number not in news_in(as_role("resident").get(path).text), path
            assert news_in(as_role("convener").get(path).text)[number] == "1 uusi", path


def test_what_has_changed_is_seen_by_the_next(app, as_role, writing, town, world, number):
    who = as_role("resident")
    for path in ("/", "/forums/kylat/"):
        assert "Laituri" in who.get(path).text
    with writing(town) as db:
        db.execute(update(Topic).where(Topic.tenant_id == db.tenant.id).values(title="Uusi nimi"))
        db.execute(update(Forum).where(Forum.tenant_id == db.tenant.id).values(names={"fi": "Uusi foorumi"}))
        reply(app, db, world, number, "resident")
    for path in ("/", "/forums/kylat/"):
        text = who.get(path).text
        assert "Laituri" not in text, path
        assert "Uusi nimi" in text, path
    assert "Uusi foorumi" in who.get("/").text


def test_each_language_has_its_own(as_role, number):
    who = as_role("resident")
    for path in ("/", f"/topics/{number}"):
        seen = {language: who.get(f"{path}?lang={language}").text for language in ("fi", "sv", "fi")}
        assert "vastausta" in seen["fi"], path
        assert "svar" in seen["sv"], path


def test_the_same_topic_by_another_address(as_role, number):
    assert f'href="/{towns.TOWN}/topics/{number}' in as_role("resident").get("/").text
    assert f'href="/topics/{number}' in as_role("resident", by="host").get("/").text


def test_a_shared_topic_shows_what_its_owner_has_changed(app, as_role, writing, region, world):
    """Its rows are not kept: this site's stamp says nothing of them."""
    with writing(region) as db:
        db.execute(update(Forum).where(Forum.tenant_id == db.tenant.id).values(shared=True))
    who, path = as_role("resident"), f"/shared/{region.slug}/"
    before = who.get(path).text
    with writing(region) as db:
        db.execute(update(Topic).where(Topic.tenant_id == db.tenant.id).values(title="Uusi nimi"))
    assert "Uusi nimi" not in before
    assert "Uusi nimi" in who.get(path).text

"""The README's pictures: taken of the demo region by the test run, small enough to keep.

They land in tests/out/pictures; `pytest tests/browser/test_pictures.py --pictures` puts them into docs/pictures.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from talkoot import registry
from talkoot.demo import loading
from talkoot.people.models import Person
from talkoot.testing import accessibility, installations
from talkoot.testing.visitors import Visitor
from talkoot_forums import topics

ROOT = Path(__file__).parents[2]
MOST_BYTES = 150_000
LIFTED = "Miten Kälviän, Lohtajan ja Ullavan terveyspisteet toimivat arjessa?"


@pytest.fixture(scope="module")
def demo_region(tmp_path_factory):
    """The demo region on SQLite."""
    settings = installations.settings(tmp_path_factory.mktemp("demo"), "sqlite", demo=True)
    made = installations.make(settings)
    loading.load(settings, registry.load())
    loading.publish(made.app)
    yield made.app
    made.close()


def visitor(app, slug=None, email=None):
    tenant = app.directory.current().by_slug[slug] if slug else None
    found = Visitor(app, tenant)
    if email:
        with app.database.session(None) as db:
            found.sign_in_as(db.execute(select(Person.id).where(Person.email == email)).scalar_one())
    return found


def lifted_topic(app):
    """The path of the busiest topic that was lifted."""
    page = visitor(app, "kokkola").get("/promises/?standing=answered").text
    assert LIFTED in page
    with app.database.session(app.directory.current().by_slug["kokkola"]) as db:
        return "/" + next(t.path for t in topics.latest(db, limit=200) if t.title == LIFTED)


SHOTS = {
    "front": (None, None, "/?lang=fi", 1280, "light"),
    "home": ("kokkola", None, "/", 1280, "light"),
    "topic": ("kokkola", None, lifted_topic, 1280, "light"),
    "topic-phone": ("kokkola", "resident@example.fi", lifted_topic, 390, "dark"),
    "promises": ("kokkola", None, "/promises/", 1280, "light"),
    "operator": (None, "operator@example.fi", "/operator/?lang=fi", 1280, "light"),
}


@pytest.mark.parametrize("name", SHOTS)
def test_a_picture(demo_region, browser, name, pytestconfig):
    slug, email, path, width, mode = SHOTS[name]
    who = visitor(demo_region, slug, email)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, device_scale_factor=1)
    context.route("**/*", lambda route: accessibility._answer(who, route))
    page = context.new_page()
    answer = page.goto(f"http://{who.host}:8000{who.path_of(path(demo_region) if callable(path) else path)}")
    assert answer.status == 200
    data = as_webp(page.screenshot())
    context.close()
    assert len(data) < MOST_BYTES
    folder = ROOT / ("docs" if pytestconfig.getoption("--pictures") else "tests/out") / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.webp").write_bytes(data)


def as_webp(png: bytes) -> bytes:
    picture = io.BytesIO()
    Image.open(io.BytesIO(png)).save(picture, "WEBP", quality=82, method=6)
    return picture.getvalue()


def test_the_readme_shows_them():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    kept = {path.name for path in (ROOT / "docs/pictures").glob("*.webp")}
    assert kept == {f"{name}.webp" for name in SHOTS}
    assert all(f"docs/pictures/{name}" in readme for name in kept)
    assert all(path.stat().st_size < MOST_BYTES for path in (ROOT / "docs/pictures").iterdir())

"""Each hook of the contract, implemented by a plugin made for this file, and what the guard does with a broken one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from flask import Blueprint
from markupsafe import Markup
from tests.conftest import furnish_forums

from talkoot import NavItem, Plugin, TakePart, hookimpl
from talkoot.conversations import posts
from talkoot.errors import InvalidError
from talkoot.people import memberships, privacy
from talkoot.people.models import Membership
from talkoot.plugin import SummaryItem
from talkoot.site import summaries
from talkoot.tenants import registering
from talkoot.testing import installations, towns
from talkoot.testing.installations import Installation
from talkoot.testing.visitors import Visitor

HOOKS: dict[str, Callable[..., Any]] = {}  # what the plugin does in the running test
CALLS: list[tuple[str, dict[str, Any]]] = []


def _made_up_plugin() -> ModuleType:
    """A plugin, `gauge`, that implements every hook: it notes the call and does what the test has put into HOOKS."""
    module = ModuleType("gauge_plugin")
    module.__file__ = __file__
    blueprint = Blueprint("gauge", __name__)
    blueprint.add_url_rule("/gauge", "page", lambda: "gauge")
    module.plugin = Plugin(name="gauge", title="Gauge", version="1", blueprints=(blueprint,), on_by_default=True)  # type: ignore[attr-defined]

    def note(hook: str, **arguments: Any) -> Any:
        CALLS.append((hook, arguments))
        return HOOKS[hook](**arguments) if hook in HOOKS else None

    def nav_items(tenant: Any, actor: Any) -> Any:
        return note("nav_items", tenant=tenant, actor=actor)

    def take_part(tenant: Any) -> Any:
        return note("take_part", tenant=tenant)

    def home_sections(db: Any, actor: Any) -> Any:
        return note("home_sections", db=db, actor=actor)

    def area_sections(db: Any, actor: Any, area: Any) -> Any:
        return note("area_sections", db=db, actor=actor, area=area)

    def post_extras(db: Any, actor: Any, posts: Any, is_open: Any) -> Any:
        return note("post_extras", db=db, actor=actor, posts=posts, is_open=is_open)

    def check_post(db: Any, kind: str, subject_id: Any, text: str) -> Any:
        return note("check_post", db=db, kind=kind, subject_id=subject_id, text=text)

    def post_made(db: Any, post: Any) -> Any:
        return note("post_made", db=db, post=post)

    def summary_items(db: Any) -> Any:
        return note("summary_items", db=db)

    def export_person(db: Any, membership_id: Any) -> Any:
        return note("export_person", db=db, membership_id=membership_id)

    def erase_person(db: Any, membership_id: Any, keep_texts: bool) -> Any:
        return note("erase_person", db=db, membership_id=membership_id, keep_texts=keep_texts)

    def worker_tick(db: Any) -> Any:
        return note("worker_tick", db=db)

    hooks = (nav_items, take_part, home_sections, area_sections, post_extras, check_post, post_made, summary_items)
    for function in (*hooks, export_person, erase_person, worker_tick):
        setattr(module, function.__name__, hookimpl(function))
    return module


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, towns.World]]:
    folder = tmp_path_factory.mktemp("gauge")
    installation = installations.make(installations.settings(folder, "sqlite"), extra_plugins=(_made_up_plugin(),))
    world = towns.build(installation.app, [furnish_forums])
    installation.keep(None)
    yield installation, world
    installation.close()


@pytest.fixture
def site(made: tuple[Installation, towns.World]) -> Iterator[Any]:
    made[0].renew()
    yield made[0].app
    HOOKS.clear()
    CALLS.clear()


@pytest.fixture
def people(made: tuple[Installation, towns.World], site: Any) -> Callable[[str], Visitor]:
    def visitor(role: str) -> Visitor:
        found = Visitor(site, site.directory.current().by_slug["kokkola"], network=f"10.77.0.{len(CALLS) % 250}")
        return found if role == "guest" else found.sign_in_as(made[1].people["kokkola", role])

    return visitor


@pytest.fixture
def kokkola(site: Any) -> Any:
    return site.directory.current().by_slug["kokkola"]


def calls(hook: str) -> list[dict[str, Any]]:
    return [arguments for name, arguments in CALLS if name == hook]


# --- each hook ----------------------------------------------------------------------------------------------------


def test_hook_nav_items(people, kokkola):
    HOOKS["nav_items"] = lambda tenant, actor: [NavItem("Gauge of water", "gauge.page", 5)]
    page = people("resident").get("/forums/").text
    assert "Gauge of water" in page
    assert 'href="/kokkola/gauge"' in page
    assert calls("nav_items")[0]["tenant"].id == kokkola.id
    assert calls("nav_items")[0]["actor"].name == "Resident Testinen"


def test_hook_take_part(people):
    HOOKS["take_part"] = lambda tenant: [TakePart("Read the gauge", "Tell us the level.", "gauge.page")]
    page = people("guest").get("/").text
    assert "Read the gauge" in page
    assert "Tell us the level." in page


@pytest.mark.parametrize("hook", ["home_sections", "area_sections"])
def test_a_section_of_somebody_elses_template_is_left_out(people, hook):
    from talkoot import Section

    HOOKS[hook] = lambda **_: [Section("forums/_home.html", {"forums": [], "topics": []})]
    assert people("guest").get("/" if hook == "home_sections" else "/areas/keskusta/").status_code == 200


def test_hook_home_sections(people, kokkola):
    people("guest").get("/")
    (call,) = calls("home_sections")
    assert call["db"].tenant_id == kokkola.id
    assert call["actor"].is_guest


def test_hook_area_sections(people, kokkola):
    people("guest").get("/areas/keskusta/")
    (call,) = calls("area_sections")
    assert call["area"].slug == "keskusta"
    assert call["db"].tenant_id == kokkola.id


def test_hook_post_extras(people, made):
    """All posts of the page in one call; Markup stays HTML, a plain string is escaped."""
    first, second = (made[1].things["kokkola", name] for name in ("post", "second post"))
    HOOKS["post_extras"] = lambda posts, **_: {first: Markup("<b>level 3</b>"), second: "<i>level 4</i>"}
    page = people("guest").get(f"/topics/{made[1].things['kokkola', 'topic']}").text
    assert "<b>level 3</b>" in page
    assert "&lt;i&gt;level 4&lt;/i&gt;" in page
    assert [(len(call["posts"]), call["is_open"]) for call in calls("post_extras")] == [(3, True)]


def _refuse(**_: Any) -> None:
    raise InvalidError("Not about water.")


def _break(**_: Any) -> None:
    raise RuntimeError("the gauge is frozen")


def test_hook_check_post(people, made, site):
    topic = made[1].things["kokkola", "topic"]
    HOOKS["check_post"] = _refuse
    response = people("resident").submit(f"/topics/{topic}/reply", text="Something else")
    assert response.status_code == 422
    assert "Not about water." in response.text
    assert "Something else" in response.text, "what was written comes back"
    call = calls("check_post")[-1]
    assert (call["kind"], call["text"]) == ("forums.topic", "Something else")
    del HOOKS["check_post"]
    assert people("resident").submit(f"/topics/{topic}/reply", text="About water").status_code == 303


def test_a_broken_check_refuses_too(people, made, site):
    HOOKS["check_post"] = _break
    response = people("resident").submit(f"/topics/{made[1].things['kokkola', 'topic']}/reply", text="Never to be seen")
    assert response.status_code == 422
    assert "Never to be seen" in response.text
    assert "Never to be seen" not in people("guest").get(f"/topics/{made[1].things['kokkola', 'topic']}").text


def test_hook_post_made(people, made, site):
    from talkoot.jobs import worker

    worker.run_all(site)
    CALLS.clear()
    people("resident").submit(f"/topics/{made[1].things['kokkola', 'topic']}/reply", text="The water rises")
    assert calls("post_made") == [], "not before the worker runs"
    seen: list[str] = []
    HOOKS["post_made"] = lambda db, post: seen.append(post.source)
    worker.run_all(site)
    assert seen == ["The water rises"]


def test_hook_summary_items(site, kokkola):
    from talkoot import clock

    HOOKS["summary_items"] = lambda db: [SummaryItem("Water at 3 m", "gauge", clock.now(), "level", "fi")]
    summaries.refresh(site, kokkola, always=True)
    with site.database.session(None) as db:
        items = summaries.published(db)[kokkola.id].items
    assert "Water at 3 m" in [item["title"] for item in items]


def _member(db: Any, made: Any) -> Membership:
    return memberships.get(db, made[1].members["kokkola", "resident"])


def test_hook_export_person(site, kokkola, made):
    HOOKS["export_person"] = lambda db, membership_id: {"readings": [3, 4]}
    with site.app_context(), site.database.session(kokkola) as db:
        data = privacy.export(db, site.registry, _member(db, made))
    assert data["plugin gauge"] == {"readings": [3, 4]}
    assert calls("export_person")[0]["membership_id"] == made[1].members["kokkola", "resident"]


def test_hook_erase_person(site, kokkola, made):
    with site.app_context(), site.database.session(kokkola, writing=True) as db:
        privacy.erase(db, site.registry, _member(db, made))
    (call,) = calls("erase_person")
    assert call["membership_id"] == made[1].members["kokkola", "resident"]
    assert call["keep_texts"] is False


def test_a_plugin_that_cannot_erase_stops_the_whole(site, kokkola, made):
    HOOKS["erase_person"] = _break
    with site.app_context(), pytest.raises(InvalidError), site.database.session(kokkola, writing=True) as db:
        privacy.erase(db, site.registry, _member(db, made))
    with site.database.session(kokkola) as db:
        assert _member(db, made).name == "Resident Testinen"


def test_hook_worker_tick(site):
    from talkoot.jobs import worker

    worker.tick(site)
    assert {call["db"].tenant.slug for call in calls("worker_tick")} == {"kokkola", "kronoby", "keski-pohjanmaa"}


# --- switched off -------------------------------------------------------------------------------------------------


def test_no_hook_of_a_plugin_that_is_off_is_called(people, site, made, kokkola):
    from talkoot.jobs import worker

    with site.database.session(None, writing=True) as db:
        registering.switch_plugin(db, kokkola.id, "gauge", False)
    CALLS.clear()
    assert people("guest").get("/gauge").status_code == 404
    people("guest").get("/")
    people("guest").get("/areas/keskusta/")
    people("resident").submit(f"/topics/{made[1].things['kokkola', 'topic']}/reply", text="No gauge here")
    worker.run_all(site)
    worker.tick(site)
    own = [
        hook
        for hook, arguments in CALLS
        if getattr(arguments.get("tenant") or getattr(arguments.get("db"), "_tenant", None), "slug", "") == "kokkola"
    ]
    assert own == []


# --- the guard ----------------------------------------------------------------------------------------------------

PAGES = {
    "nav_items": "/forums/", "take_part": "/", "home_sections": "/", "area_sections": "/areas/keskusta/", "post_extras": "/topics/1",
}  # fmt: skip
WRONG: dict[str, Callable[..., Any]] = {
    "raises": _break,
    "returns a number": lambda **_: 42,
    "returns a wrong list": lambda **_: ["one", 2],
    "a generator that raises": lambda **_: (1 / 0 for _ in range(1)),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("hook", PAGES)
def test_a_broken_hook_costs_its_own_part_only(people, hook, wrong):
    whole = people("guest").get(PAGES[hook])
    HOOKS[hook] = WRONG[wrong]
    response = people("guest").get(PAGES[hook])
    assert response.status_code == 200
    assert abs(len(response.text) - len(whole.text)) < 200, "the rest of the page is as it was"


def test_a_hook_that_breaks_the_transaction_does_not_break_the_page(people):
    from sqlalchemy import text

    HOOKS["home_sections"] = lambda db, actor: db.execute(text("SELECT nothing FROM nowhere"))
    assert people("guest").get("/").status_code == 200


def test_a_slow_hook_is_skipped_from_its_next_call_on(people, site, monkeypatch):
    monkeypatch.setattr(site.registry.guard, "slow_seconds", 0.5)
    HOOKS["take_part"] = lambda tenant: time.sleep(0.6)
    people("guest").get("/")
    before = len(calls("take_part"))
    people("guest").get("/")
    assert (before, len(calls("take_part"))) == (1, 1)


def test_a_slow_hook_is_skipped_in_its_tenant_only(people, site, made, monkeypatch):
    monkeypatch.setattr(site.registry.guard, "slow_seconds", 0.5)
    HOOKS["take_part"] = lambda tenant: time.sleep(0.6) if tenant.slug == "kokkola" else None
    people("guest").get("/")
    CALLS.clear()
    for slug in ("kokkola", "kronoby"):
        Visitor(site, site.directory.current().by_slug[slug]).get("/")
    assert [call["tenant"].slug for call in calls("take_part")] == ["kronoby"]


def test_a_hook_cannot_write_on_a_page_that_reads(people, site, kokkola, made):
    def sneak(db: Any, actor: Any) -> Any:
        _member(db, made).about = "changed by a page"

    HOOKS["home_sections"] = sneak
    assert people("guest").get("/").status_code == 200
    with site.database.session(kokkola) as db:
        assert _member(db, made).about == "about: resident lives here."


def test_a_failing_listener_does_not_undo_the_post(people, made, site, kokkola):
    from talkoot.jobs import worker

    HOOKS["post_made"] = _break
    people("resident").submit(
        f"/topics/{made[1].things['kokkola', 'topic']}/reply", text="Stays", submission=str(uuid4())
    )
    worker.run_all(site)
    with site.database.session(kokkola) as db:
        assert "Stays" in [post.source for post in db.query(posts.Post).filter_by(tenant_id=kokkola.id)]

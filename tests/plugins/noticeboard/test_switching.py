"""Where the plugin is off nothing of it can be reached, by any way, and switching needs no restart."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot.app import create_app
from talkoot.conversations.models import Flag, Post, Reaction
from talkoot.jobs import handlers, outbox
from talkoot.testing.forms import posting_form
from talkoot.testing.visitors import Visitor

PAGES = ("/notices/", "/notices/1", "/notices/new", "/notices/1/comment")


@pytest.mark.parametrize("role", ["guest", "resident", "moderator", "admin", "operator"])
def test_its_pages_are_gone_for_everybody(as_role, switch, role, address):
    visitor = as_role(role, by=address)
    switch(False)
    for path in PAGES:
        assert visitor.get(path).status_code == 404, path
    token = visitor.token_of("/feedback")
    for path in ("/notices/new", "/notices/1/comment", "/notices/1/take-down"):
        assert visitor.post(path, data={"csrf_token": token, "title": "x", "text": "x"}).status_code == 404, path


def test_the_neighbour_keeps_it(as_role, neighbour, switch):
    switch(False)
    assert as_role("guest", neighbour).get("/notices/1").status_code == 200


def test_no_page_of_others_shows_anything_of_it(client, world, switch):
    """Home, area, topic, rules, feeds: neither links nor words nor stylesheets."""
    topic, area = world.things["kokkola", "topic"], world.things["kokkola", "area"].slug
    switch(False)
    for path in ("/", f"/areas/{area}/", f"/topics/{topic}", "/about/rules", "/feed.atom", "/promises"):
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        assert "notice" not in answer.text.replace('class="notice', "").lower(), path
        assert "Ilmoitustaulu" not in answer.text


def test_comments_under_its_things_cannot_be_reached(as_role, world, switch, reading, town):
    """Permalink, history, reaction, edit, report and moderation of a post under a notice: 404, and nothing is written."""
    comment = world.things["kokkola", "comment"]
    people = {role: as_role(role) for role in ("guest", "official", "resident", "moderator", "admin")}
    assert people["guest"].get(f"/posts/{comment}").status_code == 302
    switch(False)
    for role, person in people.items():
        token = person.token_of("/feedback")
        for part in ("", "/history", "/edit", "/flag", "/hide"):
            assert person.get(f"/posts/{comment}{part}").status_code == 404, (role, part)
        for part, data in (
            ("/reactions", {"give": "thanks", "kind": "thanks", "on": "1"}),
            ("/edit", {"text": "changed", "version": "1"}),
            ("/flag", {"reason": "insult"}),
            ("/hide", {"reason": "because"}),
        ):
            sent = person.post(f"/posts/{comment}{part}", data={"csrf_token": token, **data})
            assert sent.status_code == 404, (role, part)
    with reading(town) as db:
        post = db.find(Post, id=comment)
        assert (post.source, post.hidden_at, post.reactions) == ("a comment", None, {})
        for model in (Flag, Reaction):
            assert db.scalars(select(model).where(model.tenant_id == town.id, model.post_id == comment)).all() == []


def test_a_form_that_was_open_is_refused_and_gives_the_text_back(as_role, switch):
    resident = as_role("resident")
    words = "Kirjoitin tätä puoli tuntia."
    data = posting_form(resident.get("/notices/new").text, ["title"]).filled(
        {"title": "Talkoot", "association": "Me", "text": words}
    )
    switch(False)
    answer = resident.post("/notices/new", data=data)
    assert answer.status_code == 404
    assert words in answer.text


def test_jobs_left_behind_do_nothing(app, writing, reading, switch, run_jobs, monkeypatch):
    """A job of a plugin that went off meanwhile is done with, without its code; on again, new jobs run."""
    import talkoot_noticeboard.plugin as noticeboard

    run_jobs()  # what the towns were furnished with
    ran = []
    name = noticeboard.plugin.jobs[0].name
    monkeypatch.setitem(
        app.registry.jobs,
        name,
        ("noticeboard", type(noticeboard.plugin.jobs[0])(name, lambda db, identity: ran.append(identity))),
    )
    assert name in handlers.handlers(app)
    for on, expected in ((False, 0), (True, 1)):
        switch(on)
        with writing(app.directory.current().by_slug["kokkola"]) as db:
            outbox.add(db, name, uuid4())
        run_jobs()
        assert len(ran) == expected


def test_no_hook_of_it_is_called(app, switch, client, as_role, world, run_jobs, monkeypatch):
    """Not one function of the plugin runs for a town where it is off, whatever people do there."""
    run_jobs()  # what the towns were furnished with
    called = []
    for impls in app.registry._impls.values():
        for name, impl in impls:
            if name == "noticeboard":
                monkeypatch.setattr(impl, "function", lambda *a, hook=impl.function.__name__: called.append(hook))
    switch(False)
    client.get("/")
    client.get(f"/areas/{world.things['kokkola', 'area'].slug}/")
    as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="Sana.")
    run_jobs()
    assert called == []
    switch(True)
    client.get("/")
    assert set(called) == {"nav_items", "take_part", "home_sections"}


def test_switching_reaches_every_process_without_a_restart(app, switch, town):
    """Two applications on one database, as two workers are: what one switches the other knows within a second."""
    other = create_app(app.settings)
    other.testing = True
    try:
        here, there = Visitor(app, town, network="10.77.0.1"), Visitor(other, town, network="10.77.0.2")
        other.directory.max_age, other.page_cache.pages.limit = 0.0, 0
        for on, status in ((True, 200), (False, 404), (True, 200)):
            switch(on)
            assert here.get("/notices/").status_code == status
            assert there.get("/notices/").status_code == status
    finally:
        other.database.dispose()


def test_a_cached_page_goes_with_the_switch(app, client, page_cache, switch):
    """Anonymous visitors get pages from memory; switching moves the directory's stamp, so these are dead too."""
    assert client.get("/notices/1").status_code == 200
    assert client.get("/").text.count("noticeboard-title")
    assert client.get("/notices/1").status_code == 200
    switch(False)
    assert client.get("/notices/1").status_code == 404
    assert "noticeboard-title" not in client.get("/").text


def test_its_files_are_the_installations(client, switch):
    """Static files say nothing of a town: they are served wherever the plugin is installed."""
    switch(False)
    with client.get("http://localhost:8000/static/noticeboard/noticeboard.css") as answer:
        assert answer.status_code == 200


def test_a_region_forbids_and_mandates(app, client, writing, region):
    """Forbid beats the municipality's own switch, mandate beats its off; without a restart."""
    from talkoot.tenants import registering

    def rule(which: str | None) -> int:
        with writing(None) as db:
            registering.rule_plugin(db, region.id, "noticeboard", which)
        return client.get("/notices/").status_code

    assert [rule("forbid"), rule("offer"), rule(None)] == [404, 200, 200]
    with writing(None) as db:
        registering.switch_plugin(db, app.directory.current().by_slug["kokkola"].id, "noticeboard", False)
    assert [rule("offer"), rule("mandate"), rule(None)] == [404, 200, 404]

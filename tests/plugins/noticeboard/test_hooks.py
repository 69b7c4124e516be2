"""One test for each hook of the contract, through the example plugin. tests/rules/ sees to it that none is missing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from talkoot import clock
from talkoot.conversations.models import Post
from talkoot.demo import loading
from talkoot.jobs import worker
from talkoot.people import memberships, privacy
from talkoot.site import summaries
from talkoot.tenants.models import TenantSummary
from talkoot.testing.forms import posting_form


@pytest.fixture
def models():
    """The plugin's tables; importable only once it is installed."""
    import talkoot_noticeboard.models

    return talkoot_noticeboard.models


def test_hook_nav_items(client, switch):
    assert 'href="/kokkola/notices/"' in client.get("/forums/").text
    switch(False)
    assert "/notices/" not in client.get("/forums/").text


def test_hook_take_part(client, switch):
    assert "Kiinnitä ilmoitus" in client.get("/").text
    switch(False)
    assert "Kiinnitä ilmoitus" not in client.get("/").text


def test_hook_home_sections(client, switch):
    home = client.get("/").text
    assert "noticeboard-title" in home
    assert home.index("Keskustan tori") < home.index("Kerho") < home.index("Talkoot")  # the newest first
    switch(False)
    assert "Keskustan tori" not in client.get("/").text


def test_hook_area_sections(client, world):
    area = client.get(f"/areas/{world.things['kokkola', 'area'].slug}/").text
    assert "Keskustan tori" in area
    assert "Kerho" not in area  # it belongs to no area


def test_hook_post_extras(client, world, query_budget):
    """Below the posts of whoever has notices, on pages of another plugin; one statement for the whole page."""
    path = f"/topics/{world.things['kokkola', 'topic']}"
    with query_budget(20) as statements:
        page = client.get(path, follow_redirects=True).text
    assert page.count("2 ilmoitusta taululla") == 1  # the resident's post that can be seen; the official has none
    mine = [statement for statement in statements if "noticeboard_notice" in statement]
    assert len(mine) == 1, mine


def test_hook_check_post(as_role, world, setting, reading, town):
    setting("noticeboard.refused_words", "kirosana, Muu")
    resident, path = as_role("resident"), f"/topics/{world.things['kokkola', 'topic']}/reply"
    answer = resident.submit(path, text="Tämä on KIROSANA.")
    assert answer.status_code == 422
    assert "”kirosana”" in answer.text
    assert "Tämä on KIROSANA." in answer.text  # what was written is not lost
    assert resident.submit(path, text="Tämä on toinen sana.").status_code == 303
    with reading(town) as db:
        assert (
            db.scalars(select(Post.source).where(Post.tenant_id == town.id, Post.source.contains("KIROSANA"))).all()
            == []
        )


def test_a_refused_word_cannot_be_edited_in(as_role, world, setting):
    setting("noticeboard.refused_words", "kirosana")
    answer = as_role("resident").submit(f"/posts/{world.things['kokkola', 'post']}/edit", text="Nyt kirosana.")
    assert answer.status_code == 422
    assert "”kirosana”" in answer.text


@pytest.mark.parametrize("wrong", [{"question": "Kirosana vai ei?"}, {"options": "Ei mitään\nKIROSANA"}])
def test_a_poll_is_asked_without_refused_words(as_role, world, town, neighbour, setting, wrong):
    setting("noticeboard.refused_words", "kirosana")
    fields = {"question": "Mikä päivä?", "options": "Ma\nTi", **wrong}

    def ask(where):
        return as_role("resident", where).submit(f"/polls/new/{world.things[where.slug, 'post']}", **fields)

    answer = ask(town)
    assert answer.status_code == 422
    assert re.search(r'<a href="#question">[^<]*”kirosana”', answer.text), "it leads to a field of this form"
    assert fields["options"].splitlines()[1] in answer.text, "what was written is not lost"
    assert ask(neighbour).status_code == 303, "the neighbour refuses no word"


def test_the_neighbour_has_words_of_its_own(as_role, world, neighbour, setting):
    setting("noticeboard.refused_words", "kirosana")
    path = f"/topics/{world.things['kronoby', 'topic']}/reply"
    assert as_role("resident", neighbour).submit(path, text="kirosana").status_code == 303


def test_hook_post_made(as_role, world, run_jobs, reading, town, models):
    """In the worker, after the commit: a notice knows that somebody else has commented; twice is as once."""
    number = world.things["kokkola", "notice"]
    as_role("resident").submit("/notices/2/comment", text="Tulen mukaan.")
    run_jobs()
    with reading(town) as db:
        second, post = (
            db.find(models.Notice, number=2),
            db.scalars(select(Post).where(Post.source == "Tulen mukaan.", Post.tenant_id == town.id)).one(),
        )
        assert second.answered_at == post.created_at
        assert db.find(models.Notice, number=3).answered_at is None
    page = as_role("guest").get(f"/notices/{number}").text
    assert "Joku on vastannut" in page


def test_a_writers_own_comment_is_no_answer(as_role, run_jobs, reading, town, models):
    as_role("councillor").submit("/notices/2/comment", text="Lisäys.")
    run_jobs()
    with reading(town) as db:
        assert db.find(models.Notice, number=2).answered_at is None


def test_hook_summary_items(app, town, region, visitor, reading, switch):
    """The region's page shows the town's news; when the plugin goes off, they go at once, not when the worker next looks."""
    summaries.refresh(app, app.directory.current().by_slug["kokkola"], always=True)
    with reading(None) as db:
        items = db.execute(select(TenantSummary.items).where(TenantSummary.tenant_id == town.id)).scalar_one()
    assert [i["path"] for i in items if i["plugin"] == "noticeboard"][:2] == ["notices/3", "notices/2"]
    assert "/kokkola/notices/3" in visitor(region).get("/").text
    switch(False)
    assert "/kokkola/notices/" not in visitor(region).get("/").text


def test_hook_export_person(app, reading, town, world):
    """Beyond the rows that name their person column: what a clerk typed in for others. Also where the plugin is off."""
    with reading(town) as db:
        given = privacy.export(db, app.registry, memberships.get(db, world.members["kokkola", "clerk"]))
    assert given["plugin noticeboard"] == {"notices typed in for others": [{"number": 3, "title": "Keskustan tori"}]}


def test_an_export_reaches_plugins_that_are_off(app, reading, town, world, switch):
    switch(False)
    with reading(app.directory.current().by_slug["kokkola"]) as db:
        given = privacy.export(db, app.registry, memberships.get(db, world.members["kokkola", "clerk"]))
    assert len(given["plugin noticeboard"]["notices typed in for others"]) == 1


@pytest.mark.parametrize("on", [True, False], ids=["switched on", "switched off"])
def test_hook_erase_person(app, writing, reading, world, switch, models, on):
    """Contact details, texts and traces as a clerk go, whether or not the plugin is on; the neighbour's rows stay."""
    switch(on)
    town, neighbour = (app.directory.current().by_slug[slug] for slug in ("kokkola", "kronoby"))
    with writing(town) as db:
        for role in ("resident", "clerk"):
            privacy.erase(db, app.registry, memberships.get(db, world.members["kokkola", role]))
    with reading(town) as db:
        rows = {n.number: n for n in db.scalars(select(models.Notice).where(models.Notice.tenant_id == town.id))}
    assert [(rows[n].contact, rows[n].source, rows[n].keyed_by) for n in (1, 3)] == [("", "", None), ("", "", None)]
    assert rows[2].contact == "contact-of-councillor"
    with reading(neighbour) as db:
        kept = db.scalars(select(models.Notice.contact).where(models.Notice.tenant_id == neighbour.id)).all()
    assert len(kept) == 3
    assert all(contact.startswith("CANARY-B") for contact in kept)


def test_hook_worker_tick(app, town, reading, client, models, setting):
    """About once a minute: notices past their day leave the board."""
    assert "Kerho" in client.get("/notices/").text
    with time_machine.travel(clock.now() + timedelta(days=32)):
        worker.tick(app)
    with reading(town) as db:
        assert all(n.expired_at for n in db.scalars(select(models.Notice).where(models.Notice.tenant_id == town.id)))
    assert "Kerho" not in client.get("/notices/").text
    assert client.get("/notices/2").status_code == 404


def test_worker_tick_leaves_towns_alone_where_the_plugin_is_off(app, neighbour, reading, models, switch):
    switch(False, neighbour)
    with time_machine.travel(clock.now() + timedelta(days=32)):
        worker.tick(app)
    with reading(neighbour) as db:
        assert not any(
            n.expired_at for n in db.scalars(select(models.Notice).where(models.Notice.tenant_id == neighbour.id))
        )


def test_hook_demo(tmp_path):
    """The demo region has notices in each place, in its languages, written by its own people."""
    from talkoot.app import create_app
    from talkoot.testing import installations

    chosen = installations.settings(tmp_path, "sqlite")
    installation = installations.make(chosen)
    loading.load(chosen, installation.app.registry)
    app = create_app(chosen)
    import talkoot_noticeboard.models as models

    found = {}
    for tenant in app.directory.current().tenants:
        with app.database.session(tenant) as db:
            notices = db.scalars(select(models.Notice).where(models.Notice.tenant_id == tenant.id)).all()
            found[tenant.slug] = {notice.language for notice in notices}
            assert all(memberships.get(db, notice.author_id) for notice in notices)
    assert found["kokkola"] == found["kronoby"] == {"fi", "sv"}
    assert all("fi" in languages for languages in found.values())
    installation.close()
    app.database.dispose()


def test_a_job_goes_through_the_outbox(as_role, reading, town, run_jobs, models, client):
    sent = as_role("resident").submit(
        "/notices/new", title="Kirppis", association="Martat", text="Tule **mukaan** lauantaina."
    )
    assert sent.status_code == 303
    with reading(town) as db:
        assert db.find(models.Notice, title="Kirppis").excerpt == ""
    run_jobs()
    assert "Tule mukaan lauantaina." in client.get("/notices/").text


def test_posting_is_a_conversation_of_core(as_role, world, client):
    """A comment has its lasting address, can be thanked for and reported, like any post."""
    comment = world.things["kokkola", "comment"]
    assert client.get(f"/posts/{comment}").location == "/kokkola/notices/1#p1"
    thanked = as_role("resident").post(
        f"/posts/{comment}/reactions", data={"csrf_token": as_role("resident").token_of("/feedback")}
    )
    assert thanked.status_code == 400  # a token of another session


def test_statistics_stand_on_the_home_page(client, switch):
    assert "Ilmoituksia taululla" in client.get("/").text
    assert "Lukuina" in client.get("/").text
    switch(False)
    assert "Ilmoituksia taululla" not in client.get("/").text
    assert "Lukuina" not in client.get("/").text, "one number alone looks as if others were missing"


def test_a_setting_is_of_one_town(setting, as_role, neighbour):
    setting("noticeboard.days", 3)
    assert "Se on taululla 3 päivää." in as_role("resident").get("/notices/new").text
    assert "Det sitter uppe i 30 dagar." in as_role("resident", neighbour).get("/notices/new").text


def test_permissions_decide(as_role, client, world):
    assert client.get("/notices/new").status_code == 303  # to sign in
    assert as_role("stranger").get("/notices/new").status_code == 303  # to join
    assert "It came on paper" not in as_role("resident").get("/notices/new?lang=en").text
    assert "It came on paper" in as_role("clerk").get("/notices/new?lang=en").text
    official = as_role("official")
    assert official.post("/notices/2/take-down", data={"csrf_token": official.token_of("/feedback")}).status_code == 403
    moderator = as_role("moderator")
    assert moderator.submit("/notices/2", action="take-down").status_code == 303
    assert moderator.get("/notices/2").status_code == 404


def test_the_same_form_twice_is_one_notice(as_role, reading, town, models):
    resident = as_role("resident")
    page = resident.get("/notices/new").text
    data = posting_form(page, ["title"]).filled({"title": "Kahdesti", "association": "Martat", "text": "Kerran vain."})
    assert [resident.post("/notices/new", data=data).location for _ in range(2)] == [
        "/kokkola/notices/4",
        "/kokkola/notices/4",
    ]
    with reading(town) as db:
        assert len(db.scalars(select(models.Notice).where(models.Notice.tenant_id == town.id)).all()) == 4


def test_a_form_sent_twice_at_the_same_moment_is_one_notice(as_role, reading, town, models):
    """Two requests at once: one waits for the other and then finds its notice."""
    resident = as_role("resident")
    data = posting_form(resident.get("/notices/new").text, ["title"]).filled(
        {"title": "Yhtä aikaa", "association": "Martat", "text": "Yksi."}
    )
    both = [as_role("resident") for _ in range(2)]
    for visitor in both:
        visitor._cookies = resident._cookies.copy()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda visitor: visitor.post("/notices/new", data=data), both))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    with reading(town) as db:
        same = db.scalars(
            select(models.Notice).where(models.Notice.tenant_id == town.id, models.Notice.title == "Yhtä aikaa")
        )
        assert len(same.all()) == 1


def test_hook_file_storage(app, as_role, town, tmp_path, monkeypatch):
    """Pictures are put into the plugin's cupboard, and come out of it, whether it is on in the municipality or not."""
    from tests.core.photos import name_of, photo, send

    from talkoot.files import storage
    from talkoot.testing import storing

    (app.settings.instance / "cupboard").mkdir()
    try:
        cupboard = storage.of(app.settings, app.registry)
    finally:
        (app.settings.instance / "cupboard").rmdir()
    cupboard.place = tmp_path
    assert list(storing.faults(cupboard)) == []
    monkeypatch.setitem(app.__dict__, "storage", cupboard)
    resident = as_role("resident")
    name = name_of(send(resident, photo()).json["text"])
    assert resident.get(f"/files/{name}.webp").status_code == 200
    assert {one.name for one in cupboard.kept(town.id)} == {f"{name}.webp", f"{name}-small.webp"}
    assert not (app.settings.instance / "uploads").exists()

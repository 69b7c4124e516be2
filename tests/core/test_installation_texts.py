"""The footer's pages of the installation's own site: standard texts, the operator's own, by page and by command."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from talkoot.cli import cli
from talkoot.site import installation_texts, texts
from talkoot.site.models import InstallationText, PageText
from talkoot.site.texts import TextConflictError

LANGUAGES = ("fi", "sv", "en")


@pytest.fixture
def operator(visitor, world, town):
    return visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])


# --- where they are found -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/sign-up", "/forgotten", "/find?q=x", "/nothing-here", "/about/terms"]
)
def test_the_footer_of_every_page_leads_to_them(visitor, path):
    guest = visitor(tenant=None)
    foot = guest.get(path).text.partition('<footer class="site-foot">')[2]
    links = set(re.findall(r'href="(/about/[a-z]+)"', foot))
    assert links == {f"/about/{page}" for page in texts.PAGES}
    assert {guest.get(link).status_code for link in links} == {200}


def test_the_operators_pages_have_the_footer_too(operator):
    assert 'href="/about/accessibility"' in operator.get("/operator/").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", list(texts.PAGES))
def test_every_standard_text_is_there_in_every_language(visitor, app, page, language):
    text = visitor(tenant=None).get(f"/about/{page}?lang={language}").text
    body = text.partition('<div class="prose" lang="')[2]
    assert body.startswith(language)
    assert "{" not in body.partition("</article>")[0], "no gap is left open"
    assert app.settings.installation_name in body
    assert "/feedback" not in body.partition("</article>")[0], "there is no feedback form on this site"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_in_them_leads_somewhere(visitor, language):
    guest = visitor(tenant=None)
    for page in texts.PAGES:
        body = guest.get(f"/about/{page}?lang={language}").text.partition("<article")[2].partition("</article>")[0]
        for link in re.findall(r'href="([^"]+)"', body):
            if not link.startswith(("http", "mailto:")):
                assert guest.get(link if link.startswith("/") else f"/about/{link}").status_code == 200, (page, link)


def test_the_contact_comes_from_the_settings(reading, app):
    with reading(None) as db:
        without = installation_texts.get(db, app.settings, "contact", "en").source
        given = replace(app.settings, installation_contact="Office of the region, 06 123 4567")
        assert "Office of the region, 06 123 4567" in installation_texts.get(db, given, "contact", "en").source
    assert "your own municipality" in without


@pytest.mark.parametrize("name", ["nothing", "rules", "..", "installation", "contact.fi"])
def test_other_pages_are_404(visitor, name):
    assert visitor(tenant=None).get(f"/about/{name}").status_code == 404


# --- apart from the sites -----------------------------------------------------------------------------------------


def test_a_sites_text_is_not_the_installations_and_the_other_way_round(operator, client, visitor, neighbour):
    operator.submit("/operator/texts/contact?language=fi", text="Write to the regional office.")
    own, towns = (guest.get("/about/contact?lang=fi").text for guest in (visitor(tenant=None), client))
    assert ("regional office" in own, "regional office" in towns) == (True, False)
    assert ("the town hall" in own, "the town hall" in towns) == (False, True)
    assert "CANARY" not in visitor(tenant=None).get("/about/contact?lang=sv").text


# --- changed on the page ------------------------------------------------------------------------------------------


def test_the_operator_changes_a_text_and_takes_the_standard_one_back(operator, visitor, reading):
    assert (
        operator.submit("/operator/texts/privacy?language=sv", text="## Egen\n\nVår **egen** text").status_code == 303
    )
    page = visitor(tenant=None).get("/about/privacy?lang=sv").text
    assert re.search(r"<h2[^>]*>Egen</h2>", page)
    assert "<strong>egen</strong>" in page
    assert "Egen" not in visitor(tenant=None).get("/about/privacy?lang=fi").text.partition("<article")[2]
    assert operator.submit("/operator/texts/privacy?language=sv", act="forget").status_code == 303
    with reading(None) as db:
        assert db.scalars(select(InstallationText)).all() == []


def test_what_is_written_there_is_made_safe(operator, visitor):
    operator.submit("/operator/texts/terms?language=en", text="<script>alert(1)</script> [x](javascript:alert(1))")
    text = visitor(tenant=None).get("/about/terms?lang=en").text
    assert "<script>alert" not in text
    assert 'href="javascript' not in text


def test_two_operators_at_once_lose_nothing(operator, visitor, world, town):
    other = visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])
    path = "/operator/texts/terms?language=en"
    form = {
        "csrf_token": other.token_of(path),
        "version": "0",
        "language": "en",
        "text": "The second operator's words.",
    }
    operator.submit(path, text="The first operator's words.")
    answer = other.post("/operator/texts/terms", data=form)
    assert answer.status_code == 409
    assert "The first operator" in answer.text
    assert "The second operator" in answer.text


@pytest.mark.parametrize("role", ["guest", "resident", "admin", "editor"])
def test_only_an_operator_may(visitor, world, town, role):
    person = visitor(tenant=None)
    if role != "guest":
        person.sign_in_as(world.people[town.slug, role])
    expected = 303 if role == "guest" else 403
    assert {person.get(path).status_code for path in ("/operator/texts", "/operator/texts/terms")} == {expected}
    assert "/operator/texts" not in person.get("/about/terms").text


def test_the_page_leads_the_operator_to_its_form(operator):
    assert 'href="/operator/texts/terms"' in operator.get("/about/terms").text


@pytest.mark.parametrize("path", ["/operator/texts/nothing", "/operator/texts/terms?language=xx"])
def test_what_does_not_exist_is_404(operator, path):
    assert operator.get(path).status_code == 404


def test_a_saved_text_is_seen_at_once_also_by_who_reads_from_memory(operator, visitor, page_cache):
    guest = visitor(tenant=None)
    guest.get("/about/terms?lang=en")
    operator.submit("/operator/texts/terms?language=en", text="Brand new terms.")
    assert "Brand new terms." in guest.get("/about/terms?lang=en").text


# --- the subject --------------------------------------------------------------------------------------------------


def test_a_version_that_is_not_the_present_one_is_refused(writing, app):
    with writing(None) as db:
        installation_texts.save(db, app.settings, "terms", "en", "One.", 0)
        db.flush()
        with pytest.raises(TextConflictError) as refused:
            installation_texts.save(db, app.settings, "terms", "en", "Two.", 0)
        assert (refused.value.theirs, refused.value.version) == ("One.", 1)
        installation_texts.save(db, app.settings, "terms", "en", "Three.", None)
        assert installation_texts.get(db, app.settings, "terms", "en").source == "Three."


# --- changed by command -------------------------------------------------------------------------------------------


@pytest.fixture
def run(app, monkeypatch):
    """`run("text", "list")`: a command on this installation; returns its output."""
    settings = app.settings
    monkeypatch.setenv("TALKOOT_INSTANCE", str(settings.instance))
    monkeypatch.setenv("TALKOOT_SECRET_KEY", settings.secret_key)
    if not settings.is_sqlite:
        monkeypatch.setenv("TALKOOT_DATABASE_URL", settings.database_url)

    def invoke(*command, code=0, **more):
        result = CliRunner().invoke(cli, command, **more)
        assert result.exit_code == code, result.output
        return result.output

    return invoke


def test_a_text_is_replaced_and_given_back_by_command(run, visitor, tmp_path):
    file = tmp_path / "terms.md"
    file.write_text("Ehdot **komennolla**", encoding="utf-8")
    run("text", "set", "terms", "--language", "fi", str(file))
    assert "<strong>komennolla</strong>" in visitor(tenant=None).get("/about/terms?lang=fi").text
    assert run("text", "show", "terms", "--language", "fi").strip() == "Ehdot **komennolla**"
    assert re.search(r"terms\s+fi\s+\d{4}-\d\d-\d\d", run("text", "list"))
    run("text", "set", "terms", "--language", "fi", "-", input="Syötteestä")
    assert run("text", "show", "terms", "--language", "fi").strip() == "Syötteestä"
    run("text", "forget", "terms", "--language", "fi")
    assert "Syötteestä" not in visitor(tenant=None).get("/about/terms?lang=fi").text


def test_a_sites_text_is_replaced_by_command_and_it_stands_in_its_log(
    run, client, as_role, reading, town, neighbour, tmp_path
):
    file = tmp_path / "contact.md"
    file.write_text("Kaupungintalo, 2. kerros", encoding="utf-8")
    run("text", "set", "contact", "--language", "fi", "--site", "kokkola", str(file))
    assert "Kaupungintalo, 2. kerros" in client.get("/about/contact?lang=fi").text
    assert "Contact (fi)" in as_role("admin").get("/staff/log?lang=en").text
    with reading(neighbour) as db:
        assert [row.source for row in db.scalars(select(PageText).where(PageText.tenant_id == neighbour.id))] == [
            "CANARY-B-contact: the town hall."
        ]
    run("text", "forget", "contact", "--language", "fi", "--site", "kokkola")
    assert "Kaupungintalo" not in client.get("/about/contact?lang=fi").text


def test_a_language_the_pages_do_not_have_is_refused(run, tmp_path):
    file = tmp_path / "x.md"
    file.write_bytes(b"\xff\xfe")
    assert "not in de" in run("text", "show", "terms", "--language", "de", code=2)
    assert "not text in UTF-8" in run("text", "set", "terms", "--language", "fi", str(file), code=1)
    run("text", "show", "nothing", "--language", "fi", code=2)

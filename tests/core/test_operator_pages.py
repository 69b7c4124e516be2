"""The operators' pages: a municipality opened in a minute, governed, tied, closed; nobody else gets in."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from talkoot import clock
from talkoot.audit import log as audit
from talkoot.db import for_tenant
from talkoot.errors import InvalidError
from talkoot.jobs import worker
from talkoot.people import invitations, roles
from talkoot.people.models import Invitation
from talkoot.site import summaries
from talkoot.tenants import municipalities, registering
from talkoot.tenants.models import Affiliation, TenantSummary
from talkoot.testing.rows import every_row

PAGES = (
    "/operator/",
    "/operator/add",
    "/operator/add/217",
    "/operator/sites/kokkola",
    "/operator/sites/keski-pohjanmaa",
    "/operator/regions",
    "/operator/regions/keski-pohjanmaa",
    "/operator/texts",
    "/operator/texts/privacy",
    "/operator/installation",
)


@pytest.fixture
def operator(visitor, world, town):
    """The operator, signed in on the installation's own site."""
    return visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])


def log_of(reading, tenant):
    with reading(tenant) as db:
        return [(line.action, line.reason) for line in audit.lines(db)]


# --- who may ------------------------------------------------------------------------------------------------------


def test_the_operator_opens_every_page(operator):
    assert {operator.get(path).status_code for path in PAGES} == {200}


def test_a_municipalitys_main_user_opens_none(visitor, world, town):
    admin = visitor(tenant=None).sign_in_as(world.people[town.slug, "admin"])
    assert {admin.get(path).status_code for path in PAGES} == {403}
    assert {admin.post(path, data={}).status_code for path in PAGES} <= {400, 405}


def test_a_guest_signs_in_first(visitor):
    guest = visitor(tenant=None)
    for path in PAGES:
        answer = guest.get(path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in"), path


def test_the_pages_live_on_the_installations_site_only(as_role):
    assert {as_role("operator").get(path).status_code for path in PAGES} == {404}


def test_what_does_not_exist_is_not_found(operator):
    for path in (
        "/operator/add/999",
        "/operator/sites/nowhere",
        "/operator/regions/kokkola",
        "/operator/regions/nowhere",
    ):
        assert operator.get(path).status_code == 404, path


def test_the_operator_finds_the_pages_in_the_head(operator, visitor):
    assert 'href="/operator/"' in operator.get("/").text
    assert 'href="/operator/"' not in visitor(tenant=None).get("/").text


# --- the list -----------------------------------------------------------------------------------------------------


def names_in_order(text):
    return re.findall(r'<th scope="row"><a href="/operator/sites/([\w-]+)"', text)


def test_the_list_sorts_and_filters(operator, writing, app, town, neighbour):
    with writing(None) as db:
        for municipality in municipalities.chosen(codes=["005", "989"]):
            municipalities.import_one(db, municipality)
    summaries.refresh(app, town, always=True)
    text = operator.get("/operator/?sort=-members").text
    assert names_in_order(text)[0] == "kokkola"
    assert names_in_order(operator.get("/operator/?sort=members").text)[-1] == "kokkola"
    assert 'aria-sort="descending"' in text
    names = names_in_order(operator.get("/operator/?kind=municipality").text)
    assert names == ["alajarvi", "kokkola", "kronoby", "ahtari"]  # Ä comes last
    only = names_in_order(operator.get("/operator/?region=keski-pohjanmaa&kind=municipality").text)
    assert only == ["kokkola", "kronoby"]
    assert names_in_order(operator.get("/operator/?sort=nonsense&region=nowhere").text) == names_in_order(
        operator.get("/operator/").text
    )


def test_quiet_sites_are_marked(operator, app, town):
    summaries.refresh(app, town, always=True)
    line = r'sites/kokkola">[^<]*</a>( <span[^>]*>)?'
    assert re.search(line, operator.get("/operator/").text)[1] is None
    with app.database.session(None, writing=True) as db:
        long_ago = clock.now() - timedelta(days=31)
        db.execute(update(TenantSummary).where(TenantSummary.tenant_id == town.id).values(latest_at=long_ago))
    assert re.search(line, operator.get("/operator/").text)[1] is not None


# --- adding a municipality ----------------------------------------------------------------------------------------


def test_the_key_is_searched_in_both_languages(operator):
    found = operator.get("/operator/add?q=kruunu").text
    assert "/operator/sites/kronoby" in found  # has a site already
    search = re.search(r'<input type="search"[^>]*>', found)[0]
    assert 'aria-describedby="q-help"' in search
    assert "placeholder" not in search, "it would be cut on a telephone"
    assert "/operator/add/599" in operator.get("/operator/add?q=pedersöre").text
    assert "/operator/add/217" in operator.get("/operator/add?q=kannus").text
    assert "/operator/add/217" not in operator.get("/operator/add?q=xyzzy").text


def test_a_municipality_is_open_a_minute_later(operator, visitor, reading, app, run_jobs):
    page = operator.get("/operator/add/599").text
    first = re.search(r'name="language_1">.*?value="(\w+)" selected', page, re.S)[1]
    assert first == "sv"  # a Swedish-speaking majority
    answer = operator.submit("/operator/add/599", email="boss@pedersore.example")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/operator/sites/pedersore?opened=1&invited=1")
    result = operator.get(answer.headers["Location"]).text
    assert "http://localhost:8000/pedersore/" in result
    tenant = app.directory.current().by_slug["pedersore"]
    assert (tenant.languages, tenant.name("fi"), "forums" in tenant.plugins) == (
        ("sv", "fi", "en"),
        "Pedersören kunta",
        True,
    )
    assert visitor(tenant).get("/").status_code == 200
    with reading(tenant) as db:
        invitation = db.scalars(for_tenant(db, Invitation)).one()
        assert (invitation.email, invitation.roles) == ("boss@pedersore.example", ["admin"])
    assert log_of(reading, tenant)[-1][0] == "tenant_added"
    assert run_jobs() >= 1


def test_the_regions_site_that_comes_with_it_has_a_log_too(operator, app, reading):
    operator.submit("/operator/add/599", email="boss@pedersore.example")
    sites = app.directory.current().by_slug
    assert log_of(reading, sites["pohjanmaa"]) == [("tenant_added", "Pohjanmaa / Österbotten / Ostrobothnia")]
    assert [act for act, _ in log_of(reading, sites["pedersore"])] == ["person_invited", "tenant_added"]


def test_a_site_its_log_and_its_first_invitation_are_there_together_or_not_at_all(operator, app, monkeypatch):
    def refuses(*_args, **_kwargs):
        raise InvalidError("Not today.", "email")

    before = every_row(app.settings)
    monkeypatch.setattr(invitations, "invite", refuses)
    answer = operator.submit("/operator/add/599", email="boss@pedersore.example")
    assert (answer.status_code, "Not today." in answer.text) == (422, True)
    after = every_row(app.settings)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}


def test_languages_and_plugins_are_chosen_when_adding(operator, app):
    answer = operator.submit("/operator/add/217", plugins=[], language_1="fi", language_2="", language_3="")
    assert answer.status_code == 303
    tenant = app.directory.current().by_slug["kannus"]
    assert (tenant.languages, "forums" in tenant.plugins) == (("fi",), False)


def test_what_the_region_mandates_is_on_from_the_first_day(operator, writing, region, app):
    with writing(None) as db:
        registering.rule_plugin(db, region.id, "forums", "mandate")
    operator.submit("/operator/add/217")
    assert "forums" in app.directory.current().by_slug["kannus"].plugins


@pytest.mark.parametrize(
    "fields", [{"email": "no address"}, {"language_1": "xx"}, {"language_1": "fi", "language_2": "fi"}]
)
def test_a_mistake_opens_nothing(operator, app, fields):
    assert operator.submit("/operator/add/217", **fields).status_code == 422
    assert "kannus" not in app.directory.current().by_slug


def test_one_that_is_there_is_not_added_again(operator):
    assert operator.get("/operator/add/272").headers["Location"] == "/operator/sites/kokkola"


# --- one site -----------------------------------------------------------------------------------------------------


def test_names_are_changed_by_the_operator(operator, visitor, reading, town, neighbour):
    assert operator.submit("/operator/sites/kokkola", name_fi="Suur-Kokkola").status_code == 303
    assert "Suur-Kokkola" in visitor(town).get("/").text
    assert log_of(reading, town)[0][0] == "names_changed"
    assert "names_changed" not in [action for action, _ in log_of(reading, neighbour)]


def test_two_operators_at_the_same_names_lose_nothing(operator):
    operator.submit("/operator/sites/kokkola", name_fi="First")
    answer = operator.submit("/operator/sites/kokkola", name_fi="Second", seen="stale")
    assert answer.status_code == 409
    assert "First" in answer.text
    assert "Second" in answer.text


def test_a_host_name_leads_to_the_site_and_away_again(operator, visitor, app, town, reading):
    assert (
        operator.submit("/operator/sites/kokkola", host="Osallistu.Kokkola.Example", canonical="1").status_code == 303
    )
    assert app.directory.current().by_id[town.id].url == "http://osallistu.kokkola.example:8000"
    guest = visitor(tenant=None)
    at = {"base_url": "http://osallistu.kokkola.example:8000"}
    assert guest.get("/forums/", **at).status_code == 200
    token = operator.token_of("/operator/sites/kokkola")
    act = {"csrf_token": token, "act": "remove_host", "host": "osallistu.kokkola.example"}
    assert operator.post("/operator/sites/kokkola", data=act).status_code == 303
    assert guest.get("/forums/", **at).status_code == 404
    assert app.directory.current().by_id[town.id].url == "http://localhost:8000/kokkola"
    assert [action for action, _ in log_of(reading, town)][:2] == ["host_removed", "host_added"]


@pytest.mark.parametrize("host", ["localhost", "forum.kronoby.example", "not a host", "", "a.example:80"])
def test_a_host_name_that_cannot_be_is_refused(operator, visitor, host):
    assert operator.submit("/operator/sites/kokkola", host=host, canonical=None).status_code == 422
    assert visitor(tenant=None).get("/").status_code == 200


def test_the_neighbours_host_cannot_be_removed_or_chosen_here(operator, app, town, neighbour):
    token = operator.token_of("/operator/sites/kokkola")
    for act in ("remove_host", "choose_host"):
        for host in ("forum.kronoby.example", "removed.meanwhile.example"):
            sent = {"csrf_token": token, "act": act, "host": host}
            assert operator.post("/operator/sites/kokkola", data=sent).status_code == 422, sent
    assert app.directory.current().by_id[town.id].url == "http://localhost:8000/kokkola"
    assert "forum.kronoby.example" in app.directory.current().by_id[neighbour.id].hosts


def test_an_affiliation_begins_and_ends_with_the_roles_it_gave(
    operator, as_role, app, town, neighbour, reading, writing, world
):
    with writing(None) as db:
        registering.add(db, kind="cooperation", names={"fi": "Lakeus"}, languages=("fi",))
    assert (
        operator.submit("/operator/sites/kokkola", other="cooperation:lakeus", note="Agreement 7 §").status_code == 303
    )
    assert "Lakeus" in [
        whole.name("fi") for whole in app.directory.current().wholes_of(app.directory.current().by_id[town.id])
    ]
    with reading(town) as db:
        tie_id = db.scalars(
            select(Affiliation.id).where(Affiliation.kind == "cooperation", Affiliation.tenant_id == town.id)
        ).one()
    member_id = world.members[town.slug, "resident"]
    admin, person = as_role("admin"), f"/staff/people/{member_id}"
    assert "Yhteistoiminta-alue: Lakeus" in admin.get(person).text
    refused = admin.submit(person, role="moderator", tie=str(uuid4()), last_day="2199-12-31")
    assert refused.status_code == 422
    assert 'value="2199-12-31"' in refused.text
    assert admin.submit(person, role="moderator", tie=str(tie_id)).status_code == 303
    today = clock.today(town.time_zone)
    act = {
        "csrf_token": operator.token_of("/operator/sites/kokkola"),
        "act": "end_tie",
        "tie": str(tie_id),
        "last_day": today.isoformat(),
    }
    assert operator.post("/operator/sites/kronoby", data=act).status_code == 422  # not the neighbour's tie
    assert operator.post("/operator/sites/kokkola", data={**act, "tie": ""}).status_code == 422
    assert operator.post("/operator/sites/kokkola", data=act).status_code == 303
    later = {**act, "last_day": "2199-12-31"}
    assert operator.post("/operator/sites/kokkola", data=later).status_code == 422, "somebody has ended it meanwhile"
    with reading(town) as db:
        assert db.get(Affiliation, tie_id).valid_to == today + timedelta(days=1)
        assert roles.held(db, [member_id])[member_id][0].until == today
    assert [action for action, _ in log_of(reading, town)][:3] == ["tie_ended", "role_given", "tie_added"]


def test_a_tie_leads_to_the_right_kind(operator, reading, town):
    token = operator.token_of("/operator/sites/kokkola")
    for other in ("region:kronoby", "hosted_by:keski-pohjanmaa", "friend:kronoby", "hosted_by:kokkola", "", "x"):
        act = {"csrf_token": token, "act": "add_tie", "other": other}
        assert operator.post("/operator/sites/kokkola", data=act).status_code == 422, other
    assert "tie_added" not in [action for action, _ in log_of(reading, town)]


# The towns belong to Keski-Pohjanmaa from the first day of 2020 on.
@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        ("", "", 422), ("2026-01-01", "", 422), ("", "2020-01-01", 422), ("2021-01-01", "2022-01-01", 422),
        ("", "2019-12-31", 303), ("2010-01-01", "2019-12-31", 303),
    ],
)  # fmt: skip
def test_a_municipality_has_one_region_at_a_time(operator, reading, writing, town, neighbour, first, last, status):
    with writing(None) as db:
        other = registering.add(db, kind="region", names={"fi": "Lappi"}, languages=("fi",))
    fields = {"other": "region:lappi", "first_day": first, "last_day": last}
    answer = operator.submit("/operator/sites/kokkola?lang=en", action="", note="Decision 3 §", **fields)
    assert answer.status_code == status
    with reading(town) as db:
        ties = select(Affiliation.id).where(Affiliation.tenant_id == town.id, Affiliation.other_id == other)
        assert len(db.scalars(ties).all()) == (status == 303)
    if status == 422:
        assert "the site belongs to the region Keski-Pohjanmaa" in answer.text
        assert all(f'value="{value}"' in answer.text for value in ("Decision 3 §", first, last))


def test_a_region_follows_another_that_has_ended(operator, app, writing, town):
    with writing(None) as db:
        other = registering.add(db, kind="region", names={"fi": "Lappi"}, languages=("fi",))
        ties = update(Affiliation).where(Affiliation.tenant_id == town.id, Affiliation.kind == "region")
        db.execute(ties.values(valid_to=date(2026, 1, 1)))
    for first, status in (("2025-12-31", 422), ("2026-01-01", 303), ("2026-01-01", 303)):
        sent = {"other": "region:lappi", "first_day": first, "note": ""}
        assert operator.submit("/operator/sites/kokkola", **sent).status_code == status, first
    assert app.directory.current().by_id[town.id].region_id == other


def test_a_co_operation_area_may_cross_regions(operator, writing):
    with writing(None) as db:
        registering.add(db, kind="region", names={"fi": "Lappi"}, languages=("fi",))
        registering.add(db, kind="cooperation", names={"fi": "Lakeus"}, languages=("fi",))
    for other in ("region:lappi", "region:keski-pohjanmaa"):
        assert operator.submit("/operator/sites/lakeus", other=other, note="").status_code == 303


def test_the_list_of_affiliations_opens_with_nothing_chosen(operator, reading, town):
    answer = operator.submit("/operator/sites/kokkola", note="A careless click")
    assert answer.status_code == 422
    assert "tie_added" not in [action for action, _ in log_of(reading, town)]


def test_a_plugin_is_switched_for_one_site(operator, visitor, town, neighbour, reading):
    operator.submit("/operator/sites/kokkola", plugin="forums", on="0")
    assert visitor(town).get("/forums/").status_code == 404
    assert visitor(neighbour).get("/forums/").status_code == 200
    assert log_of(reading, town)[0] == ("plugin_off", "forums")


def test_a_main_user_is_invited_into_this_site_only(operator, reading, town, neighbour):
    assert operator.submit("/operator/sites/kokkola", email="boss@kokkola.example").status_code == 303
    with reading(town) as db:
        assert [i.roles for i in db.scalars(for_tenant(db, Invitation))] == [["admin"]]
    with reading(neighbour) as db:
        assert db.scalars(for_tenant(db, Invitation)).all() == []


def test_a_site_is_closed_and_opened_again_with_everything_in_it(operator, visitor, town, reading, world):
    assert operator.submit("/operator/sites/kokkola", slug="kronoby", reason="x").status_code == 422
    assert visitor(town).get("/forums/").status_code == 200
    assert operator.submit("/operator/sites/kokkola", slug="kokkola", reason="merged").status_code == 303
    assert visitor(tenant=None).get("/kokkola/forums/").status_code == 404
    assert "Kokkola" in operator.get("/operator/").text
    assert operator.submit("/operator/", action="/operator/closed/kokkola").status_code == 303
    assert visitor(town).get(f"/topics/{world.things[town.slug, 'topic']}").status_code == 200
    assert [action for action, _ in log_of(reading, town)][:2] == ["tenant_reopened", "tenant_closed"]


def test_a_site_is_opened_again_with_a_line_in_its_log_or_not_at_all(operator, town, neighbour, writing, monkeypatch):
    with writing(None) as db:
        registering.change(db, neighbour.id, closed_at=clock.now())
    with monkeypatch.context() as killed:
        killed.setattr(audit, "note", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            operator.submit("/operator/", action=f"/operator/closed/{neighbour.slug}")
    with writing(None) as db:
        assert registering.row(db, neighbour.slug).closed_at is not None
    assert operator.submit("/operator/", action=f"/operator/closed/{neighbour.slug}").status_code == 303


def test_an_unknown_act_does_nothing(operator, reading, town):
    before = log_of(reading, town)
    token = operator.token_of("/operator/sites/kokkola")
    assert operator.post("/operator/sites/kokkola", data={"csrf_token": token, "act": "explode"}).status_code == 404
    assert log_of(reading, town) == before


# --- regions' rules -----------------------------------------------------------------------------------------------


def test_a_region_mandates_a_plugin_and_a_setting(operator, app, region, town, neighbour, reading):
    path = "/operator/regions/keski-pohjanmaa"
    fields = {
        "plugin:forums": "mandate",
        "rule:answers.days": "mandate",
        "value:answers.days": "10",
        "rule:people.names": "offer",
    }
    assert operator.submit(path, **fields, **{"value:people.names": "real"}).status_code == 303
    snapshot = app.directory.current()
    assert [snapshot.by_id[t.id].setting("answers.days") for t in (town, neighbour)] == [10, 10]
    assert snapshot.by_id[town.id].setting("people.names") == "real"
    assert len([a for a, _ in log_of(reading, region) if a == "rules_changed"]) == 3
    operator.submit(path, **{"rule:answers.days": ""})
    assert app.directory.current().by_id[town.id].setting("answers.days") == 30
    assert len([a for a, _ in log_of(reading, region) if a == "rules_changed"]) == 4


def test_forbidding_a_plugin_takes_it_away(operator, visitor, town):
    operator.submit("/operator/regions/keski-pohjanmaa", **{"plugin:forums": "forbid"})
    assert visitor(town).get("/forums/").status_code == 404
    operator.submit("/operator/regions/keski-pohjanmaa", **{"plugin:forums": ""})
    assert visitor(town).get("/forums/").status_code == 200


@pytest.mark.parametrize(
    ("key", "value"), [("site.brand", "#ffee00"), ("answers.days", "0"), ("mail.reply_to", "nonsense")]
)
def test_a_region_cannot_mandate_what_no_municipality_could_set(operator, app, region, key, value):
    answer = operator.submit("/operator/regions/keski-pohjanmaa", **{f"rule:{key}": "mandate", f"value:{key}": value})
    assert answer.status_code == 422
    with app.database.session(None) as db:
        assert registering.policy_for(db, region.id).get("settings", {}) == {}


def test_two_operators_at_the_same_rules_lose_nothing(operator, app, region):
    path = "/operator/regions/keski-pohjanmaa"
    operator.submit(path, **{"plugin:forums": "mandate"})
    answer = operator.submit(path, **{"plugin:forums": "forbid", "seen": "stale"})
    assert answer.status_code == 409
    with app.database.session(None) as db:
        assert registering.policy_for(db, region.id)["plugins"] == {"forums": "mandate"}


# --- the installation ---------------------------------------------------------------------------------------------


def test_the_installations_facts(operator, app):
    before = operator.get("/operator/installation").text
    assert 'class="tile late"' in before  # no worker has ticked
    worker.tick(app)
    after = operator.get("/operator/installation").text
    assert 'class="tile late"' not in after
    assert "0.1.0" in after
    assert app.settings.secret_key not in after

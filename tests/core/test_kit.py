"""The kit itself: two towns on two databases, people in roles, forms as browsers send them, budgets, the listener."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from talkoot import clock as talkoot_clock
from talkoot.conversations.models import Post
from talkoot.errors import IsolationError
from talkoot.people.models import Membership
from talkoot.testing import watching
from talkoot.testing.forms import posting_form, read_forms
from talkoot.testing.rows import differences, every_row
from talkoot.testing.statements import unbound
from talkoot.testing.towns import MARK, ROLES


def test_the_towns_are_there(app, town, neighbour, region, world):
    assert (town.slug, neighbour.slug, region.slug) == ("kokkola", "kronoby", "keski-pohjanmaa")
    assert (town.language, neighbour.language) == ("fi", "sv")
    assert town.region_id == neighbour.region_id == region.id
    assert world.tenants == {tenant.slug: tenant.id for tenant in (town, neighbour, region)}
    assert set(app.registry.plugins) == town.plugins


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_begins_anew(app, writing, town, world, round_):
    with writing(town) as db:
        member = db.find(Membership, id=world.members["kokkola", "resident"])
        assert member.name == "Resident Testinen"
        member.name = f"changed in round {round_}"


def test_everything_of_the_neighbour_is_marked(reading, neighbour, town):
    for tenant, marked in ((neighbour, True), (town, False)):
        with reading(tenant) as db:
            texts = [*db.scalars(select(Post.source).where(Post.tenant_id == tenant.id))]
            texts += [*db.scalars(select(Membership.name).where(Membership.tenant_id == tenant.id))]
        assert len(texts) > 8
        assert all((MARK in found) == marked for found in texts)


@pytest.mark.parametrize("role", ["guest", "stranger", "operator", *ROLES])
def test_people_in_their_roles(as_role, role, address):
    page = as_role(role, by=address).get("/account")
    assert page.status_code == (303 if role == "guest" else 200)
    if role in ROLES:
        assert f"{role.title()} Testinen" in page.text


def test_strangers_are_members_of_the_other_town_only(as_role, neighbour, world):
    assert f"{MARK}-Resident Testinen" in as_role("resident", neighbour).get("/account").text
    assert world.people["kokkola", "stranger"] == world.people["kronoby", "resident"]


def test_time_stands_still_until_it_is_moved(clock):
    before = talkoot_clock.now()
    assert talkoot_clock.now() == before
    clock.shift(timedelta(days=3))
    assert talkoot_clock.now() - before == timedelta(days=3)


def test_a_budget_counts_and_fails(app, reading, town, query_budget):
    with query_budget(2) as seen, reading(town) as db:
        db.execute(text("SELECT 1"))
        db.execute(text("SELECT 2"))
    assert len(seen) == 2
    with pytest.raises(AssertionError, match="at most 0"), query_budget(0), reading(town) as db:
        db.execute(text("SELECT 1"))


def test_a_budget_leaves_out_the_transaction(writing, town, query_budget):
    with query_budget(2), writing(town) as db, db.begin_nested():  # the statement, and the tenant's stamp
        db.execute(text("SELECT 1"))


@pytest.mark.database("postgresql")
def test_reading_keeps_what_the_database_has_planned(app, town, neighbour):
    """A rollback would make the driver forget its prepared statements: each page would plan all its queries anew."""
    app.database.dispose()  # so that everything below goes over one new connection
    kept = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT count(post.id)%'")
    for tenant in (town, neighbour, town):
        with app.database.session(tenant) as db:
            db.execute(select(func.count(Post.id)).where(Post.tenant_id == tenant.id))
    with app.database.session(town) as db:
        assert db.execute(kept).scalar_one() == 1


# --- the listener ---------------------------------------------------------------------------------------------------


def test_a_statement_without_a_tenant_fails_the_test(app, town, reading):
    with reading(town) as db, pytest.raises(IsolationError, match="post"):
        db.execute(text("SELECT * FROM post"))
    assert len(watching.offences()) == 1, "also where the error was swallowed"


def test_a_bulk_write_without_a_tenant_fails_the_test(app, town, writing):
    with writing(town) as db, pytest.raises(IsolationError):
        db.execute(update(Post.__table__).values(source="x"))
    watching.offences()


def test_it_can_be_let_through(app, town, reading, unwatched):
    with unwatched(), reading(town) as db:
        db.execute(text("SELECT * FROM post"))
    assert watching.offences() == []


TABLES = {"post", "membership", "reaction"}
BOUND = [
    "SELECT a FROM post WHERE post.tenant_id = %(x)s AND post.id = %(i)s::UUID",
    "SELECT post.id FROM post JOIN membership ON membership.tenant_id = post.tenant_id WHERE post.tenant_id = ? ORDER BY 1",
    "SELECT a FROM post AS p, membership m WHERE p.tenant_id=1 and m.tenant_id = p.tenant_id",
    "UPDATE post SET n=? WHERE post.tenant_id = ? AND post.id = ?",
    "DELETE FROM post WHERE tenant_id=:t",
    "INSERT INTO post (tenant_id, id) VALUES (?, ?)",
    "INSERT INTO reaction (tenant_id,id) VALUES (?,?) ON CONFLICT (tenant_id, id) DO UPDATE SET n = 3",
    "SELECT x FROM (SELECT y FROM post WHERE post.tenant_id = ?) AS a JOIN membership ON membership.tenant_id = a.tenant_id",
    "SELECT EXISTS (SELECT 1 FROM post WHERE post.tenant_id = ?) AS e",
    "SELECT a FROM post AS p WHERE p.tenant_id = ? AND (SELECT count(*) FROM reaction WHERE reaction.tenant_id = p.tenant_id) > 1",
    "WITH c AS (SELECT id FROM post WHERE tenant_id = ?) SELECT * FROM c",
    "SELECT count(*) FILTER (WHERE post.a IS NULL) FROM post WHERE post.tenant_id = ?",
    "SELECT 1 FROM person LEFT OUTER JOIN membership ON membership.tenant_id = ? AND membership.person_id = person.id",
    "SELECT a FROM post WHERE tenant_id IN (1,2) UNION SELECT b FROM membership WHERE tenant_id = 3",
    "SELECT a FROM post WHERE ? = post.tenant_id -- FROM membership",
    "SELECT 'FROM membership' FROM post WHERE tenant_id = 1",
]
UNBOUND = [
    "SELECT a FROM post",
    "SELECT count(*) FROM post WHERE post.id = ?",
    "UPDATE post SET tenant_id = 3 WHERE id = 3",
    "DELETE FROM post",
    "SELECT post.id FROM post JOIN membership ON membership.id = post.author_id WHERE post.tenant_id = ?",
    "SELECT x FROM (SELECT y FROM post) AS a WHERE a.tenant_id = ?",
    "SELECT a.tenant_id = 4 FROM post a",
    "INSERT INTO reaction SELECT * FROM post",
    "WITH c AS (SELECT id FROM post) SELECT * FROM c",
    "SELECT p.a FROM post AS p WHERE p.tenant_id = ? AND EXISTS (SELECT count(*) FROM reaction)",
    "SELECT a FROM post WHERE tenant_id IN (1,2) UNION SELECT b FROM membership",
    "SELECT p.a FROM post p, post q WHERE p.tenant_id = ?",
    "SELECT a FROM post JOIN membership ON membership.tenant_id = post.tenant_id",
    'SELECT a FROM public."post" WHERE id = 3',
    "UPDATE post SET a=(SELECT max(n) FROM reaction) WHERE tenant_id=?",
    "SELECT a FROM post /* WHERE tenant_id = 1 */",
    "SELECT a FROM post WHERE b = 'tenant_id = 1'",
]


@pytest.mark.parametrize("sql", BOUND)
def test_a_statement_that_names_its_tenant(sql):
    assert unbound(sql, TABLES) == []


@pytest.mark.parametrize("sql", UNBOUND)
def test_a_statement_that_does_not(sql):
    assert unbound(sql, TABLES)


# --- forms and rows -------------------------------------------------------------------------------------------------

FORM = """
<form method="get" action="/find"><input name="q"></form>
<form method="post" action="/save"><input type="hidden" name="csrf_token" value="t&amp;1"><input name="title" value="Old">
<textarea name="text">
  two &lt;lines&gt;
</textarea><select name="kind"><option value="a">A<option value="b" selected>B</select>
<select name="first"><option value="1"><option value="2"></select>
<input type="checkbox" name="on" value="1" checked><input type="checkbox" name="off" value="1"><input type="radio" name="way" value="x">
<input type="radio" name="way" value="y" checked><button name="act" value="save">Save</button><input disabled name="never" value="x"></form>
"""


def test_a_form_is_read_as_a_browser_reads_it():
    form = posting_form(FORM, ["title"])
    assert dict(form.fields) == {
        "csrf_token": "t&1",
        "title": "Old",
        "text": "  two <lines>\n",
        "kind": "b",
        "first": "1",
        "on": "1",
        "way": "y",
    }
    assert form.choices["way"] == ["x", "y"]
    assert len(read_forms(FORM)) == 2


def test_a_form_is_filled_in():
    filled = posting_form(FORM, ["title"]).filled({"title": "New", "on": None, "act": "save"})
    assert filled["title"] == "New"
    assert filled["act"] == "save"
    assert "on" not in filled
    assert filled["kind"] == ["b"]


def test_a_field_that_is_not_there_is_named():
    with pytest.raises(AssertionError, match="no form with"):
        posting_form(FORM, ["nothing"])
    with pytest.raises(AssertionError, match="has no nothing"):
        posting_form(FORM, ["title"]).filled({"nothing": "x"})


def test_a_changed_row_is_seen(app, writing, town, neighbour):
    before, beside = every_row(app.settings), every_row(app.settings, neighbour.id)
    with writing(town) as db:
        db.execute(
            update(Membership)
            .where(Membership.tenant_id == town.id, Membership.name == "Resident Testinen")
            .values(about="x")
        )
    assert differences(before, every_row(app.settings)) == {"membership": (1, 1), "tenant_stamp": (1, 1)}
    assert differences(beside, every_row(app.settings, neighbour.id)) == {}


def test_mail_waits_until_jobs_run(visitor, app, mails):
    visitor().submit("/forgotten", email="resident@kokkola.example")
    (mail,) = mails()
    assert mail["To"] == "resident@kokkola.example"


def test_logs_can_be_read(client, logs):
    client.get("/forums/")
    (line,) = [event for event in logs if event["event"] == "request"]
    assert (line["tenant"], line["status"]) == ("kokkola", 200)

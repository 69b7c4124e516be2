"""The index: kept by jobs, brought up to date by a command, empty of what is gone, and shut to other tenants."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from talkoot.db.engine import owner_engine
from talkoot.jobs import delivery
from talkoot.search import analyzers, full_text, index, lemmas, rebuilding
from talkoot.search.models import SearchEntry
from talkoot.tenants import leaving

_entry = SearchEntry.__table__


@pytest.fixture
def entries(reading):
    """How many posts of a tenant are in the index."""

    def count(tenant):
        with reading(tenant) as db:
            return db.execute(
                select(func.count()).select_from(_entry).where(_entry.c.tenant_id == tenant.id)
            ).scalar_one()

    return count


def owned(app, query: str, **values):
    """What the owner of the database reads."""
    engine = owner_engine(app.settings)
    with engine.connect() as connection:
        found = connection.execute(text(query), values).scalar()
    engine.dispose()
    return found


def test_a_post_is_indexed_once_however_often_its_job_runs(app, write, find, entries, town, writing):
    post = write("Keinutuoli.")
    before = entries(town)
    for _ in range(2):
        with writing(town) as db:
            index.keep(db, app.registry, analyzers.of(app.settings.instance), [post])
    assert entries(town) == before
    assert find("keinutuoli") == ["Keinutuoli."]


def test_what_could_not_be_indexed_is_tried_again(app, write, find, monkeypatch, run_jobs, writing, town):
    with monkeypatch.context() as broken:
        broken.setattr(index, "entry_of", lambda *_: 1 / 0)
        write("Keinutuoli.")
    assert find("keinutuoli") == []
    with writing(None) as db:
        db.execute(text("UPDATE outbox SET lease_until = created_at WHERE done_at IS NULL"))
    for job in delivery.relay(app):
        delivery.run_one(app, job)
    assert find("keinutuoli") == ["Keinutuoli."]


def test_the_command_makes_what_is_missing_or_old(run, write, find, entries, town, neighbour, writing):
    write("Keinutuoli ensin.")
    write("Keinutuoli sitten.")
    run("search", "rebuild")
    assert "0 posts" in run("search", "rebuild").output
    with writing(town) as db:
        db.execute(delete(_entry).where(_entry.c.tenant_id == town.id))
    with writing(neighbour) as db:
        db.execute(update(_entry).where(_entry.c.tenant_id == neighbour.id).values(version=0))
    assert find("keinutuoli") == []
    both = entries(neighbour)
    done = run("search", "rebuild", "--tenant", "kokkola")
    assert done.exit_code == 0
    assert find("keinutuoli") == ["Keinutuoli sitten.", "Keinutuoli ensin."]
    assert f"{both} posts" in run("search", "rebuild").output
    assert f"{entries(town)} posts" in run("search", "rebuild", "--tenant", "kokkola", "--all").output


def test_new_analyzers_make_everything_anew(app, few_words, town):
    with_words = rebuilding.waiting_in(app.database, app.settings.instance, town)
    assert with_words > 0, "made before there were any base forms"


def test_the_doctor_tells_of_both(run, run_jobs, request, monkeypatch):
    monkeypatch.setenv("TALKOOT_SEARCH_LANGUAGES", "fi,sv,en")
    run_jobs()
    request.getfixturevalue("few_words")  # of Finnish and Swedish, after everything was put into the index
    said = run("doctor").output
    assert "no base forms of en and" in said
    assert "talkoot search rebuild" in said


def test_words_are_compiled_by_a_command(run, monkeypatch, app):
    monkeypatch.setenv("TALKOOT_SEARCH_LANGUAGES", "en")
    assert run("search", "words").exit_code == 0
    known = lemmas.open_all(app.settings.instance)["en"]
    assert known.of("libraries") == ("library",)
    assert "are there" in run("search", "words").output
    lemmas.path_of(app.settings.instance, "en").unlink()
    lemmas.open_all.cache_clear()


def test_a_tenant_that_leaves_leaves_nothing(app, write, neighbour, run):
    write("Keinutuoli siellä.", at=neighbour)
    assert owned(app, "SELECT count(*) FROM search_entry WHERE tenant_id = :t", t=neighbour.id) > 0
    run("tenant", "close", neighbour.slug, "--yes")
    app.directory.forget()
    leaving.remove(app.settings, app.registry, neighbour.slug)
    assert owned(app, "SELECT count(*) FROM search_entry WHERE tenant_id = :t", t=neighbour.id) == 0
    if app.settings.is_sqlite:
        found = f"SELECT count(*) FROM {full_text.TABLE} WHERE {full_text.TABLE} MATCH :q"
        assert owned(app, found, q=f'"{neighbour.id}=keinutuoli"') == 0


# --- PostgreSQL's one function that runs with other rights ----------------------------------------------------------


def _call(db, keys: str):
    return db.execute(text(f"SELECT id FROM {full_text.FUNCTION}(:q, ARRAY[:q, :q], 100)"), {"q": keys}).all()


@pytest.mark.database("postgresql")
def test_the_function_names_the_tenant_itself(app, write, reading, town, neighbour, unwatched):
    write("Keinutuoli.")
    write("Keinutuoli siellä.", at=neighbour)
    own, foreign = f"'{town.id}=keinutuoli'", f"'{neighbour.id}=keinutuoli'"
    with reading(town) as db:
        assert (len(_call(db, own)), len(_call(db, foreign))) == (1, 0)
    with reading(neighbour) as db:
        assert (len(_call(db, own)), len(_call(db, foreign))) == (0, 1)
    with unwatched(), app.database.connect() as nobody:
        assert _call(nobody, foreign) == []


@pytest.mark.database("postgresql")
def test_its_owner_signs_in_nowhere_and_reads_the_index_alone(app, cluster):
    with cluster.connect() as admin:
        row = admin.execute("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'talkoot_search'").fetchone()
    assert row == (False, False)
    may = "SELECT string_agg(table_name || ' ' || privilege_type, ', ') FROM information_schema.role_table_grants WHERE grantee = :r"
    assert owned(app, may, r=full_text.ROLE) == "search_entry SELECT"
    assert owned(app, "SELECT has_schema_privilege(:r, 'public', 'CREATE')", r=full_text.ROLE) is False


@pytest.mark.database("postgresql")
@pytest.mark.parametrize("query", ["'1=a", "a & & b", "'); SELECT 1; --"])
def test_what_is_no_query_is_an_error_and_nothing_else(reading, town, query):
    with reading(town) as db, pytest.raises(DBAPIError):
        _call(db, query)

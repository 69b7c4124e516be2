"""Pages from memory: for guests only, never stale, never another's, never without headers."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import pytest

from talkoot.people import sessions
from talkoot.site import summaries
from talkoot.tenants import registering
from talkoot.testing import towns

EMAIL = "resident@kokkola.example"


@pytest.fixture
def cached(app, page_cache):
    """How many pages are kept."""
    return lambda: len(page_cache.pages._kept)


@pytest.fixture
def topic(world) -> str:
    return f"/topics/{world.things['kokkola', 'topic']}"


def test_the_second_guest_gets_the_first_ones_page(visitor, page_cache, made, topic):
    one, two = visitor().get(topic), visitor().get(topic)
    assert one.data == two.data
    assert len(made) == 1


def test_a_kept_page_has_the_same_headers(visitor, page_cache, topic):
    first, second = visitor().get(topic), visitor().get(topic)
    assert dict(first.headers) == dict(second.headers)
    assert second.headers["Content-Security-Policy"]
    assert second.headers["Cache-Control"] == "no-cache"
    assert "HX-Request" in second.headers["Vary"]


def test_a_known_page_is_answered_304(visitor, page_cache, topic):
    etag = visitor().get(topic).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        response = visitor().get(topic, headers={"If-None-Match": known})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == etag
    assert visitor().get(topic, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_hidden_post_is_gone_at_once(visitor, as_role, page_cache, world, topic):
    guest = visitor()
    assert "an answer with" in guest.get(topic).text
    as_role("moderator").submit(f"/posts/{world.things['kokkola', 'second post']}/hide", reason="Off the topic.")
    for path in (topic, "/", "/forums/kylat/", "/feed.atom", f"{topic}/feed.atom"):
        assert "an answer with" not in guest.get(path).text, path


def test_hidden_content_is_gone_within_a_second_without_looking(app, visitor, as_role, page_cache, world, topic):
    """With the directory's usual age a worker may show the old page, but no longer than that."""
    from talkoot.tenants import directory

    app.directory.max_age = directory.STAMP_SECONDS
    assert directory.STAMP_SECONDS <= 1
    visitor().get(topic)
    as_role("moderator").submit(f"/posts/{world.things['kokkola', 'second post']}/hide", reason="Off the topic.")
    app.directory._checked -= directory.STAMP_SECONDS
    assert "an answer with" not in visitor().get(topic).text


def test_a_new_post_shows_at_once(visitor, as_role, page_cache, topic):
    visitor().get(topic)
    as_role("resident").submit(f"{topic}/reply", text="Fresh from the press.")
    assert "Fresh from the press." in visitor().get(topic).text


def test_a_write_elsewhere_leaves_the_page(visitor, as_role, page_cache, made, neighbour, world, topic):
    visitor().get(topic)
    as_role("resident", neighbour).submit(f"/topics/{world.things['kronoby', 'topic']}/reply", text="Something else.")
    made.clear()
    visitor().get(topic)
    assert made == []


def test_a_shared_page_follows_the_owner(visitor, as_role, page_cache, region, world):
    path = "/shared/keski-pohjanmaa/"
    assert "Aivan uusi" not in visitor().get(path).text
    as_role("resident", region).submit("/forums/kylat/new", title="Aivan uusi aihe", text="x", kind="idea")
    assert "Aivan uusi aihe" in visitor().get(path).text


def test_a_changed_setting_shows_at_once(visitor, page_cache, writing, town):
    visitor().get("/")
    with writing(None) as db:
        registering.set_setting(db, town.id, {"site.welcome_fi": "Tervetuloa torille"})
    assert "Tervetuloa torille" in visitor().get("/").text


def test_nobody_signed_in_comes_near_it(as_role, visitor, page_cache, cached, topic):
    member = as_role("resident").get(topic)
    assert cached() == 0
    assert "Resident Testinen" in member.text
    visitor().get(topic)
    assert cached() == 1
    again = as_role("resident").get(topic)
    assert "/reply" in again.text
    assert again.data != visitor().get(topic).data
    assert "ETag" not in again.headers


@pytest.mark.parametrize("value", ["rubbish", ""])
def test_a_dead_session_cookie_keeps_away_too(visitor, page_cache, cached, topic, value):
    guest = visitor()
    guest.set_cookie(sessions.COOKIE, value, domain="localhost")
    guest.get(topic)
    assert cached() == 0


def test_a_page_that_sets_a_cookie_is_not_kept(visitor, page_cache, cached):
    for path in ("/sign-in", "/sign-up", "/feedback", "/feedback/follow", "/forgotten", "/?lang=sv"):
        response = visitor().get(path)
        if "Set-Cookie" in response.headers:
            assert cached() == 0, path
    assert cached() == 0


def test_no_kept_page_holds_a_token_or_a_cookie(visitor, page_cache):
    from talkoot.testing.crawling import crawl

    for path in crawl(visitor()):  # each by somebody new: who has opened a form has its cookie
        visitor().get(path)
    assert len(page_cache.pages._kept) > 5
    for entry, _ in page_cache.pages._kept.values():
        assert b"csrf_token" not in entry.body
        assert b'name="submission"' not in entry.body
        assert not [name for name, _ in entry.headers if name.lower() == "set-cookie"]


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_get_is_kept(visitor, page_cache, cached, topic, method):
    visitor().open(topic, method=method)
    assert cached() == 0


def test_errors_and_redirects_are_not_kept(visitor, page_cache, cached):
    for path in ("/topics/999999", "/nothing", "/account", "/staff/"):
        visitor().get(path)
    assert cached() == 0


def test_undeclared_arguments_are_served_and_not_kept(visitor, page_cache, cached, topic):
    for query in ("?utm_source=x", "?page=1&x=1", "?lang=sv", "?=1"):
        assert visitor().get(f"{topic}{query}").status_code == 200
    assert cached() == 0
    visitor().get(f"{topic}?page=1")
    assert cached() == 1


def test_each_language_has_its_page(visitor, page_cache, topic):
    finnish = visitor().get("/forums/")
    swede = visitor()
    swede.get("/?lang=sv")
    swedish = swede.get("/forums/")
    assert 'lang="fi"' in finnish.text
    assert 'lang="sv"' in swedish.text
    assert visitor().get("/forums/").data == finnish.data


def test_each_address_has_its_page(visitor, page_cache, town, neighbour):
    """By path and by host, the town and its neighbour, one port and another: links differ, and so must the pages."""
    pages = [visitor(tenant, by=by).get("/forums/").text for tenant in (town, neighbour) for by in ("path", "host")]
    again = [visitor(tenant, by=by).get("/forums/").text for tenant in (town, neighbour) for by in ("path", "host")]
    assert pages == again
    assert len(set(pages)) == 4
    assert not [page for page in pages[:2] if "CANARY-B" in page]


def test_a_forged_host_does_not_poison(visitor, page_cache, app, topic):
    from tests.core.test_resolver import ask

    ask(app, "localhost:1234", f"/kokkola{topic}")
    ask(app, "localhost:8000", f"/kokkola{topic}", HTTP_X_FORWARDED_HOST="evil.test", HTTP_X_FORWARDED_PROTO="https")
    page = visitor().get(topic).text
    assert "evil.test" not in page
    assert ":1234" not in page


def test_htmx_gets_no_kept_page_and_leaves_none(visitor, page_cache, cached, topic):
    visitor().get(topic, headers={"HX-Request": "true"})
    assert cached() == 0
    visitor().get(topic)
    part = visitor().get("/forums/kylat/?before=1", headers={"HX-Request": "true"})
    assert "<html" not in part.text


def test_the_cache_is_bounded(visitor, page_cache):
    page_cache.pages.limit = 60_000
    for n in range(1, 30):
        visitor().get(f"/forums/kylat/?before={n}")
        assert page_cache.pages.size <= page_cache.pages.limit
    assert page_cache.pages.size == sum(len(entry.body) for entry, _ in page_cache.pages._kept.values())


def test_switched_off_it_keeps_nothing(visitor, page_cache, cached, topic):
    page_cache.pages.limit = 0
    visitor().get(topic)
    assert cached() == 0


def test_the_front_page_follows_every_tenant_and_the_browsers_language(visitor, page_cache, cached, app, town):
    fi = visitor(None).get("/", headers={"Accept-Language": "fi"})
    sv = visitor(None).get("/", headers={"Accept-Language": "sv"})
    assert 'lang="fi"' in fi.text
    assert 'lang="sv"' in sv.text
    assert cached() == 2


# --- midnight, and pages over many tenants ------------------------------------------------------------------------


def test_midnight_makes_pages_anew_though_nobody_writes(visitor, page_cache, made, clock, town, neighbour):
    """What is owed says how many days are left; nothing moves a stamp where nobody writes."""
    clock.move_to(datetime(2027, 3, 1, 12, tzinfo=UTC))  # long after what was promised when the towns were furnished
    paths = [(tenant, "/promises/") for tenant in (town, neighbour)]
    before = [visitor(tenant).get(path).text for tenant, path in paths]
    made.clear()
    clock.move_to(datetime(2027, 3, 1, 21, 59, tzinfo=UTC))  # 23.59 in Helsinki
    assert [visitor(tenant).get(path).text for tenant, path in paths] == before
    assert made == []
    clock.move_to(datetime(2027, 3, 1, 22, 1, tzinfo=UTC))
    after = [visitor(tenant).get(path).text for tenant, path in paths]
    assert made == ["/promises/", "/promises/"]
    assert all(new != old for new, old in zip(after, before, strict=True)), "one day more overdue"


def test_a_page_made_while_the_directory_is_renewed_is_not_kept_as_new(
    app, visitor, page_cache, writing, town, neighbour, monkeypatch
):
    """The tenant was found before another thread renewed what is known; the page must not pass for one made after."""
    known, key_of = [], type(page_cache)._key

    def renewed_meanwhile(cache, environ):
        if not known:
            known.append(environ["talkoot.tenant"])
            with writing(None) as db:
                registering.set_setting(db, town.id, {"site.contact": "Uusi osoite"})
                registering.set_setting(db, neighbour.id, {"site.contact": "Noise"})
            app.directory.renew()
        return key_of(cache, environ)

    monkeypatch.setattr(type(page_cache), "_key", renewed_meanwhile)
    assert "Uusi osoite" not in visitor().get("/").text, "made with what was known when the town was found"
    assert known[0].setting("site.contact") != "Uusi osoite"
    assert "Uusi osoite" in visitor().get("/").text


@pytest.fixture
def many(visitor, region):
    """The pages over many tenants: the installation's front page and the region's home."""
    return lambda: [visitor(None).get("/").text, visitor(region).get("/").text]


def test_a_write_in_a_town_leaves_pages_over_many_towns(many, as_role, page_cache, made, topic):
    many()
    as_role("resident").submit(f"{topic}/reply", text="Fresh from the press.")
    made.clear()
    many()
    assert made == []


def test_a_new_summary_renews_pages_over_many_towns_and_no_towns_page(
    app, visitor, as_role, page_cache, made, many, town, neighbour, topic
):
    for tenant in (town, neighbour):
        summaries.refresh(app, tenant, always=True)
    as_role("resident").submit("/forums/kylat/new", title="Aivan uusi aihe", text="x", kind="idea")
    many()
    texts = [visitor(tenant).get("/").text for tenant in (town, neighbour)]
    assert summaries.refresh(app, town)
    made.clear()
    assert [visitor(tenant).get("/").text for tenant in (town, neighbour)] == texts
    assert made == []
    assert all("Aivan uusi aihe" in text for text in many())


def test_a_summary_that_says_the_same_renews_nothing(app, page_cache, made, many, town):
    summaries.refresh(app, town, always=True)
    many()
    made.clear()
    assert summaries.refresh(app, town, always=True)
    many()
    assert made == []


def test_what_only_its_writer_and_staff_see_renews_no_page(visitor, as_role, page_cache, made, world, topic):
    """Feedback is given, followed and keyed in, a post reported; somebody signs in, another changes the password."""
    guest, resident, post = visitor(), as_role("resident"), world.things["kokkola", "second post"]
    before = visitor().get(topic).text
    given = guest.submit("/feedback", text="A lamp is dark at the corner.")
    code = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", given.text)[0]
    assert guest.submit("/feedback/follow", code=code).status_code == 200
    assert resident.submit(f"/posts/{post}/flag", reason="advert", text="An advertisement.").status_code == 200
    keyed = as_role("clerk").submit(
        "/staff/feedback/new", text="A broken bench.", channel="paper", language="fi", area=""
    )
    assert keyed.status_code == 200
    assert visitor().submit("/sign-in", email=EMAIL, password=towns.PASSWORD).status_code == 303
    changed = as_role("convener").submit("/account/password", old=towns.PASSWORD, password="viisi uutta sanaa tähän")
    assert changed.status_code == 303
    made.clear()
    assert visitor().get(topic).text == before
    assert made == []


def test_a_page_without_a_plugin_that_is_skipped_is_kept_for_a_second(
    app, visitor, page_cache, made, town, monkeypatch
):
    """When the plugin is asked again, guests see its part, though nobody has written anything meanwhile."""
    app.directory.max_age = 3600.0  # the second
    skip = {("forums", town.id, "home_sections"): time.monotonic() + 600}
    monkeypatch.setattr(app.registry.guard, "_skipped_until", skip)
    for _ in range(2):
        assert "Katuvalot" not in visitor().get("/").text
    skip.clear()
    assert len(made) == 1
    app.directory.renew()
    for _ in range(2):
        assert "Katuvalot" in visitor().get("/").text
    assert len(made) == 2

"""The demo: the region with its people and discussions, and the composed installation for measuring, on both databases."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from tests.core.loaded import Loaded

from talkoot import clock, registry
from talkoot.app import create_app
from talkoot.cli import cli, demonstration
from talkoot.contributions.models import Contribution
from talkoot.conversations import mentions
from talkoot.conversations.models import Conversation, Draft, Flag, Post, PostVersion, Reaction
from talkoot.conversations.rendering import render
from talkoot.demo import accounts, loading, people
from talkoot.demo.world import DemoWorld, Place, Scale
from talkoot.errors import SetupError
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.people import passwords
from talkoot.people.models import Membership, Person, RoleGrant
from talkoot.plugin import hookimpl
from talkoot.tenants import registering
from talkoot.tenants.models import TenantSummary
from talkoot.testing.visitors import Visitor
from talkoot_forums.demo import composed, material
from talkoot_forums.models import Forum, Topic

pytestmark = pytest.mark.xdist_group("demo")  # the region is loaded once for all tests of it


# --- what must hold for either ------------------------------------------------------------------------------------


def wrong_counters(demo: Loaded) -> list[str]:
    """Counters that do not say what the rows say."""
    posts, found = demo.posts_by_conversation(), []
    for conversation in demo.rows[Conversation]:
        every = posts.get(conversation.id, [])
        if [post.n for post in every] != list(range(1, conversation.post_count + 1)):
            found.append(f"numbers of {conversation.id}")
        if every and conversation.last_post_at != max(post.created_at for post in every):
            found.append(f"time of {conversation.id}")
    for topic in demo.rows[Topic]:
        shown = [post for post in posts[topic.conversation_id] if post.hidden_at is None]
        if (topic.post_count, topic.last_post_at, topic.last_author_id) != (
            len(shown),
            shown[-1].created_at,
            shown[-1].author_id,
        ):
            found.append(f"topic {topic.title}")
    for forum in demo.rows[Forum]:
        if forum.topic_count != sum(topic.forum_id == forum.id for topic in demo.rows[Topic]):
            found.append(f"forum {forum.slug}")
    return found


@pytest.mark.parametrize("which", [None, Scale(3, 5_200)], ids=["region", "composed"])
def test_every_counter_is_right(kept, database_kind, which):
    assert wrong_counters(kept(database_kind, which)) == []


@pytest.mark.parametrize("which", [None, Scale(3, 5_200)], ids=["region", "composed"])
def test_reactions_are_real_members(kept, database_kind, which):
    demo = kept(database_kind, which)
    rows: dict[Any, Counter[str]] = {}
    for reaction in demo.rows[Reaction]:
        rows.setdefault(reaction.post_id, Counter())[reaction.kind] += 1
    assert len(demo.rows[Reaction]) > 100
    assert [post.id for post in demo.rows[Post] if post.reactions != dict(rows.get(post.id, {}))] == []
    authors = {post.id: post.author_id for post in demo.rows[Post]}
    assert [r.id for r in demo.rows[Reaction] if authors[r.post_id] == r.membership_id] == []


@pytest.mark.parametrize("which", [None, Scale(3, 5_200)], ids=["region", "composed"])
def test_time_runs_forward_and_not_past_now(kept, database_kind, which):
    demo, now = kept(database_kind, which), clock.now()
    for every in demo.posts_by_conversation().values():
        times = [post.created_at for post in every]
        assert times == sorted(set(times))
        assert times[-1] <= now
    assert all(event.at <= now for event in demo.rows[FollowUpEvent])
    assert all(post.edited_at is None or post.created_at < post.edited_at <= now for post in demo.rows[Post])


@pytest.mark.parametrize("which", [None, Scale(3, 5_200)], ids=["region", "composed"])
def test_html_is_what_the_source_says(kept, database_kind, which):
    plain = [post for post in kept(database_kind, which).rows[Post] if not re.search(r"@|\]\(file:", post.source)]
    assert [post.source for post in plain[::23] if post.html != render(post.source)] == []


def test_people_are_mentioned_and_begin_to_write(demo):
    members = {member.id: member for member in demo.rows[Membership]}
    called = [(members[who], post) for post in demo.rows[Post] for who in mentions.of(post.html)]
    assert len(called) >= 8
    assert all(member.tenant_id == post.tenant_id for member, post in called)
    assert "Aino Esimerkki" in {member.name for member, _ in called}
    assert [members[draft.membership_id].name for draft in demo.rows[Draft]] == 2 * ["Aino Esimerkki"]


def test_pictures_stand_in_posts_and_have_words_and_files(demo):
    """In both languages, each seen by guests at the address that its post says."""
    pictured = [post for post in demo.rows[Post] if "](file:" in post.source]
    assert len(pictured) >= 5
    assert {post.language for post in pictured} == {"fi", "sv"}
    for tenant in demo.tenants.values():
        guest = Visitor(demo.app, tenant)
        for post in (post for post in pictured if post.tenant_id == tenant.id):
            words, source = (
                re.search(r'alt="([^"]{40,})"', post.html),
                re.search(r'<img src="talkoot:(files/[^"]+)"', post.html),
            )
            assert words
            assert source
            assert guest.get(f"/{source[1]}").mimetype == "image/webp"


def test_all_accounts_are_demo_accounts(demo):
    everybody = demo.of_installation(Person)
    assert len(everybody) > 1_000
    assert all(person.demo for person in everybody)
    assert len({person.password_hash for person in everybody}) == 1
    assert passwords.matches(everybody[0].password_hash, accounts.PASSWORD)


# --- the region ---------------------------------------------------------------------------------------------------


def test_the_region_is_large_enough(demo):
    topics, sizes = demo.rows[Topic], Counter(topic.tenant_id for topic in demo.rows[Topic])
    assert len(demo.tenants) >= 25
    assert len(demo.rows[Forum]) >= 40
    assert len(topics) >= 300
    assert demo.counts["post"] == len(demo.rows[Post]) == sum(demo.progress) >= 5_000
    assert sum(demo.indexed) == sum(post.erased_at is None for post in demo.rows[Post]), "the bar shows the index too"
    longest = max(topics, key=lambda topic: topic.post_count)
    assert longest.post_count >= 2_000
    assert longest.tenant_id == demo.tenants["kokkola"].id
    assert longest.last_post_at > clock.now() - timedelta(days=1)
    assert min(sizes[tenant.id] for tenant in demo.tenants.values()) >= 6, "every site has something to read"


def test_sites_belong_together_as_they_did(demo):
    now = demo.app.directory.current()
    slugs = lambda name, day: {t.slug for t in now.members_of(demo.tenants[name], day)}  # noqa: E731
    assert slugs("jarvi-pohjanmaa", None) == {"alajarvi", "vimpeli", "soini"}
    assert slugs("jyta", date(2015, 1, 1)) == {
        "halsua",
        "kannus",
        "kaustinen",
        "lestijarvi",
        "perho",
        "toholampi",
        "veteli",
    }
    assert slugs("jyta", date(2005, 1, 1)) == set()
    assert slugs("kokkola", date(2022, 12, 31)) == {"kronoby"}
    assert slugs("kokkola", date(2023, 1, 1)) == set()
    assert now.by_alias["kruunupyy"].slug == "kronoby"
    assert demo.tenants["kronoby"].language == "sv"
    assert now.by_id[demo.tenants["kronoby"].region_id or 0].slug == "pohjanmaa"


def test_every_site_has_its_own_look_and_welcome(demo):
    assert len({tenant.setting("site.brand") for tenant in demo.tenants.values()}) == len(demo.tenants)
    for language in ("fi", "sv", "en"):
        welcomes = [tenant.setting(f"site.welcome_{language}") for tenant in demo.tenants.values()]
        assert len(set(welcomes)) == len(demo.tenants)
        assert all(welcomes)


def test_every_forum_has_names_a_body_and_a_convener(demo):
    conveners = {
        grant.scope_id
        for grant in demo.rows[RoleGrant]
        if grant.role == "convener" and grant.scope_kind == "forums.forum"
    }
    for forum in demo.rows[Forum]:
        assert set(forum.names) == set(forum.about) == {"fi", "sv"}
        assert forum.body_id
        assert forum.id in conveners
    assert {forum.standing for forum in demo.rows[Forum]} == {"permanent", "pilot", "ended"}


def test_the_written_topics_are_all_there(demo):
    found = {(topic.tenant_id, topic.title): topic for topic in demo.rows[Topic]}
    posts, forums = demo.posts_by_conversation(), {forum.id: forum.slug for forum in demo.rows[Forum]}
    for written in material.written()[1]:
        topic = found[demo.tenants[written["tenant"]].id, written["title"]]
        assert (topic.kind, topic.language, forums[topic.forum_id]) == (
            written["kind"],
            written["lang"],
            written["forum"],
        )
        assert (topic.pinned, topic.closed_at is not None) == (
            written.get("pinned", False),
            written.get("closed", False),
        )
        every = posts[topic.conversation_id]
        assert len(every) == len(written["post"])
        for post, source in zip(every, written["post"], strict=True):
            text = re.sub(r"\]\(draw:[a-z ]+\)", "](file:)", source["text"].strip())
            assert re.sub(r"\]\(file:\w+\)", "](file:)", post.source).endswith(text)
            assert sum(post.reactions.values()) == source.get("reactions", 0)
            assert post.channel == source.get("channel", "online")
            assert (post.keyed_by is not None) == (post.channel not in ("online", "mail"))
            assert post.quote_of == (every[source["quote"] - 1].id if "quote" in source else None)


def test_what_was_lifted_stands_as_it_was_written(demo):
    topics = {(topic.tenant_id, topic.title): topic.id for topic in demo.rows[Topic]}
    promises = {promise.subject_id: promise for promise in demo.rows[FollowUp]}
    answers = {event.follow_up_id: event for event in demo.rows[FollowUpEvent] if event.answer}
    lifted = [topic for topic in material.written()[1] if "lift" in topic]
    assert len(lifted) >= 15
    for topic in lifted:
        lift, promise = topic["lift"], promises[topics[demo.tenants[topic["tenant"]].id, topic["title"]]]
        standing = "answered" if promise.answered_at else "overdue" if promise.due_on < clock.now().date() else "open"
        assert standing == lift["state"], topic["title"]
        if standing == "answered":
            assert answers[promise.id].source == lift["answer"].strip()
            assert promise.state == lift["outcome"]


def test_the_newest_topics_of_the_region_were_written_by_hand(demo):
    by_hand = {topic["title"] for topic in material.written()[1]} | {material.phrases()["lively"]["title"]}
    newest = sorted(demo.rows[Topic], key=lambda topic: topic.last_post_at, reverse=True)
    assert {topic.title for topic in newest[:20]} <= by_hand
    summaries = demo.of_installation(TenantSummary)
    assert all(summary.items for summary in summaries)
    first = sorted((summary.items[0] for summary in summaries), key=lambda item: item["at"], reverse=True)
    assert {item["title"] for item in first[:9]} <= by_hand


def test_titles_do_not_repeat(demo):
    assert [title for title, count in Counter(topic.title for topic in demo.rows[Topic]).items() if count > 1] == []


SENTENCE = re.compile(r"(?<=[.!?]) +")


def test_no_sentence_stands_twice_on_a_page(demo):
    by_hand = {topic["title"] for topic in material.written()[1]}
    posts, repeated = demo.posts_by_conversation(), 0
    for topic in demo.rows[Topic]:
        if topic.title in by_hand:
            continue
        every = posts[topic.conversation_id]
        for start in range(0, len(every), 20):
            own = [re.sub(r"^>.*\n*", "", post.source, flags=re.MULTILINE) for post in every[start : start + 20]]
            said = [part for text in own for part in SENTENCE.split(text.replace("\n", " ").strip()) if len(part) > 60]
            repeated += len(said) - len(set(said))
    assert repeated <= 3, "and hardly ever where a deck is shuffled anew"


def test_languages_of_forums(demo):
    """The Swedish forum of a Finnish site is Swedish, and the other way round a Finnish topic says that it is Finnish."""
    kokkola = demo.tenants["kokkola"].id
    swedish = next(forum.id for forum in demo.rows[Forum] if (forum.tenant_id, forum.slug) == (kokkola, "svenska"))
    assert {topic.language for topic in demo.rows[Topic] if topic.forum_id == swedish} == {"sv"}
    share = Counter(topic.language for topic in demo.rows[Topic] if topic.tenant_id == demo.tenants["kronoby"].id)
    assert share["sv"] > 9 * share["fi"] > 0


def test_moderators_have_something_to_do(demo):
    hidden = [post for post in demo.rows[Post] if post.hidden_at]
    assert 3 <= len(hidden) <= 20
    assert all(post.hidden_reason and post.hidden_by and post.hidden_at > post.created_at for post in hidden)
    open_ones = [flag for flag in demo.rows[Flag] if flag.handled_at is None]
    assert {demo.tenants["kokkola"].id, demo.tenants["kronoby"].id} <= {flag.tenant_id for flag in open_ones}
    edited = {post.id: post for post in demo.rows[Post] if post.version > 1}
    assert {version.post_id for version in demo.rows[PostVersion]} == set(edited)
    assert all(edited[version.post_id].source != version.source for version in demo.rows[PostVersion])


def test_feedback_has_promises(demo):
    given = {row.id: row for row in demo.rows[Contribution]}
    promised = {
        promise.subject_id: promise for promise in demo.rows[FollowUp] if promise.subject_kind == "contribution"
    }
    assert set(given) == set(promised)
    assert {promise.state for promise in promised.values()} == {
        "received",
        "in_progress",
        "decided",
        "done",
        "declined",
    }
    assert not any(promise.public for promise in promised.values()), "feedback is between its giver and the staff"


def test_sign_in_accounts_have_their_roles(demo):
    persons = {person.email: person for person in demo.of_installation(Person)}
    members = {(member.tenant_id, member.person_id): member for member in demo.rows[Membership]}
    roles: dict[Any, set[str]] = {}
    for grant in demo.rows[RoleGrant]:
        roles.setdefault(grant.membership_id, set()).add(grant.role)
    for account in accounts.ACCOUNTS:
        member = members[demo.tenants[account.place].id, persons[account.email].id]
        assert member.verified_as == account.verified_as
        assert set(account.roles) <= roles.get(member.id, set())
        assert persons[account.email].operator == account.operator
    convener = members[demo.tenants["kokkola"].id, persons["convener@example.fi"].id]
    kalvia = next(f for f in demo.rows[Forum] if f.slug == "kalvia")
    assert [(g.scope_kind, g.scope_id) for g in demo.rows[RoleGrant] if g.membership_id == convener.id] == [
        ("forums.forum", kalvia.id)
    ]


def test_pages_show_it(demo):
    browser = demo.app.test_client()
    for slug, tenant in demo.tenants.items():
        answer = browser.get(f"http://localhost:8000/{slug}/")
        assert answer.status_code == 200
        assert tenant.setting(f"site.welcome_{tenant.language}")[:30] in answer.text
    long = max(demo.rows[Topic], key=lambda topic: topic.post_count)
    last = browser.get(
        f"http://localhost:8000/kokkola/topics/{long.number}?page={-(-long.post_count // 20)}", follow_redirects=True
    )
    assert last.status_code == 200
    assert f"#{long.post_count}" in last.text.replace("# ", "#")


def test_one_can_sign_in_as_each_of_them(demo):
    for n, account in enumerate(accounts.ACCOUNTS, start=1):
        guest = Visitor(demo.app, demo.tenants[account.place], "path", f"127.0.0.{n}")
        assert guest.submit("/sign-in", email=account.email, password=accounts.PASSWORD).status_code == 303, (
            account.email
        )
    stranger = Visitor(demo.app, demo.tenants["kokkola"], "path", "127.0.0.99")
    listed, said = stranger.get("/sign-in?lang=en").text, "\n".join(demonstration.sign_in_lines())
    assert all(account.email in listed and account.email in said for account in accounts.ACCOUNTS)
    assert "clerk@example.fi – Clerk, Kokkola" in listed
    assert "operator@example.fi – Operator, " in listed
    assert stranger.submit("/sign-in", email="resident@example.fi", password="something else").status_code != 303


# --- loading ------------------------------------------------------------------------------------------------------


class Recorder:
    """In place of the bulk writer: remembers nothing, for looking at what is composed before it is written."""

    def add(self, table: Any, row: Any) -> None:
        """Take a row."""


def said_at(now: datetime) -> list[str]:
    """What is composed for a forum when the demo is loaded at this moment."""
    world = DemoWorld(Recorder(), now, password_hash="")  # type: ignore[arg-type]
    place = Place(1, "kannus", "municipality", ("fi", "sv", "en"), areas={"eskola": uuid4()})
    people.make_members(world, place, 34, swedish=0)
    forum = {"slug": "yhteisofoorumi", "themes": ["services", "influence"], "composed": 8}
    subjects = composed.Subjects(world.random("subjects"))
    threads = composed.threads(world, place, forum, uuid4(), subjects)
    return [thread.title for thread in threads] + [
        f"{e.author.name}: {e.text}" for thread in threads for e in thread.entries
    ]


def test_what_is_said_does_not_depend_on_the_hour():
    morning = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    assert (
        said_at(morning)
        == said_at(morning + timedelta(hours=9, minutes=17))
        == said_at(morning + timedelta(days=200, hours=20))
    )


def test_officials_answer_with_sentences_of_officials():
    world = DemoWorld(Recorder(), clock.now(), password_hash="")  # type: ignore[arg-type]
    place = Place(1, "kannus", "municipality", ("fi", "sv", "en"))
    people.make_members(world, place, 34, swedish=0)
    forum = {"slug": "x", "themes": ["roads"], "composed": 12}
    threads = composed.threads(world, place, forum, uuid4(), composed.Subjects(world.random("subjects")))
    answers = set(material.themes()["roads", "fi"].sentences["answers"])
    said = {"official": Counter[bool](), "others": Counter[bool]()}
    for thread in threads:
        for entry in thread.entries:
            who = "official" if entry.author.verified_as == "official" else "others"
            said[who][any(answer in entry.text for answer in answers)] += 1
    assert set(said["official"]) == {True}
    assert set(said["others"]) == {False}


def breaking() -> ModuleType:
    """A plugin whose part of the demo fails."""
    from talkoot import Plugin

    module = ModuleType("talkoot_breaking")
    module.__file__ = __file__
    module.plugin = Plugin(name="zbreaking", title="Breaking", version="1")  # type: ignore[attr-defined]

    @hookimpl
    def demo(world: DemoWorld) -> None:
        raise RuntimeError("no demo today")

    module.demo = demo  # type: ignore[attr-defined]
    return module


def test_it_is_loaded_whole_or_not_at_all(make, database_kind):
    settings = make(database_kind)
    with pytest.raises(RuntimeError, match="no demo today"):
        loading.load(settings, registry.load(extra=(breaking(),)), scale=Scale(2, 1_000))
    app = create_app(settings)
    assert app.directory.current().tenants == []
    with app.database.session(None) as db:
        assert not loading.is_loaded(db)
    loading.load(settings, registry.load(), scale=Scale(2, 1_000))
    with app.database.session(None) as db:
        assert loading.is_loaded(db)
    app.database.dispose()


def test_real_sites_are_never_filled_with_fiction(make):
    app = create_app(make("sqlite"))
    with app.database.session(None, writing=True) as db:
        registering.add(db, kind="municipality", names={"fi": "Oikea"}, languages=("fi",))
    with app.database.session(None) as db, pytest.raises(SetupError, match="sites of its own"):
        loading.is_loaded(db)
    app.database.dispose()


def test_the_command_refuses_an_installation_that_is_no_demo(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_INSTANCE", str(tmp_path / "real"))
    assert CliRunner().invoke(cli, ["init", "--without-operator"]).exit_code == 0
    refused = CliRunner().invoke(cli, ["demo", "--no-run"])
    assert refused.exit_code == 1
    assert "is no demo" in refused.stderr


def test_the_command_loads_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_INSTANCE", str(tmp_path / "demo"))
    first = CliRunner().invoke(cli, ["demo", "--no-run", "--scale", "2", "--posts", "1000"])
    assert first.exit_code == 0, first.output
    assert re.search(r"Loaded 4 sites, \d+ people and 1,0\d\d posts", first.output)
    again = CliRunner().invoke(cli, ["demo", "--no-run"])
    assert "The demo is loaded" in again.output
    assert "Loaded" not in again.output


def test_posts_without_scale_is_a_usage_error(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_INSTANCE", str(tmp_path / "demo"))
    assert CliRunner().invoke(cli, ["demo", "--posts", "5000"]).exit_code == 2


# --- of some scale ------------------------------------------------------------------------------------------------


def test_a_composed_installation(composed_one):
    towns = [tenant for tenant in composed_one.tenants.values() if tenant.kind == "municipality"]
    assert {tenant.slug for tenant in towns} == {"kokkola", "kronoby", "kannus"}
    posts = Counter(post.tenant_id for post in composed_one.rows[Post])
    assert sum(posts.values()) == composed_one.counts["post"] >= 5_200
    assert all(posts[tenant.id] > 500 for tenant in towns)
    longest = max(composed_one.rows[Topic], key=lambda topic: topic.post_count)
    assert (longest.post_count, longest.tenant_id) == (2_000, composed_one.tenants["kokkola"].id)
    language = {tenant.id: tenant.language for tenant in towns}
    assert all(post.language == language[post.tenant_id] for post in composed_one.rows[Post])
    submissions = [post.submission for post in composed_one.rows[Post]]
    assert len(set(submissions)) == len(submissions)

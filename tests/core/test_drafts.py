"""Drafts: kept for their writer alone, never written over by what is older, gone with the post, and swept."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from tests.racing import in_parallel

from talkoot.conversations import drafts
from talkoot.conversations.drafts import NewerDraftError, Spot, Stamp
from talkoot.conversations.models import Draft
from talkoot.errors import NotFoundError
from talkoot.jobs import worker
from talkoot.people import memberships, privacy
from talkoot.tenants import registering
from talkoot.testing.forms import posting_form
from talkoot_forums import topics, upkeep

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def spot(world):
    return Spot.of(world.things["kokkola", "conversation"])


@pytest.fixture
def topic(world):
    return f"/topics/{world.things['kokkola', 'topic']}"


@pytest.fixture(autouse=True)
def noise(writing, neighbour, town, world):
    """Drafts of others, here and in the neighbour's same kind of place."""
    for tenant, slug in ((town, "kokkola"), (neighbour, "kronoby")):
        with writing(tenant) as db:
            where = Spot.of(world.things[slug, "conversation"])
            drafts.save(db, world.members[slug, "clerk"], where, f"noise of {slug}", {}, stamp=Stamp(uuid4(), 1))


@pytest.fixture
def keep(writing, town, world, spot):
    """`keep("text", seq=2)`: save as one page of the resident's, each `page` with an id of its own."""
    pages: dict[str, object] = {}

    def save(text, seq, *, page="one", seen=None, **fields):
        stamp = Stamp(pages.setdefault(page, uuid4()), seq)
        with writing(town) as db:
            return drafts.save(db, world.members["kokkola", "resident"], spot, text, fields, stamp=stamp, seen=seen)

    return save


@pytest.fixture
def kept(reading, town, world, spot):
    """What is kept of the resident's reply."""

    def read(role="resident"):
        with reading(town) as db:
            found = drafts.get(db, world.members["kokkola", role], spot)
            return found.text if found else None

    return read


def rows(reading, tenant):
    with reading(tenant) as db:
        return db.scalar(select(func.count()).select_from(Draft).where(Draft.tenant_id == tenant.id))


# --- which save wins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_the_last_save_of_a_page_wins_in_whatever_order_they_arrive(keep, kept, order):
    for seq in order:
        keep(f"save {seq}", seq)
    assert kept() == "save 3"


def test_saving_the_same_twice_is_saving_once(keep, kept, reading, town):
    before = rows(reading, town)
    assert keep("text", 1) == keep("text", 1)
    assert rows(reading, town) == before + 1


def test_another_page_that_has_not_seen_it_does_not_write_over_it(keep, kept):
    keep("of the phone", 5, page="phone")
    with pytest.raises(NewerDraftError) as refused:
        keep("of the desk", 9, page="desk")
    assert refused.value.kept.text == kept() == "of the phone"
    keep("of both", 10, page="desk", seen=refused.value.kept.stamp)
    assert kept() == "of both"
    with pytest.raises(NewerDraftError):
        keep("of the phone, older", 6, page="phone")
    assert kept() == "of both"


def test_two_devices_at_once_make_one_draft(as_role, topic, kept, reading, town):
    visitors = [as_role("resident") for _ in range(4)]
    forms = [posting_form(who.get(topic).text, ["text"], "/reply") for who in visitors]
    sent = [{**form.filled({"text": f"device {n}"}), "seq": 1} for n, form in enumerate(forms)]
    before = rows(reading, town)
    answers = in_parallel(lambda n: visitors[n].post("/drafts", data=sent[n], headers=SCRIPT), 4)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert rows(reading, town) == before + 1
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    assert kept() == f"device {winner}"
    assert {answer.json["text"] for answer in answers if answer.status_code == 409} == {f"device {winner}"}


def test_an_emptied_form_has_no_draft(keep, kept):
    keep("text", 1)
    keep("  \n", 2)
    assert kept() is None
    keep("", 3, title="A title is something")
    assert kept() == ""


@pytest.mark.parametrize("text", ["a\x08b", "a\r\nb", "\ud800a", "\u202ea"])
def test_what_cannot_be_stored_is_left_out(keep, kept, text):
    keep(text, 1)
    assert kept() in ("ab", "a\nb", "a")


# --- the form -------------------------------------------------------------------------------------------------------


def test_the_form_opens_with_the_draft_and_the_post_takes_it_along(as_role, topic, kept, reading, town):
    who, before = as_role("resident"), rows(reading, town)
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    answer = who.post("/drafts", data=form.filled({"text": "Half a *thought*"}))
    assert (answer.status_code, answer.headers["Location"].partition("#")[2]) == (303, "reply")
    for path in (topic, f"{topic}/reply"):
        page = as_role("resident").get(f"{path}?lang=en").text
        assert "Half a *thought*</textarea>" in page
        assert "This is your draft" in page
        assert "Discard the draft" in page
    assert ">Half a thought</p>" in who.get("/drafts").text
    assert who.submit(topic, "/reply", text="A whole thought").status_code == 303
    assert rows(reading, town) == before
    assert "Discard the draft" not in who.get(f"{topic}?lang=en").text


def test_a_post_leaves_what_another_device_has_added(as_role, topic, keep, kept, world, reading, town, spot):
    first = keep("from the phone", 1, page="phone")
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    keep("from the phone, and more", 2, page="phone")
    assert first
    assert who.post(f"{topic}/reply", data=form.filled({"text": "from the phone"})).status_code == 303
    assert kept() == "from the phone, and more"


def test_a_refused_post_keeps_the_draft(as_role, topic, keep, kept):
    keep("My text", 1)
    assert as_role("resident").submit(topic, "/reply", text=" ").status_code == 422
    assert kept() == "My text"


def test_quoting_adds_to_the_draft(as_role, topic, keep, world):
    keep("My text", 1)
    page = as_role("resident").get(f"{topic}/reply?quote={world.things['kokkola', 'second post']}").text
    assert "My text\n\n&gt; an answer with **weight**" in page


def test_a_quotation_in_a_draft_stays_one(as_role, topic, keep, world):
    quoted = str(world.things["kokkola", "second post"])
    keep("> an answer\n\nYes!", 1, quote=quoted)
    who = as_role("resident")
    for path in (topic, f"{topic}/reply"):
        assert dict(posting_form(who.get(path).text, ["text"], "/reply").fields)["quote"] == quoted
    who.submit(topic, "/reply")
    assert "Quoted from:" in who.get(f"{topic}?lang=en").text


def test_a_new_topics_title_and_kind_are_kept(as_role, world, reading, town):
    who, path = as_role("resident"), f"/forums/{world.things['kokkola', 'forum']}/new"
    form = posting_form(who.get(path).text, ["title"])
    answer = who.post("/drafts", data=form.filled({"title": "A <bench>", "kind": "idea", "text": "At the shop."}))
    assert answer.headers["Location"].endswith(path)
    page = as_role("resident").get(path).text
    assert "A &lt;bench&gt;" in page
    assert 'value="idea" checked' in page
    before = rows(reading, town)
    assert who.submit(path).status_code == 303
    assert rows(reading, town) == before - 1


def test_discarding(as_role, topic, keep, kept):
    keep("My text", 1)
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    assert who.post("/drafts/discard", data=form.filled({})).headers["Location"].endswith("#reply")
    assert kept() is None
    assert who.post("/drafts/discard", data=form.filled({})).status_code == 303, "twice is once"


def test_both_texts_are_shown_without_a_script(as_role, topic, keep, kept):
    who = as_role("resident")
    form = posting_form(who.get(f"{topic}?lang=en").text, ["text"], "/reply")
    keep("of the phone", 1, page="phone")
    answer = who.post("/drafts", data={**form.filled({"text": "of the desk"}), "quote": "x"})
    assert answer.status_code == 409
    assert "of the phone" in answer.text
    assert "of the desk" in answer.text
    again = posting_form(answer.text, ["text"])
    assert who.post("/drafts", data=again.filled({"text": "of both"})).status_code == 303
    assert kept() == "of both"


# --- whose it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["moderator", "admin", "operator", "convener"])
def test_nobody_else_sees_a_draft(as_role, topic, keep, role):
    keep("A SECRET THOUGHT", 1)
    for path in (topic, f"{topic}/reply", "/drafts", "/account", "/"):
        assert "A SECRET THOUGHT" not in as_role(role).get(path).text


def test_the_list_of_drafts(as_role, keep, world):
    keep("Half a thought", 1)
    page = as_role("resident").get("/drafts?lang=en").text
    assert "Half a thought" in page
    assert "Katuvalot" in page
    assert "noise" not in page
    assert 'href="/kokkola/drafts"' in as_role("resident").get("/account").text


def test_a_draft_outlives_its_place(app, as_role, keep, writing, town, world):
    keep("Half a thought", 1)
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", False)
    app.directory.forget()
    page = as_role("resident").get("/drafts?lang=en").text
    assert "Half a thought" in page
    assert "not to be seen any more" in page


@pytest.mark.parametrize("role", ["guest", "stranger"])
def test_only_members_keep_drafts(as_role, role, topic, world, reading, town):
    who, before = as_role(role), rows(reading, town)
    sent = {"csrf_token": who.token_of("/feedback"), "draft_kind": "conversation", "text": "x"}
    sent["draft_place"] = str(world.things["kokkola", "conversation"])
    assert who.post("/drafts", data=sent).status_code in (303, 401)
    assert rows(reading, town) == before


@pytest.mark.parametrize("kind", ["conversation", "forums.topic", "", "x" * 200, "forums.nothing"])
def test_a_place_that_is_not_there(as_role, world, reading, town, neighbour, kind):
    who, before = as_role("resident"), rows(reading, town)
    sent = {"csrf_token": who.token_of("/feedback"), "draft_kind": kind, "text": "x"}
    for place in (str(uuid4()), "", "rubbish", str(world.things["kronoby", "conversation"])):
        assert who.post("/drafts", data={**sent, "draft_place": place}).status_code == 404
    assert rows(reading, town) == before


@pytest.mark.parametrize(
    "sent",
    [
        {"text": "x" * 70_000}, {"title": "x" * 3_000, "text": "x"}, {f"field{n}": "x" for n in range(40)} | {"text": "x"},
    ],
)  # fmt: skip
def test_what_is_much_too_long_is_given_back(as_role, topic, sent, kept):
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    answer = who.post("/drafts", data={**form.filled({"text": "x"}), **sent})
    assert answer.status_code == 422
    assert kept() is None


@pytest.mark.parametrize("seq", ["", "abc", "-5", "9" * 40])
@pytest.mark.parametrize("draft", ["", "rubbish", ".", "9.9", f"{UUID(int=7)}.{'9' * 40}"])
def test_rubbish_in_hidden_fields(as_role, topic, kept, seq, draft):
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    answer = who.post("/drafts", data={**form.filled({"text": "x"}), "seq": seq, "draft": draft}, headers=SCRIPT)
    assert answer.status_code == 200
    assert kept() == "x"


# --- what it costs, and when it ends --------------------------------------------------------------------------------


def test_a_draft_does_not_renew_what_others_see(as_role, topic, reading, town):
    def stamp():
        from talkoot.tenants.models import TenantStamp

        with reading(None) as db:
            return db.scalar(select(TenantStamp.n).where(TenantStamp.tenant_id == town.id))

    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    before = stamp()
    assert who.post("/drafts", data=form.filled({"text": "x"}), headers=SCRIPT).status_code == 200
    assert who.post("/drafts/discard", data=form.filled({})).status_code == 303
    assert stamp() == before


def test_a_post_asks_for_no_draft_where_there_is_none(as_role, topic, keep, query_budget):
    """With a draft one statement more, which forgets it."""
    counts = []
    for n in range(2):
        who = as_role("resident")
        form = posting_form(who.get(topic).text, ["text"], "/reply").filled({"text": f"text {n}"})
        with query_budget(20) as seen:
            assert who.post(f"{topic}/reply", data=form).status_code == 303
        counts.append(len(seen))
        keep("A draft", n + 1, page=str(n))
    assert counts[1] == counts[0] + 1


def test_saving_takes_few_statements(as_role, topic, query_budget):
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply")
    with query_budget(4):  # who, the conversation, its place, the draft
        assert who.post("/drafts", data=form.filled({"text": "x"}), headers=SCRIPT).status_code == 200


def test_drafts_that_nobody_goes_on_with_are_swept(app, keep, kept, clock, reading, town):
    keep("Half a thought", 1)
    clock.shift(timedelta(days=59))
    drafts.sweep(app, town)
    assert kept() == "Half a thought"
    clock.shift(timedelta(days=2))
    worker._every_day(app)
    assert rows(reading, town) == 0


def test_export_and_erasure(app, keep, writing, reading, town, world):
    keep("Half a thought", 1)
    before = rows(reading, town)
    with writing(town) as db:
        member = memberships.get(db, world.members["kokkola", "resident"])
        told = privacy.export(db, app.registry, member)
        assert [row["text"] for row in told["draft"]] == ["Half a thought"]
        assert {row["tail"] for row in told["name_tail"]}
        privacy.erase(db, app.registry, member)
    assert rows(reading, town) == before - 1


def test_a_place_is_asked_for_in_its_own_municipality(app, reading, town, world):
    with reading(town) as db, pytest.raises(NotFoundError):
        drafts.place_of(db, app.registry, Spot.of(world.things["kronoby", "conversation"]))


def test_begun_replies_go_along_when_topics_are_merged(app, writing, reading, town, world, spot):
    """Who has begun one in each keeps both."""
    member = {role: world.members["kokkola", role] for role in ("resident", "official")}
    with writing(town) as db:
        first = topics.get(db, world.things["kokkola", "topic"])
        second = topics.get(db, world.things["kokkola", "members' topic"])
        there = Spot.of(second.conversation_id)
        for role, where in (("resident", there), ("official", there), ("official", spot)):
            drafts.save(db, member[role], where, f"{role} in {where == spot}", {}, stamp=Stamp(uuid4(), 1))
        upkeep.merge(db, second, first)
    with reading(town) as db:
        found = drafts.get(db, member["resident"], spot)
        assert found is not None
        assert found.text == "resident in False"
        both = {one.kept.text: one.place.path for one in drafts.listed(db, app.registry, member["official"])}
    assert both == {"official in True": first.path, "official in False": first.path}


def test_saving_drafts_does_not_use_up_what_one_may_send(as_role, topic, monkeypatch):
    from limits import parse

    from talkoot.web import limits

    monkeypatch.setattr(limits, "WRITES", parse("2/minute"))
    monkeypatch.setitem(limits.APART, "conversations.keep_draft", parse("5/minute"))
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"], "/reply").filled({"text": "x"})
    assert [who.post("/drafts", data=form, headers=SCRIPT).status_code for _ in range(6)] == [200] * 5 + [429]
    assert who.post(f"{topic}/reply", data=form).status_code == 303

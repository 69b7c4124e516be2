"""Tags: kept by staff, chosen by writers, taken along when topics and tags are merged."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from tests.racing import in_parallel

from talkoot.conversations import posts
from talkoot.errors import InvalidError
from talkoot_forums import places, tags, topic_tags, topics, upkeep


@pytest.fixture
def vocabulary(writing, town, neighbour):
    """Further tags of the town and of the neighbour; returns their addresses, which both have."""

    def make(*names):
        for tenant, mark in ((town, ""), (neighbour, "CANARY-B-")):
            with writing(tenant) as db:
                made = [tags.save(db, None, {"fi": f"{mark}{name}"}).slug for name in names]
            found = made if tenant is town else found  # noqa: F821
        return found

    return make


@pytest.fixture
def begun(app, writing, town, world):
    """`begun("Penkki", ["tie"])`: a topic of the town's resident with these tags; returns its number."""

    def make(title, chosen):
        with writing(town) as db:
            forum = topics.get(db, world.things["kokkola", "topic"]).forum_id
            draft = posts.NewPost(world.members["kokkola", "resident"], f"Alku: {title}", uuid4(), "fi")
            number, _ = topics.begin(db, app.registry, forum, title=title, kind="idea", draft=draft, tags=chosen)
            return number

    return make


def chips(db, number):
    return [slug for slug, _ in topics.get(db, number).chips("fi")]


def test_a_writer_chooses_tags_for_a_new_topic(as_role, world, vocabulary):
    resident, path = as_role("resident"), f"/forums/{world.things['kokkola', 'forum']}/new"
    tag = vocabulary("Lasten asiat")[0]
    assert f'name="tags" value="{tag}"' in resident.get(path).text
    sent = resident.submit(path, kind="idea", title="Penkki rantaan", text="Istuttaisiin.", tags=tag)
    page = resident.get(resident.get(sent.location).location or sent.location).text
    assert f'href="/kokkola/tags/{tag}/"><bdi>Lasten asiat</bdi>' in page
    shown = resident.get(f"/tags/{tag}/").text
    assert "Penkki rantaan" in shown
    assert "Katuvalot" not in shown


def test_tags_are_written_in_the_language_of_the_page(client, world):
    for language, name in (("fi", "Liikenne"), ("sv", "Trafik"), ("en", '<bdi lang="fi">Liikenne</bdi>')):
        page = client.get(f"/topics/{world.things['kokkola', 'topic']}?lang={language}", follow_redirects=True)
        assert name in page.text, language


@pytest.mark.parametrize("chosen", [["no-such-tag"], ["canary-b-liikenne"], ["a", "b", "c", "d", "e", "f"]])
def test_what_is_not_in_the_vocabulary_is_refused(writing, town, begun, chosen):
    with pytest.raises(InvalidError):
        begun("Turha", chosen)


def test_a_sixth_tag_is_refused_and_the_form_keeps_what_was_written(as_role, world, vocabulary):
    names = vocabulary("yksi", "kaksi", "kolme", "neljä", "viisi", "kuusi")
    sent = as_role("resident").submit(
        f"/forums/{world.things['kokkola', 'forum']}/new", kind="idea", title="Liikaa", text="Sanoja on.", tags=names
    )
    assert sent.status_code == 422
    assert 'id="tags-error"' in sent.text
    assert sent.text.count('name="tags"') == 7
    assert len(re.findall(r'name="tags"[^>]* checked', sent.text)) == 6


def test_the_author_and_the_convener_change_tags_and_nobody_else(as_role, world, reading, town, vocabulary, actions):
    number, (tag,) = world.things["kokkola", "topic"], vocabulary("Valo")
    path, before = f"/topics/{number}/tags", actions(town)
    assert as_role("official").get(path).status_code == 403
    assert as_role("guest").get(path).status_code in (302, 303)
    assert as_role("resident").submit(path, tags=tag).status_code == 303
    with reading(town) as db:
        assert chips(db, number) == [tag]
    assert actions(town) == before, "changing one's own topic is nobody's business"
    assert as_role("convener").submit(path, tags=world.things["kokkola", "tag"]).status_code == 303
    with reading(town) as db:
        assert chips(db, number) == [world.things["kokkola", "tag"]]
    assert "topic_tag" in [one for one in actions(town) if one not in before]


def test_merged_topics_keep_their_tags_up_to_five(writing, reading, town, begun, vocabulary):
    names = vocabulary("a1", "a2", "a3", "a4", "a5", "a6")
    gone, into = begun("Ensimmäinen", names[:4]), begun("Toinen", names[3:])
    with writing(town) as db:
        upkeep.merge(db, topics.get(db, gone), topics.get(db, into))
    with reading(town) as db:
        assert len(chips(db, into)) == topic_tags.MOST
        assert set(chips(db, into)) >= set(names[3:])
        assert gone not in [topic.number for topic in topics.latest(db)]


def test_a_topic_that_is_split_off_has_the_same_tags(app, writing, reading, town, begun, world, vocabulary):
    number = begun("Pitkä", vocabulary("b1", "b2"))
    with writing(town) as db:
        view = topics.get(db, number)
        draft = posts.NewPost(world.members["kokkola", "official"], "Toinen asia", uuid4(), "fi")
        added = topics.reply(db, app.registry, view, draft)
        new = upkeep.split(db, view, [added.id], "Toinen asia")
    with reading(town) as db:
        assert chips(db, new) == chips(db, number) == ["b1", "b2"]


def test_staff_keep_the_vocabulary(as_role, world, town, reading, actions):
    admin = as_role("admin")
    assert admin.submit("/tags/manage", name_fi="Meri ja ranta", name_sv="Hav och strand").status_code == 303
    assert admin.submit("/tags/manage", name_fi="meri ja RANTA").status_code == 422
    assert admin.submit("/tags/manage", name_fi=" ").status_code == 422
    path = "/tags/meri-ja-ranta/manage"
    assert admin.submit(path, name_fi="Rannat", name_sv="Stränder").status_code == 303
    with reading(town) as db:
        assert tags.get(db, "meri-ja-ranta").names == {"fi": "Rannat", "sv": "Stränder"}
    token = admin.token_of(path)
    assert admin.post(path, data={"csrf_token": token, "act": "retire"}).status_code == 303
    resident = as_role("resident")
    assert "meri-ja-ranta" not in resident.get(f"/forums/{world.things['kokkola', 'forum']}/new").text
    assert resident.get("/tags/meri-ja-ranta/").status_code == 200
    assert {"tag_saved", "tag_retired"} <= set(actions(town))


@pytest.mark.parametrize("role", ["guest", "resident", "convener", "moderator"])
def test_nobody_else_may(as_role, role):
    assert as_role(role).get("/tags/manage").status_code in (302, 303, 403)


def test_two_who_rename_a_tag_see_each_others_name(as_role, world):
    admin, path = as_role("admin"), f"/tags/{world.things['kokkola', 'tag']}/manage"
    page = admin.get(path).text
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    assert admin.submit(path, name_fi="Ensin", name_sv="Först").status_code == 303
    late = admin.submit(path, name_fi="Myöhemmin", seen=seen)
    assert late.status_code == 409
    assert "Ensin" in late.text


def test_a_merged_tag_leads_to_the_other_and_so_do_its_topics(
    as_role, client, writing, reading, town, begun, vocabulary
):
    old, new = vocabulary("Bussit", "Joukkoliikenne")
    first, both = begun("Pysäkki", [old]), begun("Aikataulu", [old, new])
    admin = as_role("admin")
    assert admin.submit(f"/tags/{old}/manage", into=new).status_code == 303
    with reading(town) as db:
        assert chips(db, first) == chips(db, both) == [new]
        assert old not in [tag.slug for tag in tags.vocabulary(db, retired=True)]
    led = client.get(f"/tags/{old}/")
    assert (led.status_code, led.location) == (302, f"/kokkola/tags/{new}/")
    assert client.get(f"/tags/{new}/").text.count("row-title") == 2


def test_order_and_counts(as_role, begun, vocabulary, reading, town):
    one, two = vocabulary("Yksi", "Kaksi")
    begun("Laskettava", [two])
    admin = as_role("admin")
    token = admin.token_of("/tags/manage")
    for _ in range(2):
        assert admin.post(f"/tags/{two}/manage", data={"csrf_token": token, "act": "up"}).status_code == 303
    with reading(town) as db:
        assert [tag.slug for tag in tags.vocabulary(db)][:2] == [two, "liikenne"]
        assert tags.counts(db)[tags.get(db, two).id] == 1
        assert tags.get(db, one).id not in tags.counts(db)


def test_the_same_tag_given_twice_at_once_is_given_once(app, town, world, reading, vocabulary, begun):
    number, (tag,) = begun("Kilpailu", []), vocabulary("Yhtäaikaa")
    with reading(town) as db:
        topic_id = topics.get(db, number).id

    def give(_n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            topic_tags.choose(db, topic_id, [tag])

    assert in_parallel(give, 6) == [None] * 6
    with reading(town) as db:
        assert chips(db, number) == [tag]


def test_a_topics_place_tells_its_tags(reading, town, world):
    with reading(town) as db:
        view, tag = topics.get(db, world.things["kokkola", "topic"]), tags.get(db, world.things["kokkola", "tag"])
        assert (places.TAG, tag.id) in places.locate(db, [view.id])[view.id].scopes


def test_the_feed_of_a_tag(client, world):
    feed = client.get(f"/tags/{world.things['kokkola', 'tag']}/feed.atom")
    assert feed.mimetype == "application/atom+xml"
    assert "Katuvalot" in feed.text
    assert client.get("/tags/canary-b-liikenne/feed.atom").status_code == 404


def test_a_topic_with_tags_costs_no_more_statements(app, as_role, query_budget, world, begun, vocabulary):
    resident = as_role("resident")
    plain, full = begun("Ilman", []), begun("Täynnä", vocabulary(*"abcde"))

    def cost(number):
        path = f"/topics/{number}/{'ilman' if number == plain else 'taynna'}"
        with query_budget(20) as seen:
            assert resident.get(path).status_code == 200
        return len(seen)

    assert cost(full) == cost(plain), "read anew"
    assert cost(full) == cost(plain), "and remembered"

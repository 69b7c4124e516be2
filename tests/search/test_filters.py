"""Narrowing a search: forum, area, time, who wrote, kind, unanswered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from talkoot import clock
from talkoot_forums import forums, topics, upkeep


@pytest.fixture
def other_forum(writing, town, world) -> str:
    """A second public forum, without an area; its id."""
    with writing(town) as db:
        made = forums.save(db, None, names={"fi": "Muu"}, about={}, standing="permanent", area_id=None, body_id=None)
        world.things["kokkola", "other"] = made.slug
        return str(made.id)


def test_by_forum_and_area(write, find, world, other_forum):
    write("Keinutuoli täällä.")
    write("Keinutuoli muualla.", forum="other")
    assert find("keinutuoli", place=other_forum) == ["Keinutuoli muualla."]
    assert find("keinutuoli", area=str(world.things["kokkola", "area"].id)) == ["Keinutuoli täällä."]


def test_by_kind(write, find):
    write("Keinutuoli.", kind="question")
    write("Keinutuoli toinen.", kind="idea")
    assert find("keinutuoli", kind="question") == ["Keinutuoli."]


def test_by_who_wrote(write, find):
    write("Keinutuoli asukkaalta.")
    write("Keinutuoli viranhaltijalta.", by="official")
    assert find("keinutuoli", role="official") == ["Keinutuoli viranhaltijalta."]
    assert find("keinutuoli", role="councillor") == []


def test_by_time(write, find, time_machine):
    time_machine.move_to(clock.now() - timedelta(days=40))
    write("Keinutuoli ennen.")
    time_machine.move_to(clock.now() + timedelta(days=40))
    write("Keinutuoli nyt.")
    assert find("keinutuoli", since="month") == ["Keinutuoli nyt."]
    assert find("keinutuoli", since="year") == ["Keinutuoli nyt.", "Keinutuoli ennen."]


def test_unanswered(write, find, world):
    """As in lists of topics: what only its writer has written in has no answer yet."""
    write("Keinutuoli yksin.")
    write("Tai sittenkin sohva.", topic=world.things["kokkola", "new topic"])
    write("Keinutuoli vastattu.")
    write("Niin on.", topic=world.things["kokkola", "new topic"], by="official")
    assert find("keinutuoli", unanswered="1") == ["Keinutuoli yksin."]


def test_what_was_chosen_stays_chosen(write, client, other_forum):
    page = client.get(f"/search?q=keinutuoli&place={other_forum}&unanswered=1&lang=en").text
    assert f'<option value="{other_forum}" selected>' in page
    assert 'value="1" checked' in page
    assert "<details" in page
    assert "open>" in page


def test_a_moved_topic_is_found_where_it_is(write, find, writing, town, world, other_forum):
    write("Keinutuoli.")
    with writing(town) as db:
        topic = topics.get(db, world.things["kokkola", "new topic"])
        upkeep.move(db, topic, forums.get(db, "muu"))
    assert find("keinutuoli", place=other_forum) == ["Keinutuoli."]

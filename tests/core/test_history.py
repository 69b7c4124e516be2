"""The versions of a post: what changed from one to the next, told quickly whatever the texts are."""

from __future__ import annotations

import random
import re
import time

import pytest

from talkoot.conversations import differences, history, posts
from talkoot.conversations.rendering import LONGEST

WORDS = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(110)]


def kinds(old, new):
    return [(piece.kind, piece.text) for piece in differences.pieces(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Yksi kaksi.", "Yksi kaksi.", [("same", "Yksi kaksi.")]),
        ("Yksi kolme.", "Yksi kaksi kolme.", [("same", "Yksi "), ("added", "kaksi "), ("same", "kolme.")]),
        ("Yksi kaksi.", "Yksi.", [("same", "Yksi"), ("removed", " kaksi"), ("same", ".")]),
        ("kello 8", "kello 9", [("same", "kello "), ("removed", "8"), ("added", "9")]),
        ("", "Uusi", [("added", "Uusi")]),
        ("Vanha", "", [("removed", "Vanha")]),
        ("", "", []),
    ],
)
def test_words_added_and_taken_away(old, new, told):
    assert kinds(old, new) == told


def longest_in_common(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def test_as_little_as_possible_is_called_changed():
    """Against the slow way, which is surely right."""
    chosen = random.Random(7)
    for _ in range(1500):
        a = [chosen.choice("abc") for _ in range(chosen.randrange(14))]
        b = [chosen.choice("abcd") for _ in range(chosen.randrange(14))]
        stretches = differences.common(a, b)
        assert all(a[x : x + n] == b[y : y + n] for x, y, n in stretches), (a, b)
        assert sum(n for _, _, n in stretches) == longest_in_common(a, b), (a, b)


def test_both_texts_can_be_put_together_again():
    chosen = random.Random(8)
    for _ in range(300):
        old = " ".join(chosen.choice(WORDS[:9]) for _ in range(chosen.randrange(60)))
        new = "\n".join(chosen.choice(WORDS[:9]) for _ in range(chosen.randrange(60)))
        told = differences.pieces(old, new)
        assert "".join(piece.text for piece in told if piece.kind != "added") == old
        assert "".join(piece.text for piece in told if piece.kind != "removed") == new


def test_long_texts_with_little_in_common_are_told_line_by_line():
    chosen = random.Random(9)
    middle = [" ".join(chosen.choice(WORDS) for _ in range(900)) for _ in range(2)]
    told = kinds(f"Hei!\n{middle[0]}\nTerveisin", f"Hei!\n{middle[1]}\nTerveisin")
    assert told == [("same", "Hei!\n"), ("removed", middle[0]), ("added", middle[1]), ("same", "\nTerveisin")]


def shuffled(seed, by):
    words = WORDS * 90
    random.Random(seed).shuffle(words)
    return by.join(words)


SLOW = {
    "two words in turn": ("a b " * 8_000, "b a " * 8_000),
    "two words in another turn": ("x " + "a b " * 7_500 + "y", "z " + "b b a " * 5_000 + "w"),
    "one word, other ends": ("x" + "a " * 14_900 + "y", "z" + "a " * 9_000 + "w"),
    "common words, shuffled": (shuffled(1, " "), shuffled(2, " ")),
    "lines, shuffled": (shuffled(3, "\n"), shuffled(4, "\n")),
    "signs": ("!?" * 15_000, "?!!" * 10_000),
    "nothing in common": ("a " * 15_000, "b " * 15_000),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_comparison_takes_long(name):
    """Two texts of the largest size; the machine may be ten times busier than usual."""
    old, new = (text[:LONGEST] for text in SLOW[name])
    started = time.process_time()
    differences.pieces(old, new)
    assert time.process_time() - started < 2


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def edited(app, writing, town, neighbour, world):
    """Edit the first post of the town's topic, and of the neighbour's, so that there are that many versions."""

    def edit(versions):
        for tenant in (town, neighbour):
            with writing(tenant) as db:
                post = posts.get(db, world.things[tenant.slug, "post"])
                for n in range(post.version + 1, versions + 1):
                    db.refresh(post)
                    posts.edit(db, app.registry, post, post.author_id, f"{tenant.slug} versio {n}", n - 1)
        return f"/posts/{world.things['kokkola', 'post']}/history"

    return edit


def test_versions_come_a_page_at_a_time_and_all_of_them_come(edited, client):
    path, seen = edited(13), []
    while path:
        page = client.get(path)
        assert page.status_code == 200
        assert "kronoby" not in page.text.partition("<main")[2].partition("</main>")[0]
        cards = page.text.count('class="card"')
        assert cards <= history.PAGE
        seen += re.findall(r"<h2>(.*?)</h2>", page.text.partition("<main")[2])[:cards]
        link = re.search(r'class="button quiet" href="([^"]*before=[^"]*)"', page.text)
        path = link[1] if link else ""
    assert seen[:12] == [f"Versio {n}" for n in range(13, 1, -1)]
    assert len(seen) == 13


def test_each_version_is_compared_with_the_one_before(edited, client):
    page = client.get(f"{edited(7)}?lang=en").text
    assert "<del>6</del><ins>7</ins>" in page
    assert "<del>2</del><ins>3</ins>" not in page
    older = client.get(f"{edited(7)}?lang=en&before=3").text
    assert "First version" in older
    assert "first post" in older


@pytest.mark.parametrize("before", ["0", "-1", "x", "99999999999999999999"])
def test_rubbish_for_the_key_never_breaks(edited, client, before):
    assert client.get(f"{edited(3)}?before={before}").status_code == 200


def test_the_page_says_that_signs_are_shown_as_they_were_written(app, client, writing, town, world):
    with writing(town) as db:
        post = posts.get(db, world.things["kokkola", "post"])
        posts.edit(db, app.registry, post, post.author_id, "a **weighty** text", post.version)
    page = client.get(f"/posts/{world.things['kokkola', 'post']}/history?lang=en").text
    assert "**weighty**" in page
    assert "shown as it was written, with its formatting signs" in page

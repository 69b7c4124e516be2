"""Both databases give what a few lines of Python give: the same posts in the same order, for many queries."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random
from uuid import uuid4

import pytest

from talkoot.conversations.posts import NewPost
from talkoot.search import analyzers, querying, terms
from talkoot.search.keys import Keys
from talkoot.search.words import forms
from talkoot_forums import forums, topics

WORDS = [
    *(
        "kunta",
        "kunnassa",
        "suunnitelma",
        "suunnitelmaan",
        "turvallisuus",
        "turvallisuussuunnitelma",
        "sää",
        "bok",
        "böcker",
    ),
    *(
        "säkerhetsplanen",
        "säkerhet",
        "plan",
        "keinutuoli",
        "2019",
        "школа",
        "школе",
        "مدينة",
        "المدينة",
        "ёлка",
        "елка",
    ),
    *("kylä", "kyla"),
]


@pytest.fixture
def corpus(app, world, writing, town, run_jobs, few_words):
    """Sixty posts of these words in five discussions, in an order of chance that is always the same: (id, text, discussion)."""
    rng, texts = Random("search"), []
    with writing(town) as db:
        forum = forums.get(db, world.things["kokkola", "forum"]).id
        made = []
        for n in range(60):
            text = " ".join(rng.choices(WORDS, k=rng.randrange(1, 9)))
            draft = _draft(world, text, town.language)
            if n < 5:
                number, added = topics.begin(db, app.registry, forum, title="---", kind="idea", draft=draft)
                made.append(topics.get(db, number))
                texts.append((added.id, text, made[n].conversation_id))
            else:
                topic = rng.choice(made)
                texts.append((topics.reply(db, app.registry, topic, draft).id, text, topic.conversation_id))
    run_jobs()
    return texts


def _draft(world, text, language):
    return NewPost(world.members["kokkola", "resident"], text, uuid4(), language)


def _level(keys, words, query) -> int:
    """The narrowest level at which all of the words are in a text; 0 for none."""
    had = {key for form in words for key in keys.of(form)}
    return next((n for n in (1, 2, 3) if all(had & set(keys.levels(form)[n - 1]) for form in query.words)), 0)


def _has(words, phrase) -> bool:
    return any(tuple(words[at : at + len(phrase)]) == phrase for at in range(len(words)))


def expected(keys, corpus, query):
    """The ids of the posts that are found, and each one's discussion, as they are told by looking at each."""
    found = []
    for place, (post, text, discussion) in enumerate(corpus):
        words = forms(text)
        level = _level(keys, words, query)
        wanted = not any(_level(keys, words, terms.Terms((form,))) in (1, 2) for form in query.unwanted)
        if level and wanted and all(_has(words, phrase) for phrase in query.phrases):
            found.append((level, -place, post, discussion))
    return [(post, discussion) for _, _, post, discussion in sorted(found)]


def test_the_same_posts_in_the_same_order(app, corpus, reading, town):
    keys = Keys(town.id, analyzers.of(app.settings.instance), town.languages)
    rng = Random("queries")
    asked = [
        *WORDS,
        *(" ".join(rng.sample(WORDS, 2)) for _ in range(60)),
        *(f"{a} -{b}" for a, b in pairwise(WORDS)),
    ]
    asked += [f'"{text[1].rpartition(" ")[0]}"' for text in corpus if text[1].count(" ") > 2][:20]
    some = 0
    with reading(town) as db:
        for typed in asked:
            query = terms.parse(typed)
            want = expected(keys, corpus, query)
            if not want:
                continue  # then one without å, ä and ö may be found
            page = querying.find(db, app.registry, keys, query, querying.Filters(), member=False)
            firsts = {discussion: post for post, discussion in reversed(want)}
            assert [post.id for post in page.posts] == [post for post, _ in want if post in firsts.values()], typed
            each = Counter(discussion for _, discussion in want)
            assert [post.more_here + 1 for post in page.posts] == [each[p.conversation_id] for p in page.posts], typed
            assert page.total == len(want), typed
            discussion = want[-1][1]
            whole = querying.find(db, app.registry, keys, query, querying.Filters(within=discussion), member=False)
            own = [post for post, its in want if its == discussion]
            assert [post.id for post in whole.posts] == own[: querying.PAGE], typed
            assert whole.total == len(own), typed
            some += 1
    assert some > 60

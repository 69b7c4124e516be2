"""The measurements of one installation on one database: each row a figure, and the goal it is held against."""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from html import unescape
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.bench import data, mailing, measure, members, plugins, servers
from tests.bench.browser import Browser
from tests.bench.goals import BARE, COLD, DIGEST, FEW, GOALS, HEALTH, MANY, POLL, TELLING, UNCHANGED, Row
from tests.bench.members import SIGNED_IN

from talkoot.config import Settings

ROUNDS, PAIRS, ENOUGH = 3, 5, 150
PATHS = 144  # pages that the load rotates over; both workers hold all of them in memory
TEXTS = {
    200: "Tämä on **lyhyt** vastaus, ja siinä on [linkki](https://example.fi/) sekä luettelo:\n\n- yksi\n- kaksi\n\n",
    1000: "",
}
KEY = 37  # what post.lua adds to every text
MEMBERS = 12  # municipalities in which somebody has signed in
LONG = (2_000, 100_000)  # posts of the long topics
SEARCHED = 200_000  # posts of the tenant that is searched
SEARCHES = ((FEW, 1, 299), (MANY, 300, 1_000), ("search for words in more posts", 1_001, 1_001))  # posts with the word
WORDS = "Aurausta toivotaan *aikaisemmin* aamulla, koska koulukyydit lähtevät jo seitsemältä. "

NETWORKS = 2_000  # from which a search is asked for

Load = Callable[[float], measure.Cost]  # seconds in


@dataclass
class Bench:
    """An installation with its database, and how long each load lasts."""

    instance: Path
    settings: Settings
    database: Sequence[int]  # the processes of the database server
    seconds: float
    say: Callable[[str], None]

    def cpu(self, name: str, load: Load) -> float:
        """Milliseconds per request: the cheapest of some rounds, because what else runs on the machine can only make a
        round dearer.
        """
        self.say(name)
        _enough(load, 1)
        return self._least(name, [_enough(load, self.seconds) for _ in range(ROUNDS)])

    def against(self, name: str, load: Load, other: Load) -> tuple[float, float]:
        """As `cpu`, and how many times the other load it costs: both in turns, as a machine's speed changes by the second."""
        self.say(name)
        _enough(load, 1)
        _enough(other, 1)
        pairs = [(_enough(load, self.seconds), _enough(other, self.seconds)) for _ in range(PAIRS)]
        return self._least(name, [mine for mine, _ in pairs]), median(mine.cpu / its.cpu for mine, its in pairs)

    def _least(self, name: str, rounds: Sequence[measure.Cost]) -> float:
        wrong, sent = sum(one.wrong for one in rounds), [one.requests for one in rounds]
        assert (wrong, min(sent) > 0) == (0, True), f"{name}: {wrong} of {sent} answers were errors"
        return min(one.cpu for one in rounds)

    def getting(self, web: servers.Server, lines: Sequence[str]) -> Load:
        """A load of these requests."""
        return lambda seconds: self.get(web, lines, seconds)

    def get(self, web: servers.Server, lines: Sequence[str], seconds: float) -> measure.Cost:
        return measure.get(web.port, lines, [web.pid, *self.database], seconds, self.instance)

    def post(self, web: servers.Server, lines: Sequence[str], seconds: float) -> measure.Cost:
        return measure.post(web.port, lines, [web.pid, *self.database], seconds, self.instance)

    def fill_memory(self, web: servers.Server, lines: Sequence[str]) -> None:
        """Ask until every worker has every page."""
        sent, until = 0, time.monotonic() + 60
        while sent < 12 * len(lines) and time.monotonic() < until:
            sent += self.get(web, lines, 2).requests


def _enough(load: Load, seconds: float) -> measure.Cost:
    """A round of at least so many requests as make a figure, on a busy machine too."""
    cost, until = load(seconds), time.monotonic() + 20
    while cost.requests < ENOUGH and time.monotonic() < until:
        cost += load(seconds)
    return cost


@dataclass(frozen=True)
class Pages:
    """What is asked for, the same on every server of an installation; `members`: topics in which somebody has signed in."""

    topics: list[str]
    lists: list[str]
    homes: list[str]
    members: list[str]
    long: dict[int, str]  # by number of posts

    @classmethod
    def of(cls, settings: Settings) -> Pages:
        """Those of an installation, in which the long topics are made."""
        data.close_forums(settings)
        topics = [f"/{slug}/topics/{number}" for slug, number in data.topics(settings, PATHS)]
        lists = [f"/{slug}/forums/{forum}/" for slug, forum in data.forums(settings, PATHS)]
        homes = sorted({f"/{path.split('/')[1]}/" for path in topics})
        known = {path.split("/")[1] for path in topics[:MEMBERS]}
        slug = topics[0].split("/")[1]
        long = zip(LONG, data.add_long_topics(settings, slug, *LONG), strict=True)
        members = [path for path in topics if path.split("/")[1] in known]
        return cls(topics, lists, homes, members, {length: f"/{slug}/topics/{number}" for length, number in long})


def run(bench: Bench) -> Iterator[Row]:
    """Every figure of the installation, in the order of the table."""
    pages = Pages.of(bench.settings)
    with servers.gunicorn(bench.instance, app="tests.bench.bare:app", TALKOOT_MAX_REQUESTS="0") as plain:
        bare, bare_for_members = bench.getting(plain, pages.topics), bench.getting(plain, pages.members)
        page = bench.cpu(BARE, bare)
        yield Row(BARE, page)
        with _warm(bench) as web:
            for name, load in _warm_loads(bench, web, pages).items():
                yield from _against_bare(bench, name, load, bare_for_members if name == SIGNED_IN else bare)
            yield from _sizes(Browser(web.port), pages.topics[0])
            memory = max(measure.pss_mb(pid) for pid in servers.children(web.pid))
            yield Row("memory of a worker (PSS)", memory, "MB", 120)
        with _cold(bench) as web:
            loads = _cold_loads(bench, web, pages)
            yield from _against_bare(bench, COLD, loads[COLD], bare)
            for length, path in pages.long.items():
                name, first = _last_of(length), bench.getting(web, [f"{path}?page=2"])
                cost, ratio = bench.against(name, loads[name], first)
                yield Row(name, cost)
                yield Row("  against its first", ratio, "×", 1.1)
    yield from _jobs(bench, page)
    yield from _with_plugins(bench, pages.topics)
    yield from _searches(bench, pages.topics[0].split("/")[1], page)


def compared(large: Bench, small: Bench) -> Iterator[Row]:
    """What each page costs with many municipalities against what it costs with few: both in turns."""
    both = (large, Pages.of(large.settings)), (small, Pages.of(small.settings))
    for server, loads_of in ((_warm, _warm_loads), (_cold, _cold_loads)):
        with ExitStack() as running:
            mine, its = (loads_of(bench, running.enter_context(server(bench)), pages) for bench, pages in both)
            for name, load in mine.items():
                named = f"308 against 12: {name}"
                yield Row(named, large.against(named, load, its[name])[1], "×", 1.2)


def _warm(bench: Bench) -> AbstractContextManager[servers.Server]:
    return servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0")


def _cold(bench: Bench) -> AbstractContextManager[servers.Server]:
    return servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0", TALKOOT_PAGE_CACHE_BYTES="0")


def _warm_loads(bench: Bench, web: servers.Server, pages: Pages) -> dict[str, Load]:
    """The loads of a server that keeps pages, by name; it holds the pages when this returns."""
    loads = {HEALTH: bench.getting(web, ["/healthz"])}
    for name, paths in (("topic", pages.topics), ("topic list", pages.lists), ("home", pages.homes)):
        bench.fill_memory(web, paths)
        loads[f"anonymous {name}, warm"] = bench.getting(web, paths)
    browser = Browser(web.port)
    tagged = [f"{path}\tIf-None-Match={browser.get(path).headers['ETag']}" for path in pages.topics]
    loads[UNCHANGED] = bench.getting(web, tagged)
    polls = [f"{path}/newest" for path in pages.topics]
    loads[POLL] = bench.getting(web, [f"{path}\tIf-None-Match={browser.get(path).headers['ETag']}" for path in polls])
    data.half_read(bench.settings, [(slug, int(n)) for _, slug, _, n in (path.split("/") for path in pages.members)])
    closed = [f"/{slug}/topics/{number}" for slug, number in data.topics(bench.settings, PATHS, posts=2, closed=True)]
    of_members = members.lines(bench.settings, web.port, pages.members, closed)
    loads |= {name: bench.getting(web, lines) for name, lines in of_members.items()}
    for length in TEXTS:
        text = (TEXTS[length] + WORDS * 20)[: length - KEY]
        forms = [members.form(bench.settings, web.port, topic, text) for topic in pages.members[:MEMBERS]]
        loads[f"reply of {length:,} characters"] = partial(bench.post, web, forms)
    return loads


def _cold_loads(bench: Bench, web: servers.Server, pages: Pages) -> dict[str, Load]:
    """The loads of a server that keeps no pages, by name."""
    last = {
        _last_of(length): bench.getting(web, [f"{path}?page={length // 20}"]) for length, path in pages.long.items()
    }
    return {COLD: bench.getting(web, pages.topics), **last}


def _last_of(length: int) -> str:
    return f"last page of {length:,}, cold"


def _against_bare(bench: Bench, name: str, load: Load, bare: Load) -> Iterator[Row]:
    cost, ratio = bench.against(name, load, bare)
    goal, times = GOALS.get(name, (None, None))
    yield Row(name, cost, goal=goal)
    if name not in (HEALTH, UNCHANGED):
        yield Row("  against bare", ratio, "×", times)


def _sizes(browser: Browser, path: str) -> Iterator[Row]:
    page = browser.get(path)
    links = set(re.findall(r'<(?:script|img|link rel="(?:stylesheet|icon)")[^>]* (?:src|href)="(/[^"]+)"', page.text))
    parts = [page, *(browser.get(unescape(link)) for link in links)]
    assert all(part.status == 200 for part in parts), links
    yield Row("HTML of a topic page", len(page.body) / 1024, "KB", 40)
    yield Row("first visit, compressed", sum(len(gzip.compress(part.body, 4)) for part in parts) / 1024, "KB", 100)


def _jobs(bench: Bench, page: float) -> Iterator[Row]:
    """What the worker does; `page`: what a bare page costs."""
    for name, prepare in ((TELLING, mailing.replies), (DIGEST, mailing.digests)):
        bench.say(name)
        cost, (goal, times) = mailing.cost(bench.settings, bench.database, prepare), GOALS.get(name, (None, None))
        yield Row(name, cost, goal=goal)
        yield Row("  against bare", cost / page, "×", times)


def _with_plugins(bench: Bench, topics: Sequence[str]) -> Iterator[Row]:
    loads = {}
    with ExitStack() as running:
        for on in (False, True):
            folder = plugins.write(bench.instance / f"plugins-{'on' if on else 'off'}-{time.time_ns()}", on=on)
            path, began = os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", ""))), time.monotonic()
            server = servers.gunicorn(
                bench.instance, PYTHONPATH=path, TALKOOT_MAX_REQUESTS="0", TALKOOT_PAGE_CACHE_BYTES="0"
            )
            loads[on] = bench.getting(running.enter_context(server), topics)
            started = time.monotonic() - began
        _, ratio = bench.against("topic, ten more plugins on", loads[True], loads[False])
    yield Row("ten more plugins on, page they do not show on", ratio, "×", 1.1)
    yield Row("start with ten more plugins", started, "s", 1.5)


def _searches(bench: Bench, slug: str, page: float) -> Iterator[Row]:
    """Search in a large tenant, for words in up to a thousand posts and for commoner ones; `page`: what a bare page costs."""
    bench.say(f"the index of {SEARCHED:,} posts")
    data.searchable(bench.settings, slug, SEARCHED)
    with servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0") as web:
        for name, least, most in SEARCHES:
            found = data.words(bench.settings, slug, least, most, 20)
            assert found, f"no word is in {least} to {most} posts"
            paths = [f"/{slug}/search?{urlencode({'q': word})}" for word in found]
            assert all('class="hit-text"' in Browser(web.port).get(path).text for path in paths)
            cost, (goal, times) = (
                bench.cpu(name, bench.getting(web, _from_everywhere(paths))),
                GOALS.get(name, (None, None)),
            )
            yield Row(name, cost, goal=goal)
            yield Row("  against bare", cost / page, "×", times)


def _from_everywhere(paths: Sequence[str]) -> list[str]:
    """Requests for these pages from many networks: one alone may not ask so often."""
    return [
        f"{path}\tX-Forwarded-For=10.{n // 250}.{n % 250}.1"
        for n, path in zip(range(NETWORKS), cycle(paths), strict=False)
    ]


def per_tenant(bench: Bench, count: int = 300) -> Row:
    """Memory that each added municipality costs a worker."""
    bench.say("memory of each added municipality")
    before = _resting(bench)
    data.add_tenants(bench.settings, count)
    return Row("memory of each added municipality", (_resting(bench) - before) * 1024 / count, "KB", 50)


def _resting(bench: Bench) -> float:
    with servers.gunicorn(bench.instance) as web:
        browser = Browser(web.port)
        for _ in range(20):
            browser.get("/find.json")
        return max(measure.pss_mb(pid) for pid in servers.children(web.pid))

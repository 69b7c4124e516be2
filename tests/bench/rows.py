"""The measurements of one installation on one database: each row a figure, and the goal it is held against."""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.bench import data, measure, plugins, servers
from tests.bench.browser import Browser

from talkoot.config import Settings

ROUNDS, PAIRS, ENOUGH = 3, 5, 150
PATHS = 144  # pages that the load rotates over; both workers hold all of them in memory
TEXTS = {
    200: "Tämä on **lyhyt** vastaus, ja siinä on [linkki](https://example.fi/) sekä luettelo:\n\n- yksi\n- kaksi\n\n",
    1000: "",
}
KEY = 37  # what post.lua adds to every text
MEMBERS = 12  # municipalities in which somebody has signed in
BARE = "bare: Flask, SQLAlchemy Core, Jinja"
WORDS = "Aurausta toivotaan *aikaisemmin* aamulla, koska koulukyydit lähtevät jo seitsemältä. "

Load = Callable[[float], measure.Cost]  # seconds in


@dataclass(frozen=True)
class Row:
    """A figure and its goal (at most); without a goal it is told for comparison."""

    name: str
    value: float
    unit: str = "ms"
    goal: float | None = None

    @property
    def verdict(self) -> str:
        return "" if self.goal is None else "ok" if self.value <= self.goal else "over"


@dataclass
class Bench:
    """An installation with its database, and how long each load lasts."""

    instance: Path
    settings: Settings
    database: Sequence[int]  # the processes of the database server
    seconds: float
    say: Callable[[str], None]
    figures: dict[str, float] = field(default_factory=dict)

    def cpu(self, name: str, load: Load) -> float:
        """Milliseconds per request, remembered under the name: the cheapest of some rounds, because what else runs on the
        machine can only make a round dearer.
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
        self.figures[name] = min(one.cpu for one in rounds)
        return self.figures[name]

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


def run(bench: Bench) -> Iterator[Row]:
    """Every figure of the installation, in the order of the table."""
    topics = [f"/{slug}/topics/{number}" for slug, number in data.topics(bench.settings, PATHS)]
    lists = [f"/{slug}/forums/{forum}/" for slug, forum in data.forums(bench.settings, PATHS)]
    homes = sorted({f"/{path.split('/')[1]}/" for path in topics})
    slug = topics[0].split("/")[1]
    members = [path for path in topics if path.split("/")[1] in {other.split("/")[1] for other in topics[:MEMBERS]}]
    long = data.add_long_topics(bench.settings, slug, 2_000, 100_000)
    with servers.gunicorn(bench.instance, app="tests.bench.bare:app", TALKOOT_MAX_REQUESTS="0") as plain:
        bare, bare_for_members = bench.getting(plain, topics), bench.getting(plain, members)
        yield Row(BARE, bench.cpu(BARE, bare))
        with servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0") as web:
            health = "gunicorn alone (/healthz)"
            yield Row(health, bench.cpu(health, bench.getting(web, ["/healthz"])))
            yield from _warm(bench, web, {"topic": topics, "topic list": lists, "home": homes}, bare)
            yield from _signed_in(bench, web, members, bare_for_members)
            yield from _posting(bench, web, members, bare)
            yield from _sizes(Browser(web.port), topics[0])
            memory = max(measure.pss_mb(pid) for pid in servers.children(web.pid))
            yield Row("memory of a worker (PSS)", memory, "MB", 120)
        with servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0", TALKOOT_PAGE_CACHE_BYTES="0") as web:
            yield from _cold(bench, web, topics, slug, long, bare)
    yield from _with_plugins(bench, topics)


def _warm(bench: Bench, web: servers.Server, pages: dict[str, list[str]], bare: Load) -> Iterator[Row]:
    for name, paths in pages.items():
        bench.fill_memory(web, paths)
        cost, ratio = bench.against(f"anonymous {name}, warm", bench.getting(web, paths), bare)
        yield Row(f"anonymous {name}, warm", cost, goal=0.3)
        yield Row("  against bare", ratio, "×", 0.15)
    browser = Browser(web.port)
    tagged = [f"{path}\tIf-None-Match={browser.get(path).headers['ETag']}" for path in pages["topic"]]
    name = "anonymous topic, unchanged (304)"
    yield Row(name, bench.cpu(name, bench.getting(web, tagged)), goal=0.2)


def _signed_in(bench: Bench, web: servers.Server, topics: Sequence[str], bare: Load) -> Iterator[Row]:
    cookies = {slug: _cookie(bench, web, slug, path) for path in topics[:MEMBERS] if (slug := path.split("/")[1])}
    lines = [f"{path}\tCookie={cookies[path.split('/')[1]]}" for path in topics]
    cost, ratio = bench.against("signed-in topic", bench.getting(web, lines), bare)
    yield Row("signed-in topic", cost)
    yield Row("  against bare, the same topics", ratio, "×", 1.2)


def _cookie(bench: Bench, web: servers.Server, slug: str, path: str) -> str:
    browser = Browser(web.port)
    browser.cookies["__Host-talkoot"] = data.sign_in(bench.settings, slug, "localhost")
    page = browser.get(path)
    assert f"/{slug}/account" in page.text, "the page knows who has signed in"
    return _cookies(browser)


def _cookies(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _posting(bench: Bench, web: servers.Server, topics: Sequence[str], bare: Load) -> Iterator[Row]:
    for length, goal in ((200, 4.0), (1000, 6.0)):
        text = (TEXTS[length] + WORDS * 20)[: length - KEY]
        forms = [_form(bench, web, topic, text) for topic in topics[:MEMBERS]]
        name = f"reply of {length:,} characters"
        cost, ratio = bench.against(name, partial(bench.post, web, forms), bare)
        yield Row(name, cost, goal=goal)
        yield Row("  against bare", ratio, "×")  # the goal is that of a machine whose bare page takes 2.1 to 2.6 ms


def _form(bench: Bench, web: servers.Server, topic: str, text: str) -> str:
    """A filled form for a reply, as a line for post.lua."""
    browser = Browser(web.port)
    browser.cookies["__Host-talkoot"] = data.sign_in(bench.settings, topic.split("/")[1], "localhost")
    path, fields = browser.form(f"{topic}/reply", text=text)
    fields.pop("submission")
    body = urlencode({**fields, "text": fields.pop("text")}, doseq=True)
    return "\t".join((path, _cookies(browser), body))


def _sizes(browser: Browser, path: str) -> Iterator[Row]:
    page = browser.get(path)
    links = set(re.findall(r'<(?:script|img|link rel="(?:stylesheet|icon)")[^>]* (?:src|href)="(/[^"]+)"', page.text))
    parts = [page, *(browser.get(unescape(link)) for link in links)]
    assert all(part.status == 200 for part in parts), links
    yield Row("HTML of a topic page", len(page.body) / 1024, "KB", 40)
    yield Row("first visit, compressed", sum(len(gzip.compress(part.body, 4)) for part in parts) / 1024, "KB", 100)


def _cold(
    bench: Bench, web: servers.Server, topics: Sequence[str], slug: str, long: Sequence[int], bare: Load
) -> Iterator[Row]:
    cost, ratio = bench.against("anonymous topic, cold", bench.getting(web, topics), bare)
    yield Row("anonymous topic, cold", cost)
    yield Row("  against bare", ratio, "×", 1.5)
    for number, length in zip(long, (2_000, 100_000), strict=True):
        path = f"/{slug}/topics/{number}"
        first, last = (bench.getting(web, [f"{path}?page={page}"]) for page in (2, length // 20))
        cost, ratio = bench.against(f"last page of {length:,}", last, first)
        yield Row(f"last page of {length:,}, cold", cost)
        yield Row("  against its first", ratio, "×", 1.1)


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

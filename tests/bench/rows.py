"""The measurements of one installation on one database: each row a figure, and the goal it is held against."""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from tests.bench import data, measure, plugins, servers
from tests.bench.browser import Browser

from talkoot.config import Settings

ROUNDS, ENOUGH = 3, 150
PATHS = 144  # pages that the load rotates over; both workers hold all of them in memory
TEXTS = {
    200: "Tämä on **lyhyt** vastaus, ja siinä on [linkki](https://example.fi/) sekä luettelo:\n\n- yksi\n- kaksi\n\n",
    1000: "",
}
KEY = 37  # what post.lua adds to every text
MEMBERS = 12  # municipalities in which somebody has signed in
WORDS = "Aurausta toivotaan *aikaisemmin* aamulla, koska koulukyydit lähtevät jo seitsemältä. "


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

    def cpu(self, name: str, web: servers.Server, lines: Sequence[str]) -> float:
        """Milliseconds per request of a load; remembered under the name."""
        return self.least(name, web, lambda seconds: self.get(web, lines, seconds))

    def least(self, name: str, web: servers.Server, load: Callable[[float], measure.Cost]) -> float:
        """The cheapest of some rounds: what else runs on the machine can only make a round dearer."""
        self.say(name)
        _enough(load, 1)
        rounds = [_enough(load, self.seconds) for _ in range(ROUNDS)]
        wrong, sent = sum(one.wrong for one in rounds), [one.requests for one in rounds]
        assert (wrong, min(sent) > 0) == (0, True), (
            f"{name}: {wrong} of {sent} answers were errors\n{web.said()[-1500:]}"
        )
        self.figures[name] = min(one.cpu for one in rounds)
        return self.figures[name]

    def get(self, web: servers.Server, lines: Sequence[str], seconds: float) -> measure.Cost:
        return measure.get(web.port, lines, [web.pid, *self.database], seconds, self.instance)

    def post(self, web: servers.Server, lines: Sequence[str], seconds: float) -> measure.Cost:
        return measure.post(web.port, lines, [web.pid, *self.database], seconds, self.instance)

    def fill_memory(self, web: servers.Server, lines: Sequence[str]) -> None:
        """Ask until every worker has every page."""
        sent, until = 0, time.monotonic() + 60
        while sent < 12 * len(lines) and time.monotonic() < until:
            sent += self.get(web, lines, 2).requests


def _enough(load: Callable[[float], measure.Cost], seconds: float) -> measure.Cost:
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
    with servers.gunicorn(bench.instance, app="tests.bench.bare:app", TALKOOT_MAX_REQUESTS="0") as web:
        bare = bench.cpu("bare: Flask, SQLAlchemy Core, Jinja", web, topics)
        bare_for_members = bench.cpu("bare: the topics read signed in", web, members)
    yield Row("bare: Flask, SQLAlchemy Core, Jinja", bare)
    with servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0") as web:
        yield Row("gunicorn alone (/healthz)", bench.cpu("gunicorn alone (/healthz)", web, ["/healthz"]))
        yield from _warm(bench, web, {"topic": topics, "topic list": lists, "home": homes}, bare)
        yield from _signed_in(bench, web, members, bare_for_members)
        yield from _posting(bench, web, members, bare)
        yield from _sizes(Browser(web.port), topics[0])
        yield Row("memory of a worker (PSS)", max(measure.pss_mb(pid) for pid in servers.children(web.pid)), "MB", 120)
    with servers.gunicorn(bench.instance, TALKOOT_MAX_REQUESTS="0", TALKOOT_PAGE_CACHE_BYTES="0") as web:
        yield from _cold(bench, web, topics, slug, long, bare)
    yield from _with_plugins(bench, topics)


def _warm(bench: Bench, web: servers.Server, pages: dict[str, list[str]], bare: float) -> Iterator[Row]:
    for name, paths in pages.items():
        bench.fill_memory(web, paths)
        cost = bench.cpu(f"anonymous {name}, warm", web, paths)
        yield Row(f"anonymous {name}, warm", cost, goal=0.3)
        yield Row("  against bare", cost / bare, "×", 0.15)
    browser = Browser(web.port)
    tagged = [f"{path}\tIf-None-Match={browser.get(path).headers['ETag']}" for path in pages["topic"]]
    yield Row("anonymous topic, unchanged (304)", bench.cpu("anonymous topic, unchanged (304)", web, tagged), goal=0.2)


def _signed_in(bench: Bench, web: servers.Server, topics: Sequence[str], bare: float) -> Iterator[Row]:
    cookies = {slug: _cookie(bench, web, slug, path) for path in topics[:MEMBERS] if (slug := path.split("/")[1])}
    lines = [f"{path}\tCookie={cookies[path.split('/')[1]]}" for path in topics]
    cost = bench.cpu("signed-in topic", web, lines)
    yield Row("signed-in topic", cost)
    yield Row("  against bare, the same topics", cost / bare, "×", 1.2)


def _cookie(bench: Bench, web: servers.Server, slug: str, path: str) -> str:
    browser = Browser(web.port)
    browser.cookies["__Host-talkoot"] = data.sign_in(bench.settings, slug, "localhost")
    page = browser.get(path)
    assert f"/{slug}/account" in page.text, "the page knows who has signed in"
    return _cookies(browser)


def _cookies(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _posting(bench: Bench, web: servers.Server, topics: Sequence[str], bare: float) -> Iterator[Row]:
    for length, goal in ((200, 4.0), (1000, 6.0)):
        text = (TEXTS[length] + WORDS * 20)[: length - KEY]
        forms = [_form(bench, web, topic, text) for topic in topics[:MEMBERS]]
        name = f"reply of {length:,} characters"
        cost = bench.least(name, web, partial(bench.post, web, forms))
        yield Row(name, cost, goal=goal)
        yield Row(
            "  against bare", cost / bare, "×"
        )  # the goal is that of a machine whose bare page takes 2.1 to 2.6 ms


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
    bench: Bench, web: servers.Server, topics: Sequence[str], slug: str, long: Sequence[int], bare: float
) -> Iterator[Row]:
    cost = bench.cpu("anonymous topic, cold", web, topics)
    yield Row("anonymous topic, cold", cost)
    yield Row("  against bare", cost / bare, "×", 1.5)
    for number, length in zip(long, (2_000, 100_000), strict=True):
        path = f"/{slug}/topics/{number}"
        first = bench.cpu(f"first page of {length:,}", web, [f"{path}?page=2"])
        last = bench.cpu(f"last page of {length:,}", web, [f"{path}?page={length // 20}"])
        yield Row(f"last page of {length:,}, cold", last)
        yield Row("  against its first", last / first, "×", 1.1)


def _with_plugins(bench: Bench, topics: Sequence[str]) -> Iterator[Row]:
    costs = {}
    for on in (False, True):
        folder = plugins.write(bench.instance / f"plugins-{'on' if on else 'off'}-{time.time_ns()}", on=on)
        path, began = os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", ""))), time.monotonic()
        with servers.gunicorn(
            bench.instance, PYTHONPATH=path, TALKOOT_MAX_REQUESTS="0", TALKOOT_PAGE_CACHE_BYTES="0"
        ) as web:
            started = time.monotonic() - began
            costs[on] = bench.cpu(f"topic, ten more plugins {'on' if on else 'off'}", web, topics)
    yield Row("ten more plugins on, page they do not show on", costs[True] / costs[False], "×", 1.1)
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

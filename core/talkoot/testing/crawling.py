"""Opens every page that somebody can reach on a site, by following links and by the list of routes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import unescape
from urllib.parse import urljoin, urlsplit

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from talkoot.app import Talkoot
from talkoot.testing.visitors import Visitor

LINK = re.compile(r"""(?:href|src|hx-get|action)=["']([^"'#]+)""")
QUERIES = 12  # of one path: most others only say from which page one came
PAGES = ("text/html", "application/atom+xml", "application/json")


def crawl(visitor: Visitor, starts: Iterable[str] = ("/",), most: int = 600) -> dict[str, TestResponse]:
    """Path → answer of every address of the visitor's site that can be reached from the starts with GET; a few queries of each."""
    home = f"http://{visitor.host}:8000{visitor.prefix}/"
    waiting = [urljoin(home, start.removeprefix("/")) for start in starts]
    seen: dict[str, TestResponse] = {}
    queries: Counter[str] = Counter()
    while waiting and len(seen) < most:
        url = waiting.pop(0)
        path = url.removeprefix(f"http://{visitor.host}:8000")
        page, _, query = path.partition("?")
        if path in seen or (query and queries[page] == QUERIES):
            continue
        queries[page] += bool(query)
        seen[path] = visitor.get(url)
        links = [unescape(link) for link in LINK.findall(seen[path].text)] if seen[path].mimetype in PAGES[:1] else []
        if target := seen[path].headers.get("Location"):
            links.append(target)
        waiting += [found for link in links if _wanted(found := urljoin(url, link), home)]
    return seen


def _wanted(url: str, home: str) -> bool:
    """Links within the site; not files, and a page in one language stands for all."""
    path = urlsplit(url).path
    return url.startswith(home) and "/static/" not in path and "/colours/" not in path and "lang=" not in url


def rules_of(app: Talkoot, method: str) -> list[Rule]:
    """The routes that live on tenants' sites and take a method."""
    from talkoot.routes import BOTH_ENDPOINTS, INSTALLATION

    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    return [
        rule for rule in found if rule.endpoint.partition(".")[0] not in INSTALLATION or rule.endpoint in BOTH_ENDPOINTS
    ]


def plain_paths(app: Talkoot) -> list[str]:
    """Every GET route of tenants' sites that needs no argument."""
    return [str(rule) for rule in rules_of(app, "GET") if not rule.arguments]

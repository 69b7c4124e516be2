"""Whole pages for anonymous visitors, from memory and before Flask, at most a second old.

The key holds everything that makes a page differ: host, prefix, path, query, language. An entry holds the stamps of the
tenants it shows, read before it was made; when one has moved, the entry is dead. A request with a session cookie, one of
htmx (it may want a part of the page), or an answer that sets any cookie, never comes near this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from prometheus_client import Counter

from talkoot import guard
from talkoot.memory import Memory
from talkoot.people.sessions import COOKIE
from talkoot.tenants.directory import DAYS, DIRECTORY
from talkoot.tenants.resolver import PRESENT
from talkoot.web.request import LANGUAGE_COOKIE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from talkoot.config import Settings
    from talkoot.registry import Registry

CACHED = Counter(
    "talkoot_page_cache", "Answers given before Flask, and pages kept for the next visitor, by how", ["how"]
)
CORE_ARGUMENTS = frozenset({"page", "before", "sort", "kind", "q", "standing", "area"})
UNTIL_THE_NEXT_READING = (DAYS, -1)  # never true: such a page is dead as soon as the stamps are read anew
STORED = "talkoot.page"  # environ key: Flask puts the stamps of the page here when it may be stored


@dataclass(slots=True)
class Entry:
    """A stored page and the stamps it was true for; `seen` are the stamps of all tenants it was last compared with."""

    headers: list[tuple[str, str]]
    headers_unchanged: list[tuple[str, str]]  # of a 304: without those that describe the body
    body: bytes
    etag: str
    stamps: tuple[tuple[int, int], ...]
    seen: Mapping[int, int]

    def is_true(self, stamps: Mapping[int, int]) -> bool:
        """Whether nothing it shows has changed; compared once for each reading of the stamps."""
        if self.seen is not stamps:
            if any(stamps.get(tenant) != n for tenant, n in self.stamps):
                return False
            self.seen = stamps
        return True


class PageCache:
    """A WSGI layer, one per worker, bounded in bytes."""

    def __init__(self, app: WSGIApplication, registry: Registry, settings: Settings) -> None:
        self.app = app
        self.pages: Memory[Entry] = Memory(settings.page_cache_bytes)
        self.arguments = CORE_ARGUMENTS.union(*(loaded.plugin.query_arguments for loaded in registry.plugins.values()))
        self._hit, self._not_modified, self._miss = (CACHED.labels(how) for how in ("hit", "not modified", "miss"))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = self._key(environ)
        if key is None:
            return self.app(environ, start_response)
        stamps = environ[PRESENT][1]
        entry = self.pages.get(key)
        if entry is not None and entry.is_true(stamps):
            return self._answer(entry, environ, start_response)
        return self._make(key, stamps, environ, start_response)

    def _key(self, environ: WSGIEnvironment) -> tuple[Any, ...] | None:
        """What tells this page from others; None when it must not be shared."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_HX_REQUEST" in environ or not self.pages.limit:
            return None
        language = ""
        if raw := environ.get("HTTP_COOKIE"):
            if COOKIE in raw:
                return None
            language = _cookie(raw, LANGUAGE_COOKIE)
        query = environ.get("QUERY_STRING", "")
        if query and not _arguments_of(query) <= self.arguments:
            return None
        tenant = environ["talkoot.tenant"]
        if tenant is None:  # its front page also follows Accept-Language
            language = f"{language}|{environ.get('HTTP_ACCEPT_LANGUAGE', '')[:60]}"
        return (
            environ["talkoot.host"],
            environ.get("HTTP_HOST"),
            environ["wsgi.url_scheme"],
            environ["SCRIPT_NAME"],
            environ["PATH_INFO"],
            query,
            language,
        )

    def _answer(self, entry: Entry, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        known = environ.get("HTTP_IF_NONE_MATCH")
        if (
            known is not None and entry.etag in known
        ):  # also as W/"…", which a compressing proxy makes of it, and in a list
            self._not_modified.inc()
            start_response("304 Not Modified", entry.headers_unchanged)
            return []
        self._hit.inc()
        start_response("200 OK", entry.headers)
        return [entry.body]

    def _make(
        self, key: tuple[Any, ...], stamps: Mapping[int, int], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        self._miss.inc()
        caught: list[Any] = []
        before = guard.left_out()

        def catch(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            caught[:] = [status, headers, exc_info]
            return lambda _data: None

        answer = self.app(environ, catch)
        shown: Iterable[int] | None = environ.get(STORED)
        status, headers, exc_info = caught
        if shown is None or not status.startswith("200") or any(name == "Set-Cookie" for name, _ in headers):
            start_response(status, headers, exc_info)
            return answer
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = [*headers, ("ETag", etag), ("Cache-Control", "no-cache")]
        unchanged = [h for h in headers if h[0] not in ("Content-Length", "Content-Type")]
        true_for = tuple((whose, stamps.get(whose, 0)) for whose in {DIRECTORY, DAYS, *shown})
        if guard.left_out() > before:  # a plugin failed, and may be well again by the next second
            true_for += (UNTIL_THE_NEXT_READING,)
        entry = Entry(headers, unchanged, body, etag, true_for, seen=stamps)
        self.pages.keep(key, entry, len(body))
        return self._answer(entry, environ, start_response)


@lru_cache(maxsize=1024)
def _arguments_of(query: str) -> frozenset[str]:
    return frozenset(name for name, _ in parse_qsl(query, keep_blank_values=True))


def _cookie(raw: str, name: str) -> str:
    if name not in raw:
        return ""
    try:
        morsel = SimpleCookie(raw).get(name)
    except CookieError:
        return ""
    return morsel.value[:12] if morsel else ""

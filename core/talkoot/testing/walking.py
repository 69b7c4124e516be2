"""Walks through one plugin's pages as its visitors do: follows links, and fills in the forms that ask for words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from talkoot.testing.visitors import Visitor

MOST = 60  # pages one visitor looks at
MOST_ALIKE = 4  # pages of one endpoint
PERSONAL = re.compile(r"contact|phone|e?-?mail|address|puhelin|telefon|yhteys", re.IGNORECASE)
WORDED = frozenset({"text", "textarea", "search"})
SAMPLES = {
    "date": "2031-05-12",
    "number": "3",
    "time": "12:00",
    "datetime-local": "2031-05-12T12:00",
    "url": "https://example.org/",
}


@dataclass(frozen=True)
class Seen:
    """A page as somebody got it."""

    path: str  # below the site's address
    endpoint: str
    arguments: tuple[tuple[str, Any], ...]
    status: int
    is_html: bool
    text: str


def first_paths(visitor: Visitor, plugin: str) -> list[str]:
    """Where a plugin's pages begin: those without arguments."""
    rules = visitor.talkoot.url_map.iter_rules()
    return sorted(
        r.rule for r in rules if owner(r.endpoint) == plugin and not r.arguments and "GET" in (r.methods or ())
    )


def walk(visitor: Visitor, plugin: str, begin: Iterable[str] = ()) -> list[Seen]:
    """The plugin's pages that can be reached by links from where they begin, from the home page and from areas."""
    waiting = [*begin, *first_paths(visitor, plugin), "/"]
    known, alike, found = set(waiting), dict[str, int](), list[Seen]()
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        endpoint, arguments = match(visitor, path)
        alike[endpoint] = alike.get(endpoint, 0) + 1
        if alike[endpoint] > MOST_ALIKE:
            continue
        response = visitor.get(path)
        text = response.get_data().decode(errors="replace")  # a picture has no links
        if owner(endpoint) == plugin:
            found.append(
                Seen(
                    path,
                    endpoint,
                    tuple(sorted(arguments.items())),
                    response.status_code,
                    response.mimetype == "text/html",
                    text,
                )
            )
        for target in _links(visitor, path, text, response.location):
            if target not in known and owner(match(visitor, target)[0]) in (plugin, "site"):
                known.add(target)
                waiting.append(target)
    return found


def match(visitor: Visitor, path: str, method: str = "GET") -> tuple[str, dict[str, Any]]:
    """The endpoint and arguments of a path below the site's address; ("", {}) when there is none."""
    try:
        endpoint, arguments = visitor.talkoot.url_map.bind("localhost").match(urlsplit(path).path, method=method)
    except RequestRedirect as redirect:
        return match(visitor, urlsplit(redirect.new_url).path, method)
    except HTTPException:
        return "", {}
    return str(endpoint), dict(arguments)


def owner(endpoint: str) -> str:
    """The plugin (or part of core) that an endpoint belongs to."""
    return endpoint.partition(".")[0]


def _links(visitor: Visitor, path: str, html: str, redirect: str | None) -> Iterator[str]:
    here = f"http://site{visitor.path_of(path)}"
    for address in [*re.findall(r'href="([^"#]+)', html), *([redirect] if redirect else [])]:
        parts = urlsplit(urljoin(here, address.replace("&amp;", "&")))
        if parts.netloc == "site" and parts.path.startswith(f"{visitor.prefix}/") and "lang=" not in parts.query:
            yield parts.path.removeprefix(visitor.prefix) + (f"?{parts.query}" if parts.query else "")


# --- forms --------------------------------------------------------------------------------------------------------


@dataclass
class Field:
    """A field of a form with what the page says of it."""

    name: str
    kind: str
    value: str = ""
    required: bool = False
    options: tuple[str, ...] = ()


class _Forms(HTMLParser):
    """The posted forms of a page with the kinds of their fields, which testing.forms does not keep."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[Field]]] = []
        self.inside = self.in_textarea = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.inside = given.get("method", "get").lower() == "post"
            if self.inside:
                self.forms.append((given.get("action", ""), []))
        elif self.inside and tag in ("input", "textarea", "select") and given.get("name"):
            kind = given.get("type", "text") if tag == "input" else tag
            value = given.get("value", "on" if kind in ("checkbox", "radio") else "")
            self.forms[-1][1].append(Field(given["name"], kind, value, "required" in given))
            self.in_textarea = tag == "textarea"
        elif self.inside and tag == "option" and self.forms[-1][1]:
            select = self.forms[-1][1][-1]
            select.options = (*select.options, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.in_textarea:
            self.forms[-1][1][-1].value += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self.in_textarea = self.in_textarea and tag != "textarea"
        self.inside = self.inside and tag != "form"


def write(visitor: Visitor, plugin: str, words: Callable[[str], str]) -> None:
    """Fill in each of the plugin's forms that asks for words, twice; `words(field)` is what to say in a field."""
    sent: dict[str, int] = {}
    for _round in range(2):  # what the first round made has forms of its own
        for page in walk(visitor, plugin):
            if page.status == 200 and sent.get(page.endpoint, 0) < 2:
                for action, fields in _worded_forms(page):
                    target = urljoin(f"http://{visitor.host}:8000{visitor.path_of(page.path)}", action)
                    if owner(match(visitor, urlsplit(target).path.removeprefix(visitor.prefix), "POST")[0]) == plugin:
                        visitor.post(target, data=_answers(fields, words))
                        sent[page.endpoint] = sent.get(page.endpoint, 0) + 1


def _worded_forms(page: Seen) -> list[tuple[str, list[Field]]]:
    """Forms with an empty field for words; others are buttons, or change what is there."""
    reader = _Forms()
    reader.feed(page.text)
    return [form for form in reader.forms if any(field.kind in WORDED and not field.value for field in form[1])]


def _answers(fields: list[Field], words: Callable[[str], str]) -> dict[str, str]:
    """What somebody sends who fills in every field and ticks no box that may be left out."""
    answers: dict[str, str] = {}
    for field in fields:
        if field.kind not in ("submit", "button", "image", "file") and (field.kind != "checkbox" or field.required):
            answers.setdefault(field.name, _answer(field, words))
    return answers


def _answer(field: Field, words: Callable[[str], str]) -> str:
    if field.kind == "select":
        return next((option for option in field.options if option or not field.required), "")
    if field.kind == "email":
        return f"{re.sub(r'[^a-z0-9]', '', words(field.name).lower())}@example.org"
    return field.value or SAMPLES.get(field.kind) or words(field.name)

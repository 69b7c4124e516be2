"""Reads the forms of a page as a browser without JavaScript does, so that tests post what people would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

NOT_SENT = {"submit", "button", "reset", "image", "file"}


@dataclass
class PageForm:
    """A form: where it goes, how, and its fields as (name, value) in the order of the page."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)  # also unticked boxes and buttons
    choices: dict[str, list[str]] = field(default_factory=dict)  # values of radio buttons, boxes, options and buttons

    def filled(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent when somebody gives these answers; a list answers a field several times, None takes it away."""
        if unknown := set(answers) - self.names:
            raise AssertionError(
                f"the form {self.action!r} has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(self.names))}"
            )
        kept: dict[str, Any] = {}
        for name, value in self.fields:
            if name not in answers:
                kept.setdefault(name, []).append(value)
        return kept | {name: value for name, value in answers.items() if value is not None}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.now: PageForm | None = None
        self.area: tuple[PageForm, str] | None = None  # the textarea whose text is being read
        self.text = ""
        self.select: tuple[PageForm, str, bool] | None = None
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.now = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.now)
            self.by_id[given.get("id", "")] = self.now
            return
        form = self.by_id.get(given["form"]) if "form" in given else self.now
        if form is None:
            return
        if tag in ("input", "button") and "disabled" not in given:
            self._input(form, given, "submit" if tag == "button" else "text")
        elif tag == "textarea":
            self.area, self.text = (form, given.get("name", "")), ""
        elif tag == "select":
            self.select, self.options = (form, given.get("name", ""), "multiple" in given), []
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))

    def _input(self, form: PageForm, given: Mapping[str, str], default: str) -> None:
        name, kind = given.get("name"), given.get("type", default)
        if not name:
            return
        form.names.add(name)
        value = given.get("value", "on" if kind in ("checkbox", "radio") else "")
        if kind in ("checkbox", "radio", "submit", "button"):
            form.choices.setdefault(name, []).append(value)
        if kind not in NOT_SENT and (kind not in ("checkbox", "radio") or "checked" in given):
            form.fields.append((name, value))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.now = None
        elif tag == "textarea" and self.area:
            form, name = self.area
            form.names.add(name)
            form.fields.append((name, self.text.removeprefix("\n")))
            self.area = None
        elif tag == "select" and self.select:
            form, name, multiple = self.select
            form.names.add(name)
            form.choices[name] = [value for value, _ in self.options]
            chosen = [value for value, selected in self.options if selected]
            if not chosen and not multiple and self.options:
                chosen = [self.options[0][0]]
            form.fields += [(name, value) for value in chosen]
            self.select = None


def read_forms(html: str) -> list[PageForm]:
    """Every form of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def posting_form(html: str, fields: Iterable[str], action: str = "") -> PageForm:
    """The one form that is posted and has all these fields; `action`: a part of its address, where several have."""
    wanted = set(fields)
    posted = [form for form in read_forms(html) if form.method == "post" and action in form.action]
    found = [form for form in posted if wanted <= form.names]
    if not found:
        raise AssertionError(
            f"no form with {sorted(wanted)}; posted forms here: {[(f.action, sorted(f.names)) for f in posted]}"
        )
    return found[0]

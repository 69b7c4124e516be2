"""Chromium, the looks a page can have, and a right-to-left language made of letters that nobody can miss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from talkoot import catalogues, i18n
from talkoot.tenants import registering
from talkoot.tenants.tenant import Tenant
from talkoot.testing import accessibility
from talkoot.testing.visitors import Visitor
from talkoot.web.request import LANGUAGE_COOKIE

ROOT = Path(__file__).parents[2]
LETTERS = str.maketrans("aeiouybcdfghjklmnpqrstvwxz", "اهيوعىبچدفغحجكلمنپقرستڤوخز")
THEMES, MODES, LANGUAGES = ("civic", "contrast"), ("light", "dark"), ("fi", "sv", "ar")


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    theme: str = "civic"
    mode: str = "light"
    language: str = "fi"
    width: int = 1280
    scripting: bool = True

    def __str__(self) -> str:
        return f"{self.theme}-{self.mode}-{self.language}-{self.width}"


# Each theme, each mode and each language at least once.
LOOKS = (Look("civic", "light", "fi"), Look("contrast", "dark", "sv"), Look("civic", "dark", "ar", 390))
ALL_LOOKS = tuple(Look(theme, mode, language) for theme in THEMES for mode in MODES for language in LANGUAGES)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with accessibility.chromium() as found:
        yield found


@pytest.fixture(scope="session", autouse=True)
def pseudo_arabic(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A catalogue `ar` in which every string is there, in Arabic letters and a third longer, placeholders kept."""
    folder = tmp_path_factory.mktemp("pseudo") / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="ar")
    for package in catalogues.packages(ROOT):
        for message in catalogues.template(package):
            if message.id:
                forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
                text = [_pseudo(form) for form in forms]
                strings = (text * 6)[: catalogue.num_plurals] if len(forms) > 1 else text[0]
                catalogue.add(message.id, strings, context=message.context)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    i18n.read_catalogues([folder.parents[1]])


def _pseudo(text: str) -> str:
    """Letters become Arabic ones; what stands in %(…)s and after % stays."""
    parts = text.replace("%(", "\0%(").split("\0")
    found = []
    for part in parts:
        kept, rest = "", part
        if part.startswith("%("):
            end = part.index(")") + 2
            kept, rest = part[:end], part[end:]
        found.append(kept + rest.lower().translate(LETTERS))
    return "".join(found) + " " + "ـا" * (len(text) // 6)


Opened = Callable[..., Any]


@pytest.fixture
def look_at(browser: Any, app: Any, writing: Any, town: Tenant) -> Opened:
    """`with look_at(visitor, Look(…)) as page:` a browser page on the visitor's site; console errors fail the test."""

    @contextmanager
    def opened(visitor: Visitor, look: Look = Look()) -> Iterator[Any]:
        with writing(None) as db:
            registering.set_setting(db, town.id, {"site.theme": look.theme})
            registering.change(db, town.id, languages=["fi", "sv", "en", "ar"])
        context = browser.new_context(
            viewport={"width": look.width, "height": 900}, color_scheme=look.mode, java_script_enabled=look.scripting,
            reduced_motion="reduce",
        )  # fmt: skip
        visitor.set_cookie(LANGUAGE_COOKIE, look.language, domain=visitor.host)
        context.route("**/*", lambda route: accessibility._answer(visitor, route))
        page = context.new_page()
        page.set_default_timeout(20_000)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if _bad(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.look = look
        page.address = lambda path: f"http://{visitor.host}:8000{visitor.path_of(path)}"
        yield page
        context.close()
        assert not complaints, complaints

    return opened


def _bad(message: Any) -> bool:
    """Errors, and what a content security policy refused; a status of 4xx that a test asked for is none."""
    return message.type in ("error", "warning") and "Failed to load resource" not in message.text

"""Rules that the source itself must keep; each is a grep, with the few places that may break it and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("core", "plugins", "themes")
PYTHON = [path for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]
TEMPLATES = [path for top in TOPS for path in sorted((ROOT / top).rglob("*.html")) if "mail" not in path.parts]
PAGES = [path for path in TEMPLATES if "static" not in path.parts]
MODULES = [path for path in PYTHON if "testing" not in path.parts and "migrations" not in path.parts]
ids = {"ids": lambda path: str(path.relative_to(ROOT)) if isinstance(path, Path) else str(path)}


def lines(paths: list[Path], pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """`file:line text` of every line that matches, outside of the files named."""
    found = []
    for path in paths:
        if any(str(path.relative_to(ROOT)).endswith(name) for name in but):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()}")
    return found


# --- pages --------------------------------------------------------------------------------------------------------


def test_no_inline_script_or_style():
    """The content security policy has no nonce: an inline one would simply not run."""
    assert lines(PAGES, r"<style\b|\sstyle=|\son[a-z]+=[\"']|javascript:|hx-on") == []
    assert lines(PAGES, r"<script(?![^>]*\bsrc=)") == []


def test_safe_only_where_html_was_sanitised_before_it_was_stored():
    """`|placed` is for HTML that rendering.py has made, `post.html` and the like, never for what a person typed."""
    found = lines(PAGES, r"\|\s*(safe|placed)\b")
    assert len(found) >= 5
    plain = r"\.html\s*\|\s*placed\b|\bwelcome\s*\|\s*safe\b"
    assert [line for line in found if re.search(r"\|\s*(safe|placed)", re.sub(plain, "", line))] == []


def test_autoescape_is_never_switched_off():
    assert lines([*PAGES, *TEMPLATES], r"autoescape\s+false") == []
    assert lines(PYTHON, r"autoescape\s*=\s*False") == []


def test_every_posted_form_carries_the_token():
    """`csrf_fields()` in each form that is posted."""
    bare = []
    for path in PAGES:
        for form in re.findall(
            r"<form\b[^>]*method=[\"']post[\"'].*?</form>", path.read_text(encoding="utf-8"), re.DOTALL | re.IGNORECASE
        ):
            if not re.search(r"csrf_fields\(\)|caller\(\)|\{\{ begin\(", form):  # a macro of that page
                bare.append(f"{path.relative_to(ROOT)}: {form[:80]}")
    assert bare == []


def test_pages_name_no_other_site():
    """Nothing is fetched from elsewhere: scripts, styles, fonts and pictures are our own."""
    assert lines(PAGES, r"(?:src|href)=[\"'](?:https?:)?//(?!\{)") == []


# --- tenants ------------------------------------------------------------------------------------------------------


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names:
                yield node


# Files are opened by the installation, never in the name of a tenant; where they will be, the path needs the tenant.
OPENS = {
    "config.py",
    "catalogues.py",
    "i18n.py",
    "scaffold.py",
    "cli",
    "demo",
    "messages.py",
    "mailbox.py",
    "assets.py",
    "texts.py",
    "municipalities.py",
    "kept_names.py",
    "translations.py",
    "seeding.py",
    "logos.py",  # the path holds the tenant: tests/core/test_logos.py
    "leaving.py",  # entries of that file
    "packing.py",  # the file an operator asks for, of one tenant: tests/core/test_leaving.py
    "homescreen.py",  # no file: the logo that logos.py has read
    "redrawing.py",  # no file: it opens the picture it is given
    "storage.py",  # every key holds the tenant: tests/core/test_storage.py
}


def test_files_are_opened_in_few_places():
    found = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if not OPENS & set(path.parts)
        for _ in calls(path, "open", "write_bytes", "write_text", "read_bytes", "read_text")
        if not ast.unparse(_.func).endswith(("database.open", "self.open"))
    ]
    assert found == [], "say in OPENS why no tenant's data are in these files"


def test_one_engine():
    """Engines are made in db/engine.py: nobody else can leave the tenant out."""
    assert lines(MODULES, r"\bcreate_engine\(", but=("db/engine.py",)) == []
    assert lines(MODULES, r"\bsessionmaker\(|[^t]Session\(\s*(bind|engine)") == []


def test_no_session_wide_setting():
    assert lines(MODULES, r"SET (?!LOCAL)talkoot|set_config\(", but=("db/isolation.py", "dbsetup.py")) == []


def test_plugins_do_not_reach_for_the_engine():
    plugins = [path for path in MODULES if "plugins" in path.parts]
    assert lines(plugins, r"\.engine\b|owner_engine|database\.connect\(|from talkoot\.db\.engine") == []


def test_views_do_not_commit():
    """One commit place, in app.py. A failed sign-in must outlast its refusal; an operator steps from the installation into a tenant."""
    views = [path for path in MODULES if path.name == "views.py" or {"views", "pages", "plugins"} & set(path.parts)]
    assert (
        lines(
            views,
            r"\bcommit\(|\.rollback\(",
            but=("people/pages/frame.py", "operators/pages/adding.py", "operators/pages/tenant.py", "demo/seeding.py"),
        )
        == []
    )


def test_views_ask_for_post_not_for_get():
    """HEAD and OPTIONS are not GET, and carry no token."""
    assert lines(MODULES, r"method (==|is|in) *[(\[]?[\"']GET", but=("web/render.py",)) == []


def test_subjects_do_not_know_requests():
    """`<subject>.py` gets what it needs by hand; only web/, views and the like read the request."""
    doors = (
        "web",
        "views",
        "views.py",
        "pages",
        "app.py",
        "i18n.py",
        "front.py",
        "feeds.py",
        "convening.py",
        "writing.py",
        "managing.py",
        "browsing.py",
        "tagged.py",
        "tagging.py",
        "vocabulary.py",
        "sharing.py",
        "frame.py",
        "acting.py",
        "uploads.py",
        "catching_up.py",
    )
    subjects = [path for path in MODULES if not set(doors) & set(path.parts)]
    assert lines(subjects, r"^from flask import .*\b(request|g|session)\b") == []


def test_random_numbers_that_guard_something_are_secret():
    assert lines(MODULES, r"^import random|^from random|random\.\w+\(", but=("world.py", "region.py")) == [
        line
        for line in lines(MODULES, r"^import random|^from random|random\.\w+\(", but=("world.py", "region.py"))
        if "/demo/" in line
    ]


def test_only_the_clock_asks_the_time():
    assert lines(MODULES, r"datetime\.(now|utcnow|today)\(|date\.today\(", but=("clock.py",)) == []


# --- imports ------------------------------------------------------------------------------------------------------


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", [p for p in MODULES if "core" in p.parts], **ids)
def test_core_knows_no_plugin(path):
    assert not [name for name in imports(path) if name.startswith("talkoot_")]


BELOW = {  # room → rooms that it must not know
    "db": ("talkoot.web", "talkoot.people", "talkoot.conversations", "talkoot.site", "flask"),
    "tenants": ("talkoot.conversations", "talkoot.site", "talkoot.staff", "talkoot.operators"),
    "conversations": ("talkoot.site", "talkoot.staff", "talkoot.operators", "talkoot.followup"),
    "audit": ("talkoot.web", "talkoot.people.views", "talkoot.conversations", "flask"),
}


@pytest.mark.parametrize("room", BELOW)
def test_a_room_does_not_know_those_above_it(room):
    bad = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "core" / "talkoot" / room).rglob("*.py")
        for name in imports(path)
        if name.startswith(BELOW[room])
    ]
    assert bad == []


# --- the repository -----------------------------------------------------------------------------------------------

TEXT = {".py", ".toml", ".md", ".html", ".css", ".js", ".json", ".yaml", ".yml", ".conf", ".service", ".txt", ".po", ""}


def repository() -> list[Path]:
    """What would be committed, without the lock file that names where packages come from."""
    import subprocess

    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\n") if name]
    return [path for path in paths if path.suffix in TEXT and path.is_file() and path.stat().st_size < 2_000_000]


def test_no_machine_paths_and_no_registries():
    """The project runs anywhere, and where packages come from is the user's own setting."""
    words = "|".join(("/wo" + "rk/", "/ro" + "ot/", "pypi" + r"\.org", "npmjs" + r"\.org", "files" + r"\.pythonhosted"))
    found = lines(repository(), words)
    assert found == []


def test_no_secret_and_no_private_key():
    assert lines(repository(), "BEGIN (RSA |EC |OPENSSH )?PRIVATE " + "KEY|AKIA[0-9A-Z]{16}") == []


@pytest.mark.parametrize("path", MODULES, **ids)
def test_a_module_says_in_a_line_what_it_is(path):
    if path.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_files_are_small():
    long = [f"{path.relative_to(ROOT)}: {len(path.read_text(encoding='utf-8').splitlines())}" for path in MODULES]
    assert [line for line in long if int(line.rpartition(" ")[2]) > 420] == []

"""Translation catalogues: collected from the sources, brought up to date, and checked. `make translations` runs it.

Each component (core, a plugin, a theme) has its own `translations/<language>/LC_MESSAGES/messages.po`. English is the
language of the source, so it needs no catalogue; every other language that a component has must be complete.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("fi", "sv")
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
    ("**/templates/**.txt", "jinja2.ext:babel_extract"),
    ("**/templates/**.atom", "jinja2.ext:babel_extract"),
]
OPTIONS: dict[str, dict[str, Any]] = {
    pattern: {"encoding": "utf-8", "trimmed": "true", "silent": "false"}
    for pattern, method in METHODS
    if method != "python"
}
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy": None}


@dataclass(frozen=True)
class Component:
    """A folder with sources and, beside them, `translations`."""

    folder: Path

    def file(self, language: str) -> Path:
        return self.folder / "translations" / language / "LC_MESSAGES" / "messages.po"


def components(root: Path) -> list[Component]:
    """Core, plugins and themes of a source tree."""
    folders = [root / "core" / "talkoot", *root.glob("plugins/talkoot_*"), *root.glob("themes/talkoot_theme_*")]
    return [Component(folder) for folder in sorted(folders)]


def template(component: Component) -> Catalog:
    """All translatable strings of a component, with where they stand."""
    catalogue = Catalog(project="Talkoot", charset="utf-8")
    found = extract_from_dir(component.folder, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    for name, line, message, comments, context in found:
        if "/demo/" not in f"/{name}":
            catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def update(component: Component) -> None:
    """Bring the catalogues of a component up to date: new strings empty, gone ones removed, no guesses."""
    strings = template(component)
    for language in LANGUAGES:
        path = component.file(language)
        if not len(strings) and not path.exists():
            continue
        catalogue = (
            _read(path, language) if path.exists() else Catalog(locale=language, project="Talkoot", charset="utf-8")
        )
        catalogue.update(strings, no_fuzzy_matching=True, update_creation_date=False)  # else every run is a change
        catalogue.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file,
                catalogue,
                width=110,
                sort_output=True,
                omit_header=False,
                ignore_obsolete=True,
                include_lineno=False,
            )
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def problems(component: Component) -> Iterator[str]:
    """What is missing, fuzzy or wrong in a component's catalogues, one line each."""
    strings = template(component)
    for language in LANGUAGES:
        path = component.file(language)
        catalogue = _read(path, language) if path.exists() else Catalog(locale=language)
        for message in strings:
            if not message.id:
                continue
            own = catalogue.get(message.id, message.context)
            where = f"{component.folder.name} {language}: {message.id!r}"
            if own is None or not own.string or (isinstance(own.string, tuple | list) and not all(own.string)):
                yield f"{where} is not translated"
            elif own.fuzzy:
                yield f"{where} is fuzzy"
            else:
                yield from (f"{where}: {error}" for error in own.check(catalogue))


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def main(root: Path) -> int:
    """Update all catalogues, then say what is missing; the number of problems is the exit code's reason."""
    found = []
    for component in components(root):
        update(component)
        found += list(problems(component))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path.cwd()))

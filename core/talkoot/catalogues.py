"""Translation catalogues: collected from the sources, brought up to date, and checked. `make translations` runs it.

Each package (core, a plugin, a theme) has its own `translations/<language>/LC_MESSAGES/messages.po`. English is the
language of the source, so it needs no catalogue; every other language that a package has must be complete.
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
class Package:
    """A folder with sources and, beside them, `translations`."""

    folder: Path

    def file(self, language: str) -> Path:
        return self.folder / "translations" / language / "LC_MESSAGES" / "messages.po"


def packages(root: Path) -> list[Package]:
    """Core, plugins and themes of a source tree."""
    folders = [root / "core" / "talkoot", *root.glob("plugins/talkoot_*"), *root.glob("themes/talkoot_theme_*")]
    return [Package(folder) for folder in sorted(folders)]


def template(package: Package) -> Catalog:
    """All translatable strings of a package, with where they stand."""
    catalogue = Catalog(project="Talkoot", charset="utf-8")
    found = extract_from_dir(package.folder, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    for name, line, message, comments, context in found:
        if "/demo/" not in f"/{name}":
            catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def update(package: Package) -> None:
    """Bring the catalogues of a package up to date: new strings empty, gone ones removed, no guesses."""
    strings = template(package)
    for language in LANGUAGES:
        path = package.file(language)
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


def problems(package: Package) -> Iterator[str]:
    """What is missing, fuzzy or wrong in a package's catalogues, one line each."""
    strings = template(package)
    for language in LANGUAGES:
        path = package.file(language)
        catalogue = _read(path, language) if path.exists() else Catalog(locale=language)
        for message in strings:
            if not message.id:
                continue
            own = catalogue.get(message.id, message.context)
            where = f"{package.folder.name} {language}: {message.id!r}"
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
    for package in packages(root):
        update(package)
        found += list(problems(package))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path.cwd()))

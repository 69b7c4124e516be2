"""Checks of what a plugin consists of: tables, migrations, texts, and that the rest works once it is uninstalled."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from talkoot import catalogues, i18n, migrate
from talkoot.catalogues import Package
from talkoot.db import isolation
from talkoot.testing import installations
from talkoot.testing.trials import Trial

# Commands that read or migrate everything; run in one process that does not find the plugin.
COMMANDS = ("plugin list", "db upgrade", "db check", "tenant list")
WITHOUT = """
import importlib.metadata as metadata, sys
found = metadata.entry_points
metadata.entry_points = lambda **which: [p for p in found(**which) if (p.group, p.name) != ("talkoot.plugins", sys.argv[1])]
from talkoot.cli import cli
for command in sys.argv[2:]:
    try:
        cli(command.split(), standalone_mode=False)
    except (Exception, SystemExit) as error:
        sys.exit(f"talkoot {command}: {error!r}")
"""


def tables_keep_tenants_apart(trial: Trial) -> Iterator[str]:
    """Every key and constraint of its tables is led by the tenant."""
    own = {table.name for table in trial.loaded.tables()}
    yield from (problem for problem in isolation.lint_models() if problem.partition(":")[0] in own)


def migrations_go_up_and_down(trial: Trial) -> Iterator[str]:
    """Up, down to nothing and up again on an empty database; then tables and models agree."""
    if not trial.loaded.folder_named("migrations"):
        return
    with tempfile.TemporaryDirectory(prefix="talkoot-migrations-") as folder:
        settings = installations.settings(Path(folder), "sqlite")
        migrate.upgrade(settings, trial.app.registry)
        try:
            migrate.downgrade(settings, trial.app.registry, trial.name, "base")
            migrate.upgrade(settings, trial.app.registry)
        except Exception as error:
            yield f"migrations do not go down and up again: {error}"
        yield from migrate.check(settings, trial.app.registry)


def texts_are_translated(trial: Trial) -> Iterator[str]:
    """Each text of its source has a Finnish and a Swedish one, its own or core's, none of them marked as doubtful."""
    own, core = Package(trial.loaded.folder), Package(Path(i18n.__file__).parent)
    texts = [message for message in catalogues.template(own) if message.id]
    for language in catalogues.LANGUAGES:
        known = [_catalogue(package.file(language), language) for package in (own, core)]
        for text in texts:
            if not any(_is_translated(catalogue.get(text.id, text.context)) for catalogue in known):
                yield f"{language}: no translation of {text.id!r}"


def _catalogue(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def _is_translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all([message.string] if isinstance(message.string, str) else message.string or [""])


def commands_work_without_it(trial: Trial) -> Iterator[str]:
    """Uninstalled, with its rows still in the database, it breaks no command."""
    if needed_by := [name for name, other in trial.app.registry.plugins.items() if trial.name in other.plugin.requires]:
        yield f"cannot be tried without it: {', '.join(needed_by)} requires it"
        return
    settings = trial.app.settings
    environment = {**os.environ, "TALKOOT_INSTANCE": str(settings.instance), "TALKOOT_SECRET_KEY": settings.secret_key}
    trial.app.database.dispose()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, trial.name, *COMMANDS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        yield f"uninstalled, it breaks a command: {done.stderr.strip().splitlines()[-1]}"

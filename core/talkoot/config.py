"""The settings of one installation: `instance/settings.toml`, each overridable by a `TALKOOT_…` variable."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from talkoot.errors import SetupError

SETTINGS_FILE = "settings.toml"
PUSH_HOSTS = (  # of Chrome and most others, Firefox, Edge on Windows, Safari
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
)
MAIL_IN = re.compile(r"[A-Za-z0-9._-]{1,15}@[A-Za-z0-9.-]+")  # what is put after the plus fills the 64 characters


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator can set for the whole installation. Each field's comment is shown by `talkoot doctor`."""

    instance: Path  # folder with the settings file, SQLite files, logs and uploads
    secret_key: str  # at least 32 random characters; signs forms and the links in mails
    secret_key_fallbacks: tuple[str, ...] = ()  # earlier keys: links mailed under them still work
    database_url: str = ""  # empty: SQLite file in the instance folder; else postgresql://… as the bound role
    owner_database_url: str = ""  # PostgreSQL role that owns the tables; used by migrations and bulk load only
    public_url: str = "http://localhost:8000"  # the installation's own address, no trailing slash
    main_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")  # hosts where tenants live under a path
    installation_name: str = "Talkoot"  # shown on the front page
    installation_contact: str = ""  # address, mail or telephone on the installation's own pages, in one line
    installation_languages: tuple[str, ...] = ("fi", "sv", "en")  # languages of the front page
    mail_url: str = "mailbox:"  # smtp://user:password@host:587, or mailbox: to keep mail in the instance folder
    mail_domain: str = "localhost"  # mail is sent from noreply@ this domain, with the tenant's name
    mail_in_address: str = ""  # takes answers to mails in, e.g. reply@example.fi as reply+…@example.fi; empty: none
    mail_in_trusted: str = ""  # mail server of your own whose Authentication-Results are believed, by its name in them
    mail_in_imap: str = ""  # mailbox that the worker empties: imaps://user:password@host/INBOX
    mail_in_secret: str = ""  # signs what a mail service posts to /mail/incoming; empty: nothing is taken there
    push_secret: str = ""  # signs notices to phones and computers; `talkoot push key` makes one; empty: none
    push_hosts: tuple[str, ...] = PUSH_HOSTS  # push services that are talked to; *.x: each host below x
    demo: bool = False  # demo accounts may sign in, the mailbox page is open, a banner says so
    demo_anywhere: bool = False  # allow the two above on other than loopback addresses (never in production)
    proxy_count: int = 0  # reverse proxies in front whose X-Forwarded-For and -Proto are believed
    page_cache_bytes: int = 32 * 1024 * 1024  # per worker, for anonymous pages; 0 switches it off
    accepted_missing_layers: tuple[str, ...] = ()  # isolation layers a managed database cannot have; see doctor
    search_languages: tuple[str, ...] = ("fi", "sv", "en", "ru")  # whose base forms are compiled for search
    unconfirmed_days: int = 7  # accounts that nobody has confirmed are deleted after so many days, at least 3
    metrics_token: str = ""  # bearer token for /metrics from other than loopback addresses
    pool_size: int = 5  # database connections each web worker keeps
    trace_hooks: bool = False  # log every plugin hook call
    defaults: Mapping[str, Any] = field(default_factory=dict)  # [defaults]: tenants' settings unless decided nearer

    @property
    def url(self) -> str:
        """The database the application talks to, as the role that is bound by row-level security."""
        return self.database_url or f"sqlite:///{(self.instance / 'talkoot.db').resolve()}"

    @property
    def owner_url(self) -> str:
        """The database as its owner: migrations and bulk load."""
        return self.owner_database_url or self.url

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")


def instance_folder() -> Path:
    """`TALKOOT_INSTANCE`, or `./instance`."""
    return Path(os.environ.get("TALKOOT_INSTANCE", "instance")).resolve()


def load(instance: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings file and the environment; raises SetupError naming the entry that is wrong or missing."""
    folder = instance or instance_folder()
    path = folder / SETTINGS_FILE
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise SetupError(f"{path} is not valid TOML: {error}") from error
    known = {f.name for f in fields(Settings)} - {"instance"}
    if unknown := sorted(set(values) - known):
        raise SetupError(f"{path} has entries that Talkoot does not know: {', '.join(unknown)}")
    for name in known:
        if (text := os.environ.get(f"TALKOOT_{name.upper()}")) is not None:
            values[name] = _from_text(name, text)
    values.update(overrides)
    if not values.get("secret_key"):
        raise SetupError(f"There is no installation in {folder}. Make one with: talkoot init")
    if len(values["secret_key"]) < 32:
        raise SetupError("secret_key must have at least 32 characters; `talkoot init` writes a good one")
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    if (address := values.get("mail_in_address")) and not MAIL_IN.fullmatch(address):
        raise SetupError(
            "mail_in_address must be an address with at most 15 letters or digits before the @ and no plus"
        )
    if (secret := values.get("mail_in_secret")) and len(secret) < 32:
        raise SetupError("mail_in_secret must have at least 32 characters")
    return Settings(instance=folder, **values)


_TYPES: dict[str, Any] = {}


def _from_text(name: str, text: str) -> Any:
    if not _TYPES:
        _TYPES.update(get_type_hints(Settings))
    kind = _TYPES[name]
    if kind is bool:
        return text.lower() in ("1", "true", "yes", "on")
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise SetupError(f"TALKOOT_{name.upper()} must be a whole number, not {text!r}") from error
    if kind is str:
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


__all__ = ["SETTINGS_FILE", "Settings", "instance_folder", "load"]

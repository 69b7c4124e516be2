"""Addresses out of names: `Äänekoski` → `aanekoski`, as Finnish municipalities write theirs."""

from __future__ import annotations

from slugify import slugify

# First path parts of the installation's own site; no tenant can be called so.
RESERVED = frozenset(
    {
        "static",
        "colours",
        "operator",
        "find",
        "map",
        "sign-in",
        "sign-out",
        "sign-up",
        "account",
        "mail",
        "mailbox",
        "healthz",
    }
    | {"readyz", "metrics", "people", "feedback", "about", "favicon.ico", "robots.txt", "api", "language"}
    | {"find.json", "confirm", "forgotten", "invitation", "join", "new-password", "manifest.json", "sitemap.xml"}
    | {".well-known", "apple-touch-icon.png"}
)


def slug_of(name: str, longest: int = 60) -> str:
    """The name folded to ASCII, words joined by hyphens; empty when nothing is left."""
    return slugify(name, max_length=longest, word_boundary=True)

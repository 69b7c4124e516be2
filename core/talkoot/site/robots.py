"""What a host tells crawlers: forms, sign-in, staff, people and search results are not for them; all the rest may be found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from werkzeug.routing import Rule

TREES = (
    "account",
    "confirm",
    "invitation",
    "mailbox",
    "my",
    "new-password",
    "operator",
    "people",
    "staff",
)  # with everything below
PAGES = ("/account", "/find", "/find.json", "/mailbox", "/mentions", "/posts/*/history")
READ_TOO = {"followup.promise"}  # takes a form, and is there to be read
NOBODY = "User-agent: *\nDisallow: /\n"


def text(rules: Iterable[Rule], *, sites_below: bool) -> str:
    """The file for a host. `sites_below`: other sites lie under this host's first path parts.

    A crawler reads it at the root of a host only (RFC 9309), so there it must speak of those sites too. Patterns that
    begin with `/*/` do; `$` ends them, because a title in an address may begin like a form.
    """
    forms = sorted(set(PAGES) | {_pattern(rule) for rule in rules if _is_form(rule)})
    lines = ["User-agent: *", "Disallow: /*?q=", "Disallow: /*&q="]
    for above in ("", "/*") if sites_below else ("",):
        lines += [f"Disallow: {above}/{tree}/" for tree in TREES]
        lines += [f"Disallow: {above}{form}{end}" for form in forms for end in "$?"]
    return "\n".join(lines) + "\n"


def _is_form(rule: Rule) -> bool:
    in_tree = rule.rule.split("/")[1] in TREES
    return not in_tree and {"GET", "POST"} <= (rule.methods or set()) and rule.endpoint not in READ_TOO


def _pattern(rule: Rule) -> str:
    return re.sub("<[^>]+>", "*", rule.rule)

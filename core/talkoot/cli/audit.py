"""`talkoot audit`: whether the sites' logs are as they were written, and where they end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

import click

from talkoot.audit import chain
from talkoot.audit.chain import EMPTY, Head
from talkoot.cli import opened, terminal
from talkoot.cli.opened import Opened
from talkoot.tenants.tenant import Tenant

LINE = re.compile(r"(?P<slug>\S+) (?P<seq>\d+) (?P<chain>[0-9a-f]{64})")


@click.group()
def audit() -> None:
    """The sites' logs of what their staff did: a chain in which a changed or missing line shows."""


@audit.command("head")
def head() -> None:
    """Print where each site's log ends: its name, its number of lines, the chain of the newest.

    Kept where the database's owner cannot reach it, this proves later that no line up to here was changed.

    \b
    Example:
      talkoot audit head > /media/elsewhere/heads-2026-03-01.txt
    """
    for slug, end in heads(opened.installation()):
        click.echo(f"{slug} {end.seq} {end.chain}")


@audit.command("check")
@click.option("--tenant", "slug", metavar="SLUG", help="Only this site.")
@click.option("--against", "kept", type=click.File(encoding="utf-8"), help="What `talkoot audit head` printed earlier.")
def check(slug: str | None, kept: TextIO | None) -> None:
    """Compare every line of the logs with its chain and with the head, also of closed sites. Exit code 1 when one is not whole.

    \b
    Examples:
      talkoot audit check
      talkoot audit check --tenant kokkola
      talkoot audit check --against /media/elsewhere/heads-2026-03-01.txt
    """
    app = opened.installation()
    earlier = read_heads(kept or ())
    everywhere = app.directory.with_closed().by_slug
    tenants = [everywhere.get(slug) or app.tenant(slug)] if slug else list(everywhere.values())
    bad = list(broken(app, tenants, earlier))
    for sentence in bad:
        terminal.note(sentence)
    unknown = set() if slug else earlier.keys() - {tenant.slug for tenant in tenants}
    for name in sorted(unknown):
        terminal.note(f"{name}: there is no site of this name to compare with")
    if bad or unknown:
        raise SystemExit(1)
    terminal.done(f"{len(tenants)} logs are whole")


def heads(app: Opened) -> Iterator[tuple[str, Head]]:
    """The slug of each site whose log has begun, closed ones too, and where the log ends."""
    for tenant in app.directory.with_closed().tenants:
        with app.database.session(tenant) as db:
            if (end := chain.head(db)) != EMPTY:
                yield tenant.slug, end


def read_heads(lines: Iterable[str]) -> Mapping[str, Head]:
    """The heads in what `talkoot audit head` printed; refuses lines that are none."""
    found = {}
    for number, line in enumerate(lines, start=1):
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise click.ClickException(f"Line {number} is not what `talkoot audit head` prints: {line.strip()[:80]}")
        found[match["slug"]] = Head(int(match["seq"]), match["chain"])
    return found


def broken(app: Opened, tenants: Iterable[Tenant], earlier: Mapping[str, Head]) -> Iterator[str]:
    """One sentence for each of these sites whose log is not whole, with the first line that is bad."""
    for tenant in tenants:
        with app.database.session(tenant) as db:
            bad = chain.first_bad(db, earlier.get(tenant.slug, EMPTY))
        if bad is not None:
            yield f"{tenant.slug}: line {bad} of its log was changed, is missing or does not agree with the head"

"""`talkoot jobs`: the worker, and a look at what waits for it."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import delete, select, update

from talkoot import clock
from talkoot.cli import opened, terminal
from talkoot.jobs import worker
from talkoot.jobs.delivery import GIVE_UP_AFTER
from talkoot.jobs.models import Outbox
from talkoot.web import logs


@click.group()
def jobs() -> None:
    """The worker that sends mail and does other work between requests, and the jobs that wait for it."""


@jobs.command("run")
def run() -> None:
    """Work until Ctrl-C or SIGTERM; a job in hand is finished first. `talkoot run` starts this for you.

    \b
    Example:
      talkoot jobs run
    """
    logs.configure()
    worker.serve(opened.application())


@jobs.command("once")
def once() -> None:
    """Do every waiting job now, one round of the schedule included, and stop.

    \b
    Example:
      talkoot jobs once
    """
    app = opened.application()
    count = worker.run_all(app)
    worker.tick(app)
    terminal.done(f"{count:,} jobs done")


@jobs.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are done (the last week's).")
@click.option("--limit", default=50, show_default=True, help="At most so many, the oldest first.")
def show(everything: bool, limit: int) -> None:
    """The jobs that wait, with how often they were tried and why they failed.

    \b
    Example:
      talkoot jobs list
    """
    app = opened.application()
    query = select(Outbox).order_by(Outbox.created_at).limit(limit)
    if not everything:
        query = query.where(Outbox.done_at.is_(None))
    with app.database.session(None) as db:
        found = list(db.scalars(query))
    slugs = {tenant.id: tenant.slug for tenant in app.directory.current().tenants}
    rows = [
        (job.created_at, slugs.get(job.tenant_id or 0, "–"), job.kind, _standing(job), job.tries, job.error)
        for job in found
    ]
    terminal.table(("Since", "Site", "Job", "Standing", "Tries", "Last error"), rows, nothing="No jobs wait.")


@jobs.command("retry")
@click.argument("kind", required=False)
def retry(kind: str | None) -> None:
    """Begin anew with jobs that were given up, all or those of one KIND: their cause has been mended.

    \b
    Examples:
      talkoot jobs retry
      talkoot jobs retry conversations.post_made:noticeboard
    """
    found = _given_up(kind, update(Outbox).values(tries=0, lease_until=clock.now()))
    terminal.done(f"{found:,} jobs are tried again within a minute while the worker runs")


@jobs.command("drop")
@click.argument("kind", required=False)
@click.confirmation_option(prompt="These jobs will never be done. Go on?")
def drop(kind: str | None) -> None:
    """Forget jobs that were given up, all or those of one KIND.

    \b
    Example:
      talkoot jobs drop people.invite
    """
    terminal.done(f"{_given_up(kind, delete(Outbox)):,} jobs forgotten")


def _given_up(kind: str | None, change: Any) -> int:
    """Change the jobs that were given up; returns how many there were."""
    these = change.where(Outbox.done_at.is_(None), Outbox.tries >= GIVE_UP_AFTER)
    with opened.installation().writing() as db:
        db.quiet = True
        done = db.execute(these.where(Outbox.kind == kind) if kind else these)
    return int(done.rowcount)  # type: ignore[attr-defined]


def _standing(job: Outbox) -> str:
    if job.done_at:
        return "done"
    if job.tries >= GIVE_UP_AFTER:
        return "given up"
    if job.tries and job.lease_until > clock.now() and not job.error:
        return "at work"
    return "to be tried again" if job.tries else "waits"

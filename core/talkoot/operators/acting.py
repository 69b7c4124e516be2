"""An operator's work on one tenant: the rest of the request happens in that tenant's own session and log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import g, request

from talkoot.db import turns
from talkoot.errors import NotFoundError
from talkoot.tenants.tenant import Tenant
from talkoot.web import here
from talkoot.web.request import SAFE

log = structlog.get_logger("talkoot.operators")


def tenant_at(slug: str) -> Tenant:
    """The open tenant at this address; raises NotFoundError."""
    found = here.app().directory.current().by_slug.get(slug)
    if found is None:
        raise NotFoundError
    return found


def step_into(tenant: Tenant) -> None:
    """From here on the request's one session is the tenant's, so what is done is noted in its log.

    A session of its own, not a second one beside: a request holds one connection at a time. Who changes something waits
    for whoever is saving on that site's own pages.
    """
    who = here.require("installation.operate")
    if (db := g.pop("db", None)) is not None:
        db.close()
    g.db = here.app().database.open(tenant, writing=request.method not in SAFE)
    if g.db.writing:
        turns.take(g.db, turns.SETTINGS)
    log.info("operator_acts", tenant=tenant.slug, person=str(who.person_id), path=request.path)


@contextmanager
def entered(tenant: Tenant) -> Iterator[None]:
    """In this block the request's session is that of a tenant which the request has just made."""
    who = here.require("installation.operate")
    with here.db().entered(tenant):
        yield
    log.info("operator_acts", tenant=tenant.slug, person=str(who.person_id), path=request.path)

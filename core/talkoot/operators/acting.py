"""An operator's work on one tenant: the rest of the request happens in that tenant's own session and log."""

from __future__ import annotations

import structlog
from flask import g, request

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

    A session of its own, not a second one beside: a request holds one connection at a time.
    """
    who = here.require("installation.operate")
    if (db := g.pop("db", None)) is not None:
        db.close()
    g.db = here.app().database.open(tenant, writing=request.method not in SAFE)
    log.info("operator_acts", tenant=tenant.slug, person=str(who.person_id), path=request.path)

"""Associations, offices and other bodies of a tenant; some of them owe answers to what is lifted to them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext, lazy, text_in
from talkoot.ids import new_id
from talkoot.lengths import each_within, within
from talkoot.tenants.models import Organisation

KINDS = {
    "working_group": lazy("Board, committee or working group"),
    "office": lazy("Office or unit of the municipality"),
    "wellbeing_county": lazy("Wellbeing services county"),
    "association": lazy("Association"),
    "village": lazy("Village committee"),
    "company": lazy("Company"),
}


def listed(db: TenantSession, language: str) -> list[Organisation]:
    """All of them: those that owe answers first, then by name."""
    rows = db.scalars(for_tenant(db, Organisation))
    return sorted(rows, key=lambda row: (not row.body, name(db, row, language).casefold()))


def name(db: TenantSession, row: Organisation, language: str) -> str:
    """Its name in a language, else in one of its site's."""
    return text_in(row.names, language, *db.tenant.languages)


def get(db: TenantSession, organisation_id: UUID) -> Organisation:
    """The organisation; raises NotFoundError for another tenant's."""
    row = db.find(Organisation, id=organisation_id)
    if row is None:
        raise NotFoundError
    return row


def save(
    db: TenantSession, organisation_id: UUID | None, *, names: Mapping[str, str], kind: str, body: bool, contact: str
) -> Organisation:
    """Add one or change it; raises InvalidError without a name or with an unknown kind."""
    given = each_within(names, 120, "name")
    if not given:
        raise InvalidError(gettext("Write a name."), f"name_{db.tenant.language}")
    row = get(db, organisation_id) if organisation_id else Organisation(id=new_id(), tenant_id=db.tenant.id)
    if kind not in KINDS and kind != row.kind:
        raise InvalidError(gettext("Choose one of the options."), "kind")
    row.names, row.kind, row.body, row.contact = given, kind, body, within(contact, 255, "contact")
    db.add(row)
    db.flush()
    return row

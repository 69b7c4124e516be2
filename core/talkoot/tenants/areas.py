"""Areas of a tenant as pages show them, and changing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_

from talkoot import clock
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext, language_in, lazy, text_in
from talkoot.ids import new_id
from talkoot.lengths import each_within
from talkoot.tenants.models import AreaRow
from talkoot.tenants.slugs import slug_of

KINDS = {
    "village": lazy("Village"),
    "district": lazy("District"),
    "former_municipality": lazy("Former municipality"),
}


AREA_BYTES = 1_500  # about what an area takes in memory


@dataclass(frozen=True)
class Area:
    """A village, district or former municipality."""

    id: UUID
    slug: str
    names: Mapping[str, str]
    kind: str
    about: Mapping[str, str]
    site_languages: tuple[str, ...]

    def name(self, language: str) -> str:
        """Its name in this language, else in one of its site's."""
        return text_in(self.names, language, *self.site_languages)

    def text(self, language: str) -> str:
        """What it is about, as `name`; "" when nothing has been written."""
        return text_in(self.about, language, *self.site_languages)


def areas(db: TenantSession) -> list[Area]:
    """The areas that exist today, by their name in the site's first language."""
    today = clock.today(db.tenant.time_zone)
    return db.remembered(("areas", today), lambda: _read(db, today), weight=lambda found: AREA_BYTES * (len(found) + 1))


def _read(db: TenantSession, today: date) -> list[Area]:
    rows = db.scalars(
        for_tenant(db, AreaRow).where(
            or_(AreaRow.valid_from.is_(None), AreaRow.valid_from <= today),
            or_(AreaRow.valid_to.is_(None), AreaRow.valid_to > today),
        )
    )
    return sorted((_area(db, row) for row in rows), key=lambda area: area.name(db.tenant.language))


def get(db: TenantSession, slug: str) -> Area:
    """The area at this address; raises NotFoundError."""
    row = db.find(AreaRow, slug=slug)
    if row is None:
        raise NotFoundError
    return _area(db, row)


def every(db: TenantSession) -> list[AreaRow]:
    """All areas with their dates, ended ones last; staff page."""
    today, languages = clock.today(db.tenant.time_zone), db.tenant.languages
    rows = db.scalars(for_tenant(db, AreaRow))
    return sorted(rows, key=lambda row: (has_ended(row, today), text_in(row.names, *languages)))


def has_ended(row: AreaRow, today: date) -> bool:
    """Whether its last day is past."""
    return row.valid_to is not None and row.valid_to <= today


def row_of(db: TenantSession, slug: str) -> AreaRow:
    """The area with its dates; raises NotFoundError."""
    row = db.find(AreaRow, slug=slug)
    if row is None:
        raise NotFoundError
    return row


def change(
    db: TenantSession,
    slug: str,
    *,
    names: Mapping[str, str],
    about: Mapping[str, str],
    kind: str,
    former_code: str | None,
    valid_from: date | None,
    last_day: date | None,
) -> None:
    """Change everything but the address, which people have in their links; raises InvalidError as `add` does."""
    row, words = row_of(db, slug), each_within(about, 2000, "about")
    row.names, row.kind, row.former_code, row.about = _named(db, names), _known(kind), former_code, words
    ends = last_day + timedelta(days=1) if last_day else None
    if valid_from and ends and ends <= valid_from:
        raise InvalidError(gettext("The last day must be after the first."), "last_day")
    row.valid_from, row.valid_to = valid_from, ends


def _named(db: TenantSession, names: Mapping[str, str]) -> dict[str, str]:
    given = each_within(names, 80, "name")
    if not given:
        raise InvalidError(gettext("Give the area a name."), f"name_{db.tenant.language}")
    return given


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise InvalidError(gettext("Choose one of the options."), "kind")
    return kind


def add(db: TenantSession, names: Mapping[str, str], kind: str = "village", former_code: str | None = None) -> Area:
    """A new area under names by language; raises InvalidError when there is none or the first name's address is taken."""
    given, kind = _named(db, names), _known(kind)
    language = language_in(given, *db.tenant.languages)
    slug = slug_of(given[language])
    if not slug or db.find(AreaRow, slug=slug) is not None:
        raise InvalidError(gettext("There is already an area with this name."), f"name_{language}")
    row = AreaRow(
        id=new_id(), tenant_id=db.tenant.id, slug=slug, names=given, kind=kind, former_code=former_code, about={}
    )
    db.add(row)
    db.flush()
    return _area(db, row)


def _area(db: TenantSession, row: AreaRow) -> Area:
    return Area(row.id, row.slug, row.names, row.kind, row.about, db.tenant.languages)

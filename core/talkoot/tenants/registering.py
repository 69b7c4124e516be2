"""Adding and changing tenants: writes to the installation's tables, by operators and commands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from talkoot import clock
from talkoot.db.session import MADE, TenantSession
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext, text_in
from talkoot.ids import new_id
from talkoot.tenants.governance import RULES, governing_region
from talkoot.tenants.models import Affiliation, TenantHost, TenantRow, TenantSlug, TenantStamp, TenantSummary
from talkoot.tenants.resolver import host_name
from talkoot.tenants.slugs import RESERVED, slug_of
from talkoot.tenants.tenant import Tie


def add(
    connection: Any,
    *,
    kind: str,
    names: Mapping[str, str],
    languages: Sequence[str],
    code: str | None = None,
    slug: str | None = None,
    position: tuple[float, float] | None = None,
    time_zone: str = "Europe/Helsinki",
) -> int:
    """A new tenant with its stamp and summary; returns its id. Idempotent by code: a known one is returned unchanged.

    `position` is (longitude, latitude) in WGS 84. Other languages' names become addresses that redirect.
    """
    if code and (found := connection.execute(select(TenantRow.id).where(TenantRow.code == code)).scalar()):
        return int(found)
    main = slug or slug_of(text_in(names, *languages))
    _check_slug(connection, main)
    tenant_id: int = connection.execute(
        insert(TenantRow)
        .values(
            kind=kind,
            slug=main,
            code=code,
            names=dict(names),
            languages=list(languages),
            time_zone=time_zone,
            settings={},
            plugins={},
            policy={},
            logo={},
            created_at=clock.now(),
            longitude=position[0] if position else None,
            latitude=position[1] if position else None,
        )
        .returning(TenantRow.id)
    ).scalar_one()
    connection.execute(insert(TenantStamp).values(tenant_id=tenant_id, n=0, moved_at=clock.now()))
    connection.execute(insert(TenantSummary).values(tenant_id=tenant_id, stamp=-1, written_at=clock.now(), items=[]))
    for other in sorted({slug_of(name) for name in names.values()} - {main}):
        if other not in RESERVED and not _taken(connection, other):
            connection.execute(insert(TenantSlug).values(slug=other, tenant_id=tenant_id))
    moved(connection)
    if isinstance(connection, TenantSession):  # what is noted of a bare connection stays in the pool after its end
        connection.info.setdefault(MADE, []).append(tenant_id)
    return tenant_id


def made(db: TenantSession) -> Sequence[int]:
    """The ids of the tenants that were made in this session, in their order."""
    return tuple(db.info.get(MADE, ()))


def moved(connection: Any) -> None:
    """Tell every process that the directory has changed."""
    now = clock.now()
    step = update(TenantStamp).where(TenantStamp.tenant_id == 0).values(n=TenantStamp.n + 1, moved_at=now)
    if connection.execute(step).rowcount == 0:
        connection.execute(insert(TenantStamp).values(tenant_id=0, n=1, moved_at=now))


def tie(
    connection: Any,
    tenant_id: int,
    other_id: int,
    kind: str,
    valid_from: date | None,
    valid_to: date | None,
    note: str = "",
) -> UUID:
    """Affiliate a tenant to a region, co-operation area or host; the same tie again is returned unchanged."""
    same = (Affiliation.tenant_id == tenant_id, Affiliation.other_id == other_id, Affiliation.kind == kind)
    from_ = Affiliation.valid_from.is_(None) if valid_from is None else Affiliation.valid_from == valid_from
    if found := connection.execute(select(Affiliation.id).where(*same, from_)).scalar():
        return found  # type: ignore[no-any-return]
    if valid_from and valid_to and valid_to <= valid_from:
        raise InvalidError(gettext("The last day must be after the first."), "last_day")
    if tenant_id == other_id:
        raise InvalidError(gettext("A municipality cannot belong to itself."), "other")
    identity = new_id()
    connection.execute(
        insert(Affiliation).values(
            id=identity,
            tenant_id=tenant_id,
            other_id=other_id,
            kind=kind,
            valid_from=valid_from,
            valid_to=valid_to,
            note=note,
        )
    )
    moved(connection)
    return identity


def change(connection: Any, tenant_id: int, **values: Any) -> None:
    """Change columns of a tenant: names, languages, time_zone, settings, plugins, policy, canonical_host, closed_at."""
    connection.execute(update(TenantRow).where(TenantRow.id == tenant_id).values(**values))
    moved(connection)


def row(connection: Any, slug: str) -> Any:
    """The tenant's row by its address; raises NotFoundError."""
    found = connection.execute(select(TenantRow.__table__).where(TenantRow.slug == slug)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def policy_for(connection: Any, tenant_id: int) -> dict[str, Any]:
    """What is decided for a tenant today: its governing region's policy; a region lives by its own."""
    own = connection.execute(
        select(TenantRow.kind, TenantRow.policy, TenantRow.time_zone).where(TenantRow.id == tenant_id)
    ).one()
    if own.kind == "region":
        return dict(own.policy)
    rows = connection.execute(select(Affiliation.__table__).where(Affiliation.tenant_id == tenant_id))
    ties = [Tie(a.tenant_id, a.other_id, a.kind, a.valid_from, a.valid_to) for a in rows]
    region_id = governing_region(ties, clock.today(own.time_zone))
    query = select(TenantRow.policy).where(TenantRow.id == region_id, TenantRow.closed_at.is_(None))
    return dict(connection.execute(query).scalar_one_or_none() or {})


def _present(connection: Any, tenant_id: int, column: Any) -> dict[str, Any]:
    """A JSON column's present value, held until the commit so that two changes at once both count."""
    return dict(connection.execute(select(column).where(TenantRow.id == tenant_id).with_for_update()).scalar_one())


def set_setting(connection: Any, tenant_id: int, values: Mapping[str, Any]) -> None:
    """Store settings that were checked (tenants/settings.py) as the tenant's own."""
    current = _present(connection, tenant_id, TenantRow.settings)
    change(connection, tenant_id, settings={**current, **values})


def switch_plugin(connection: Any, tenant_id: int, plugin: str, on: bool | None) -> None:
    """The municipality's own switch: on, off, or None to follow the default again."""
    current = _present(connection, tenant_id, TenantRow.plugins)
    current.pop(plugin, None)
    if on is not None:
        current[plugin] = on
    change(connection, tenant_id, plugins=current)


def rule_plugin(connection: Any, region_id: int, plugin: str, rule: str | None) -> None:
    """A region's decision on a plugin for its municipalities: mandate, offer, forbid, or None for no decision."""
    if rule is not None and rule not in RULES:
        raise InvalidError(gettext("Choose one of the options."))
    policy = _present(connection, region_id, TenantRow.policy)
    rules = {k: v for k, v in policy.get("plugins", {}).items() if k != plugin}
    policy["plugins"] = {**rules, plugin: rule} if rule else rules
    change(connection, region_id, policy=policy)


def rule_setting(connection: Any, region_id: int, setting: str, rule: str | None, value: Any = None) -> None:
    """A region's decision on a setting: mandate or offer a checked value, forbid a municipality's own, or None."""
    if rule is not None and rule not in RULES:
        raise InvalidError(gettext("Choose one of the options."))
    policy = _present(connection, region_id, TenantRow.policy)
    rules = {k: v for k, v in policy.get("settings", {}).items() if k != setting}
    if rule:
        rules[setting] = {"rule": rule} if rule == "forbid" else {"rule": rule, "value": value}
    change(connection, region_id, policy={**policy, "settings": rules})


def forget_setting(connection: Any, tenant_id: int, key: str) -> None:
    """The tenant's own value is taken away: what the region or the installation says holds again."""
    current = _present(connection, tenant_id, TenantRow.settings)
    change(connection, tenant_id, settings={k: v for k, v in current.items() if k != key})


def end_tie(connection: Any, tenant_id: int, tie_id: UUID, last_day: date) -> None:
    """End an affiliation of this tenant after a day; raises NotFoundError, or InvalidError when it begins later."""
    mine = (Affiliation.id == tie_id, Affiliation.tenant_id == tenant_id)
    found = connection.execute(select(Affiliation.valid_from).where(*mine)).one_or_none()
    if found is None:
        raise NotFoundError
    ends = last_day + timedelta(days=1)
    if found.valid_from and ends <= found.valid_from:
        raise InvalidError(gettext("The last day must be after the first."), "last_day")
    connection.execute(update(Affiliation).where(*mine).values(valid_to=ends))
    moved(connection)


def add_host(
    connection: Any, tenant_id: int, host: str, *, main_hosts: Collection[str], canonical: bool = False
) -> None:
    """Let a tenant be reached under a host name; raises InvalidError when it is none, another's or the installation's."""
    name = host_name(host.strip())
    if name is None or ":" in host:
        raise InvalidError(gettext("This is not a host name."), "host")
    if name in main_hosts:
        raise InvalidError(
            gettext("This is the installation's own address; all sites would disappear behind this one."), "host"
        )
    owner = connection.execute(select(TenantHost.tenant_id).where(TenantHost.host == name)).scalar()
    if owner is not None and owner != tenant_id:
        raise InvalidError(gettext("This host name belongs to another municipality."), "host")
    if owner is None:
        connection.execute(insert(TenantHost).values(host=name, tenant_id=tenant_id))
    if canonical:
        change(connection, tenant_id, canonical_host=name)
    moved(connection)


def remove_host(connection: Any, tenant_id: int, host: str) -> None:
    """Stop answering under a host name."""
    connection.execute(delete(TenantHost).where(TenantHost.host == host, TenantHost.tenant_id == tenant_id))
    connection.execute(
        update(TenantRow).where(TenantRow.id == tenant_id, TenantRow.canonical_host == host).values(canonical_host=None)
    )
    moved(connection)


def _check_slug(connection: Connection, slug: str) -> None:
    if not slug or slug in RESERVED or slug != slug_of(slug):
        raise InvalidError(gettext("This address cannot be used."))
    if _taken(connection, slug):
        raise InvalidError(gettext("This address is already in use: %(slug)s", slug=slug))


def _taken(connection: Connection, slug: str) -> bool:
    used = connection.execute(select(TenantRow.id).where(TenantRow.slug == slug)).first()
    return (
        used is not None
        or connection.execute(select(TenantSlug.slug).where(TenantSlug.slug == slug)).first() is not None
    )

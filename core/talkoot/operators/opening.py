"""Opening a site for one of the 308 municipalities of the key, in a minute."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.people import names
from talkoot.registry import Registry
from talkoot.tenants import municipalities, registering, switches
from talkoot.tenants.directory import Snapshot
from talkoot.tenants.municipalities import Municipality
from talkoot.tenants.tenant import Tenant


@dataclass(frozen=True)
class Choice:
    """A municipality of the key, and its site when it has one already."""

    municipality: Municipality
    tenant: Tenant | None


def choices(snapshot: Snapshot, query: str) -> dict[str, list[Choice]]:
    """The key by region (its Finnish name), only those whose Finnish or Swedish name holds the query."""
    here = {tenant.code: tenant for tenant in snapshot.tenants if tenant.kind == "municipality"}
    wanted = names.key(query)
    found: dict[str, list[Choice]] = {}
    for code, municipality in municipalities.key().items():
        if any(wanted in names.key(name) for name in municipality.names.values()):
            found.setdefault(municipality.region_fi, []).append(Choice(municipality, here.get(code)))
    return dict(sorted(found.items()))


def rules_for(db: TenantSession, snapshot: Snapshot, municipality: Municipality) -> dict[str, Any]:
    """What the municipality's region has decided; nothing while the region has no site."""
    region = next((t for t in snapshot.tenants if t.code == f"m{municipality.region_code}"), None)
    return registering.policy_for(db, region.id) if region else {}


def open_site(
    db: TenantSession,
    registry: Registry,
    municipality: Municipality,
    identity: Mapping[str, Any],
    plugins: Collection[str],
    rules: Mapping[str, str],
) -> int:
    """The tenant with its region, names, languages and plugins; returns its id. `identity` is checked already.

    Raises InvalidError when a chosen plugin needs one that was not chosen.
    """
    before = switches.switches(registry, {}, rules)
    own = {name: name in plugins for name, switch in before.items() if switch.open and (name in plugins) != switch.on}
    after = switches.switches(registry, own, rules)
    for name, switch in after.items():
        if own.get(name) and not switch.on:
            title, missing = str(switch.plugin.title), ", ".join(switch.missing)
            raise InvalidError(gettext("%(title)s needs %(missing)s.", title=title, missing=missing), "plugins")
    tenant_id = municipalities.import_one(db, municipality)
    registering.change(db, tenant_id, plugins=own, **identity)
    return tenant_id

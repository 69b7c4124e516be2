"""Three tiers: the installation installs, a region mandates, offers or forbids, a municipality switches on and off.

Exactly one affiliation of kind `region` governs on a date; co-operation areas never govern. Forbid beats mandate beats
offer beats the municipality's own choice (DESIGN 6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from talkoot.tenants.tenant import Tie

RULES = ("mandate", "offer", "forbid")


def governing_region(ties: Iterable[Tie], day: date) -> int | None:
    """The id of the region that governs on this day; where two overlap, the one that began later."""
    holding = [tie for tie in ties if tie.kind == "region" and tie.holds_on(day)]
    return max(holding, key=lambda tie: tie.from_ or date.min).other_id if holding else None


def plugin_is_on(own: bool | None, rule: str | None, default: bool) -> bool:
    """Whether a plugin is on: `own` is the municipality's switch (None: never touched), `rule` its region's."""
    if rule == "forbid":
        return False
    if rule == "mandate":
        return True
    if own is not None:
        return own
    return default


def setting_value(key: str, own: Mapping[str, Any], policy: Mapping[str, Any], default: Any) -> Any:
    """A setting's value: the region's when mandated, else the tenant's own unless forbidden, else offered, else default."""
    decided: Mapping[str, Any] = policy.get("settings", {}).get(key, {})
    rule = decided.get("rule")
    if rule == "mandate":
        return decided["value"]
    if key in own and rule != "forbid":
        return own[key]
    return decided.get("value", default) if rule == "offer" else default

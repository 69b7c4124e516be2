"""What a region decides for its municipalities: plugins and settings mandated, offered or forbidden."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.errors import InvalidError, NotFoundError
from talkoot.operators import acting, overview
from talkoot.operators.pages.frame import enter, operators, show
from talkoot.plugin import Setting
from talkoot.staff import fingerprints, sections
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.tenants import registering
from talkoot.tenants import settings as tenant_settings
from talkoot.tenants.tenant import Tenant
from talkoot.web import here
from talkoot.web.notices import done


@operators.get("/regions")
def regions() -> Any:
    """All regions with the number of their municipalities and of their decisions."""
    enter()
    snapshot, language = here.app().directory.current(), here.language()
    found = overview.regions(snapshot, language)
    policies = {region.id: registering.policy_for(here.db(), region.id) for region in found}
    members = {region.id: sum(t.region_id == region.id for t in snapshot.tenants) for region in found}
    return show("operators/regions.html", at="operators.regions", regions=found, policies=policies, members=members)


@operators.route("/regions/<slug>", methods=["GET", "POST"])
def rules(slug: str) -> Any:
    """The region's rules. They hold in all its municipalities from the next click on."""
    enter()
    region = acting.tenant_at(slug)
    if region.kind != "region":
        raise NotFoundError
    error = None
    if request.method == "POST":
        acting.step_into(region)
        try:
            _save(region)
            return done("saved", "operators.rules", slug=slug)
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    policy = registering.policy_for(here.db(), region.id)
    return show(
        "operators/rules.html",
        at="operators.regions",
        error=error,
        region=region,
        policy=policy,
        plugins=[loaded.plugin for loaded in here.registry().plugins.values()],
        settings_list=list(here.registry().settings.values()),
        choices=tenant_settings.choices,
        themes={name: loaded.theme.title for name, loaded in here.registry().themes.items()},
        multiline=tenant_settings.MULTILINE,
        seen=fingerprints.mark(policy),
    )


def _save(region: Tenant) -> None:
    """Store every rule that differs from what holds now."""
    db, registry, form = here.db(), here.registry(), request.form
    policy = registering.policy_for(db, region.id)
    fingerprints.compare(form.get("seen", ""), policy)
    for name in registry.plugins:
        rule = form.get(f"plugin:{name}") or None
        if rule != policy.get("plugins", {}).get(name):
            registering.rule_plugin(db, region.id, name, rule)
            here.note("rules_changed", reason=f"{name}: {rule or '–'}")
    for key, setting in registry.settings.items():
        rule = form.get(f"rule:{key}") or None
        wanted: dict[str, Any] | None = {"rule": rule} if rule else None
        if rule in ("mandate", "offer"):
            wanted = {"rule": rule, "value": _value(setting)}
        if wanted != policy.get("settings", {}).get(key):
            registering.rule_setting(db, region.id, key, rule, (wanted or {}).get("value"))
            here.note("rules_changed", reason=f"{key}: {rule or '–'} {(wanted or {}).get('value', '')}".strip())


def _value(setting: Setting) -> Any:
    """The value that was sent for a setting, checked; raises InvalidError for its field in the form."""
    field = f"value:{setting.name}"
    try:
        return sections.checked(here.registry(), setting, request.form.get(field, ""))
    except InvalidError as refused:
        raise InvalidError(refused.message, field) from None

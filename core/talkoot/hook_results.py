"""What hooks may return. Each check raises when no page could be made with a result, so that it is left out and the page comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from talkoot.plugin import NavItem, Section, SummaryItem, TakePart

if TYPE_CHECKING:
    from talkoot.registry import Registry

ITEMS: Mapping[str, type] = {  # what the lists of these hooks hold
    "nav_items": NavItem,
    "take_part": TakePart,
    "home_sections": Section,
    "area_sections": Section,
    "summary_items": SummaryItem,
}


def check(registry: Registry, plugin: str, hook: str, result: Any) -> None:
    """Raise unless the result of a plugin's hook can be used."""
    if hook == "post_extras" and result is not None:
        check_mapping(hook, result)
    for item in (result or ()) if hook in ITEMS else ():
        if not isinstance(item, ITEMS[hook]):
            raise TypeError(f"{hook} returned a {type(item).__name__} among its items")
        if isinstance(item, NavItem | TakePart):
            _check_endpoint(registry, item)
        if isinstance(item, Section) and not item.template.startswith(f"{plugin}/"):
            raise ValueError(f"template {item.template!r} is not in the plugin's own folder {plugin}/")
        if isinstance(item, SummaryItem):
            _check_news(item)


def check_mapping(what: str, result: Any) -> None:
    """Raise unless the result is a mapping."""
    if not isinstance(result, Mapping):
        raise TypeError(f"{what} returned {type(result).__name__}, not a mapping by id")


def _check_endpoint(registry: Registry, item: NavItem | TakePart) -> None:
    if registry.endpoints and item.endpoint not in registry.endpoints:
        raise ValueError(f"{item.endpoint!r} is no page that can be opened without arguments")
    if isinstance(item, NavItem) and item.permission and item.permission not in registry.permissions:
        raise ValueError(f"permission {item.permission!r} is not declared")


def _check_news(item: SummaryItem) -> None:
    """It is stored for pages in every language: a title that is translated where it is shown cannot be."""
    for name in ("title", "path", "kind", "language"):
        if not isinstance(getattr(item, name), str):
            raise TypeError(f"{name} of a SummaryItem is a {type(getattr(item, name)).__name__}, not a str")
    if item.at.tzinfo is None:
        raise ValueError("at of a SummaryItem has no time zone; use talkoot.clock.now()")

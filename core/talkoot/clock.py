"""The one place that asks what time it is, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

YEARS = range(1600, 2200)  # a day in another year is a slip of the pen: the year 9999 is quickly typed


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of a tenant, e.g. `Europe/Helsinki`; raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)


def today(zone_name: str) -> date:
    """The calendar day it is now in a tenant's zone: affiliations and due dates turn at its midnight."""
    return now().astimezone(zone(zone_name)).date()

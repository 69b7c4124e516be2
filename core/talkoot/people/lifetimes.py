"""How long a browser stays signed in: without being used, and altogether.

Idle times are those of the security baseline: a fortnight for residents, a working day for staff, an hour for operators. The
whole follows NIST SP 800-63B, which asks for a new sign-in within 30 days at its first level, within 12 hours at the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from talkoot import clock


@dataclass(frozen=True)
class Lifetime:
    """A session ends when nobody has used it for `idle`, and when it is older than `whole` however much it is used."""

    idle: timedelta
    whole: timedelta

    def is_over(self, created_at: datetime, seen_at: datetime) -> bool:
        """Whether a session that began and was last seen then has ended by now."""
        moment = clock.now()
        return moment - seen_at > self.idle or moment - created_at > self.whole


RESIDENT = Lifetime(timedelta(days=14), timedelta(days=30))  # the longest there is: rows older than this can go
STAFF = Lifetime(timedelta(hours=8), timedelta(hours=12))
OPERATOR = Lifetime(timedelta(hours=1), timedelta(hours=12))


def of(*, staff: bool, operator: bool) -> Lifetime:
    """The lifetime of a session of somebody with these duties."""
    return OPERATOR if operator else STAFF if staff else RESIDENT

"""What `talkoot doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something looked at: `good`, a `note` to know, or `wrong`."""

    level: str
    text: str

"""What a plugin's demo hook gets."""

from __future__ import annotations


class DemoWorld:
    """The demo region being made."""

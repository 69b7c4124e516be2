"""Notices of invented associations for the demo region."""

from __future__ import annotations

from talkoot.demo.world import DemoWorld


def fill(world: DemoWorld) -> None:
    del world

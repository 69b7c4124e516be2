"""Fills forums."""

from talkoot.demo.world import DemoWorld


def fill(world: DemoWorld) -> None:
    """Make forums, topics and posts."""

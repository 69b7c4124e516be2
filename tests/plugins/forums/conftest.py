"""Fixtures of the forums' tests: what a site's log says, as in core's."""

from tests.core.conftest import actions

__all__ = ["actions"]

"""Civic: the calm theme that tenants begin with. Core's own look, with the municipality's colour in head and buttons."""

from talkoot import Theme
from talkoot.i18n import lazy

theme = Theme(name="civic", title=lazy("Calm"))

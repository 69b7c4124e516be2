"""Contrast: black and white, heavy lines, large text; for those who see little and for bright sunlight."""

from talkoot import Theme
from talkoot.i18n import lazy

theme = Theme(name="contrast", title=lazy("High contrast"))

"""The conformance suite on the example plugin, by the one line that any plugin author writes."""

from talkoot.testing.conformance import conformance

test_conformance = conformance("noticeboard")

"""Texts about forums and topics that are too long are refused with what was written, never cut."""

from __future__ import annotations

import pytest

from talkoot.audit import log as audit
from talkoot_forums import topics

FORMS = [
    ("admin", "/forums/manage", "name_sv", 80, {}),
    ("admin", "/forums/kylat/manage", "about_fi", 2000, {"name_fi": "Kylät"}),
    ("moderator", "/topics/{topic}/care", "reason", 500, {"act": "close"}),
    ("moderator", "/topics/{topic}/care", "title", 200, {"act": "rename"}),
]


@pytest.mark.parametrize(("role", "path", "field", "most", "others"), FORMS, ids=lambda value: str(value)[:30])
def test_a_text_too_long_is_refused_and_kept(as_role, actions, world, town, role, path, field, most, others):
    who, before, address = as_role(role), actions(town), path.format(topic=world.things["kokkola", "topic"])
    text = "Åäö " + "x" * (most - 3)  # one too many
    refused = who.submit(f"{address}?lang=en", **others, **{field: text})
    assert refused.status_code == 422
    assert text in refused.text.partition("<form")[2], "what was written is in the form"
    assert f"at most {most:,}" in refused.text.partition('id="errors"')[2]
    assert actions(town) == before
    assert who.submit(address, **others, **{field: text[:-1]}).status_code == 303, "what just fits is saved"


def test_a_split_off_topic_is_not_named_too_long(as_role, reading, town, world):
    number = world.things["kokkola", "topic"]
    fields = {"act": "split", "posts": [str(world.things["kokkola", "second post"])], "title": "x" * 201}
    assert as_role("moderator").submit(f"/topics/{number}/care", **fields).status_code == 422
    with reading(town) as db:
        assert topics.get(db, number).post_count == 2


def test_the_reason_for_closing_is_shown_and_logged_alike(as_role, client, world, reading, town, neighbour):
    number = world.things["kokkola", "topic"]
    sent = as_role("moderator").submit(f"/topics/{number}/care", act="close", reason="  Continued in #2. \r\n")
    assert sent.status_code == 303
    with reading(town) as db:
        assert topics.get(db, number).closed_reason == "Continued in #2."
        assert [line.reason for line in audit.lines(db) if line.action == "topic_close"] == ["Continued in #2."]
    with reading(neighbour) as db:
        assert "topic_close" not in [line.action for line in audit.lines(db)]

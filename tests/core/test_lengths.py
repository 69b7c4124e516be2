"""A text that is too long is refused with what was written, never cut: in every form that has a limit."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from talkoot.conversations import flags
from talkoot.errors import InvalidError
from talkoot.i18n import speaking
from talkoot.lengths import each_within, within

# who, where, the field, the most characters that fit, what else the form needs
FORMS = [
    ("admin", "/staff/areas/new", "name_fi", 80, {}),
    ("admin", "/staff/areas/new", "about_fi", 2000, {"name_fi": "Kälviä"}),
    ("admin", "/staff/areas/keskusta", "about_sv", 2000, {}),
    ("admin", "/staff/areas/keskusta", "former_code", 10, {}),
    ("admin", "/staff/bodies/new", "name_sv", 120, {}),
    ("admin", "/staff/bodies/new", "contact", 255, {"name_fi": "Nuorisovaltuusto"}),
    ("admin", "/staff/settings/names", "name_en", 80, {}),
    ("admin", "/staff/people/invite", "title", 120, {"email": "new@example.fi", "roles": ["clerk"]}),
    ("admin", "/staff/people/{person}", "title", 120, {"verified_as": "councillor"}),
    ("resident", "/posts/{post}/flag", "text", 1000, {"reason": "advert"}),
    ("moderator", "/posts/{post}/hide", "reason", 1000, {}),
    ("moderator", "/staff/reports", "reason", 1000, {"act": "hide"}),
    ("operator", "/operator/sites/kokkola", "note", 500, {"other": "cooperation:lakeus"}),
    ("operator", "/operator/sites/kokkola", "reason", 500, {"slug": "kokkola"}),
]


@pytest.fixture
def place(world, run, as_role):
    """The addresses of things, with a reported post among them and a co-operation area."""
    run("tenant", "add", "--kind", "cooperation", "--name", "fi=Lakeus", "--languages", "fi")
    post = world.things["kokkola", "second post"]
    assert as_role("official").submit(f"/posts/{post}/flag", reason="insult").status_code == 200
    return SimpleNamespace(post=post, person=world.members["kokkola", "resident"])


@pytest.fixture
def signed_in(as_role, visitor, world):
    """Somebody with a role in the town, or the operator on the installation's own site."""

    def make(role):
        if role == "operator":
            return visitor(tenant=None).sign_in_as(world.people["kokkola", "operator"])
        return as_role(role)

    return make


@pytest.mark.parametrize(("role", "path", "field", "most", "others"), FORMS, ids=lambda value: str(value)[:30])
def test_a_text_too_long_is_refused_and_kept(place, signed_in, actions, town, role, path, field, most, others):
    who, before = signed_in(role), actions(town)
    text = "Åäö " + "x" * (most - 3)  # one too many
    refused = who.submit(f"{path.format(**vars(place))}?lang=en", **others, **{field: text})
    assert refused.status_code == 422
    assert text in refused.text.partition("<form")[2], "what was written is in the form"
    assert f"it has {most + 1:,} characters, at most {most:,} fit" in refused.text.partition('id="errors"')[2]
    assert actions(town) == before
    saved = who.submit(f"{path.format(**vars(place))}?lang=en", **others, **{field: text[:-1]})
    assert saved.status_code in (200, 303), "what just fits is saved"


def test_a_report_is_kept_to_the_last_letter(place, as_role, reading, town):
    """Browsers count a line's end as one character, and send two."""
    lines = "\r\n".join(["x" * 9] * 100) + "y"
    assert as_role("resident").submit(f"/posts/{place.post}/flag", reason="advert", text=lines).status_code == 200
    with reading(town) as db:
        texts = [flag.text for flag, _ in flags.queue(db)]
    assert lines.replace("\r\n", "\n") in texts


def test_the_message_names_the_text_by_its_beginning():
    assert within("  a\r\nb ", 3, "text") == "a\nb"
    assert each_within({"fi": " Kokkola ", "sv": " "}, 7, "name") == {"fi": "Kokkola"}
    told = "“Karleby…” is too long: it has 7 characters, at most 6 fit"
    with speaking("en"), pytest.raises(InvalidError, match=told) as refused:
        each_within({"fi": "Lappi", "sv": "Karleby"}, 6, "name")
    assert refused.value.field == "name_sv"

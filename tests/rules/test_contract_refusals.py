"""What must not fail: a check, an erasure or an export that breaks refuses, and nothing is half done."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from talkoot.conversations.models import Post
from talkoot.errors import InvalidError
from talkoot.people import memberships, privacy


def test_a_check_that_breaks_refuses(with_plugin, log, reading, town):
    """Fails closed: nothing is saved, the words come back, the plugin is named in the log."""

    def check_post(db, kind, subject_id, text):
        raise ZeroDivisionError

    with with_plugin(check_post) as site:
        resident, words = site.visitor("resident"), "Tätä ei voitu tarkistaa."
        answer = resident.submit(f"/topics/{site.world.things['kokkola', 'topic']}/reply", text=words)
        assert answer.status_code == 422
        assert words in answer.text
        assert "Raffles" in answer.text
    with reading(town) as db:
        assert db.scalars(select(Post.id).where(Post.tenant_id == town.id, Post.source == words)).all() == []
    assert (log.lines[0]["plugin"], log.lines[0]["hook"]) == ("raffles", "check_post")


def test_a_check_gets_what_it_is_told_to_get(with_plugin, world):
    seen = []

    def check_post(db, kind, subject_id, text):
        seen.append((db.tenant.slug, kind, text))

    with with_plugin(check_post) as site:
        site.visitor("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="Sana.")
    assert seen == [("kokkola", "forums.topic", "Sana.")]


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), InvalidError("Not now.")])
def test_erasing_is_whole_or_not_at_all(with_plugin, world, reading, town, error, log):
    def erase_person(db, membership_id, keep_texts):
        raise error

    with (
        with_plugin(erase_person) as site,
        pytest.raises(InvalidError),
        site.app.app_context(),
        site.app.database.session(site.town, writing=True) as db,
    ):
        privacy.erase(db, site.app.registry, memberships.get(db, world.members["kokkola", "resident"]))
    with reading(town) as db:
        assert memberships.get(db, world.members["kokkola", "resident"]).name == "Resident Testinen"


def test_an_export_is_whole_or_not_at_all(with_plugin, world, log):
    """A copy of one's data that silently lacks a part would be worse than none."""

    def export_person(db, membership_id):
        raise ZeroDivisionError

    with with_plugin(export_person) as site, site.app.app_context(), site.app.database.session(site.town) as db:
        member = memberships.get(db, world.members["kokkola", "resident"])
        arguments = (db, site.app.registry, member)
        with pytest.raises(InvalidError, match="Raffles"):
            privacy.export(*arguments)

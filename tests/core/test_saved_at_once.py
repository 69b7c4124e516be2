"""Two who save the same settings in the same moment: one is saved, the others are shown both, on either database."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError
from tests.racing import in_parallel, in_the_middle

from talkoot.cli import changing, opened
from talkoot.db import turns
from talkoot.staff import fingerprints
from talkoot.tenants import registering
from talkoot.testing.forms import posting_form

STAFF = {
    "/staff/texts/terms?language=fi": "text",
    "/staff/areas/keskusta": "about_fi",
    "/forums/kylat/manage": "about_fi",
}


def forms_open(visitors, path, field):
    """What each visitor sends: the form as it was when all had it open, with a text of their own in the field."""
    forms = [posting_form(who.get(path).text, [field]) for who in visitors]
    return [form.filled({field: f"written by number {n}"}) for n, form in enumerate(forms)]


def answers(visitors, path, sent):
    target = path.partition("?")[0]
    found = in_parallel(lambda n: visitors[n].post(target, data=sent[n]), len(visitors))
    return [getattr(answer, "status_code", answer) for answer in found], [answer.text for answer in found]


@pytest.mark.parametrize("path", STAFF)
def test_one_of_the_staff_saves_and_the_others_are_told(as_role, neighbour, path):
    visitors = [as_role("admin") for _ in range(4)]
    sent = forms_open(visitors, path, STAFF[path])
    as_role("admin", neighbour).submit("/staff/texts/terms?language=sv", text="noise")
    statuses, texts = answers(visitors, path, sent)
    assert Counter(statuses) == {303: 1, 409: 3}
    winner = statuses.index(303)
    for n, text in enumerate(texts):
        if n != winner:
            assert f"written by number {n}" in text
            assert f"written by number {winner}" in text


def test_one_operator_saves_and_the_others_are_told(visitor, world, town):
    visitors = [visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"]) for _ in range(4)]
    path = "/operator/texts/terms?language=en"
    statuses, _ = answers(visitors, path, forms_open(visitors, path, "text"))
    assert Counter(statuses) == {303: 1, 409: 3}


def test_an_operator_and_the_main_user_save_one_after_the_other(visitor, as_role, world, town, reading, monkeypatch):
    """The operator's form acts in the site's own session, and takes its turn there."""
    operator = visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])
    admin, own, theirs = as_role("admin"), "/staff/settings/names", f"/operator/sites/{town.slug}"
    form = posting_form(admin.get(own).text, ["name_fi"]).filled({"name_fi": "Main user's"})

    def meanwhile():
        return admin.post(own, data=form).status_code

    with in_the_middle(monkeypatch, fingerprints, "compare", meanwhile) as answers:
        assert operator.submit(theirs, act="names", name_fi="Operator's").status_code == 303
    assert answers == [409]
    assert "Operator&#39;s" in admin.get(own).text


def test_who_saves_settings_and_who_moderates_do_not_wait_for_each_other_for_ever(as_role, world, monkeypatch):
    """Both write to the log and move the site's stamp: in one order, or each would wait for the other for ever."""
    admin, moderator = as_role("admin"), as_role("moderator")
    care = f"/topics/{world.things['kokkola', 'topic']}/care"
    fields = {"csrf_token": moderator.token_of(care), "act": "close", "reason": "It is all said."}

    def meanwhile():
        return moderator.post(care, data=fields).status_code

    with in_the_middle(monkeypatch, fingerprints, "compare", meanwhile) as answers:
        assert admin.submit("/staff/settings/contact", **{"answers.days": "9"}).status_code == 303
    assert answers == [303]


def test_a_command_and_the_main_user_save_one_after_the_other(app, as_role, town, reading, monkeypatch):
    admin, own = as_role("admin"), "/staff/settings/names"
    form = posting_form(admin.get(own).text, ["name_fi"]).filled({"name_fi": "Main user's"})
    installation = opened.Opened(app.settings, app.registry, app.database, app.directory)

    def meanwhile():
        changing._change(installation, town, [("name.sv", "Skalet")])

    with in_the_middle(monkeypatch, fingerprints, "compare", meanwhile) as answers:
        assert admin.post(own, data=form).status_code == 303
    assert answers == [None]
    with reading(None) as db:
        names = registering.row(db, town.slug).names
    assert (names["fi"], names["sv"]) == ("Main user's", "Skalet")


def test_a_view_that_is_run_again_has_its_turn_again(as_role, monkeypatch):
    """It lost a race for a row of something else, and with its transaction the turn that it had waited for."""
    admin, path = as_role("admin"), "/staff/areas/keskusta"
    form = posting_form(admin.get(path).text, ["about_fi"]).filled({"about_fi": "The centre."})
    compare, take, done = fingerprints.compare, turns.take, []

    def lose_once(*seen):
        done.append("compare")
        if done.count("compare") == 1:
            raise IntegrityError("INSERT", None, Exception("there is one already"))
        return compare(*seen)

    def note(db, what):
        done.append(what)
        take(db, what)

    monkeypatch.setattr(turns, "take", note)
    monkeypatch.setattr(fingerprints, "compare", lose_once)
    assert admin.post(path, data=form).status_code == 303
    assert [step for step in done if step in ("compare", turns.SETTINGS)] == [turns.SETTINGS, "compare"] * 2

"""Two who save the same settings in the same moment: one is saved, the others are shown both, on either database."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.racing import in_parallel

from talkoot.testing.forms import posting_form

STAFF = {
    "/staff/texts/terms?language=fi": "text",
    "/staff/areas/keskusta": "about_fi",
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

"""Forms say in the page's language what is wrong, also to who sends what no form offers."""

from __future__ import annotations

import pytest

WORDS = {
    "en": "Choose one of the options.",
    "fi": "Valitse jokin vaihtoehdoista.",
    "sv": "Välj ett av alternativen.",
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("field", ["roles", "real_name", "area"])
@pytest.mark.parametrize("sent", ["pope", "pope' and 'monarch"])
def test_a_choice_that_nobody_was_offered(as_role, reading, town, language, field, sent):
    who = as_role("resident")
    path = f"/account/profile?lang={language}"
    fields = {"csrf_token": who.token_of(path), "name": "Resident Testinen", "real_name": "pseudonym", "area": ""}
    answer = who.post(path, data={**fields, field: [sent, "queen"]})
    assert answer.status_code == 422
    errors = answer.text.partition('id="errors"')[2].partition("</ul>")[0]
    assert WORDS[language] in errors
    assert errors.count("<li>") == 1
    assert "valid choice" not in answer.text
    assert "monarch" not in answer.text


def test_other_messages_stay_wtforms_own(as_role):
    for language, words in (
        ("fi", "Ei voi olla pidempi kuin 1000 merkkiä"),
        ("en", "Field cannot be longer than 1000 characters"),
    ):
        answer = as_role("resident").submit(f"/account/profile?lang={language}", about="x" * 1001)
        assert answer.status_code == 422
        assert words in answer.text

"""Numbers and days as each language writes them: 12,345 in English, 12 345 (unbroken) in Finnish and Swedish."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from talkoot import i18n
from talkoot.conversations import rendering
from talkoot.errors import InvalidError
from talkoot.followup import listing
from talkoot.tenants.models import TenantSummary

BREAKLESS = "12\xa0345"
WRITTEN = {"en": "12,345", "fi": BREAKLESS, "sv": BREAKLESS}


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["0", "999", "1,000", "12,345", "1,234,567", "12,345.6"]),
        ("fi", ["0", "999", "1\xa0000", BREAKLESS, "1\xa0234\xa0567", "12\xa0345,6"]),
        ("sv", ["0", "999", "1\xa0000", BREAKLESS, "1\xa0234\xa0567", "12\xa0345,6"]),
    ],
)
def test_thousands_and_decimals(language, written):
    with i18n.speaking(language):
        whole = [i18n.format_number(number) for number in (0, 999, 1000, 12345, 1234567)]
        assert [*whole, i18n.format_number(12345.6, 1)] == written


@pytest.mark.parametrize("language", WRITTEN)
def test_a_number_in_a_sentence(app, language):
    """In Python and in templates, where the message has the number's plain place."""
    template = app.jinja_env.from_string('{{ ngettext("%(num)d day late", "%(num)d days late", n) }}')
    with i18n.speaking(language):
        said = i18n.ngettext("%(num)d day late", "%(num)d days late", 12345)
        assert said.startswith(f"{WRITTEN[language]} ")
        assert template.render(n=12345) == said
        assert template.render(n=999).startswith("999 ")
        assert i18n.ngettext("%(num)d day late", "%(num)d days late", -1234).startswith(i18n.format_number(-1234))


def test_days_and_moments_are_british_in_english():
    day, moment = date(2026, 9, 3), datetime(2026, 9, 3, 11, 5, tzinfo=UTC)
    assert i18n.format_day(day, "en") == "3 September 2026"
    assert i18n.format_day(day, "en", "medium") == "3 Sept 2026"
    assert i18n.format_moment(moment, "en", "Europe/Helsinki") == "3 Sept 2026, 14:05"
    assert i18n.format_moment(moment, "fi", "Europe/Helsinki") == "3.9.2026 14:05"
    assert i18n.format_day(day, "sv") == "3 september 2026"


@pytest.fixture
def busy(writing, town, neighbour):
    """A town with big numbers, and a neighbour with another."""
    with writing(None) as db:
        for tenant, number in ((town, 12000), (neighbour, 345)):
            change = update(TenantSummary).where(TenantSummary.tenant_id == tenant.id)
            db.execute(change.values(members=number, posts=number, posts_30_days=number, overdue_answers=number))


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("path", ["/", "/operator/"])
def test_sums_on_the_installations_pages(visitor, world, town, busy, path, language):
    operator = visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])
    text = operator.get(f"{path}?lang={language}").text
    assert f"<dd>{WRITTEN[language]}</dd>" in text
    assert "12345" not in text


@pytest.mark.parametrize("language", WRITTEN)
def test_the_list_of_promises(visitor, town, monkeypatch, language):
    counted = {"open": 12345, "overdue": 1, "answered": 12345}
    monkeypatch.setattr(listing, "counts", lambda *_args, **_kwargs: counted)
    text = visitor(town).get(f"/promises/?lang={language}").text
    assert text.count(f'<span class="count">{WRITTEN[language]}</span>') == 2


@pytest.mark.parametrize("language", WRITTEN)
def test_how_much_too_long_a_text_is(language):
    text = "word " * 12_345
    with i18n.speaking(language), pytest.raises(InvalidError) as refused:
        rendering.clean(text)
    for number in (len(text.strip()), rendering.LONGEST):
        assert f"{number:,}".replace(",", "," if language == "en" else "\xa0") in str(refused.value)


def test_numbers_of_commands(run, busy):
    said = run("tenant", "list").output
    assert "12,000" in said
    assert " 345 " in said

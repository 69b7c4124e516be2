"""Names shown: cleaned, and no two members of a tenant who look alike."""

from __future__ import annotations

import pytest

from talkoot.errors import InvalidError
from talkoot.people import kept_names, memberships, names

ALIKE = [
    ("Matti Virtanen", "matti virtanen"),
    ("Matti Virtanen", "MATTI VIRTANEN"),
    ("Matti Virtanen", "Matti  Virtanen"),
    ("Matti Virtanen", "MattiVirtanen"),
    ("Matti Virtanen", "Matti-Virtanen"),
    ("Matti Virtanen", "Matti_Virtanen."),
    ("Matti Virtanen", "Маtti Virtanen"),  # Cyrillic М and а
    ("Matti Virtanen", "Μatti Virtanen"),  # Greek capital Mu
    ("Matti Virtanen", "Matti\u200b Virtanen"),
    ("Matti Virtanen", "Matti\u202e Virtanen"),
    ("Matti Virtanen", "Matti\u00ad Virtanen"),
    ("Matti Virtanen", "Ｍatti Virtanen"),  # full width
    ("Matti Virtanen", "𝐌atti Virtanen"),  # mathematical bold
    ("Olli Orava", "0lli Orava"),
    ("Essi", "E5si"),
    ("Ilkka", "llkka"),  # capital I and small l
    ("Älvä", "A\u0308lva\u0308"),
]
DIFFERENT = [
    ("Mäki", "Maki"),
    ("Matti", "Maija"),
    ("Öberg", "Oberg"),
    ("Åsa", "Asa"),
    ("Anna", "Anni"),
    ("李明", "王明"),
    ("محمد", "أحمد"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_have_one_key(one, other):
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_differ_have_two(one, other):
    assert names.key(one) != names.key(other)


@pytest.mark.parametrize(
    "name",
    ["Aino", "Åsa Öberg", "Jean-Pierre", "O'Neill", "Anna-Kaisa von Essen", "محمد", "李明", "Ёлка", "Ng", "Väinö 2"],
)
def test_a_name_is_taken_as_it_is(name):
    assert names.checked(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "A",
        "\u200b\u200b",
        "12345",
        "!!!",
        "x" * 61,
        "www.buy.example",
        "https://buy.example",
        "me@example.fi",
        "\x00\x01",
        "\u202e\u202e",
        "__",
    ],
)
def test_what_is_no_name_is_refused(app, name):
    with app.app_context(), pytest.raises(InvalidError) as refused:
        names.checked(name)
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Matti   Meikäläinen ", "Matti Meikäläinen"),
        ("Ma\ntti", "Matti"),
        ("Ma\u202etti", "Matti"),
        ("A\u0308ni", "Äni"),
    ],
)
def test_a_name_is_cleaned(given, kept):
    assert names.clean(given) == kept


def test_nobody_can_take_a_name_that_looks_like_anothers(app, writing, town, world):
    for name in ("Official Testinen", "official testinen", "Оfficial Testinen", "Official\u200bTestinen"):
        with writing(town) as db, pytest.raises(InvalidError):
            memberships.join(db, world.people["kronoby", "resident"], name, language="fi")


def test_the_same_name_is_free_in_another_tenant(writing, neighbour, world):
    with writing(neighbour) as db:
        assert memberships.join(db, world.people["kokkola", "resident"], "Official Testinen", language="sv").id


def test_keeping_ones_own_name_is_no_clash(as_role):
    assert as_role("resident").submit("/account/profile", about="New words.").status_code == 303


def test_a_verified_name_stays(as_role):
    response = as_role("official").submit("/account/profile", name="Mayor Testinen")
    assert response.status_code == 422


SITE = ("Kokkola", "Karleby")
OF_THE_SITE = [
    *("Kokkola", "KARLEBY", "Kоkkola", "K o k k o l a", "Kokkola 2", "Kokkolan kaupunki", "Kokkolan-kaupunki"),
    *("Kokkolankaupunki", "Kokkolan kaupunginjohtaja", "Karleby stad", "Karlebystad", "Karleby kommun"),
    *("Kokkola municipality", "City of Kokkola", "Kokkolan viestintä", "Kokkola Moderaattori", "Karleby Official"),
]
OF_STAFF = [
    *("Moderaattori", "moderator", "M0derator", "Moderaattori 2", "Ylläpito", "Ylläpitäjä", "Pääkäyttäjä", "Main user"),
    *("Huvudanvändare", "Administratör", "Administrator", "Tjänsteinnehavare", "Viranhaltija", "Official", "Convener"),
]


@pytest.mark.parametrize("name", [*OF_THE_SITE, *OF_STAFF])
def test_nobody_is_called_like_the_site_or_its_staff(app, name):
    with app.app_context(), pytest.raises(InvalidError) as refused:
        kept_names.refuse(names.clean(name), SITE)
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("name", "site"),
    [
        ("Matti Kokkola", "Kokkola"), ("Kokkola Matti", "Kokkola"), ("Official Testinen", "Kokkola"),
        ("Salla Niemi", "Salla"), ("Simon Backman", "Simo"), ("Kaarina Halstad", "Kaarina"), ("Aura Kuntala", "Aura"),
        ("Kaupunkilainen", "Kokkola"), ("Kunto Stadius", "Kokkola"), ("محمد", "Kokkola"),
    ],
)  # fmt: skip
def test_people_are_called_like_places(app, name, site):
    with app.app_context():
        kept_names.refuse(name, (site,))


@pytest.mark.parametrize("name", ["Kokkola", "Karleby stad", "Moderaattori"])
def test_a_resident_cannot_pose_as_the_site(as_role, writing, town, neighbour, world, name):
    resident = as_role("resident")
    answer = resident.submit("/account/profile", name=name)
    assert answer.status_code == 422
    with writing(town) as db:
        assert memberships.get(db, world.members[town.slug, "resident"]).name == "Resident Testinen"
        with pytest.raises(InvalidError):
            memberships.join(db, world.people["kronoby", "resident"], name, language="fi")
    if name != "Moderaattori":  # another town's name is nobody's here
        with writing(neighbour) as db:
            assert memberships.join(db, world.people["kokkola", "resident"], name, language="sv").id


def test_a_name_from_before_stays(as_role, writing, town, world):
    with writing(town) as db:
        member = memberships.get(db, world.members[town.slug, "resident"])
        member.name, member.name_key = "Ylläpito", names.key("Ylläpito")
    assert as_role("resident").submit("/account/profile", about="New words.").status_code == 303


def test_staff_answer_for_the_name_of_an_office(writing, town, world):
    with writing(town) as db:
        joined = memberships.join(
            db, world.people["kronoby", "resident"], "Kokkolan kaupunki", language="fi", vouched=True
        )
        assert joined.name == "Kokkolan kaupunki"

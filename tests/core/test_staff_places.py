"""Areas, bodies and the footer's texts on the staff's pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from talkoot import clock
from talkoot.tenants import organisations
from talkoot.tenants.models import AreaRow, Organisation


def test_an_area_is_added_changed_and_ended(as_role, client, reading, town, actions):
    admin = as_role("admin")
    fields = {
        "name_fi": "Kälviä",
        "name_sv": "Kelviå",
        "kind": "former_municipality",
        "former_code": "315",
        "about_fi": "Oma kunta vuoteen 2009.",
    }
    assert admin.submit("/staff/areas/new", **fields).status_code == 303
    assert "Oma kunta vuoteen 2009." in client.get("/areas/kalvia/").text
    assert "Kälviä" in client.get("/").text
    yesterday = clock.today(town.time_zone) - timedelta(days=1)
    assert admin.submit("/staff/areas/kalvia", last_day=yesterday.isoformat()).status_code == 303
    assert "Kälviä" not in client.get("/").text
    assert (
        admin.submit("/staff/areas/kalvia", valid_from=yesterday.isoformat(), last_day="2001-01-01").status_code == 422
    )
    with reading(town) as db:
        assert db.find(AreaRow, slug="kalvia").former_code == "315"
    assert actions(town)[:2] == ["area_changed", "area_added"]


def test_an_area_needs_a_name_of_its_own(as_role):
    admin = as_role("admin")
    assert admin.submit("/staff/areas/new", name_fi="").status_code == 422
    assert admin.submit("/staff/areas/new", name_fi="Keskusta").status_code == 422


def test_two_people_at_the_same_area_lose_nothing(as_role):
    admin, operator = as_role("admin"), as_role("operator")
    old = re.search(r'name="seen" value="(\w+)"', admin.get("/staff/areas/keskusta").text)[1]
    operator.submit("/staff/areas/keskusta", about_fi="from the operator")
    answer = admin.submit("/staff/areas/keskusta", about_fi="from the admin", seen=old)
    assert answer.status_code == 409
    assert "from the operator" in answer.text
    assert "from the admin" in answer.text


def test_a_body_is_added_and_owes_answers(as_role, reading, town, neighbour, actions):
    admin = as_role("admin")
    assert (
        admin.submit("/staff/bodies/new", name_fi="Nuorisovaltuusto", kind="working_group", body="1").status_code == 303
    )
    assert admin.submit("/staff/bodies/new", name_fi="", kind="working_group").status_code == 422
    assert admin.submit("/staff/bodies/new", name_fi="X", kind="nonsense").status_code == 422
    with reading(town) as db:
        row = db.scalars(
            select(Organisation).where(Organisation.tenant_id == town.id).order_by(Organisation.id.desc())
        ).first()
        assert (organisations.name(db, row, "fi"), row.body) == ("Nuorisovaltuusto", True)
    with reading(neighbour) as db:
        assert "Nuorisovaltuusto" not in [organisations.name(db, row, "fi") for row in organisations.listed(db, "fi")]
    assert admin.submit(f"/staff/bodies/{row.id}", name_fi="Nuorisovaltuusto", body=None).status_code == 303
    assert actions(town)[:2] == ["body_changed", "body_added"]


def test_another_towns_body_is_not_found(as_role, neighbour, world):
    assert as_role("admin").get(f"/staff/bodies/{world.things[neighbour.slug, 'body']}").status_code == 404


def test_a_text_is_changed_in_one_language(as_role, client):
    editor = as_role("editor")
    assert editor.submit("/staff/texts/privacy?language=sv", text="Vår **egen** text.").status_code == 303
    assert "Vår <strong>egen</strong> text." in client.get("/about/privacy?lang=sv").text
    assert "Vår" not in client.get("/about/privacy?lang=fi").text
    assert editor.get("/staff/texts/nothing").status_code == 404
    assert editor.get("/staff/texts/privacy?language=xx").status_code == 404


def test_the_later_editor_sees_both_texts(as_role):
    first, second = as_role("editor"), as_role("admin")
    first.submit("/staff/texts/terms?language=fi", text="the first text")
    answer = second.submit("/staff/texts/terms?language=fi", text="the second text", version="0")
    assert answer.status_code == 409
    assert "the first text" in answer.text
    assert "the second text" in answer.text
    assert second.submit("/staff/texts/terms?language=fi", text="both texts").status_code == 303


def test_the_standard_text_can_be_taken_back(as_role, client, actions, town):
    editor = as_role("editor")
    editor.submit("/staff/texts/terms?language=fi", text="our own terms")
    assert editor.submit("/staff/texts/terms?language=fi", act="forget", version="0").status_code == 409
    assert editor.submit("/staff/texts/terms?language=fi", act="forget").status_code == 303
    assert "our own terms" not in client.get("/about/terms?lang=fi").text
    assert actions(town)[:2] == ["text_forgotten", "text_changed"]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "31.12.2027", "2027-02-30"])
def test_an_area_ends_on_a_day_that_somebody_may_mean(as_role, day):
    answer = as_role("admin").submit("/staff/areas/keskusta", last_day=day)
    assert answer.status_code == 422
    assert day in answer.text

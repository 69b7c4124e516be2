"""What people stumbled over when they used Talkoot for the first time: each thing once, so that it stays mended."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot.contributions import feedback
from talkoot.contributions.models import Contribution
from talkoot.db import for_tenant
from talkoot.errors import InvalidError
from talkoot.followup.models import FollowUp
from talkoot.followup.promises import get
from talkoot.i18n import speaking
from talkoot.ids import new_id
from talkoot.tenants import registering
from talkoot.web import contrast

CODE = re.compile(r'class="code">([A-Z0-9]{5}-[A-Z0-9]{5})<')


def given(writing, tenant, text, area_id=None):
    """Feedback in a tenant, and the number of its promise."""
    with writing(tenant) as db:
        made = feedback.give(db, text=text, language="fi", submission=new_id(), area_id=area_id)
        return db.scalars(for_tenant(db, FollowUp).where(FollowUp.subject_id == made.id)).one().number


# --- signing in and up keeps the place ----------------------------------------------------------------------------


def test_the_sign_in_button_leads_back_to_the_page_it_was_pressed_on(visitor, town, address):
    guest = visitor(town, by=address)
    here = f"http://{guest.host}:8000{guest.path_of('/promises/?standing=open')}"
    page = guest.get("/sign-in", headers={"Referer": here}).text
    assert f'name="next" value="{guest.path_of("/promises/")}?standing=open"' in page


@pytest.mark.parametrize(
    "referer",
    [
        "https://elsewhere.example/kokkola/promises/",
        "http://localhost:8000/kronoby/",
        "http://localhost:8000/kokkola/sign-up",
        "//",
        "",
    ],
)
def test_no_other_page_is_led_back_to(client, referer):
    page = client.get("/sign-in", headers={"Referer": referer}).text
    assert 'name="next" value="/kokkola/"' in page


def test_a_new_resident_goes_on_where_they_wanted_to_write(client, mails, run_jobs):
    client.submit(
        "/sign-up?next=/kokkola/promises/", email="uusi@example.fi", password="sinihaukka lentää yöllä", name="Uusi Asukas",
        terms="on",
    )  # fmt: skip
    run_jobs()
    body = mails()[-1].get_body(("plain",)).get_content()
    link = re.search(r"https?://\S+/confirm/\S+", body)[0]
    answer = client.submit(link)
    assert (answer.status_code, answer.location) == (303, "/kokkola/promises/")


def test_a_link_that_was_used_says_how_to_go_on(client):
    """Not only that there is nothing here (tests/core/test_dead_links.py has the rest)."""
    for path, on in (
        ("/confirm/used", "/sign-up"),
        ("/new-password/used", "/forgotten"),
        ("/invitation/used", "/sign-in"),
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert f'href="/kokkola{on}"' in answer.text.partition("<main")[2]
        assert "osoitteessa on virhe" not in answer.text


def test_the_error_summary_of_sign_up_follows_the_page(client):
    summary = (
        client.submit("/sign-up", email="", password="", name="").text.partition('id="errors"')[2].partition("</ul>")[0]
    )
    assert re.findall(r'href="#(\w+)"', summary) == ["email", "password", "name", "terms"]


# --- feedback -----------------------------------------------------------------------------------------------------


def test_feedback_sent_twice_shows_its_code_both_times(client, reading, town):
    submission = str(uuid4())
    answers = [client.submit("/feedback", text="Penkki puuttuu.", submission=submission).text for _ in range(2)]
    codes = [CODE.search(answer)[1] for answer in answers]
    assert codes[0] == codes[1]
    with reading(town) as db:
        found = db.scalars(
            select(Contribution).where(Contribution.tenant_id == town.id, Contribution.source == "Penkki puuttuu.")
        )
        assert len(found.all()) == 1
        assert feedback.follow(db, codes[0])


def test_the_code_belongs_to_the_form_and_the_tenant(writing, town, neighbour):
    submission = new_id()
    codes = []
    for tenant, key in ((town, "a secret"), (neighbour, "a secret")):
        with writing(tenant) as db:
            codes.append(feedback.give(db, text="Sama", language="fi", submission=submission, key=key).code)
    with writing(town) as db:
        again = feedback.give(db, text="Sama", language="fi", submission=submission, key="another secret")
    assert codes[0] != codes[1]
    assert (again.again, again.code) == (True, None)


def test_who_answers_feedback_reads_all_of_it(as_role, writing, town):
    long = "Latu-uralla on kaatunut puu. " * 10 + "Loppu."
    page = as_role("clerk").get(f"/promises/{given(writing, town, long)}").text
    assert "Loppu." in page


def test_a_clerk_answers_feedback_and_nobody_else_reads_it(as_role, writing, reading, town):
    number = given(writing, town, "Katuvalo on rikki.")
    for role in ("guest", "resident", "convener", "moderator", "editor"):
        assert as_role(role).get(f"/promises/{number}").status_code == 404
    answer = as_role("clerk").submit(f"/promises/{number}", state="done", text="Korjattu.", answer="1")
    assert answer.status_code == 303
    with reading(town) as db:
        assert get(db, number).answered_at


def test_a_clerk_does_not_answer_for_a_body(as_role, world, reading, town):
    with reading(town) as db:
        lifted = db.scalars(for_tenant(db, FollowUp).where(FollowUp.subject_kind != feedback.KIND)).first()
    page = as_role("clerk").get(f"/promises/{lifted.number}").text
    assert "<textarea" not in page
    assert "<textarea" in as_role("official").get(f"/promises/{lifted.number}").text


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [("/", "Kerro siitä kunnalle"), ("/feedback", "Koko kunta"), ("/promises/", "Kerro siitä kunnalle")],
)
def test_a_region_does_not_call_itself_a_municipality(visitor, region, town, path, words):
    assert "kunnalle" not in visitor(region).get(path).text
    assert "Koko kunta" not in visitor(region).get(path).text
    assert words in visitor(town).get(path).text


def test_a_title_that_is_too_long_is_not_cut_silently(as_role, world):
    path = f"/forums/{world.things['kokkola', 'forum']}/new"
    answer = as_role("resident").submit(path, kind="idea", title="ä" * 201, text="Teksti pysyy tallessa.")
    assert answer.status_code == 422
    assert "enintään 200 merkkiä" in answer.text
    assert "Teksti pysyy tallessa." in answer.text
    assert as_role("resident").submit(path, kind="idea", title="ä" * 200, text="Mahtuu.").status_code == 303


def test_the_contrast_told_is_never_rounded_up():
    with speaking("fi"), pytest.raises(InvalidError, match="1,1, "):
        contrast.check("#ffee88")


@pytest.mark.parametrize("name", ["accessibility", "privacy", "terms"])
def test_a_site_without_a_contact_address_points_to_its_feedback_form(client, name):
    text = client.get(f"/about/{name}").text
    assert '<a href="../feedback"' in text
    assert "</strong> –" not in text


def test_a_site_whose_plugins_are_off_still_tells_how_to_take_part(visitor, town, writing):
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", False)
    page = visitor(town).get("/").text
    assert "/kokkola/forums/" not in page
    assert 'href="/kokkola/feedback"' in page.partition("take-part-title")[2].partition("</ul>")[0]

"""Adding and removing a device on the page of mail: whose it is, what is refused, and when it is told no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.core.push.browsers import Browser

from talkoot.people import accounts, memberships, privacy
from talkoot.people.models import Person
from talkoot.push import devices, services
from talkoot.push.models import PushSubscription


@pytest.fixture
def kept(reading, town):
    """The addresses of the devices that the town's members are told on."""

    def endpoints(tenant=town):
        with reading(tenant) as db:
            query = select(PushSubscription.endpoint).where(PushSubscription.tenant_id == tenant.id)
            return set(db.scalars(query))

    return endpoints


def add(visitor, browser, **changed):
    given = browser.given
    fields = {"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth}
    return visitor.submit("/my/mail", action="/my/devices", **{**fields, **changed})


def shown(visitor):
    page = visitor.get("/my/mail")
    assert page.status_code == 200
    return page.text.count("data-endpoint=")


def test_without_a_key_there_is_nothing(app, as_role):
    resident = as_role("resident")
    page = resident.get("/my/mail").text
    assert "push" not in page
    assert 'id="devices"' not in page
    token = resident.token_of("/my/mail")
    assert resident.get("/push-worker.js").status_code == 404
    for path in ("/my/devices", "/my/devices/00000000-0000-0000-0000-000000000000/remove"):
        assert resident.post(path, data={"csrf_token": token}).status_code == 404


def test_without_the_extra_there_is_nothing_either(push_app, as_role, monkeypatch):
    monkeypatch.setattr(services, "is_installed", lambda: False)
    assert 'id="devices"' not in as_role("resident").get("/my/mail").text
    assert as_role("resident").get("/push-worker.js").status_code == 404


def test_a_device_is_added_listed_and_removed(push_app, as_role, kept, address):
    resident, browser = as_role("resident", by=address), Browser()
    added = add(resident, browser)
    assert (added.status_code, added.location.endswith("/my/mail#devices")) == (303, True)
    assert "Notices also come to this device" in resident.get("/my/mail?lang=en").text
    assert kept() == {browser.endpoint}
    assert add(resident, browser).status_code == 303
    assert shown(resident) == 1, "twice is once"
    assert resident.submit("/my/mail", action="/remove").status_code == 303
    assert kept() == set()


def test_the_worker_is_for_this_site_alone_and_asked_for_anew(push_app, as_role, visitor, address):
    """A service worker's pages are those beside and below its address (Service Workers, 2.2): one tenant's."""
    who = as_role("resident", by=address)
    worker = who.get("/push-worker.js")
    assert worker.status_code == 200
    assert worker.content_type.startswith("text/javascript")
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "Service-Worker-Allowed" not in worker.headers
    assert worker.get_data() == visitor(by=address).get("/push-worker.js").get_data()
    assert b"fetch" not in worker.get_data(), "it stands between nobody and the site"
    assert f'data-worker="{who.path_of("/push-worker.js")}"' in who.get("/my/mail").text
    assert visitor(None).get("/push-worker.js").status_code == 404, (
        "not for the installation, which every tenant is below"
    )


def test_what_no_browser_would_send_is_refused_and_not_shown_again(push_app, as_role, kept):
    resident, browser = as_role("resident"), Browser()
    inside = "https://169.254.169.254/latest/meta-data"
    wrong = [
        {"endpoint": inside},
        {"p256dh": ""},
        {"p256dh": "BAAA"},
        {"auth": "AAAA"},
        {"auth": "x" * 500},
        {"p256dh": "ä"},
    ]
    for changed in wrong:
        refused = add(resident, browser, **changed)
        assert refused.status_code == 422, changed
        assert browser.endpoint not in refused.text
        assert inside not in refused.text
    assert kept() == set()


def test_guests_and_strangers_cannot(push_app, as_role, kept):
    for role in ("guest", "stranger"):
        who = as_role(role)
        answer = who.post("/my/devices", data={"csrf_token": who.token_of("/feedback"), **vars(Browser().given)})
        assert answer.status_code == {"guest": 401, "stranger": 303}[role]
    assert kept() == set()


def test_nobody_removes_anothers_device(push_app, as_role, kept, added, noticing, next_door, neighbour, reading, town):
    mine, theirs = added("resident"), added("resident", place=next_door)
    with reading(town) as db:
        (device,) = devices.of(db, noticing.member("resident"))
    with reading(neighbour) as db:
        (foreign,) = devices.of(db, next_door.member("resident"))
    clerk, resident = as_role("clerk"), as_role("resident")
    for who, one in ((clerk, device), (resident, foreign)):
        token = who.token_of("/my/mail")
        assert who.post(f"/my/devices/{one.id}/remove", data={"csrf_token": token}).status_code == 404
    assert (kept(), kept(neighbour)) == ({mine.endpoint}, {theirs.endpoint})


def test_a_browser_tells_whoever_added_it_last(push_app, added, reading, noticing, town, kept):
    browser = added("resident")
    added("clerk", browser)
    with reading(town) as db:
        assert not devices.of(db, noticing.member("resident"))
        assert len(devices.of(db, noticing.member("clerk"))) == 1
    assert len(kept()) == 1


def test_the_sixth_takes_the_place_of_the_first(push_app, added, clock, kept):
    browsers = []
    for _ in range(devices.MOST + 1):
        clock.shift(timedelta(minutes=1))
        browsers.append(added("resident"))
    other = added("clerk")
    assert kept() == {one.endpoint for one in browsers[1:]} | {other.endpoint}


@pytest.mark.parametrize("how", ["new password", "signed out everywhere"])
def test_after_a_new_password_or_signing_out_everywhere_no_device_is_told(
    push_app, as_role, added, service, noticing, writing, world, how
):
    noticing.choose("resident")
    browser, resident = added("resident"), as_role("resident")
    as_role("resident")
    if how == "new password":
        with writing(None) as db:
            accounts.set_password(db, db.get(Person, world.people["kokkola", "resident"]), "a new one, long enough")
        resident = as_role("resident")
    else:
        assert resident.submit("/account", action="sign-out-everywhere").status_code == 303
    assert shown(resident) == 0
    noticing.say("official")
    assert service.told(browser) == []
    added("resident", browser)
    noticing.say("official", "Again.")
    assert len(service.told(browser)) == 1, "added anew it is"


def test_devices_from_before_a_new_password_are_forgotten_with_the_next(push_app, added, writing, world, kept):
    other = added("clerk")
    added("resident")
    with writing(None) as db:
        accounts.set_password(db, db.get(Person, world.people["kokkola", "resident"]), "a new one, long enough")
    new = added("resident")
    assert kept() == {other.endpoint, new.endpoint}


def test_signing_out_ends_it_in_this_browser(push_app, as_role, app):
    """Clear-Site-Data: whoever uses the library's computer next is not told."""
    assert as_role("resident").submit("/account", action="/sign-out").headers["Clear-Site-Data"] == '"storage"'


def test_without_push_signing_out_leaves_the_browsers_storage(app, as_role):
    assert "Clear-Site-Data" not in as_role("resident").submit("/account", action="/sign-out").headers


def test_a_copy_of_ones_data_holds_the_device_and_leaving_forgets_it(
    push_app, as_role, added, kept, noticing, writing, town
):
    browser = added("resident")
    data = as_role("resident").get("/account/data.json").get_json()
    assert data["push_subscription"][0]["endpoint"] == browser.endpoint
    assert data["push_subscription"][0]["device"] == "Firefox, Android"
    with writing(town) as db:
        privacy.erase(db, push_app.registry, memberships.get(db, noticing.member("resident")))
    assert kept() == set()

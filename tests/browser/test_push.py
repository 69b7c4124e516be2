"""The button for notices on this device, and the service worker that shows them, in Chromium; and the page without scripts.

No push service is reached: the browser's own subscribing is played, and what a service would deliver is handed to the worker.
"""

from __future__ import annotations

import json
import threading
from http.server import ThreadingHTTPServer
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from sqlalchemy import select
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import findings, is_narrow
from tests.core.push.browsers import Browser
from tests.core.push.conftest import added, push_app
from tests.core.told import noticing

from talkoot.people import sessions
from talkoot.push.models import PushSubscription

__all__ = ["added", "noticing", "push_app"]
pytestmark = pytest.mark.database("sqlite")

# The browser's part of subscribing, without its maker's service.
PLAYED = """
(() => {
  const given = %s;
  const buffer = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)).buffer;
  const read = () => JSON.parse(localStorage.played ?? "null");
  const played = (key) => ({
    endpoint: given.endpoint, options: { applicationServerKey: key }, getKey: (name) => buffer(given[name]),
    unsubscribe: async () => !localStorage.removeItem("played"),
  });
  PushManager.prototype.getSubscription = async () => read() && played(Uint8Array.from(read()).buffer);
  PushManager.prototype.subscribe = async function ({ userVisibleOnly, applicationServerKey: key }) {
    if (!userVisibleOnly || key.length !== 65) throw new Error("refused");
    localStorage.played = JSON.stringify([...key]);
    return played(key.buffer);
  };
})();
"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address(push_app):
    """The application on a port of its own: service workers are fetched past what the other tests answer with."""

    class Server(ThreadingHTTPServer, WSGIServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Quiet)
    server.set_app(push_app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def signed_in(browser, address, writing, world):
    """A page of the resident's browser, which lets the site show notices."""
    with writing(None) as db:
        cookie = sessions.start(db, world.people["kokkola", "resident"], "localhost", "Testing/1.0")
    context = browser.new_context(permissions=["notifications"], viewport={"width": 390, "height": 900})
    context.add_cookies([{"name": sessions.COOKIE, "value": cookie, "url": "https://localhost", "secure": True}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def test_a_device_is_added_told_and_removed(signed_in, address, town, reading, added):
    page, mine, other = signed_in, Browser(), added("resident")
    page.context.add_init_script(PLAYED % json.dumps(vars(mine.given)))
    page.goto(f"{address}/kokkola/my/mail?lang=en")
    button = page.get_by_role("button", name="Also tell me on this device")
    assert not page.get_by_text("needs a browser that can show notices").is_visible()
    button.click()
    page.locator(".said").wait_for()
    row = page.locator(f"[data-endpoint='{mine.endpoint}']")
    row.get_by_text("this one").wait_for()
    assert not button.is_visible()
    assert not page.locator(f"[data-endpoint='{other.endpoint}']").get_by_text("this one").is_visible()
    with reading(town) as db:
        own = (PushSubscription.tenant_id == town.id, PushSubscription.endpoint == mine.endpoint)
        assert db.execute(select(PushSubscription.endpoint, PushSubscription.p256dh, PushSubscription.auth).where(*own)).one() == (
            mine.given.endpoint, mine.given.p256dh, mine.given.auth,
        )  # fmt: skip
    assert _scope(page) == f"{address}/kokkola/", "no other tenant's pages"
    said = {
        "title": "Kokkola",
        "body": "Katuvalot\nMatti mentioned you",
        "tag": "a",
        "path": "my/notices/",
        "lang": "en",
    }
    _deliver(page, f"{address}/kokkola/", said)
    _deliver(page, f"{address}/kokkola/", said)
    assert _shown(page) == [["Kokkola", "Katuvalot\nMatti mentioned you", "a"]], (
        "a repeated one takes the first's place"
    )
    row.get_by_role("button", name="Remove").click()
    page.locator(".said").wait_for()
    button.wait_for()
    assert page.evaluate("localStorage.played") is None
    with reading(town) as db:
        assert db.execute(select(PushSubscription.id).where(*own)).all() == []
    page.goto(f"{address}/kokkola/account")
    page.locator("main form[action$='/sign-out'] button").click()
    page.wait_for_load_state()
    page.wait_for_function("navigator.serviceWorker.getRegistrations().then((found) => !found.length)")


@pytest.mark.parametrize("how", ["taken back", "another address"])
def test_a_subscription_that_the_browser_changed_is_renewed_on_the_next_page(
    signed_in, address, town, reading, added, how
):
    page, old, new, other = signed_in, Browser(), Browser(), added("resident")
    page.context.add_init_script(PLAYED % json.dumps(vars(old.given)))
    page.goto(f"{address}/kokkola/my/mail?lang=en")
    page.get_by_role("button", name="Also tell me on this device").click()
    page.locator(f"[data-endpoint='{old.endpoint}']").get_by_text("this one").wait_for()
    assert _kept(reading, town) == {old.endpoint, other.endpoint}
    page.context.add_init_script(PLAYED % json.dumps(vars(new.given)))
    if how == "taken back":
        page.evaluate("localStorage.removeItem('played')")
    with page.expect_response("**/remove"):
        page.goto(f"{address}/kokkola/forums/")
    page.wait_for_function(
        "Object.entries(localStorage).some(([name, value]) => name.startsWith('talkoot-push') && value)"
    )
    assert _kept(reading, town) == {new.endpoint, other.endpoint}
    page.goto(f"{address}/kokkola/my/mail?lang=en")
    page.locator(f"[data-endpoint='{new.endpoint}']").get_by_text("this one").wait_for()
    assert page.locator("[data-endpoint]").count() == 2


def test_whoever_else_signs_in_there_is_not_told(signed_in, address, town, reading, writing, world, added):
    """Nor does a browser on which nobody has asked for it begin by itself."""
    page, old, new = signed_in, added("clerk"), Browser()
    page.context.add_init_script(PLAYED % json.dumps(vars(new.given)))
    asked = []
    page.on("request", lambda one: asked.append(one.method) if one.method == "POST" else None)
    page.goto(f"{address}/kokkola/forums/")
    page.wait_for_timeout(300)
    page.evaluate(f"localStorage.setItem('talkoot-push {address}/kokkola/', '{old.endpoint}')")
    with page.expect_response("**/my/mail"):
        page.goto(f"{address}/kokkola/forums/")
    page.wait_for_function("!Object.keys(localStorage).some((name) => name.startsWith('talkoot-push'))")
    assert asked == []
    assert _kept(reading, town) == {old.endpoint}


def _kept(reading, town):
    with reading(town) as db:
        return set(db.scalars(select(PushSubscription.endpoint).where(PushSubscription.tenant_id == town.id)))


def _scope(page):
    return page.evaluate("navigator.serviceWorker.ready.then((one) => one.scope)")


def _deliver(page, scope, said):
    """As a push service would: the browser hands the opened message to the worker."""
    tools = page.context.new_cdp_session(page)
    registrations = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
    tools.send("ServiceWorker.enable")
    for _ in range(500):
        if known := {one["registrationId"] for one in registrations if one["scopeURL"] == scope}:
            break
        page.wait_for_timeout(20)
    (identity,) = known
    origin = scope.removesuffix("/kokkola/")
    message = {"origin": origin, "registrationId": identity, "data": json.dumps(said)}
    tools.send("ServiceWorker.deliverPushMessage", message)
    tools.detach()


def _shown(page):
    """The notices that stand on the screen: title, text, tag."""
    page.wait_for_function(
        "navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.length)"
    )
    asked = "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
    return page.evaluate(f"{asked}.then((all) => all.map(({{ title, body, tag }}) => [title, body, tag]))")


@pytest.mark.parametrize("how", ["denied", "failed"])
def test_a_browser_that_does_not_let_it_says_what_to_do(signed_in, address, how):
    played = "Notification.requestPermission = async () => 'denied';"
    if how == "failed":
        played = "PushManager.prototype.subscribe = async () => { throw new DOMException('away', 'AbortError'); };"
    signed_in.context.add_init_script(played)
    signed_in.goto(f"{address}/kokkola/my/mail?lang=en")
    signed_in.get_by_role("button", name="Also tell me on this device").click()
    sentence = "does not let this site" if how == "denied" else "could not switch notices on"
    signed_in.get_by_role("alert").get_by_text(sentence).wait_for()
    assert signed_in.get_by_role("button", name="Also tell me on this device").is_enabled()


@pytest.mark.parametrize("look", [*LOOKS, Look(scripting=False)], ids=str)
def test_axe_finds_nothing_and_the_list_works_without_scripts(push_app, as_role, added, look_at, look):
    added("resident")
    with look_at(as_role("resident"), look) as page:
        if look.scripting:
            assert not findings(page, "/my/mail")
            assert is_narrow(page)
            return
        page.goto(page.address("/my/mail"))
        assert page.locator("#add-device").is_hidden()
        assert page.locator("[data-when=impossible]").is_visible()
        page.locator("[data-endpoint] button").click()
        page.locator(".said").wait_for()
        assert page.locator("[data-endpoint]").count() == 0

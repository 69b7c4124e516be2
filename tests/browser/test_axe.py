"""axe finds nothing: every page, and what the look decides of it again in two more looks; five pages in all looks."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.conftest import ALL_LOOKS, LOOKS, Look

from talkoot.testing.crawling import plain_paths

pytestmark = pytest.mark.database("sqlite")  # what the browser sees does not depend on the database
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# What can come out otherwise in another theme, mode, language or width; the rest is the same HTML.
OF_THE_LOOK = {
    "runOnly": [
        "color-contrast", "target-size", "link-in-text-block", "html-lang-valid", "valid-lang", "scrollable-region-focusable",
    ]
}  # fmt: skip
FILES = ("feed.atom", "data.json", "robots")


def pages(world, role):
    """Every page of a site that this role can open: those without arguments and one of each other kind."""
    t = {name: thing for (slug, name), thing in world.things.items() if slug == "kokkola"}
    guest = [
        "/", f"/areas/{t['area'].slug}/", "/about/accessibility", "/about/privacy", "/about/terms", "/about/contact",
        "/about/rules", "/forums/", f"/forums/{t['forum']}/", f"/topics/{t['topic']}", "/shared/keski-pohjanmaa/",
        "/promises/", "/promises/2", "/feedback", "/feedback/follow", "/sign-in", "/sign-up", "/forgotten", "/nothing-here",
        f"/people/{world.members['kokkola', 'official']}", f"/posts/{t['post']}/history",
    ]  # fmt: skip
    member = [
        "/account", "/account/profile", "/account/password", "/account/leave", f"/forums/{t['forum']}/new",
        f"/topics/{t['topic']}", f"/topics/{t['topic']}/reply?quote={t['post']}", f"/posts/{t['post']}/edit",
        f"/posts/{t['second post']}/flag",
    ]  # fmt: skip
    return {"guest": guest, "resident": member, "stranger": ["/join"]}.get(role, [])


def staff_pages(app, world):
    t = {name: thing for (slug, name), thing in world.things.items() if slug == "kokkola"}
    plain = [path for path in plain_paths(app) if path.startswith("/staff/") and not path.endswith(FILES)]
    return [
        *plain, "/forums/manage", f"/forums/{t['forum']}/manage", f"/topics/{t['topic']}", f"/topics/{t['topic']}/care",
        f"/posts/{t['second post']}/hide", "/promises/2",
    ]  # fmt: skip


def findings(page, path):
    """What axe finds on a page, and whether it scrolls sideways; a sentence each."""
    page.goto(page.address(path))
    wide = [] if is_narrow(page) else ["it scrolls sideways"]
    return [f"{path} {fault}" for fault in wide + faults(page)]


def faults(page):
    """What axe finds on the page as it is now: by all rules in the first look, by those the look decides in others."""
    found = Axe().run(page, options=RULES if page.look == Look() else OF_THE_LOOK).response["violations"]
    return [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}" for v in found]


def is_narrow(page):
    """Nothing makes the page itself scroll sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("role", ["guest", "resident", "stranger"])
def test_every_page_for_residents(as_role, look_at, world, role, look):
    with look_at(as_role(role), look) as page:
        found = [fault for path in pages(world, role) for fault in findings(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_for_staff(app, as_role, look_at, world, look):
    with look_at(as_role("admin"), look) as page:
        found = [fault for path in staff_pages(app, world) for fault in findings(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", ALL_LOOKS, ids=str)
def test_five_key_pages_in_every_look(as_role, look_at, world, look):
    t = {name: thing for (slug, name), thing in world.things.items() if slug == "kokkola"}
    keys = ["/", f"/forums/{t['forum']}/", f"/topics/{t['topic']}", f"/topics/{t['topic']}/reply", "/feedback"]
    with look_at(as_role("resident"), look) as page:
        found = [fault for path in keys for fault in findings(page, path)]
        assert page.evaluate("document.documentElement.dir") == ("rtl" if look.language == "ar" else "ltr")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", [Look(), Look("contrast", "dark")], ids=str)
def test_the_installations_own_pages(app, visitor, world, look_at, look):
    operator = visitor(None).sign_in_as(world.people["kokkola", "operator"])
    plain = [
        str(r)
        for r in app.url_map.iter_rules()
        if r.endpoint.startswith("operators.") and not r.arguments and "GET" in r.methods
    ]
    paths = [
        "/",
        "/find?q=kok",
        "/sign-in",
        "/account",
        *plain,
        "/operator/tenants/kokkola",
        "/operator/regions/keski-pohjanmaa",
    ]
    with look_at(operator, look) as page:
        known = [path for path in paths if operator.get(path).status_code == 200]
        found = [fault for path in known for fault in findings(page, path)]
    assert len(known) >= len(paths) - 2
    assert not found, "\n".join(found)


@pytest.mark.parametrize("look", [Look(width=320), Look("contrast", width=640)], ids=str)
def test_no_page_scrolls_sideways(app, as_role, look_at, world, look):
    """320 px is WCAG's reflow width; 640 px is a desktop at 200 % zoom. On a phone and from right to left: LOOKS above."""
    wide = []
    for role, paths in (
        ("guest", pages(world, "guest")),
        ("resident", pages(world, "resident")),
        ("admin", staff_pages(app, world)),
    ):
        with look_at(as_role(role), look) as page:
            for path in paths:
                page.goto(page.address(path))
                if not is_narrow(page):
                    wide.append(f"{role} {path}")
    assert not wide, wide

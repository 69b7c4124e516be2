"""Forms answer alike: nothing is cut or checked by the browser, and what is refused is marked and led to."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from talkoot import clock
from talkoot.conversations import posts
from talkoot.tenants import areas, registering
from talkoot.tenants.models import Affiliation
from talkoot.testing.crawling import crawl, plain_paths
from talkoot.testing.forms import posting_form
from talkoot_forums import topics, upkeep

CHECKED_BY_BROWSERS = {"required", "minlength", "min", "max", "pattern"}
KINDS_CHECKED = {"email", "url", "number", "date", "color"}
FIELDS = ("input", "textarea", "select", "fieldset")
LONG = "x" * 6000

# who, where, what is sent, the field that is led to
REFUSED = [
    ("guest", "/feedback", {"text": " "}, "text"),
    ("resident", "/forums/{forum}/new", {"title": "", "text": "A text."}, "title"),
    ("resident", "/forums/{forum}/new", {"title": "A title of some words", "text": ""}, "text"),
    ("resident", "/forums/{forum}/new", {"title": "A title", "text": "A text.", "kind": None}, "kind"),
    ("resident", "/topics/{topic}/reply", {"text": ""}, "text"),
    ("resident", "/posts/{post}/edit", {"text": ""}, "text"),
    ("resident", "/posts/{second}/flag", {"reason": None}, "reason"),
    ("resident", "/posts/{second}/flag", {"reason": "advert", "text": LONG}, "text"),
    ("admin", "/posts/{second}/hide", {"act": "hide", "reason": ""}, "reason"),
    ("admin", "/topics/{topic}/care", {"act": "close", "reason": ""}, "reason"),
    ("admin", "/topics/{topic}/care", {"act": "close", "reason": "x" * 1100}, "reason"),
    ("admin", "/topics/{topic}/care", {"act": "rename", "title": "x" * 260}, "rename-title"),
    ("admin", "/topics/{topic}/care", {"act": "split", "title": "A new title", "posts": None}, "split-posts"),
    ("admin", "/topics/{topic}/care", {"act": "split", "title": "", "posts": "{second}"}, "split-title"),
    ("admin", "/topics/{topic}/care", {"act": "merge", "number": "999999"}, "number"),
    ("admin", "/topics/{topic}/care", {"act": "move", "forum": "none"}, "forum"),
    ("admin", "/forums/manage", {"name_fi": "", "standing": "permanent"}, "name_fi"),
    ("admin", "/forums/{forum}/manage", {"about_sv": LONG}, "about_sv"),
    ("admin", "/promises/2", {"text": ""}, "text"),
    ("admin", "/promises/2", {"text": "Done.", "due_on": "soon"}, "due_on"),
    ("admin", "/staff/feedback/new", {"text": ""}, "text"),
    ("admin", "/staff/feedback/new", {"text": "Told.", "channel": None}, "channel"),
    ("admin", "/staff/areas/new", {"name_fi": ""}, "name_fi"),
    ("admin", "/staff/areas/keskusta", {"about_sv": LONG}, "about_sv"),
    ("admin", "/staff/areas/keskusta", {"valid_from": "2026-02-02", "last_day": "2026-01-01"}, "last_day"),
    ("admin", "/staff/bodies/new", {"name_fi": ""}, "name_fi"),
    ("admin", "/staff/bodies/new", {"name_fi": "Valtuusto", "contact": LONG}, "contact"),
    ("admin", "/staff/people/invite", {"email": "nobody", "roles": ["clerk"]}, "email"),
    ("admin", "/staff/people/invite", {"email": "somebody@example.fi", "roles": None}, "roles"),
    ("admin", "/staff/people/{person}", {"act": "give", "last_day": "2001-01-01"}, "last_day"),
    ("admin", "/staff/people/{person}", {"act": "verify", "verified_as": "official", "title": LONG}, "title"),
    ("admin", "/staff/people/{person}", {"act": "block", "reason": LONG}, "reason"),
    ("admin", "/staff/settings/names", {"name_fi": ""}, "name_fi"),
    ("admin", "/staff/settings/names", {"language_1": "fi", "language_2": "", "language_3": "fi"}, "language_3"),
    ("admin", "/staff/settings/welcome", {"site.welcome_fi": LONG}, "site.welcome_fi"),
    ("admin", "/staff/settings/contact", {"site.contact": "x" * 301}, "site.contact"),
    ("admin", "/staff/settings/contact", {"mail.reply_to": "nobody"}, "mail.reply_to"),
    ("admin", "/staff/settings/contact", {"answers.days": ""}, "answers.days"),
    ("admin", "/staff/settings/look", {"site.brand": "#ffff00"}, "site.brand"),
    ("admin", "/staff/settings/logo", {}, "logo"),
    ("admin", "/staff/texts/contact", {"text": ""}, "text"),
    ("operator", "/operator/sites/kokkola", {"act": "invite", "email": "nobody"}, "email"),
    ("operator", "/operator/sites/kokkola", {"act": "names", "name_fi": ""}, "name_fi"),
    ("operator", "/operator/sites/kokkola", {"act": "add_host", "host": "no host"}, "host"),
    ("operator", "/operator/sites/kokkola", {"act": "end_tie", "last_day": ""}, "end_tie-last_day"),
    ("operator", "/operator/sites/kokkola",
     {"other": "cooperation:lakeus", "first_day": "2026-02-02", "last_day": "2026-01-01"}, "add_tie-last_day"),
    ("operator", "/operator/sites/kokkola", {"act": "close", "slug": "lappi"}, "slug"),
    ("operator", "/operator/add/005", {"email": "nobody"}, "email"),
    ("operator", "/operator/regions/keski-pohjanmaa",
     {"rule:site.contact": "offer", "value:site.contact": "x" * 301}, "value:site.contact"),
    ("operator", "/operator/regions/keski-pohjanmaa",
     {"rule:mail.reply_to": "offer", "value:mail.reply_to": "nobody"}, "value:mail.reply_to"),
]  # fmt: skip


class Tags(HTMLParser):
    """The start tags of a page, each with its form's attributes."""

    def __init__(self, html):
        super().__init__()
        self.form, self.found = {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "form":
            self.form = dict(attrs)
        self.found.append((tag, dict(attrs), self.form))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = {}


def faults(path, html):
    for tag, attrs, form in Tags(html).found:
        if tag not in FIELDS:
            continue
        if "maxlength" in attrs:
            yield f"{path}: {attrs.get('name')} is cut at maxlength"
        if (CHECKED_BY_BROWSERS & attrs.keys() or attrs.get("type") in KINDS_CHECKED) and "novalidate" not in form:
            yield f"{path}: {attrs.get('name')} is checked by the browser"


@pytest.fixture
def who(as_role, visitor, world):
    def make(role):
        if role == "operator":
            return visitor(tenant=None).sign_in_as(world.people["kokkola", "operator"])
        return as_role(role)

    return make


@pytest.fixture
def place(world, run, app, writing, town):
    for name in ("Lakeus", "Rannikko"):
        run("tenant", "add", "--kind", "cooperation", "--name", f"fi={name}", "--languages", "fi")
    app.directory.forget()
    with writing(None) as db:  # the second that has no end
        coast = app.directory.current().by_slug["rannikko"]
        tie = registering.tie(db, town.id, coast.id, "cooperation", date(2020, 1, 1), None)
    t = {name: thing for (slug, name), thing in world.things.items() if slug == "kokkola"}
    app.directory.forget()
    person, area = world.members["kokkola", "resident"], t["area"].id
    return SimpleNamespace(
        forum=t["forum"], topic=t["topic"], post=t["post"], second=t["second post"], person=person, area=area, tie=tie
    )


@pytest.mark.parametrize("role", ["guest", "stranger", "resident", "admin", "operator"])
def test_no_browser_cuts_or_checks_what_is_written(app, who, place, role):
    starts = {path.format(**vars(place)) for reader, path, _, _ in REFUSED if reader == role}
    plain = ["/operator/"] if role == "operator" else plain_paths(app)
    pages = {
        path: answer.text
        for path, answer in crawl(who(role), [*plain, *starts]).items()
        if answer.mimetype == "text/html"
    }
    assert sum("<form" in html for html in pages.values()) > 2
    assert starts <= {path.removeprefix("/kokkola") for path in pages}
    assert not [fault for path, html in pages.items() for fault in faults(path, html)]


@pytest.mark.parametrize(("role", "path", "sent", "field"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_refused_is_marked_and_led_to(who, place, role, path, sent, field):
    answers = {name: value.format(**vars(place)) if isinstance(value, str) else value for name, value in sent.items()}
    page = who(role).submit(path.format(**vars(place)), **answers)
    assert page.status_code == 422
    box = page.text.partition('id="errors"')[2].partition("</div>")[0]
    assert f'<a href="#{field}">' in box
    tags = Tags(page.text).found
    by_id = [attrs.get("id") for _, attrs, _ in tags if attrs.get("id")]
    assert sorted(by_id) == sorted(set(by_id)), "every id stands once"
    tag, attrs = next((tag, attrs) for tag, attrs, _ in tags if attrs.get("id") == field)
    assert tag in FIELDS
    assert f"{field}-error" in by_id
    assert f"{field}-error" in attrs["aria-describedby"].split()
    assert set(attrs["aria-describedby"].split()) <= set(by_id)
    if tag != "fieldset":
        assert attrs["aria-invalid"] == "true"
    assert sum("wrong" in (attrs.get("class") or "").split() for _, attrs, _ in tags) == 1
    assert sum(attrs.get("aria-invalid") == "true" for _, attrs, _ in tags) == (tag != "fieldset")


def test_the_report_that_was_refused_is_the_one_that_is_marked(as_role, place):
    assert as_role("official").submit(f"/posts/{place.second}/flag", reason="insult").status_code == 200
    page = as_role("admin").submit("/staff/reports", act="hide", reason="")
    assert page.status_code == 422
    field = f"reason-{place.second}"
    assert f'<a href="#{field}">' in page.text
    attrs = next(attrs for _, attrs, _ in Tags(page.text).found if attrs.get("id") == field)
    assert (attrs["aria-invalid"], attrs["aria-describedby"]) == ("true", f"{field}-help {field}-error")


def test_who_must_stay_main_user_is_not_looked_for_in_the_form_of_another_role(who, place, world):
    """Taking away a role and giving one stand on one page; only giving has a field for it."""
    page = who("admin").submit(
        f"/staff/people/{world.members['kokkola', 'admin']}", act="take", grant=_grant(who, world)
    )
    assert page.status_code == 422
    assert "#role" not in page.text.partition('id="errors"')[2].partition("</div>")[0]
    assert ' wrong"' not in page.text


def _grant(who, world):
    page = who("admin").get(f"/staff/people/{world.members['kokkola', 'admin']}").text
    return page.partition('name="grant" value="')[2].partition('"')[0]


# --- what changed while the form was open -------------------------------------------------------------------------


@pytest.fixture
def meanwhile(app, world, place, writing, town, region):
    """What somebody else does while a form is open."""
    moderator, area = world.members["kokkola", "moderator"], world.things["kokkola", "area"].slug

    def area_ends(db):
        row = areas.row_of(db, area)
        yesterday = clock.today(town.time_zone) - timedelta(days=1)
        areas.change(
            db, area, names=row.names, about={}, kind=row.kind, former_code=None, valid_from=None, last_day=yesterday
        )

    def all_ties_end(db):
        for tie in db.scalars(select(Affiliation.id).where(Affiliation.tenant_id == town.id)):
            registering.end_tie(db, town.id, tie, date(2021, 1, 1))

    acts = {
        "tie ended": (None, lambda db: registering.end_tie(db, town.id, place.tie, date(2021, 1, 1))),
        "all ties ended": (None, all_ties_end),
        "host removed": (None, lambda db: registering.remove_host(db, town.id, "forum.kokkola.example")),
        "setting forbidden": (None, lambda db: registering.rule_setting(db, region.id, "site.contact", "forbid")),
        "address taken": (
            None, lambda db: registering.add(db, kind="cooperation", names={"fi": "Alajärvi"}, languages=("fi",))
        ),
        "post hidden": (town, lambda db: posts.hide(db, app.registry, posts.get(db, place.second), moderator, "Rude.")),
        "topic closed": (town, lambda db: upkeep.close(db, topics.get(db, place.topic), "It is over.")),
        "area ended": (town, area_ends),
    }  # fmt: skip

    def change(what):
        site, act = acts[what]
        with writing(site) as db:
            act(db)
        app.directory.forget()

    return change


END = {"act": "end_tie", "tie": "{tie}", "last_day": "2040-01-01"}
HOST = {"act": "remove_host", "host": "forum.kokkola.example"}
MEANWHILE = [
    # what changed, who, where, what is sent, what is answered
    ("tie ended", "operator", "/operator/sites/kokkola", END, 422),
    ("host removed", "operator", "/operator/sites/kokkola", HOST, 422),
    ("host removed", "operator", "/operator/sites/kokkola", HOST | {"act": "choose_host"}, 422),
    ("address taken", "operator", "/operator/add/005", {"email": ""}, 422),
    ("setting forbidden", "admin", "/staff/settings/contact", {"site.contact": "The town hall"}, 422),
    ("area ended", "admin", "/staff/people/{person}", {"act": "give", "role": "moderator", "scope": "{area}"}, 422),
    ("all ties ended", "admin", "/staff/people/{person}", {"act": "give", "role": "moderator", "tie": "{tie}"}, 422),
    ("area ended", "admin", "/staff/feedback/new", {"text": "Told.", "channel": "phone", "area": "{area}"}, 422),
    ("post hidden", "admin", "/posts/{second}/hide", {"act": "hide", "reason": LONG}, 303),
    ("post hidden", "admin", "/posts/{second}/hide", {"act": "keep", "reason": LONG}, 303),
    ("topic closed", "admin", "/topics/{topic}/care", {"act": "close", "reason": ""}, 303),
    ("topic closed", "admin", "/topics/{topic}/care", {"act": "close", "reason": LONG}, 303),
]


@pytest.mark.parametrize(("what", "role", "path", "sent", "answered"), MEANWHILE, ids=lambda value: str(value)[:40])
def test_a_form_that_is_sent_after_a_change_leads_to_no_field_that_has_gone(
    who, place, meanwhile, what, role, path, sent, answered
):
    reader, path = who(role), path.format(**vars(place))
    form = posting_form(reader.get(path).text, sent)
    filled = form.filled({name: value.format(**vars(place)) for name, value in sent.items()})
    meanwhile(what)
    page = reader.post(path, data=filled)
    assert page.status_code == answered
    if answered == 422:
        leads_to_its_own_fields(page.text)


def leads_to_its_own_fields(html):
    box = html.partition('id="errors"')[2].partition("</div>")[0]
    assert re.search(r"<p>.*\w.*</p>", box)
    ids = [attrs["id"] for _, attrs, _ in Tags(html).found if attrs.get("id")]
    links = re.findall(r'href="#([^"]*)"', box)
    assert set(links) <= set(ids), "the box leads to a field that is not there"
    assert sum("wrong" in (attrs.get("class") or "").split() for _, attrs, _ in Tags(html).found) == len(links)


def test_who_blocks_themselves_is_told_but_led_nowhere(who, world):
    page = who("admin").submit(f"/staff/people/{world.members['kokkola', 'admin']}", act="block", reason="A try.")
    assert page.status_code == 422
    leads_to_its_own_fields(page.text)

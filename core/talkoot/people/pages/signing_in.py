"""Signing in and out, here and everywhere, and the devices one is signed in on."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, request, session, url_for

from talkoot.demo import accounts as demo
from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.incoming import bounces
from talkoot.people import accounts, memberships, sessions
from talkoot.people.forms import SignInForm
from talkoot.people.models import Person
from talkoot.people.pages.frame import form_page, has_password, on_loopback, people, signed_in
from talkoot.push import services
from talkoot.tenants.tenant import Tenant
from talkoot.web import here
from talkoot.web.notices import done
from talkoot.web.render import page


@people.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign in with e-mail and password."""
    target = here.safe_next(request.values.get("next") or here.came_from())
    if not _cookies_work():
        return page("people/no_secure_address.html")
    form = SignInForm.posted()
    if request.method == "POST" and form.validate():
        person = _authenticated(form.email.data, form.password.data)
        if person is not None:
            here.db().quiet = True
            return signed_in(person, target)
        form.form_errors.append(
            gettext("The e-mail address or the password is wrong, or the address has not been confirmed yet.")
        )
    return form_page("people/sign_in.html", form, next=target, demo=_demo_accounts())


def _demo_accounts() -> list[tuple[demo.Account, Tenant]]:
    """In a demonstration: whom one can sign in as, and at which site they live."""
    if not here.app().settings.demo:
        return []
    sites = here.app().directory.current().by_slug
    return [(account, sites[account.place]) for account in demo.ACCOUNTS if account.place in sites]


def _authenticated(email: str, password: str) -> Person | None:
    """The person when address and password are right and the address is confirmed."""
    try:
        address = accounts.normalise_email(email)
    except InvalidError:
        return None
    found = accounts.by_email(here.db(), address)
    person = found if found and found.confirmed_at else None
    return person if has_password(person, address, password) else None


def _cookies_work() -> bool:
    """Browsers keep `__Host-` cookies only over https or on loopback; elsewhere signing in would silently fail."""
    return request.is_secure or on_loopback()


@people.post("/sign-out")
def sign_out() -> Any:
    """End this browser's session."""
    who = here.actor()
    if who.session:
        here.db().quiet = True
        sessions.end(here.db(), who.session)
    session.clear()
    response = make_response(redirect(url_for("site.home"), 303))
    response.delete_cookie(sessions.COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    if services.is_offered(here.app().settings):
        response.headers["Clear-Site-Data"] = (
            '"storage"'  # whoever signs out on a shared computer is not told there any more
        )
    return response


@people.get("/account")
def account() -> str:
    """One's own page: profile here, devices, password, a copy of the data, leaving."""
    who = here.require_person()
    assert who.person_id
    person = here.db().get(Person, who.person_id)
    member = memberships.get(here.db(), who.membership_id) if who.membership_id else None
    return page(
        "people/account.html",
        person=person,
        member=member,
        devices=sessions.devices(here.db(), who.person_id),
        unreached=bounces.reason_of(here.db(), who.person_id),
    )


@people.post("/account/mail-works")
def mail_works() -> Any:
    """The mailbox works again: notices are sent to it anew."""
    who = here.require_person()
    assert who.person_id
    here.db().quiet = True
    bounces.forget(here.db(), who.person_id)
    return done("mailed_again", "people.account")


@people.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> Any:
    """End all other sessions, and every link and device that could tell somebody else of this account."""
    who = here.require_person()
    assert who.person_id
    here.db().quiet = True
    accounts.end_sessions(here.db(), who.person_id, but=who.session)
    if person := here.db().get(Person, who.person_id):
        accounts.renew_links(person)
    return here.go("people.account")

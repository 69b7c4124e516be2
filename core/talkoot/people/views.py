"""Signing up, in and out, one's account, profile and devices. Works on tenants' sites and on the installation's own."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, g, make_response, redirect, request, session, url_for

from talkoot import clock
from talkoot.access.policy import PARTICIPANT_ROLES
from talkoot.db.engine import commit
from talkoot.errors import ForbiddenError, InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.jobs import outbox
from talkoot.mail import mailbox
from talkoot.people import accounts, links, lockout, memberships, passwords, privacy, sessions
from talkoot.people.forms import JoinForm, NewPasswordForm, PasswordForm, ProfileForm, ResetForm, SignInForm, SignUpForm
from talkoot.people.models import Invitation, Membership, Person
from talkoot.tenants import areas
from talkoot.web import here, limits
from talkoot.web.pagecache import STORED
from talkoot.web.render import page

people = Blueprint("people", __name__)
log = structlog.get_logger("talkoot.people")


@people.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> Any:
    """Make an account. The answer is the same whether the address is known or not; the mail tells the difference."""
    here.tenant()
    target = here.safe_next(request.values.get("next") or here.came_from())
    form = SignUpForm.posted()
    if request.method == "POST" and form.validate():
        try:
            _sign_up(form)
            session["next"] = target  # where the confirmed person goes on, when it is the same browser
            return page("people/check_mail.html", email=form.email.data.strip())
        except InvalidError as error:
            form.refuse(error)
    return _form_page("people/sign_up.html", form, next=target)


def _sign_up(form: Any) -> None:
    db = here.db()
    email = accounts.normalise_email(form.email.data)
    passwords.checked(form.password.data, email)
    memberships.free_name(db, form.name.data)
    known = accounts.by_email(db, email)
    if known is None:
        person = accounts.create(db, email, form.password.data, here.language())
        memberships.join(
            db,
            person.id,
            form.name.data,
            language=here.language(),
            participant_roles=form.roles.data or [],
            real_name=form.real_name.data != "pseudonym",
        )
        outbox.add(db, "people.confirm", person.id)
    else:
        passwords.make_hash(form.password.data)  # takes as long as for a new address
        outbox.add(db, "people.confirm" if known.confirmed_at is None else "people.known", known.id)


@people.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Any:
    """The mailed link opens this page; its button confirms and signs in. Opening alone changes nothing."""
    person = _person_of_link("confirm", token)
    if request.method != "POST":
        return page("people/confirm.html", token=token)
    accounts.confirm(here.db(), person)
    return _signed_in(person, here.safe_next(session.get("next")))


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
            return _signed_in(person, target)
        form.form_errors.append(
            gettext("The e-mail address or the password is wrong, or the address has not been confirmed yet.")
        )
    return _form_page("people/sign_in.html", form, next=target, demo=here.app().settings.demo)


def _authenticated(email: str, password: str) -> Person | None:
    """The person when address and password are right. Failures are counted in a transaction of their own."""
    app, db = here.app(), here.db()
    try:
        address = accounts.normalise_email(email)
    except InvalidError:
        return None
    account, network = lockout.keys(app.settings.secret_key, address, limits.address())
    lockout.check(db, account, network)
    person = accounts.by_email(db, address)
    right = passwords.matches(person.password_hash if person else None, password)
    usable = (
        person is not None and person.confirmed_at is not None and person.blocked_at is None and _demo_allowed(person)
    )
    if not (right and usable and person):
        lockout.note_failure(db, account, network)
        db.quiet = True
        g.keep_failure = True
        return None
    lockout.forget(db, account)
    if person.password_hash and passwords.needs_rehash(person.password_hash):
        person.password_hash = passwords.make_hash(password)
    return person


def _demo_allowed(person: Person) -> bool:
    settings = here.app().settings
    return not person.demo or (
        settings.demo and (settings.demo_anywhere or request.environ["talkoot.host"] in _LOOPBACK or _is_local())
    )


_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def _is_local() -> bool:
    return str(request.environ["talkoot.host"]).endswith(".localhost")


def _cookies_work() -> bool:
    """Browsers keep `__Host-` cookies only over https or on loopback; elsewhere signing in would silently fail."""
    return request.is_secure or request.environ["talkoot.host"] in _LOOPBACK or _is_local()


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
    return response


@people.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> Any:
    """Ask for a link to choose a new password; the answer never tells whether the address is known."""
    form = ResetForm.posted()
    if request.method == "POST" and form.validate():
        here.db().quiet = True
        try:
            person = accounts.by_email(here.db(), accounts.normalise_email(form.email.data))
        except InvalidError as error:
            form.refuse(error)
            return _form_page("people/forgotten.html", form)
        if person:
            outbox.add(here.db(), "people.reset", person.id)
        return page("people/check_mail.html", email=form.email.data.strip())
    return _form_page("people/forgotten.html", form)


@people.route("/new-password/<token>", methods=["GET", "POST"])
def new_password(token: str) -> Any:
    """Choose a new password through a mailed link."""
    person = _person_of_link("reset", token)
    form = NewPasswordForm.posted()
    if request.method == "POST" and form.validate():
        try:
            accounts.set_password(here.db(), person, form.password.data)
            return _signed_in(person, url_for("site.home"))
        except InvalidError as error:
            form.refuse(error)
    return _form_page("people/new_password.html", form, token=token)


@people.route("/invitation/<token>", methods=["GET", "POST"])
def invitation(token: str) -> Any:
    """Staff accept their invitation: name and password, and the roles are theirs."""
    claims = links.read(here.app().settings, "invite", here.tenant(), token)
    found = here.db().find(Invitation, id=parse_id(claims["invitation"])) if claims else None
    if found is None or found.accepted_at:
        raise NotFoundError(gettext("This link has been used already or is too old. Ask for a new invitation."))
    known = accounts.by_email(here.db(), found.email)
    form = SignUpForm.posted(data={"email": found.email})
    if request.method == "POST" and (form.validate() or known):
        try:
            return _accept(found, known, form)
        except InvalidError as error:
            form.refuse(error)
    return _form_page("people/invitation.html", form, token=token, invitation=found, known=known)


def _accept(found: Invitation, known: Person | None, form: Any) -> Response:
    db = here.db()
    if known is None:
        passwords.checked(form.password.data, found.email)
        known = accounts.create(db, found.email, form.password.data, here.language(), confirmed=True)
    elif not passwords.matches(known.password_hash, form.password.data or ""):
        raise InvalidError(gettext("You already have an account. Write its password."), "password")
    member = memberships.join(db, known.id, form.name.data or found.email.partition("@")[0], language=here.language())
    for role in found.roles:
        memberships.grant(db, member, role)
    if found.title:
        memberships.verify(db, member, "councillor" if "councillor" in found.roles else "official", found.title)
    found.accepted_at = clock.now()
    return _signed_in(known, url_for("site.home"))


@people.route("/join", methods=["GET", "POST"])
def join() -> Any:
    """The first act in a tenant asks to join it: under which name, and the terms."""
    who = here.require_person()
    target = here.safe_next(request.values.get("next"))
    here.tenant()
    if who.membership_id:
        return redirect(target, 303)
    form = JoinForm.posted()
    if request.method == "POST" and form.validate():
        try:
            assert who.person_id
            memberships.join(
                here.db(),
                who.person_id,
                form.name.data,
                language=here.language(),
                participant_roles=form.roles.data or [],
                real_name=form.real_name.data != "pseudonym",
            )
            return redirect(target, 303)
        except InvalidError as error:
            form.refuse(error)
    return _form_page("people/join.html", form, next=target)


@people.get("/account")
def account() -> str:
    """One's own page: profile here, devices, password, a copy of the data, leaving."""
    who = here.require_person()
    assert who.person_id
    person = here.db().get(Person, who.person_id)
    member = here.db().find(Membership, id=who.membership_id) if who.membership_id else None
    return page("people/account.html", person=person, member=member, devices=sessions.devices(here.db(), who.person_id))


@people.route("/account/profile", methods=["GET", "POST"])
def profile() -> Any:
    """The name and the words others see here."""
    who = here.require_person()
    if who.membership_id is None:
        return here.go("people.join")
    member = memberships.get(here.db(), who.membership_id)
    form = ProfileForm.posted(
        data={
            "name": member.name,
            "about": member.about,
            "roles": member.participant_roles,
            "real_name": "real" if member.real_name else "pseudonym",
            "area": str(member.area_id or ""),
        }
    )
    form.offer_areas({str(area.id): area.name(here.language()) for area in areas.areas(here.db())})
    if request.method == "POST" and form.validate():
        try:
            memberships.change_profile(
                here.db(),
                member,
                name=form.name.data,
                real_name=form.real_name.data != "pseudonym",
                about=form.about.data or "",
                roles=form.roles.data or [],
                area_id=parse_id(form.area.data or ""),
            )
            return here.go("people.account")
        except InvalidError as error:
            form.refuse(error)
    return _form_page("people/profile.html", form)


@people.route("/account/password", methods=["GET", "POST"])
def change_password() -> Any:
    """A new password for who knows the old one; all other browsers are signed out."""
    who = here.require_person()
    person = here.db().get(Person, who.person_id)
    assert person
    form = PasswordForm.posted()
    if request.method == "POST" and form.validate():
        if passwords.matches(person.password_hash, form.old.data):
            try:
                accounts.set_password(here.db(), person, form.password.data)
                return _signed_in(person, url_for("people.account"))
            except InvalidError as error:
                form.refuse(error)
        else:
            form.refuse(InvalidError(gettext("The old password is wrong."), "old"))
    return _form_page("people/password.html", form)


@people.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> Any:
    """End all other sessions."""
    who = here.require_person()
    assert who.person_id
    here.db().quiet = True
    accounts.end_sessions(here.db(), who.person_id, but=who.session)
    return here.go("people.account")


@people.get("/account/data.json")
def my_data() -> Response:
    """A copy of everything this tenant holds about the member (GDPR art. 20)."""
    who = here.require_person()
    if who.membership_id is None:
        raise NotFoundError
    member = memberships.get(here.db(), who.membership_id)
    data = privacy.export(here.db(), here.registry(), member)
    response = Response(json.dumps(data, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{here.tenant().slug}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@people.route("/account/leave", methods=["GET", "POST"])
def leave() -> Any:
    """Be forgotten here: what that means is told first, then done at once."""
    who = here.require_person()
    if who.membership_id is None:
        raise NotFoundError
    member = memberships.get(here.db(), who.membership_id)
    if request.method != "POST":
        return page("people/leave.html", keep=here.tenant().setting("people.erasure") == "keep")
    if memberships.holders(here.db(), "admin") == [member.id]:
        raise InvalidError(gettext("Somebody must stay main user. Give the role to another person first."))
    here.note("member_left", ("membership", member.id))
    privacy.erase(here.db(), here.registry(), member)
    return here.go("site.home")


@people.get("/people/<uuid:member_id>")
def member(member_id: UUID) -> str:
    """A member's public profile."""
    here.require("people.see_profiles")
    found = memberships.get(here.db(), member_id)
    return page("people/member.html", member=found, participant_titles=PARTICIPANT_ROLES)


@people.get("/mailbox")
def local_mailbox() -> str:
    """The demo's mail, as it would have been sent. Only with `mailbox:` as mail server, and only on loopback."""
    settings = here.app().settings
    near = settings.demo_anywhere or request.environ["talkoot.host"] in _LOOPBACK or _is_local()
    if not (settings.demo and near and settings.mail_url.startswith("mailbox:")):
        raise NotFoundError
    text = page("people/mailbox.html", mails=mailbox.newest(here.app()))
    request.environ.pop(STORED, None)
    return text


def _person_of_link(purpose: str, token: str) -> Person:
    """The person a mailed link is for; raises NotFoundError when it is used, old, foreign or another tenant's."""
    claims = links.read(here.app().settings, purpose, g.tenant, token)
    person = here.db().get(Person, parse_id(claims["person"])) if claims else None
    if person is None or claims is None or person.nonce != claims["nonce"]:
        raise NotFoundError(
            gettext(
                "This link has been used already or is too old. Try to sign in; “I have forgotten my password” sends a new one."
            )
        )
    return person


def _signed_in(person: Person, target: str) -> Response:
    """A new session (an old one's cookie is worth nothing any more) and a fresh form cookie."""
    if person.blocked_at:
        raise ForbiddenError
    db = here.db()
    if old := here.actor().session:
        sessions.end(db, old)
    value = sessions.start(db, person.id, request.environ["talkoot.host"], request.headers.get("User-Agent", ""))
    session.clear()
    response = make_response(redirect(target, 303))
    response.set_cookie(
        sessions.COOKIE, value, max_age=14 * 24 * 3600, path="/", secure=True, httponly=True, samesite="Lax"
    )
    return response


def _form_page(template: str, form: Any, **context: Any) -> Any:
    """The form's page; with 422 when it was sent and refused."""
    status = 422 if request.method == "POST" else 200
    if g.pop("keep_failure", False):
        commit(here.db())
    return make_response(page(template, form=form, **context), status)

"""Staff accept the invitation that was mailed to them."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from talkoot import clock
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.people import accounts, links, memberships, passwords
from talkoot.people.forms import SignUpForm
from talkoot.people.models import Invitation, Person
from talkoot.people.pages.frame import form_page, people, signed_in
from talkoot.web import here


@people.route("/invitation/<token>", methods=["GET", "POST"])
def invitation(token: str) -> Any:
    """Staff accept their invitation: name and password, and the roles are theirs."""
    claims = links.read(here.app().settings, "invite", here.tenant(), token)
    found = here.db().find(Invitation, id=parse_id(claims["invitation"])) if claims else None
    if found is None or found.accepted_at:
        raise NotFoundError(gettext("This link has been used already or is too old. Ask for a new invitation."))
    person = accounts.by_email(here.db(), found.email)
    known = person is not None and person.confirmed_at is not None
    form = SignUpForm.posted(data={"email": found.email})
    if request.method == "POST" and (form.validate() or known):
        try:
            return _accept(found, person, form)
        except InvalidError as error:
            form.refuse(error)
    return form_page("people/invitation.html", form, token=token, invitation=found, known=known)


def _accept(found: Invitation, person: Person | None, form: Any) -> Response:
    db = here.db()
    enter = memberships.join if person and person.confirmed_at else memberships.begin
    person = _account(found, person, form.password.data or "")
    member = enter(db, person.id, form.name.data or found.email.partition("@")[0], language=here.language())
    for role in found.roles:
        memberships.grant(db, member, role)
    if found.title:
        memberships.verify(db, member, "councillor" if "councillor" in found.roles else "official", found.title)
    found.accepted_at = clock.now()
    return signed_in(person, url_for("site.home"))


def _account(found: Invitation, person: Person | None, password: str) -> Person:
    """The account of who was invited. The link shows whose the address is: an unconfirmed account's password is chosen anew."""
    db = here.db()
    if person is None:
        passwords.checked(password, found.email, accounts.site_names(db))
        return accounts.create(db, found.email, password, here.language(), confirmed=True)
    if person.confirmed_at is None:
        accounts.set_password(db, person, password)
    elif not passwords.matches(person.password_hash, password):
        raise InvalidError(gettext("You already have an account. Write its password."), "password")
    return person

"""Staff accept the invitation that was mailed to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.people import accounts, memberships, signing_up
from talkoot.people.forms import SignUpForm
from talkoot.people.models import Invitation, Membership, Person
from talkoot.people.pages.frame import form_page, has_password, is_right, people, signed_in
from talkoot.people.pages.mailed_links import invited_by_link
from talkoot.web import here


@people.get("/invitation/")  # the mail program has cut it off
@people.route("/invitation/<token>", methods=["GET", "POST"])
def invitation(token: str = "") -> Any:
    """Staff accept their invitation: name and password, and the roles are theirs. Members are asked their password alone."""
    db, found = here.db(), invited_by_link(token)
    person = accounts.by_email(db, found.email)
    known = person is not None and person.confirmed_at is not None
    member = db.find(Membership, person_id=person.id) if person and known else None
    form = SignUpForm.posted(data={"email": found.email})
    form.offer_name(here.tenant().setting("people.names"))
    if known:
        form.ask_known_password()
    if member:
        form.ask_password_alone()
    if request.method == "POST" and is_right(form, *_checks(found, form, known, member)):
        try:
            return _accept(found, person, form)
        except InvalidError as error:
            form.refuse(error)
    return form_page("people/invitation.html", form, token=token, invitation=found, known=known)


def _checks(found: Invitation, form: Any, known: bool, member: Membership | None) -> list[Callable[[], object]]:
    """What must hold besides the form's own rules; the password of a known account is compared, not judged."""
    if member:
        return []
    if known:
        return [lambda: memberships.free_name(here.db(), form.name.data or "", vouched=bool(found.title))]
    newcomer = replace(form.newcomer(here.language()), email=found.email)
    return signing_up.checks(here.db(), newcomer, vouched=bool(found.title))


def _accept(found: Invitation, person: Person | None, form: Any) -> Response:
    db = here.db()
    confirmed = person is not None and person.confirmed_at is not None
    person = _account(found, person, form.password.data)
    name = form.name.data if "name" in form else ""
    vouched = bool(found.title)  # they get a badge with it
    member = memberships.join(db, person.id, name, language=here.language(), anew=not confirmed, vouched=vouched)
    for role in found.roles:
        memberships.grant(db, member, role)
    if found.title:
        memberships.verify(db, member, "councillor" if "councillor" in found.roles else "official", found.title)
    db.delete(found)  # its address is needed no longer
    return signed_in(person, url_for("site.home"))


def _account(found: Invitation, person: Person | None, password: str) -> Person:
    """The account of who was invited. The link shows whose the address is: an unconfirmed account's password is chosen anew."""
    db = here.db()
    if person is None:
        return accounts.create(db, found.email, password, here.language(), confirmed=True)
    if person.confirmed_at is None:
        accounts.set_password(db, person, password)
    elif not has_password(person, found.email, password):
        raise InvalidError(gettext("You already have an account. Write its password."), "password")
    return person

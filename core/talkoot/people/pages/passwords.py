"""Choosing a new password: through the mail when it is forgotten, or knowing the present one."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.jobs import outbox
from talkoot.people import accounts
from talkoot.people.forms import NewPasswordForm, PasswordForm, ResetForm
from talkoot.people.models import Person
from talkoot.people.pages import frame
from talkoot.people.pages.frame import form_page, people
from talkoot.people.pages.mailed_links import whose_link
from talkoot.web import here
from talkoot.web.render import page


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
            return form_page("people/forgotten.html", form)
        # Also when there is nobody: the time that saving the job takes must not tell who has an account.
        outbox.add(here.db(), "people.reset", person.id if person else None)
        return page("people/check_mail.html", email=form.email.data.strip())
    return form_page("people/forgotten.html", form)


@people.get("/new-password/")  # the mail program has cut it off
@people.route("/new-password/<token>", methods=["GET", "POST"])
def new_password(token: str = "") -> Any:
    """Choose a new password through a mailed link; that also confirms the address."""
    person = whose_link("reset", token)
    first = person.confirmed_at is None
    form = NewPasswordForm.posted()
    if request.method == "POST" and form.validate():
        try:
            here.db().quiet = True
            accounts.set_password(here.db(), person, form.password.data)
            # At first sight of the account its page shows what somebody else may have written there: the name.
            return frame.signed_in(person, url_for("people.account" if first else "site.home"))
        except InvalidError as error:
            form.refuse(error)
    return form_page("people/new_password.html", form, token=token)


@people.route("/account/password", methods=["GET", "POST"])
def change_password() -> Any:
    """A new password for who knows the old one; all other browsers are signed out."""
    who = here.require_person()
    person = here.db().get(Person, who.person_id)
    assert person
    form = PasswordForm.posted()
    if request.method == "POST" and form.validate():
        if frame.has_password(person, person.email or "", form.old.data):
            try:
                here.db().quiet = True
                accounts.set_password(here.db(), person, form.password.data)
                return frame.signed_in(person, url_for("people.account"))
            except InvalidError as error:
                form.refuse(error)
        else:
            form.refuse(InvalidError(gettext("The old password is wrong."), "old"))
    return form_page("people/password.html", form)

"""Making an account, and confirming that its address is one's own."""

from __future__ import annotations

from typing import Any

from flask import Response, g, redirect, request, session, url_for

from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.people import accounts, links, signing_up
from talkoot.people.forms import ConfirmForm, SignUpForm
from talkoot.people.models import Person
from talkoot.people.pages import frame
from talkoot.people.pages.frame import form_page, people
from talkoot.people.pages.mailed_links import whose_link, whose_used_link
from talkoot.web import here
from talkoot.web.notices import saying
from talkoot.web.render import page


@people.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> Any:
    """Make an account. The answer is the same whether the address is known or not; the mail tells the difference."""
    rule = here.tenant().setting("people.names")
    target = here.safe_next(request.values.get("next") or here.came_from())
    form = SignUpForm.posted()
    form.offer_name(rule)
    new = form.newcomer(here.language())
    if request.method == "POST" and frame.is_right(form, *signing_up.checks(here.db(), new)):
        made = signing_up.sign_up(here.db(), new)
        session["signed_up"] = signing_up.mark(_secret(), made)
        session["next"] = target  # where the confirmed person goes on, when it is the same browser
        return page("people/check_mail.html", email=new.email.strip())
    return form_page("people/sign_up.html", form, next=target)


@people.get("/confirm/")  # the mail program has cut it off
@people.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str = "") -> Any:
    """The mailed link opens this page; its button confirms and signs in. Opening alone changes nothing.

    The link shows whose the address is, not who chose the password: so that is asked, except in the browser that chose it.
    """
    earlier = whose_used_link("confirm", token)
    if earlier and earlier.confirmed_at and earlier.email:
        return frame.unstored(page("people/confirmed.html", own=here.actor().person_id == earlier.id))
    person = whose_link("confirm", token)
    if request.method == "POST" and "forgotten" in request.form:
        return _choose_anew(person)
    same_browser = signing_up.has_mark(_secret(), person, session.get("signed_up"))
    form = ConfirmForm.posted()
    if request.method == "POST":
        if same_browser or frame.has_password(person, person.email or "", form.password.data or ""):
            accounts.confirm(here.db(), person)
            return saying("confirmed", frame.signed_in(person, here.safe_next(session.get("next"))))
        # Not the form itself: going back over it once the address is confirmed would show the browser's own error page.
        return here.go("people.confirm", token=token, refused=1)
    if "refused" in request.args and not same_browser:
        words = gettext("This is not the password that was chosen when the account was made.")
        form.refuse(InvalidError(words, "password"))
    return frame.unstored(form_page("people/confirm.html", form, same_browser=same_browser))


def _choose_anew(person: Person) -> Response:
    """The link has shown whose the address is, which is all that choosing a new password asks for."""
    token = links.sign(here.app().settings, "reset", g.tenant, person=str(person.id), nonce=person.nonce)
    return redirect(url_for("people.new_password", token=token), 303)  # type: ignore[return-value]


def _secret() -> str:
    return here.app().settings.secret_key

"""The forms of accounts and profiles."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from talkoot.access.policy import PARTICIPANT_ROLES
from talkoot.i18n import gettext, lazy
from talkoot.people.signing_up import Newcomer
from talkoot.web.forms import Form

SHOWN = [SelectChoice("real", lazy("This is my real name")), SelectChoice("pseudonym", lazy("This is a pseudonym"))]
TAKING_PART_AS = [SelectChoice(role, title) for role, title in PARTICIPANT_ROLES.items()]


class _Checkboxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class _Account:
    """What a new account needs; above the rest, because the error summary follows the order of the fields here."""

    email = StringField(
        lazy("E-mail address"), [InputRequired(), Length(max=254)], render_kw={"type": "email", "autocomplete": "email"}
    )
    password = PasswordField(
        lazy("Password"),
        [InputRequired()],
        description=lazy("At least 8 characters. A few words in a row are good."),
        render_kw={"autocomplete": "new-password", "minlength": 8},
    )


class _Shown(Form):
    """What others see of a member. Nothing is chosen beforehand that tells more than the person means to tell."""

    name = StringField(lazy("Name shown to others"), [InputRequired(), Length(max=60)])
    real_name = RadioField(lazy("Is it your real name?"), choices=SHOWN, default="pseudonym")
    roles = _Checkboxes(lazy("I take part as (you need not tell)"), choices=TAKING_PART_AS)

    def offer_name(self, rule: str) -> None:
        """Let browsers fill in the real name only where the tenant's rule asks for it, and say there that it does."""
        self.name.render_kw = {"autocomplete": "name" if rule == "real" else "nickname"}
        if rule == "real":
            self.name.description = gettext("Here everybody takes part under their own name.")

    @property
    def is_real_name(self) -> bool:
        """Whether the person said so."""
        return bool(self.real_name.data == "real")


class JoinForm(_Shown):
    """Under which name one takes part in a tenant."""

    terms = BooleanField(lazy("I have read the terms of use and the privacy notice"), [InputRequired()])


class SignUpForm(_Account, JoinForm):
    """A new account and the first membership."""

    def newcomer(self, language: str) -> Newcomer:
        """What was written; what is missing is empty, and refused by the form."""
        email, password, name = (field.data or "" for field in (self.email, self.password, self.name))
        return Newcomer(email, password, name, self.is_real_name, tuple(self.roles.data or ()), language)

    def ask_known_password(self) -> None:
        """For who has an account already: the password is not a new one."""
        self.password.description = gettext("You already have an account. Write its password.")
        self.password.render_kw = {"autocomplete": "current-password"}

    def ask_password_alone(self) -> None:
        """For who is a member here already: name and terms stand."""
        del self.name, self.real_name, self.roles, self.terms


class SignInForm(Form):
    """E-mail and password."""

    email = StringField(
        lazy("E-mail address"),
        [InputRequired(), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "username"},
    )
    password = PasswordField(lazy("Password"), [InputRequired()], render_kw={"autocomplete": "current-password"})


class ConfirmForm(Form):
    """The password that was chosen when the account was made."""

    password = PasswordField(lazy("Password"), [InputRequired()], render_kw={"autocomplete": "current-password"})


class ResetForm(Form):
    """Where the link is sent."""

    email = StringField(
        lazy("E-mail address"), [InputRequired(), Length(max=254)], render_kw={"type": "email", "autocomplete": "email"}
    )


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField(
        lazy("New password"),
        [InputRequired()],
        description=lazy("At least 8 characters. A few words in a row are good."),
        render_kw={"autocomplete": "new-password", "minlength": 8},
    )


class PasswordForm(NewPasswordForm):
    """A new password for who knows the old one."""

    old = PasswordField(lazy("Present password"), [InputRequired()], render_kw={"autocomplete": "current-password"})


class ProfileForm(_Shown):
    """What a member changes later."""

    area = SelectField(lazy("My area"), [Optional()], validate_choice=True)
    about = TextAreaField(
        lazy("About me"),
        [Length(max=1000)],
        filters=[lambda text: text and text.replace("\r\n", "\n")],  # as browsers count (lengths.py)
        render_kw={"rows": 4},
    )

    def offer_areas(self, names: Mapping[str, str]) -> None:
        """The areas to choose from, by id; the first choice is none."""
        self.area.choices = [SelectChoice("", "–"), *(SelectChoice(key, name) for key, name in names.items())]

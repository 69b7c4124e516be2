"""The accounts that one can sign in as in a demonstration; the terminal and the sign-in page list the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from talkoot.access.policy import PARTICIPANT_ROLES, ROLE_TITLES

PASSWORD = "talkoot-demo"  # noqa: S105  # everybody may know it: demo accounts work on loopback only


@dataclass(frozen=True)
class Account:
    """Somebody one can sign in as."""

    key: str
    email: str
    place: str
    name: str
    language: str
    may: str  # what the list of accounts says about them
    roles: tuple[str, ...] = ()  # granted in the whole site
    verified_as: str | None = None
    title: str = ""
    operator: bool = False

    @property
    def role(self) -> str:
        """What they are, in the reader's language."""
        role = "operator" if self.operator else self.verified_as or next(iter(self.roles), self.key)
        return str(ROLE_TITLES.get(role) or PARTICIPANT_ROLES["resident"])


ACCOUNTS = (
    Account("resident", "resident@example.fi", "kokkola", "Aino Esimerkki", "fi", "a resident of Kokkola"),
    Account("convener", "convener@example.fi", "kokkola", "Kaarina Kutsuja", "fi", "convenes the forum of Kälviä"),
    Account("moderator", "moderator@example.fi", "kokkola", "Mika Maltti", "fi", "moderates in Kokkola", ("moderator",)),
    Account(
        "official", "official@example.fi", "kokkola", "Outi Vastaus", "fi", "an official of Kokkola who answers",
        (), "official", "Osallisuuskoordinaattori",
    ),
    Account("clerk", "clerk@example.fi", "kokkola", "Kirsi Kirjaaja", "fi", "a clerk of Kokkola, keys in paper and phone", ("clerk",)),
    Account("admin", "admin@example.fi", "kokkola", "Pauli Pääkäyttäjä", "fi", "the main user of Kokkola", ("admin", "editor")),
    Account("invanare", "invanare@example.fi", "kronoby", "Siv Invånare", "sv", "a Swedish-speaking resident of Kronoby"),
    Account(
        "operator", "operator@example.fi", "keski-pohjanmaa", "Olli Operaattori", "fi", "operates the whole installation",
        operator=True,
    ),
)  # fmt: skip

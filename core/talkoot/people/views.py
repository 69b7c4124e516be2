"""The blueprint of accounts and memberships with all its pages; works on tenants' sites and on the installation's own."""

from talkoot.people.pages import invitations, mailbox, passwords, privacy, profile, signing_in, signing_up
from talkoot.people.pages.frame import people

__all__ = ["invitations", "mailbox", "passwords", "people", "privacy", "profile", "signing_in", "signing_up"]

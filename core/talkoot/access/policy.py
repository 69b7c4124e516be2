"""Core's permissions and who has them by default: the whole policy of core on one page.

Roles: `everyone` (guests too), `person` (signed in), `member` (of this tenant), and those granted in a tenant or a scope:
`convener`, `moderator`, `clerk`, `editor`, `official`, `councillor`, `admin` (the municipality's main user), and
`operator` (of the installation).
"""

from __future__ import annotations

from talkoot.i18n import lazy
from talkoot.plugin import Permission

ROLE_TITLES = {
    "convener": lazy("Convener"),
    "moderator": lazy("Moderator"),
    "clerk": lazy("Clerk"),
    "editor": lazy("Editor"),
    "official": lazy("Official"),
    "councillor": lazy("Councillor"),
    "admin": lazy("Main user"),
    "operator": lazy("Operator"),
}
GRANTABLE = ("convener", "moderator", "clerk", "editor", "official", "councillor", "admin")
STAFF_ROLES = frozenset({"moderator", "clerk", "editor", "official", "admin"})
PARTICIPANT_ROLES = {  # domain row 8: self-declared, optional
    "resident": lazy("Resident"),
    "association": lazy("Association"),
    "professional": lazy("Professional"),
    "expert": lazy("Expert by experience"),
    "volunteer": lazy("Volunteer"),
    "entrepreneur": lazy("Entrepreneur"),
    "youth": lazy("Young person"),
    "newcomer": lazy("New in the area"),
}
VERIFIED = {"official": lazy("Official"), "councillor": lazy("Councillor")}  # domain row 21

CORE_PERMISSIONS = (
    Permission("people.see_profiles", lazy("See members' profiles"), ("everyone",)),
    Permission("people.manage", lazy("Invite people and give roles"), ("admin", "operator")),
    Permission("people.verify", lazy("Verify officials and councillors"), ("admin", "operator")),
    Permission("conversations.react", lazy("Thank for a post"), ("member",)),
    Permission("conversations.edit", lazy("Change one's own posts"), ("member",)),
    Permission("conversations.add_pictures", lazy("Add pictures to posts"), ("member",)),
    Permission("conversations.flag", lazy("Report posts"), ("member",)),
    Permission("conversations.moderate", lazy("Hide and restore posts"), ("moderator", "admin")),
    Permission("conversations.see_hidden", lazy("See hidden posts"), ("moderator", "admin")),
    Permission("notices.own", lazy("Follow, keep bookmarks, and be told of what happens"), ("member",)),
    Permission("followup.answer", lazy("Answer matters that were taken further"), ("official", "convener", "admin")),
    Permission("contributions.give", lazy("Leave feedback"), ("everyone",)),
    Permission("contributions.handle", lazy("Read and answer feedback"), ("clerk", "official", "admin")),
    Permission("contributions.key", lazy("Key in paper and phone contributions"), ("clerk", "admin")),
    Permission("tenant.settings", lazy("Change names, languages, colours and plugins"), ("admin", "operator")),
    Permission("tenant.areas", lazy("Change areas"), ("admin", "operator")),
    Permission("tenant.texts", lazy("Change the texts of the footer's pages"), ("editor", "admin")),
    Permission(
        "tenant.staff_pages",
        lazy("Open the staff pages"),
        ("moderator", "clerk", "editor", "official", "admin", "operator"),
    ),
    Permission("tenant.log", lazy("Read the log"), ("moderator", "admin", "operator")),
    Permission("installation.operate", lazy("Add and govern municipalities"), ("operator",)),
)

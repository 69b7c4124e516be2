"""Imports every table of core, so that the metadata is complete wherever it is needed."""

from talkoot.audit.models import AuditEntry, AuditHead
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Conversation, Flag, Post, PostVersion, Reaction
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.jobs.models import Outbox, ScheduleTick
from talkoot.people.models import Invitation, Membership, Person, PersonSession, RoleGrant, SignInAttempt
from talkoot.site.models import InstallationText, PageText
from talkoot.tenants.models import (
    Affiliation,
    AreaRow,
    Organisation,
    TenantHost,
    TenantRow,
    TenantSlug,
    TenantStamp,
    TenantSummary,
)

__all__ = [
    "Affiliation",
    "AreaRow",
    "AuditEntry",
    "AuditHead",
    "Contribution",
    "Conversation",
    "Flag",
    "FollowUp",
    "FollowUpEvent",
    "InstallationText",
    "Invitation",
    "Membership",
    "Organisation",
    "Outbox",
    "PageText",
    "Person",
    "PersonSession",
    "Post",
    "PostVersion",
    "Reaction",
    "RoleGrant",
    "ScheduleTick",
    "SignInAttempt",
    "TenantHost",
    "TenantRow",
    "TenantSlug",
    "TenantStamp",
    "TenantSummary",
]

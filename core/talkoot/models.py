"""Imports every table of core, so that the metadata is complete wherever it is needed."""

from talkoot.audit.models import AuditEntry, AuditHead
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Conversation, Draft, Flag, Post, PostVersion, Reaction
from talkoot.files.models import File
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.incoming.models import MailAnswer, MailBounce, MailStranger
from talkoot.jobs.models import Outbox, ScheduleTick
from talkoot.notices.models import Bookmark, Follow, MailChoice, Notice
from talkoot.people.models import Invitation, Membership, NameTail, Person, PersonSession, RoleGrant, SignInAttempt
from talkoot.push.models import PushSubscription
from talkoot.search.models import SearchEntry
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
    "Bookmark",
    "Contribution",
    "Conversation",
    "Draft",
    "File",
    "Flag",
    "Follow",
    "FollowUp",
    "FollowUpEvent",
    "InstallationText",
    "Invitation",
    "MailAnswer",
    "MailBounce",
    "MailChoice",
    "MailStranger",
    "Membership",
    "NameTail",
    "Notice",
    "Organisation",
    "Outbox",
    "PageText",
    "Person",
    "PersonSession",
    "Post",
    "PostVersion",
    "PushSubscription",
    "Reaction",
    "RoleGrant",
    "ScheduleTick",
    "SearchEntry",
    "SignInAttempt",
    "TenantHost",
    "TenantRow",
    "TenantSlug",
    "TenantStamp",
    "TenantSummary",
]

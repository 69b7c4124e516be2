"""The mail that tells of notices: one thing at once, or a digest of many; composed of the rows it has taken, as they are now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_

from talkoot import i18n
from talkoot.access.policy import VERIFIED
from talkoot.config import Settings
from talkoot.conversations.rendering import excerpt, placed
from talkoot.db import TenantSession
from talkoot.incoming import bounces, phrases
from talkoot.incoming.addresses import reply_address
from talkoot.mail import messages
from talkoot.notices import listing
from talkoot.notices.kinds import KINDS
from talkoot.notices.listing import Group, Item
from talkoot.notices.models import Notice
from talkoot.people import links
from talkoot.people.models import Membership, Person
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot

_notice, _member, _person = (model.__table__ for model in (Notice, Membership, Person))
IN_FULL = 3  # items of a mail whose whole text it brings: of more, the beginnings
MOST_GROUPS, MOST_ITEMS = 25, 6  # the rest is on the page
# What mail programs would make a link of: a dot, an @ or a colon before a letter, and "://". "Klo 18.30" stays as it is.
ADDRESS = re.compile(r"(?<=\w)(://|[.@:/]+(?=[^\W\d_]))")
LINK = '<a style="color:#1b5e8c" '  # as in templates/mail/notices.html
SPACES = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")


class Piece(NamedTuple):
    """A notice in the mail. `text` and `html` say the same; `html` is empty where only the beginning is told."""

    who: str
    office: str
    words: str
    link: str
    text: str
    html: str
    language: str


class Part(NamedTuple):
    """What the mail tells of one place; `more`: so many notices are left to the page."""

    title: str
    language: str
    link: str
    pieces: Sequence[Piece]
    more: int


class Reply(NamedTuple):
    """That the mail can be answered: to which address, and the line above which one writes."""

    address: str
    mark: str


class Recipient(NamedTuple):
    """Whose mail it is."""

    person_id: UUID
    to: str
    language: str


def compose(app: Talkoot, db: TenantSession, member_id: UUID, job: UUID) -> EmailMessage | None:
    """The mail of a job; None when all it would tell has been read meanwhile or may not be seen any more."""
    rows = db.connection().execute(_taken, {"tenant": db.tenant.id, "member": member_id, "job": job}).all()
    if not rows:
        return None
    person = Recipient(rows[0].person_id, rows[0].email, rows[0].reads)
    with i18n.speaking(person.language):
        groups = listing.grouped(db, app.registry, rows)
        if not groups:
            return None
        parts = [_part(db.tenant, group, _in_full(groups)) for group in groups[:MOST_GROUPS]]
    only = groups[0] if len(groups) == 1 else None
    stop = _stop_address(app.settings, db.tenant, groups, member_id)
    reply = _reply(app.settings, db.tenant, person, only)
    return messages.compose(
        app,
        db.tenant,
        to=person.to,
        language=person.language,
        template="notices",
        job=job,
        headers=_headers(app.settings, db.tenant, only, stop, reply),
        parts=parts,
        single=parts[0] if only else None,
        more=len(groups) - len(parts),
        stop=stop,
        reply=reply,
        **_look(db.tenant),
    )


# What the mail has taken, and whose it is: nothing for who is no member any more, may not read here or cannot be reached.
# Made once: putting a statement together costs more than running it.
_taken = (
    listing.taken_by(_notice.c.mail_id)
    .add_columns(_person.c.id.label("person_id"), _person.c.email, _member.c.language.label("reads"))
    .join(_member, and_(_member.c.tenant_id == _notice.c.tenant_id, _member.c.id == _notice.c.membership_id))
    .join(_person, _person.c.id == _member.c.person_id)
    .where(_member.c.blocked_at.is_(None), _member.c.erased_at.is_(None))
    .where(_person.c.blocked_at.is_(None), _person.c.confirmed_at.is_not(None), _person.c.email.is_not(None))
    .where(~bounces.silenced(_person.c.id))
)


def _in_full(groups: Sequence[Group]) -> bool:
    return sum(len(group.items) for group in groups) <= IN_FULL


def _part(tenant: Tenant, group: Group, in_full: bool) -> Part:
    shown = group.items[-MOST_ITEMS:]  # the latest, in the order they came
    pieces = [_piece(tenant, item, in_full) for item in shown]
    title = unlinked(group.place.title) or i18n.gettext("Your feedback")
    link = f"{tenant.url}/{group.place.path}"
    return Part(title, group.place.language, link, pieces, len(group.items) - len(shown))


def _piece(tenant: Tenant, item: Item, in_full: bool) -> Piece:
    office = ", ".join(filter(None, (str(VERIFIED.get(item.verified_as or "", "")), unlinked(item.title))))
    words = " ".join(filter(None, (str(KINDS[item.kind].words), unlinked(item.reason))))
    html = placed(item.html, tenant.url).replace("<a ", LINK) if in_full else ""
    text = item.source if in_full else excerpt(item.html, 200)
    return Piece(unlinked(item.who), office, words, f"{tenant.url}/{item.path}", text, html, item.language)


def unlinked(text: str) -> str:
    """A name or title in one line, with nothing in it that a mail program makes a link of (security.md row 13)."""
    return ADDRESS.sub("\\1\u200b", SPACES.sub(" ", text)).strip()


def _stop_address(settings: Settings, tenant: Tenant, groups: Sequence[Group], member_id: UUID) -> str:
    """Where one press ends such mail: of what is followed, or of everything when more than that is in it."""
    direct = any(KINDS[item.kind].direct for group in groups for item in group.items)
    what = "all" if direct else "rest"
    token = links.sign(settings, "unsubscribe", tenant, member=str(member_id), what=what)
    return f"{tenant.url}/unsubscribe/{token}"


def _reply(settings: Settings, tenant: Tenant, person: Recipient, only: Group | None) -> Reply | None:
    """Where an answer to the mail becomes a reply in the discussion; None where no mail is taken in, or no reply."""
    if only is None or only.conversation_id is None or not only.place.open:
        return None
    address = reply_address(settings, tenant, person.person_id, only.conversation_id)
    return Reply(address, phrases.mark(person.language)) if address else None


def _headers(settings: Settings, tenant: Tenant, only: Group | None, stop: str, reply: Reply | None) -> dict[str, str]:
    """What mail programs thread by and unsubscribe with (RFC 2919, 2369, 8058)."""
    site = f"{tenant.slug}.{settings.mail_domain}"
    found = {
        "List-Id": f"<{site}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    if reply:
        found["Reply-To"] = reply.address
    if only and only.conversation_id:
        root = f"<conversation-{only.conversation_id}@{settings.mail_domain}>"
        found |= {"List-Id": f"<{only.conversation_id.hex}.{site}>", "In-Reply-To": root, "References": root}
    return found


def _look(tenant: Tenant) -> dict[str, Any]:
    """The tenant's colour, the ink that is read on it, and its logo."""
    return {"brand": tenant.setting("site.brand"), "logo": tenant.logo}

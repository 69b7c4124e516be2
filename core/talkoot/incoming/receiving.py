"""A mail that came in, by whichever door: who wrote it, to what, and what becomes of it.

At least once: a door that is not sure delivers again, and what has been done is not done twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from talkoot import i18n
from talkoot.access.actor import Actor
from talkoot.conversations.models import Conversation
from talkoot.conversations.places import places
from talkoot.conversations.posts import NewPost, submitted
from talkoot.db import TenantSession
from talkoot.errors import ForbiddenError, InvalidError, NotFoundError
from talkoot.incoming import (
    addresses,
    answers,
    authentication,
    bounces,
    cutting,
    illustrating,
    letters,
    plain,
    recognising,
    sealed,
)
from talkoot.incoming import attached as attachments
from talkoot.incoming.addresses import ReplyAddress, ReturnAddress
from talkoot.incoming.attached import Attached
from talkoot.incoming.illustrating import Kept
from talkoot.incoming.letters import Envelope, Letter, header
from talkoot.people import accounts, acting
from talkoot.plugin import Place

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.tenants.tenant import Tenant

log = structlog.get_logger("talkoot.mail")


@dataclass(frozen=True)
class Outcome:
    """What became of a mail.

    `kind`: posted, again (it had been), refused (and its writer told why), stranger (told or not), forged, bounce,
    automatic, list, own, not_ours, unreadable. `detail` says more, for the log and the command line.
    """

    kind: str
    detail: str = ""
    tenant: str | None = None


def receive(app: Talkoot, raw: bytes, envelope: Envelope) -> Outcome:
    """Take a mail in. Raises only what is worth another try: the database is away."""
    with app.app_context(), i18n.speaking(app.settings.installation_languages[0]):
        outcome = _receive(app, raw, envelope)
    log.info("mail_in", outcome=outcome.kind, detail=outcome.detail, tenant=outcome.tenant, bytes=len(raw))
    return outcome


def _receive(app: Talkoot, raw: bytes, envelope: Envelope) -> Outcome:
    letter = letters.read(raw, envelope)
    if letter is None:
        return Outcome("unreadable")
    ours = [to for to in letter.recipients if addresses.is_ours(app.settings, to)]
    if not ours:
        return Outcome("not_ours")
    found = next((address for to in ours if (address := addresses.read(app.settings, to))), None)
    nature = recognising.nature(letter, app.settings.mail_domain)
    if nature == recognising.BOUNCE and isinstance(found, ReturnAddress):
        return _bounced(app, letter, found)
    if nature:
        return Outcome(nature)
    if authentication.is_forged(letter, app.settings.mail_in_trusted):
        return Outcome("forged")
    return _replied(app, letter, found) if isinstance(found, ReplyAddress) else _strange(app, letter)


@contextmanager
def _writing(app: Talkoot, tenant: Tenant | None) -> Iterator[TenantSession]:
    """A session whose jobs go to the workers at its commit, as those of a page do; else the relay would come for them later."""
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        yield db
    app.handover.take(db.info.pop("outbox", ()))


def _bounced(app: Talkoot, letter: Letter, returned: ReturnAddress) -> Outcome:
    with _writing(app, None) as db:
        return Outcome("bounce", "counted" if bounces.note(db, app.settings, letter, returned) else "")


def _replied(app: Talkoot, letter: Letter, address: ReplyAddress) -> Outcome:
    """A reply whose address may be ours: the sender must be whom it was made for."""
    snapshot = app.directory.current()
    tenant = snapshot.by_id.get(address.tenant_id)
    if tenant is None or not letter.sender:
        return _strange(app, letter)
    with app.database.session(None) as db:
        person = accounts.by_email(db, letter.sender)
    if person is None or not address.is_of(app.settings, person.id):
        return _strange(app, letter)
    with _writing(app, tenant) as db:
        who = acting.actor_of(db, person, app.policy)
        with i18n.speaking(who.language):
            kind, detail = _Reply(app, db, letter, address, who).take()
        bounces.forget(db, person.id)
        return Outcome(kind, detail, tenant.slug)


@dataclass(frozen=True)
class _Reply:
    """A reply whose writer is known."""

    app: Talkoot
    db: TenantSession
    letter: Letter
    address: ReplyAddress
    who: Actor

    @cached_property
    def submission(self) -> UUID:
        """The same for each delivery of the same mail to the same address: its identity and its words, since some programs
        give two mails one identity."""
        words = letters.text_of(self.letter).words
        said = f"{self.letter.identity}|{header(self.letter.message, 'date')}|{words}".encode(errors="replace")
        return UUID(bytes=hashlib.sha256(self.address.signature + said).digest()[:16])

    def take(self) -> tuple[str, str]:
        """Post it, or tell its writer why not."""
        if self.who.membership_id is None:
            return "refused", "no member"
        if submitted(self.db, self.submission):
            return "again", ""
        place, text = None, ""
        try:
            found, attached = letters.text_of(self.letter), attachments.of(self.letter)
            text = cutting.cut(attached.without_places(sealed.unsigned(found.words)))
            thing, place = self._conversation()
            self._refuse_unless_open(thing[0], place)
            if sealed.is_encrypted(self.letter, text):
                return self._refuse("sealed", place, text)
            kept = self._kept(attached)
            if not text.strip() and not kept.named:
                return self._refuse("empty", place, found.words, "\n".join(kept.left))
            return self._post(thing, place, plain.unwrapped(text) if found.wrapped else text, kept)
        except NotFoundError:
            return self._refuse("gone", place, text)
        except ForbiddenError:
            return self._refuse("not_allowed", place, text)
        except InvalidError as error:
            closed = place is not None and not place.open
            return self._refuse("closed" if closed else "refused", place, text, "" if closed else error.message)

    def _conversation(self) -> tuple[tuple[str, UUID], Place]:
        """The object that is talked about and where it stands; raises NotFoundError for what the writer may not know of."""
        found = self.db.find(Conversation, id=self.address.conversation_id)
        if found is None:
            raise NotFoundError
        thing = (found.subject_kind, found.subject_id)
        place = places(self.db, self.app.registry, [thing]).get(thing)
        if place is None or not (place.public or self.who.is_member):
            raise NotFoundError
        return thing, place

    def _refuse_unless_open(self, kind_name: str, place: Place) -> None:
        kind = self.app.registry.conversation_kinds[kind_name]
        if kind.reply is None or not (self.who.is_member and self.who.may(kind.write, *place.scopes)):
            raise ForbiddenError(kind.write)
        if not place.open:
            raise InvalidError("")

    def _kept(self, attached: Attached) -> Kept:
        """What hangs on the mail, its pictures kept. Nothing has been written in this session yet: they have their own."""
        if attached.pictures:
            self.db.release()
        return illustrating.keep(self.app, self.db.tenant, self.who, self.submission, attached)

    def _post(self, thing: tuple[str, UUID], place: Place, text: str, kept: Kept) -> tuple[str, str]:
        assert self.who.membership_id
        kind = self.app.registry.conversation_kinds[thing[0]]
        assert kind.reply
        whole = "\n\n".join(filter(None, [text, *kept.named]))
        new = NewPost(self.who.membership_id, whole, self.submission, self.who.language, channel="mail")
        with self.db.begin_nested():  # a refusal takes back what was begun, and the answer to it stays
            added = kind.reply(self.db, self.app.registry, thing[1], new)
        self.db.quiet = False
        if kept.left:
            self._answer("left_out", place, "", "\n".join(kept.left))
        elif kept.untold and not answers.owed_lately(self.db, self.who.membership_id, "untold"):
            self._answer("untold", replace(place, path=f"posts/{added.id}/edit"), "")
        return ("again" if added.again else "posted"), str(added.id)

    def _refuse(self, reason: str, place: Place | None, text: str, detail: str = "") -> tuple[str, str]:
        self._answer(reason, place, text, detail)
        return "refused", reason

    def _answer(self, reason: str, place: Place | None, text: str, detail: str = "") -> None:
        assert self.who.membership_id
        answers.owe(
            self.db, self.who.membership_id, self.submission, reason, detail=detail,
            subject=self.letter.subject, text=text[:100_000], path=place.path if place else "",
        )  # fmt: skip


def _strange(app: Talkoot, letter: Letter) -> Outcome:
    """Nobody is found by the sender and the address together. Only who writes under one name gets an answer: a forger's
    victim would get it otherwise."""
    if not letter.sender or letter.envelope_sender not in (None, letter.sender):
        return Outcome("stranger", "not answered")
    with _writing(app, None) as db:
        first = answers.owe_stranger(db, letter.sender)
    return Outcome("stranger", "answered" if first else "answered before")

"""Fixtures of mail that comes in: an installation that takes it, and a mail on its way to the town's topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.core.mail import clients

from talkoot.app import Talkoot
from talkoot.conversations import pages, posts
from talkoot.conversations.models import Post
from talkoot.files.models import File
from talkoot.incoming import addresses, receiving
from talkoot.incoming.letters import Envelope
from talkoot.incoming.receiving import Outcome
from talkoot.people import memberships

INBOX = "reply@talkoot.example"


@pytest.fixture
def mail_app(app, monkeypatch) -> Talkoot:
    """The application, with an address for mail to come in at."""
    taking = replace(app.settings, mail_in_address=INBOX, mail_domain="talkoot.example")
    monkeypatch.setattr(app, "settings", taking)
    return app


@pytest.fixture
def reply_to(mail_app, town, world) -> Callable[..., str]:
    """`reply_to("resident")`: where their answers to the town's topic go."""

    def address(role: str = "resident", topic: str = "conversation") -> str:
        conversation = world.things["kokkola", topic]
        found = addresses.reply_address(mail_app.settings, town, world.people["kokkola", role], conversation)
        assert found
        return found

    return address


@pytest.fixture
def take(mail_app, reply_to) -> Callable[..., Outcome]:
    """`take(raw, to=…, sender=…)`: deliver a mail, by default from the resident to the town's topic."""

    def deliver(raw: bytes | None = None, to: str | None = None, sender: str | None = clients.SENDER) -> Outcome:
        envelope = Envelope((to or reply_to(),), sender)
        return receiving.receive(mail_app, raw if raw is not None else clients.gmail("fi"), envelope)

    return deliver


@pytest.fixture
def shown(reading, town, world) -> Callable[[], list[str]]:
    """The texts in the town's topic."""

    def texts() -> list[str]:
        with reading(town) as db:
            return [post.html for post in pages.page(db, world.things["kokkola", "conversation"], 1)]

    return texts


@pytest.fixture
def english(writing, town, world):
    """The resident's mails are in English, so that words need no catalogue."""
    with writing(town) as db:
        memberships.get(db, world.members["kokkola", "resident"]).language = "en"


@pytest.fixture
def newest(reading, town, world, english):
    """The newest post in the town's topic."""

    def find() -> Post:
        with reading(town) as db:
            conversation = world.things["kokkola", "conversation"]
            return db.find(Post, conversation_id=conversation, n=posts.newest(db, conversation))

    return find


@pytest.fixture
def kept(reading, town):
    """The pictures that the town has."""

    def find() -> list[File]:
        with reading(town) as db:
            return list(db.scalars(select(File).where(File.tenant_id == town.id).order_by(File.created_at)))

    return find


@pytest.fixture
def told(mails):
    """What the writer was told, in the one mail that they got."""

    def text() -> str:
        [mail] = mails()
        return mail.get_body(("plain",)).get_content()

    return text

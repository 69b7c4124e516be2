"""What is kept of mail that came in: answers that are owed to writers, strangers answered, and mailboxes that are gone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique
from talkoot.ids import new_id


class MailAnswer(Base, TenantOwned):
    """A mail to a member about theirs: why it did not become a post, with their text, or what was left out of it.

    Deleted after a week: until then a job that failed may need it.
    """

    __tablename__ = "mail_answer"
    membership_id: Mapped[UUID]
    submission: Mapped[UUID]  # of the mail, so that one that is delivered twice is answered once
    reason: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(
        Text, default=""
    )  # what else is to be said: the refusal's words, names of files
    subject: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    path: Mapped[str] = mapped_column(String(300), default="")  # of the conversation, below the tenant's address
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_unique("submission"),
        tenant_index("membership_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class MailStranger(Base):
    """An address that wrote where nobody could answer, told so once a week (RFC 3834); then the row is deleted."""

    __tablename__ = "mail_stranger"
    email: Mapped[str] = mapped_column(String(254), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    at: Mapped[datetime] = mapped_column()
    __table_args__ = (Index("ix_mail_stranger_at", "at"),)


class MailBounce(Base):
    """Mail to a person that came back for good, at most one a day counted; gone once they are reached again."""

    __tablename__ = "mail_bounce"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    count: Mapped[int]
    at: Mapped[datetime]
    said: Mapped[str] = mapped_column(String(200), default="")  # what the other mail server gave as the reason

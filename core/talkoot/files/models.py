"""The table of files. Bytes are not in it: they lie in the storage, under the tenant and the file's name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique


class File(Base, TenantOwned):
    """A picture that a member has sent. It stands in one post, and is seen by whoever sees that; before, by its sender.

    What it shows is told in words where it stands, in the text of the post.
    """

    __tablename__ = "file"
    name: Mapped[str] = mapped_column(String(20))  # in texts and addresses; nobody can guess it
    kind: Mapped[str] = mapped_column(String(10))  # what its names end with: "webp"
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the larger picture
    width: Mapped[int]  # of the smaller picture, as it stands in a text
    height: Mapped[int]
    size: Mapped[int]  # bytes of both
    uploader_id: Mapped[UUID]
    created_at: Mapped[datetime]
    submission: Mapped[UUID]  # the same picture sent twice by one form is one
    post_id: Mapped[UUID | None]  # where it stands
    unused_since: Mapped[datetime | None]  # set as long as it stands nowhere; swept some days later
    __table_args__ = (
        tenant_key("uploader_id", "membership"),
        tenant_key("post_id", "post"),
        tenant_unique("name"),
        tenant_unique("uploader_id", "submission"),
        Index("ix_file_tenant_id_uploader_id_created_at", "tenant_id", "uploader_id", "created_at"),
        tenant_index("post_id", filled=True),
        tenant_index("unused_since", filled=True),
        {"info": {"person": "uploader_id", "erase": "by hand"}},
    )

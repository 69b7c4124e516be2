"""What a visitor asks of a list of topics, read from the address; what is none of the options is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from flask import request

from talkoot.web import here
from talkoot_forums import listing, tags
from talkoot_forums.listing import Filters
from talkoot_forums.tags import TagView


@dataclass(frozen=True)
class Asked:
    """The filters of a page, the tag among them, and the tags one can choose."""

    filters: Filters
    tag: TagView | None
    tags: list[TagView]

    @property
    def tag_id(self) -> UUID | None:
        return self.tag.id if self.tag else None


def asked() -> Asked:
    """The filters in the address of this request."""
    filters, known = listing.asked(request.args), tags.vocabulary(here.db(), retired=True)
    tag = next((one for one in known if one.slug == filters.tag), None)
    offered = [one for one in known if not one.retired or one is tag]
    return Asked(filters if tag else replace(filters, tag=""), tag, offered)

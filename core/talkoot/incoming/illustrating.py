"""Pictures that came with a reply: kept as those of the page's form are, each before the post and for itself.

Killed in between, they stand in no post and are swept; delivered again, the mail finds those that it has brought before.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from talkoot.access.actor import Actor
from talkoot.conversations import images
from talkoot.errors import InvalidError, TooManyError
from talkoot.files import pictures
from talkoot.files.pictures import REFUSALS, UnusablePictureError
from talkoot.i18n import gettext, ngettext
from talkoot.incoming.attached import MOST_TOLD, Attached, Sent

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.tenants.tenant import Tenant

MOST = 10  # pictures of one mail
SECONDS = 12  # within which the last one is begun: a web worker that takes longer for a request is ended
LEAST_SIDE, LEAST_INLINE = 100, 150  # pixels; among the words, what is smaller is a logo
# What cameras and programs call their files says nothing of what is in them.
BARE = re.compile(
    r"\b(img|image|picture|photo|pic|scan|screenshot|screen|shot|kuva\w*|näyttökuva\w*|foto|bild\w*|skärm\w*|whatsapp|signal"
    r"|telegram|messenger|snapchat|received|attachment|liite|bilaga|untitled|unnamed|nimetön|copy|kopio|kopia|jpe?g|png|webp)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]{3,}")


class Kept(NamedTuple):
    """Pictures as a text names them; what was left out, a line for each; `untold`: of a picture nothing is told in words."""

    named: tuple[str, ...]
    left: tuple[str, ...]
    untold: bool


def keep(app: Talkoot, tenant: Tenant, who: Actor, submission: UUID, attached: Attached) -> Kept:
    """Keep the pictures of a member's reply; what fails is left out with its reason, and never the reply with it."""
    assert who.membership_id
    names: dict[str, str] = {}  # one that was sent twice stands once
    left: list[str] = []
    until = time.monotonic() + SECONDS
    for sent in attached.pictures:
        try:
            if len(names) >= MOST or time.monotonic() > until:
                raise InvalidError(gettext("One mail brings at most %(most)s pictures.", most=MOST))
            names.setdefault(_taken(app, tenant, who, submission, sent), sent.name)
        except UnusablePictureError as refused:
            if not (refused.why == "small" and sent.inline):
                left.append(f"{sent.name}: {refused.message}")
        except InvalidError as refused:
            left.append(f"{sent.name}: {refused.message}")
        except TooManyError:
            left.append(f"{sent.name}: {REFUSALS['room']}")
    told = [described(name) for name in names.values()]
    named = [images.markdown(name, told[i] or _untold(i + 1, len(names))) for i, name in enumerate(names)]
    return Kept(tuple(named), _told([*left, *attached.others]), "" in told)


def _taken(app: Talkoot, tenant: Tenant, who: Actor, submission: UUID, sent: Sent) -> str:
    """The name of the picture, in a transaction of its own. Raises as `pictures.take` does."""
    if not who.may(pictures.PERMISSION):
        raise InvalidError(gettext("Pictures cannot be added here."))
    assert who.membership_id
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True  # no page shows it yet
        key = UUID(bytes=hashlib.blake2b(submission.bytes + sent.data, digest_size=16).digest())
        least = LEAST_INLINE if sent.inline else LEAST_SIDE
        return pictures.take(db, app.storage, who.membership_id, sent.data, key, least_side=least)


def described(name: str) -> str:
    """What a file's name tells of the picture, as `dark_lamp-at-the-school.jpg` does; "" when it does not."""
    words = re.sub(r"[\s_.-]+", " ", name.rpartition(".")[0]).strip()
    told = WORD.findall(BARE.sub(" ", words))
    return words if len(told) >= 2 and not BARE.search(words) and not re.search(r"\d{3}", words) else ""


def _untold(n: int, count: int) -> str:
    """What stands in place of words for the picture until its writer tells what is in it; it says where it came from."""
    if count == 1:
        return gettext("Picture sent by mail")
    return gettext("Picture %(n)s of %(all)s sent by mail", n=n, all=count)


def _told(left: list[str]) -> tuple[str, ...]:
    more = len(left) - MOST_TOLD
    if more <= 0:
        return tuple(left)
    return (*left[:MOST_TOLD], ngettext("and %(num)d more file", "and %(num)d more files", more))

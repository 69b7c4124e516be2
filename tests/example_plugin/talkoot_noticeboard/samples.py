"""Notices of invented associations for the demo region."""

from __future__ import annotations

from datetime import timedelta

from talkoot.conversations.models import Conversation
from talkoot.conversations.rendering import excerpt, render
from talkoot.demo.world import DemoWorld, Place
from talkoot.ids import new_id
from talkoot_noticeboard import notices
from talkoot_noticeboard.models import Notice

# (title, association, text) by language
TEXTS = {
    "fi": (
        ("Pihatalkoot lauantaina", "Kyläyhdistys", "Haravoidaan koulun piha. **Oma harava mukaan**, soppa on valmis kello 12."),
        ("Käsityökerho alkaa", "Martat", "Maanantaisin kello 18 kirjaston alakerrassa. Uudet tulijat saavat langat lainaksi."),
        ("Kimppakyyti kuoroon", "Sekakuoro", "Autossa on kolme paikkaa keskiviikkoisin. Lähtö torilta kello 17.30."),
        ("Ulkoiluystävää etsitään", "Eläkkeensaajat", "Kävellään rauhallisesti ja jutellaan. Keppi ja rollaattori mahtuvat mukaan."),
    ),
    "sv": (
        ("Talko på lördag", "Byaföreningen", "Vi krattar skolgården tillsammans. **Ta med egen kratta**, soppan är klar vid tolv."),
        ("Handarbetsklubben börjar", "Marthaföreningen", "På måndagar klockan 18 i bibliotekets källare. Nya får låna garn."),
        ("Samåkning till kören", "Blandade kören", "Tre platser i bilen på onsdagar. Avgång från torget klockan 17.30."),
    ),
}  # fmt: skip


def fill(world: DemoWorld) -> None:
    """A few notices on every board, by people who speak their language."""
    for place in world.places.values():
        for language in place.languages:
            for title, association, text in TEXTS.get(language, ()):
                _pin(world, place, language, title, association, text)


def _pin(world: DemoWorld, place: Place, language: str, title: str, association: str, text: str) -> None:
    chance = world.random("noticeboard", place.slug, title)
    identity, pinned = new_id(), world.ago(days=chance.uniform(0.5, 20))
    conversation = world.add(place, Conversation, subject_kind=notices.KIND, subject_id=identity)
    html = render(text)
    world.add(
        place, Notice, id=identity, number=place.number("noticeboard.notice"), title=title, association=association, source=text,
        html=html, excerpt=excerpt(html), language=language, author_id=chance.choice(place.speaking(language)).id,
        conversation_id=conversation, submission=new_id(), created_at=pinned, shown_until=(pinned + timedelta(days=30)).date(),
    )  # fmt: skip

"""A mail server that can make a sender wait so long for the answer that it can be killed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.bench import servers


class MailServer:
    """Takes every mail; the sender of the one numbered `stalls` waits for the answer."""

    def __init__(self, stalls: int = 1) -> None:
        self.taken: list[bytes] = []
        self.stalls = stalls

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        if len(self.taken) == self.stalls:
            await asyncio.sleep(15)
        return "250 taken"


@contextmanager
def running(stalls: int = 1) -> Iterator[tuple[MailServer, int]]:
    """The server and its port."""
    server, port = MailServer(stalls), servers.free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    yield server, port
    controller.stop()

"""A server that speaks LMTP (RFC 2033) with the mail server beside it: mail is acknowledged when it has been committed."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from talkoot.errors import SetupError
from talkoot.incoming import addresses, receiving
from talkoot.incoming.letters import LARGEST
from talkoot.incoming.letters import Envelope as Told

try:
    from aiosmtpd.lmtp import LMTP
except ImportError as error:
    raise SetupError("This needs one more package: pip install 'talkoot[lmtp]'") from error

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

    from talkoot.app import Talkoot

log = structlog.get_logger("talkoot.mail")
AT_ONCE = 2  # mails taken in; others wait, so that a flood leaves connections to the database for visitors
END_SECONDS = 20
SILENT_SECONDS = 120
TRY_AGAIN = "451 4.3.0 Not taken now, try again later"
SAID = {  # what the mail server hears where it is not "taken"
    "unreadable": "554 5.6.0 Not a mail that can be read",
    "not_ours": "550 5.1.1 No such address here",
}


class Door:
    """What happens at each step of a delivery."""

    def __init__(self, app: Talkoot) -> None:
        self.app = app
        self.workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lmtp")
        self.busy: set[asyncio.Future[Any]] = set()

    async def handle_RCPT(  # noqa: N802 aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not addresses.is_ours(self.app.settings, address):
            return SAID["not_ours"]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One answer for each recipient, as LMTP has it."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        return "\r\n".join([await self._taken(raw, to, envelope.mail_from or "") for to in envelope.rcpt_tos])

    async def _taken(self, raw: bytes, recipient: str, sender: str) -> str:
        take = partial(receiving.receive, self.app, raw, Told((recipient,), sender))
        job = asyncio.get_running_loop().run_in_executor(self.workers, take)
        self.busy.add(job)
        try:
            outcome = await job
        except Exception as error:  # whatever it was: the mail server keeps the mail, and the log says why
            log.warning("mail_in_put_off", error=repr(error)[:500])
            return TRY_AGAIN
        finally:
            self.busy.discard(job)
        return SAID.get(outcome.kind, f"250 2.0.0 {outcome.kind}")


def serve(app: Talkoot, listen: str) -> None:
    """Serve until SIGTERM or SIGINT; a mail in hand is finished first. `listen`: `unix:/path` or `127.0.0.1:port`."""
    asyncio.run(_serve(app, listen, _place(listen)))


def _place(listen: str) -> Path | tuple[str, int]:
    """A socket's path, or a host of this machine and a port; raises SetupError for any other."""
    if listen.startswith("unix:"):
        return Path(listen.removeprefix("unix:"))
    host, _, port = listen.rpartition(":")
    if host not in ("127.0.0.1", "[::1]", "localhost") or not port.isdigit():
        raise SetupError("LMTP asks nobody who they are: listen on unix:/path or on 127.0.0.1 with a port")
    return host.strip("[]"), int(port)


async def _serve(app: Talkoot, listen: str, place: Path | tuple[str, int]) -> None:
    loop, stop, door = asyncio.get_running_loop(), asyncio.Event(), Door(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await _listening(
        place, lambda: LMTP(door, data_size_limit=LARGEST, timeout=SILENT_SECONDS, ident="Talkoot")
    )
    log.info("lmtp_started", listen=listen)
    await stop.wait()
    server.close()
    if door.busy:
        await asyncio.wait(door.busy, timeout=END_SECONDS)
    await asyncio.sleep(0.1)  # their answers are written
    door.workers.shutdown(wait=False, cancel_futures=True)
    log.info("lmtp_stopped")


async def _listening(place: Path | tuple[str, int], protocol: Any) -> asyncio.AbstractServer:
    loop = asyncio.get_running_loop()
    if isinstance(place, tuple):
        return await loop.create_server(protocol, *place)
    server = await loop.create_unix_server(protocol, str(place))
    place.chmod(0o660)  # the mail server's user shares the group; others keep out
    return server

"""Fixtures of push: an installation that offers it, a push service on loopback, and browsers that open what it got."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from tests.core.push.browsers import NOON, SECRET, Browser

from talkoot.jobs import worker
from talkoot.jobs.models import Outbox
from talkoot.notices import waiting
from talkoot.push import devices, services

HOSTS = (Browser.HOST, "fcm.googleapis.com")  # which the push service on loopback is, by its certificate


@pytest.fixture
def push_app(app, monkeypatch):
    """The application, with a key for push and an address that push services accept as a contact."""
    monkeypatch.setattr(app, "settings", replace(app.settings, push_secret=SECRET, public_url="https://forum.example"))
    return app


@dataclass
class Service:
    """What the push service was asked, and what it answers: a status, or one for each path."""

    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    status: int = 201
    by_path: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    connect: Callable[..., HTTPSConnection] | None = None

    def told(self, browser: Browser) -> list[dict[str, str]]:
        """What this browser shows, in order: what was taken for it."""
        return [browser.opened(body) for path, body in self.taken if browser.endpoint.endswith(path)]


@pytest.fixture(scope="session")
def certified(tmp_path_factory):
    """A key and a certificate for the push service's name, made for this run."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, Browser.HOST)])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in HOSTS]), critical=False)
    path = tmp_path_factory.mktemp("push") / "service.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def service(push_app, certified, monkeypatch):
    """A push service on loopback that speaks TLS; our side connects to it as if it were the browser maker's."""
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.asked.append((self.path, dict(self.headers), body))
            status = found.by_path.get(self.path, found.status)
            if status < 300:
                found.taken.append((self.path, body))
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=certified)
    serving.load_cert_chain(certified)
    server.socket = serving.wrap_socket(server.socket, server_side=True)

    class ToLoopback(HTTPSConnection):
        def connect(self):
            self._create_connection = lambda _address, *more: real(server.server_address, *more)
            super().connect()

    real = HTTPSConnection("x")._create_connection
    found.connect = lambda host, context=trusting: ToLoopback(host, timeout=2, context=context)
    monkeypatch.setattr(services, "_connection", found.connect)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def added(push_app, writing, noticing):
    """`added("resident", browser)`: the member is told in this browser from now on."""

    def add(role="resident", browser=None, place=None):
        browser, at = browser or Browser(), place or noticing
        with writing(at.tenant) as db:
            devices.add(db, push_app.settings, at.member(role), browser.given, "Firefox, Android")
        return browser

    return add


@pytest.fixture
def noon(clock):
    clock.move_to(NOON)
    return clock


@pytest.fixture
def tick(noon, noticing):
    """The worker's round of a minute, at a later moment."""

    def later(**after):
        noon.shift(timedelta(minutes=1, **after))
        worker.keep_schedule(noticing.app)
        noticing.run_jobs()

    return later


@pytest.fixture
def jobs(app):
    """The jobs of push, the oldest first."""

    def found():
        with app.database.session(None) as db:
            return list(db.scalars(select(Outbox).where(Outbox.kind == waiting.PUSH).order_by(Outbox.created_at)))

    return found

"""Hundreds of slow clients hang on the proxy; the application behind it does not notice."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.bench import servers
from tests.bench.browser import Browser
from tests.bench.sites import Site
from tests.faults.conftest import MakeSite

from talkoot.testing import towns

HEADERS, BODIES = 300, 120


def test_slow_clients_do_not_keep_others_waiting(make_site: MakeSite) -> None:
    site = make_site()
    with (
        servers.gunicorn(site.folder, WEB_CONCURRENCY="1") as web,
        servers.nginx(site.folder / "nginx", web.port) as (proxy, _),
    ):
        with _slow(proxy.port, HEADERS, b""), _slow(proxy.port, BODIES, b"Content-Length: 1000\r\n\r\ntext="):
            times = []
            for n in range(20):
                began = time.monotonic()
                page = Browser(proxy.port, f"{towns.TOWN}.localhost", secure=True).get(f"/?page={n}")
                times.append(time.monotonic() - began)
                assert page.status == 200
        assert max(times) < 2, (
            "the application has 4 threads; had the slow ones reached it, these would have waited for ever"
        )
        assert "reply" not in web.said(), "no half request came through"


def test_a_request_that_never_ends_is_ended_by_the_proxy(make_site: MakeSite) -> None:
    site = make_site()
    with _served(site) as (_, port), _slow(port, 1, b"") as (client,):
        began = time.monotonic()
        client.settimeout(20)
        assert client.recv(1) == b"", "nginx hangs up"
        assert time.monotonic() - began < 15


@contextmanager
def _served(site: Site, workers: str = "2") -> Iterator[tuple[servers.Server, int]]:
    """The web server behind the shipped proxy, and the proxy's port."""
    with (
        servers.gunicorn(site.folder, WEB_CONCURRENCY=workers) as web,
        servers.nginx(site.folder / "nginx", web.port) as (proxy, _),
    ):
        yield web, proxy.port


def _time_of_a_page(port: int, n: int) -> float:
    """How long a page takes that is not in memory yet."""
    began = time.monotonic()
    assert Browser(port, f"{towns.TOWN}.localhost", secure=True).get(f"/?page={n}").status == 200
    return time.monotonic() - began


@contextmanager
def _slow(port: int, count: int, more: bytes) -> Iterator[Sequence[socket.socket]]:
    """Clients that have sent the beginning of a request and now take their time."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    start = f"POST /topics/1/reply HTTP/1.1\r\nHost: {towns.TOWN}.localhost:{port}\r\n".encode() + more
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client = stack.enter_context(context.wrap_socket(raw))
            client.sendall(start)
            clients.append(client)
        yield clients

"""The database goes away and comes back: a clear answer in between, nothing lost, no restart needed."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.bench import servers
from tests.bench.browser import Browser, Page
from tests.faults.conftest import MakeSite

from talkoot.testing import postgres, towns
from talkoot.testing.postgres import Cluster

pytestmark = pytest.mark.skipif(
    postgres.binaries() is None, reason="needs PostgreSQL's programs: apt-get install postgresql"
)


def test_visitors_are_told_in_the_towns_look_and_served_again_without_a_restart(
    own_cluster: Cluster, make_site: MakeSite
) -> None:
    site = make_site(own_cluster)
    with servers.gunicorn(site.folder) as web:
        guest, resident = Browser(web.port), site.resident(web.port)
        assert guest.get(f"/{towns.TOWN}/").status == 200
        target, fields = resident.form(f"{site.topic}/reply", text="A text that took me an hour to write.")
        workers = servers.children(web.pid)

        _ctl(own_cluster, "stop", "-m", "immediate")
        time.sleep(1.1)  # what is in memory may be a second old
        _assert_says_so(guest.get(f"/{towns.TOWN}/"))
        _assert_says_so(guest.get(site.topic))
        refused = resident.post(target, fields)
        assert refused.status == 503
        assert "A text that took me an hour to write." in refused.text
        assert guest.get("/healthz").status == 200
        assert guest.get("/readyz").status == 503
        assert guest.get("/no-such-town/").status == 404, "what needs no database is answered as ever"

        _ctl(own_cluster, "start")
        servers.wait_until(lambda: guest.get(f"/{towns.TOWN}/").status == 200, web, "the page to come back", 15)
        assert guest.get("/readyz").status == 200
        assert resident.post(target, fields).status == 303
        assert guest.get(site.topic).text.count("A text that took me an hour to write.") == 1
        assert servers.children(web.pid) == workers


def test_a_server_started_before_its_database_serves_as_soon_as_that_is_there(
    own_cluster: Cluster, make_site: MakeSite
) -> None:
    site = make_site(own_cluster)
    _ctl(own_cluster, "stop", "-m", "fast")
    with servers.gunicorn(site.folder) as web:
        guest = Browser(web.port)
        early = guest.get(f"/{towns.TOWN}/")
        assert early.status == 503
        assert early.headers["Retry-After"] == "10"
        assert 'class="site-foot"' in early.text, "in the installation's look: nobody's site is known yet"
        assert "Kokkola" not in early.text
        _ctl(own_cluster, "start")
        servers.wait_until(lambda: guest.get(f"/{towns.TOWN}/").status == 200, web, "the page", 15)


def test_many_visitors_at_once_are_answered_quickly_while_it_is_away(own_cluster: Cluster, make_site: MakeSite) -> None:
    site = make_site(own_cluster)
    with servers.gunicorn(site.folder) as web:
        guest = Browser(web.port)
        assert guest.get(f"/{towns.TOWN}/").status == 200
        _ctl(own_cluster, "stop", "-m", "immediate")
        began = time.monotonic()
        assert [guest.get(f"/{towns.TOWN}/?page={n}").status for n in range(40)] == [503] * 40
        assert time.monotonic() - began < 8


def _assert_says_so(page: Page) -> None:
    assert page.status == 503
    assert page.headers["Retry-After"] == "10"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Kokkola" in page.text, "in the town's look"
    assert "first post" not in page.text


def _ctl(cluster: Cluster, act: str, *more: str) -> None:
    place = postgres.binaries()
    assert place is not None
    user = postgres._other_user(cluster.folder)
    options = (
        ["-o", f"-c listen_addresses='' -c unix_socket_directories={cluster.folder} -c fsync=off"]
        if act == "start"
        else []
    )
    command = [
        place / "pg_ctl",
        "-D",
        cluster.folder / "data",
        "-w",
        "-l",
        cluster.folder / "log",
        *options,
        *more,
        act,
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    subprocess.run(
        [str(part) for part in command], check=True, cwd=Path("/"), env=environment, timeout=30, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user,
    )  # fmt: skip

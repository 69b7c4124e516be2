"""A plugin that hangs: its worker is replaced, everybody else is served all the while."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException

from tests.bench import servers
from tests.bench.browser import Browser
from tests.bench.sites import Site

from talkoot.testing import towns


def test_the_worker_of_a_hanging_request_is_replaced_and_others_are_served(site: Site) -> None:
    with servers.gunicorn(site.folder, app="tests.faults.apps:hanging()", TALKOOT_REQUEST_SECONDS="2") as web:
        before = set(servers.children(web.pid))
        assert len(before) == 2
        answers: list[str] = []
        hung = threading.Thread(target=_visit_hanging_page, args=(web.port, answers))
        hung.start()

        statuses: list[int] = []
        end = time.monotonic() + 20
        while set(servers.children(web.pid)) == before and time.monotonic() < end:
            statuses.append(Browser(web.port).get(f"/{towns.TOWN}/?page={len(statuses)}").status)
        hung.join(5)

        now = set(servers.children(web.pid))
        assert len(before & now) < len(before), f"no worker was ended: {web.said()[-2000:]}"
        assert answers == ["cut off"]
        assert len(statuses) > 5
        assert set(statuses) == {200}
        assert "/kokkola/hanging/; this worker ends" in web.said()
        servers.wait_until(lambda: len(servers.children(web.pid)) == 2, web, "the new worker")
        assert Browser(web.port).get(f"/{towns.TOWN}/").status == 200


def _visit_hanging_page(port: int, answers: list[str]) -> None:
    try:
        answers.append(str(Browser(port, timeout=25).get(f"/{towns.TOWN}/hanging/").status))
    except (HTTPException, OSError):
        answers.append("cut off")

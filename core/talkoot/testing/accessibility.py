"""Looks at pages in Chromium and lets axe say what keeps people out. No server: the browser asks a test client."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from talkoot.testing import walking
from talkoot.testing.trials import Trial
from talkoot.testing.visitors import Visitor

FLAGS = [  # as root without a sandbox; and nothing that looks for the network or a graphics card
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
NOT_PASSED_ON = ("connection", "host", "cookie", "accept-encoding")


_running: list[Any] = []  # a process can drive one only


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser; inside another one's block it is the same. Raises RuntimeError in plain words without any."""
    if _running:
        yield _running[0]
        return
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise RuntimeError("accessibility was not looked at: install playwright and axe-playwright-python") from error
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError(f"accessibility was not looked at: install Chromium ({', '.join(NAMES)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        _running.append(browser)
        try:
            yield browser
        finally:
            _running.clear()
            browser.close()


def faults(browser: Any, visitor: Visitor, paths: Iterable[str]) -> Iterator[str]:
    """What axe finds on these pages of a visitor, one sentence for each rule and page."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context()
    context.route("**/*", lambda route: _answer(visitor, route))
    page = context.new_page()
    for path in paths:
        page.goto(f"http://{visitor.host}:8000{visitor.path_of(path)}")
        for violation in Axe().run(page).response["violations"]:
            places = "; ".join(", ".join(map(str, node["target"])) for node in violation["nodes"][:3])
            yield f"{path}: {violation['id']} ({violation['help']}) at {places}"
    context.close()


def _answer(visitor: Visitor, route: Any) -> None:
    asked = route.request
    headers = {key: value for key, value in asked.headers.items() if key.lower() not in NOT_PASSED_ON}
    response = visitor.open(asked.url, method=asked.method, headers=headers, data=asked.post_data_buffer)
    route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.get_data())
    response.close()


def pages_pass_axe(trial: Trial) -> Iterator[str]:
    """axe finds nothing on any of the plugin's pages, as a guest and as somebody with every right."""
    try:
        with chromium() as browser:
            for role in ("guest", "admin"):
                visitor = trial.visitor(role)
                paths = {
                    page.endpoint: page.path
                    for page in walking.walk(visitor, trial.name)
                    if page.status == 200 and page.is_html
                }
                yield from (f"{fault}, as {role}" for fault in faults(browser, visitor, paths.values()))
    except RuntimeError as error:
        yield str(error)

"""A small browser that speaks real HTTP to a server on loopback, under any host name; keeps cookies, fills in forms."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from talkoot.testing.forms import posting_form


@dataclass(frozen=True)
class Page:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Browser:
    """One visitor on one host; `network` is the address a proxy in front would report."""

    def __init__(
        self, port: int, host: str = "localhost", *, secure: bool = False, network: str = "", timeout: float = 15
    ) -> None:
        self.port, self.host, self.secure, self.network, self.timeout = port, host, secure, network, timeout
        self.cookies: dict[str, str] = {}

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return self.request("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Page:
        """Send a form."""
        return self.request(
            "POST",
            path,
            urlencode(fields, doseq=True),
            {"Content-Type": "application/x-www-form-urlencoded", **headers},
        )

    def submit(self, path: str, action: str = "", **fields: Any) -> Page:
        """Open a page, fill in its form that is posted and has these fields, and send it."""
        form = self.form(path, action, **fields)
        return self.post(form[0], form[1])

    def form(self, path: str, action: str = "", **fields: Any) -> tuple[str, dict[str, Any]]:
        """Where the form of a page goes, and everything it would send."""
        page = self.get(path)
        assert page.status == 200, f"{path} answered {page.status}: {page.body[:500]!r}"
        form = posting_form(page.text, fields, action)
        return self.path_of(urljoin(f"{self.origin}{path}", form.action)), form.filled(fields)

    def path_of(self, address: str) -> str:
        """What is requested for an absolute or relative address; leaving the host is an error."""
        parts = urlsplit(urljoin(f"{self.origin}/", address))
        assert parts.hostname == self.host, f"{address} leads away from {self.host}"
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def sign_in(self, prefix: str, email: str, password: str) -> None:
        """Through the page, as people do."""
        answer = self.submit(f"{prefix}/sign-in", email=email, password=password)
        assert answer.status == 303, f"signing in as {email} answered {answer.status}"

    def request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        """One request on a connection of its own; redirects are not followed."""
        connection = self._connect()
        try:
            connection.request(method, path, body, self._headers() | headers)
            response = connection.getresponse()
            page = Page(response.status, response.headers, response.read())
        finally:
            connection.close()
        for line in page.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return page

    def _connect(self) -> http.client.HTTPConnection:
        if not self.secure:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the test's own certificate
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=self.timeout, context=context)

    def _headers(self) -> dict[str, str]:
        found = {"Host": f"{self.host}:{self.port}"}
        if self.cookies:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.network:
            found["X-Forwarded-For"] = self.network
        return found

"""Somebody with a browser: a test client that knows whose site it is on and by which kind of address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from talkoot.app import Talkoot
from talkoot.people import sessions
from talkoot.tenants.tenant import Tenant
from talkoot.testing.forms import posting_form

ADDRESSES = ("path", "host")


class Visitor(FlaskClient):
    """A client on one tenant's site (None: the installation's own). Paths are those below the site's address.

    `by` is the kind of address: `path` (localhost:8000/kokkola/…) or `host` (kokkola.localhost:8000/…).
    """

    def __init__(self, app: Talkoot, tenant: Tenant | None, by: str = "path", network: str = "127.0.0.1") -> None:
        super().__init__(app, app.response_class, use_cookies=True)
        self.tenant, self.by, self.network = tenant, by, network
        self.host = f"{tenant.slug}.localhost" if tenant and by == "host" else "localhost"
        self.prefix = f"/{tenant.slug}" if tenant and by == "path" else ""

    @property
    def talkoot(self) -> Talkoot:
        assert isinstance(self.application, Talkoot)
        return self.application

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As Flask's, with the site's prefix put before a path that lacks it."""
        if args and isinstance(args[0], str):
            kwargs.setdefault("base_url", f"http://{self.host}:8000")
            kwargs["environ_base"] = {"REMOTE_ADDR": self.network, **kwargs.get("environ_base", {})}
            args = (self.path_of(args[0]), *args[1:])
        return super().open(*args, **kwargs)

    def path_of(self, address: str) -> str:
        """A link of a page, or a path below the site's address, as the path that is requested."""
        parts = urlsplit(address)
        path = parts.path if parts.netloc else address
        if parts.netloc and parts.query:
            path += f"?{parts.query}"
        if (
            self.prefix
            and path != self.prefix
            and not path.startswith((f"{self.prefix}/", f"{self.prefix}?"))
            and not parts.netloc
        ):
            path = f"{self.prefix}/{path.removeprefix('/')}"
        return path

    def submit(
        self, path: str, action: str = "", *, headers: dict[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        """Open a page, fill in its form and send it, with the token and hidden fields the page gave.

        The form is the first that is posted and has these fields; `action`: a part of its address, where several have.
        """
        page = self.get(path)
        assert page.status_code == 200, f"{path} answered {page.status_code}"
        form = posting_form(page.text, fields, action)
        target = urljoin(f"http://{self.host}:8000{self.path_of(path)}", form.action)
        return self.post(target, data=form.filled(fields), headers=headers)

    def token_of(self, path: str) -> str:
        """The token in a page's first posted form, for requests made by hand."""
        form = posting_form(self.get(path).text, ["csrf_token"])
        return dict(form.fields)["csrf_token"]

    def sign_in_as(self, person_id: UUID) -> Visitor:
        """Sign in without the page: a session row and its cookie. Tests of signing in use the page."""
        with self.talkoot.database.session(None, writing=True) as db:
            db.quiet = True
            value = sessions.start(db, person_id, self.host, "Testing/1.0")
        self.set_cookie(sessions.COOKIE, value, domain=self.host, path="/", secure=True, httponly=True)
        return self

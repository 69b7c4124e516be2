"""Security headers on every response, whoever made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
HEADERS = [
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
SECURE = [*HEADERS, ("Strict-Transport-Security", "max-age=31536000")]
NAMES = frozenset(name for name, _ in SECURE)


class HeadersMiddleware:
    """Adds the headers below whatever the application set itself (files for download bring a stricter policy)."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        extra = SECURE if environ.get("wsgi.url_scheme") == "https" else HEADERS

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            own = {name for name, _ in headers}
            more = extra if NAMES.isdisjoint(own) else [pair for pair in extra if pair[0] not in own]
            return (
                start_response(status, [*headers, *more], exc_info)
                if exc_info
                else start_response(status, [*headers, *more])
            )

        return self.app(environ, start)

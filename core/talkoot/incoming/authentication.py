"""Whether a mail is really from who it says, as our own mail server has found (RFC 8601, RFC 7489)."""

from __future__ import annotations

import re

from talkoot.incoming.letters import Letter, headers

COMMENT = re.compile(r"\([^()]*\)")
RESULT = re.compile(r"\s*(dmarc|spf|dkim)\s*=\s*(\w+)", re.IGNORECASE)
ABOUT = re.compile(r"(?:header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?(?:[^\s;\"@]*@)?([\w.-]+)", re.IGNORECASE)


def is_forged(letter: Letter, trusted: str) -> bool:
    """Whether the server called `trusted` found the sender forged. What other servers say anybody may have written.

    DMARC decides. Without it a failure counts unless SPF or DKIM passed for the sender's own domain: forwarding breaks
    SPF, and mailing lists break DKIM, seldom both. Without results nothing is known, and the address's signature decides.
    """
    if not trusted:
        return False
    results = [
        result for value in headers(letter.message, "authentication-results") for result in _results(value, trusted)
    ]
    dmarc = {outcome for method, outcome, _ in results if method == "dmarc"}
    if dmarc & {"fail", "pass"}:
        return "fail" in dmarc
    domain = letter.sender.partition("@")[2]
    passed = any(outcome == "pass" and _aligned(about, domain) for _, outcome, about in results)
    failed = any(outcome in ("fail", "softfail", "permerror", "policy") for _, outcome, _ in results)
    return failed and not passed


def _results(value: str, trusted: str) -> list[tuple[str, str, str]]:
    """(method, outcome, domain it is about) of a header that this server wrote."""
    server, *found = COMMENT.sub(" ", value).split(";")
    if server.split()[:1] != [trusted] and server.strip().lower() != trusted.lower():
        return []
    told = []
    for part in found:
        if result := RESULT.match(part):
            about = ABOUT.search(part)
            told.append((result[1].lower(), result[2].lower(), about[1].lower() if about else ""))
    return told


def _aligned(about: str, domain: str) -> bool:
    """Relaxed alignment: the same domain, or one above or below the other."""
    return bool(about and domain) and (about == domain or about.endswith(f".{domain}") or domain.endswith(f".{about}"))

"""Which push services are talked to (security.md row 22): a browser names the address, so anybody may name any."""

from __future__ import annotations

import pytest

from talkoot.push import services
from talkoot.testing.installations import settings


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://updates.push.services.mozilla.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://updates.push.services.mozilla.com@127.0.0.1/x",
        "https://127.0.0.1#@updates.push.services.mozilla.com/x",
        "https://127.0.0.1\\@updates.push.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com.evil.example/x",
        "https://evil-updates.push.services.mozilla.com/x",
        "https://notify.windows.com.evil.example/x",
        "https://evilnotify.windows.com/x",
        "https://updates.push.services.mozilla.com/x\r\nX-Evil: 1",
        "https://updates.push.services.mozilla.com/x y",
        "https://a..notify.windows.com/x",
        f"https://{'a' * 64}.notify.windows.com/x",
        "https://updates.push.services.mozilla.com:99999999/x",
        "https://updates.push.services.mozilla.com/" + "x" * 1000,
        "https://[updates.push.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com/\N{CYRILLIC SMALL LETTER A}",
    ],
)
def test_only_known_push_services_are_asked(tmp_path, endpoint):
    assert not services.is_known(settings(tmp_path, "sqlite"), endpoint)


@pytest.mark.parametrize(
    "host",
    [
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "wns2-par02p.notify.windows.com",
        "web.push.apple.com",
    ],
)
def test_those_of_all_common_browsers_are_known(tmp_path, host):
    assert services.is_known(settings(tmp_path, "sqlite"), f"https://{host}/w/?token=a%2b_-")


def test_other_hosts_can_be_set(tmp_path):
    chosen = settings(tmp_path, "sqlite", push_hosts=("push.example.fi",))
    assert services.is_known(chosen, "https://push.example.fi/a?b=c")
    assert not services.is_known(chosen, "https://fcm.googleapis.com/a")

"""The one-machine set as deploy/ ships it (nginx, gunicorn, worker, PostgreSQL), used as people use it; and its backup."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.bench import servers, sites
from tests.bench.browser import Browser
from tests.bench.sites import Site, address_of

from talkoot import migrate, registry
from talkoot.config import load
from talkoot.db import Database, isolation
from talkoot.db.isolation import BACKUP_ROLE
from talkoot.testing import postgres, towns
from talkoot.testing.postgres import Cluster
from talkoot.testing.towns import Furnish

DEPLOY = servers.ROOT / "deploy"
PASSWORD = "kolme sanaa peräkkäin"
BY_HOST, BY_PATH = (f"{towns.TOWN}.localhost", ""), ("localhost", f"/{towns.TOWN}")

pytestmark = pytest.mark.skipif(
    postgres.binaries() is None, reason="needs PostgreSQL's programs: apt-get install postgresql"
)


@dataclass(frozen=True)
class Deployed:
    """The running set: https on `port`, http on `plain`."""

    site: Site
    port: int
    plain: int
    web: servers.Server

    def browser(self, host: str = "localhost") -> Browser:
        return Browser(self.port, host, secure=True)


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, furnishers: list[Furnish]
) -> Iterator[Deployed]:
    folder, port = tmp_path_factory.mktemp("deployed"), servers.free_port()
    site = sites.make(
        folder, furnishers, cluster, f"deployed_{os.getpid()}", public_url=f"https://localhost:{port}", demo=True, mail_url="mailbox:"
    )  # fmt: skip
    with (
        servers.gunicorn(folder) as web,
        servers.worker(folder),
        servers.nginx(folder / "nginx", web.port, port) as (_, plain),
    ):
        yield Deployed(site, port, plain, web)
    site.app.database.dispose()


@pytest.mark.parametrize(("host", "prefix"), [BY_HOST, BY_PATH], ids=["by host", "by path"])
def test_a_newcomer_reads_signs_up_confirms_and_replies(deployed: Deployed, host: str, prefix: str) -> None:
    newcomer, email = deployed.browser(host), f"uusi.{'polku' if prefix else 'nimi'}@example.fi"
    assert "Kokkola" in deployed.browser().get("/").text, "the installation's front page"
    assert "Kokkola" in newcomer.get(f"{prefix}/").text
    topic = f"{prefix}/topics/{deployed.site.world.things[towns.TOWN, 'topic']}"
    assert "first post" in newcomer.get(topic).text

    sent = newcomer.submit(
        f"{prefix}/sign-up", email=email, password=PASSWORD, name=f"Uusi {prefix or host}", terms="y"
    )
    assert sent.status == 200
    link = _link_in_mailbox(deployed, newcomer, f"{prefix}/mailbox", email)
    confirmed = deployed.browser()  # another than that of signing up, so the password is asked
    assert confirmed.submit(confirmed.path_of(link), password=PASSWORD).headers["Location"] == "/kokkola/"

    newcomer.sign_in(prefix, email, PASSWORD)
    text = f"Hei, olen uusi täällä ({host}{prefix})."
    answer = newcomer.submit(f"{topic}/reply", text=text)
    assert answer.status == 303
    assert newcomer.path_of(answer.headers["Location"]).startswith(topic)
    assert newcomer.get(topic).text.count(text) == 1, "the writer sees it at once"
    time.sleep(1)
    assert deployed.browser(host).get(topic).text.count(text) == 1, "a guest within a second"


def test_what_a_moderator_hides_is_gone_for_guests_within_a_second(deployed: Deployed) -> None:
    host, prefix = BY_PATH
    resident, moderator, guest = deployed.browser(host), deployed.browser(host), deployed.browser(BY_HOST[0])
    resident.sign_in(prefix, address_of("resident"), towns.PASSWORD)
    moderator.sign_in(prefix, address_of("moderator"), towns.PASSWORD)
    answer = resident.submit(f"{deployed.site.topic}/reply", text="Tämä piilotetaan pian.")
    n = answer.headers["Location"].rpartition("#p")[2]
    address = deployed.site.topic.removeprefix(prefix)
    time.sleep(1)  # a worker may still show the page as it was a second ago
    for _ in range(20):  # from memory, in every worker
        assert "Tämä piilotetaan pian." in guest.get(address).text
    post = re.search(rf'id="p{n}".*?/posts/([0-9a-f-]{{36}})', moderator.get(deployed.site.topic).text, re.DOTALL)
    assert post

    hidden = moderator.submit(f"{prefix}/posts/{post[1]}/hide", act="hide", reason="Asiaton")
    assert hidden.status == 303
    time.sleep(1)
    assert not any("Tämä piilotetaan pian." in guest.get(address).text for _ in range(20))


def test_http_leads_to_https_and_unknown_hosts_get_nothing(deployed: Deployed) -> None:
    plain = Browser(deployed.plain, BY_HOST[0]).get("/topics/1?page=1")
    assert plain.status == 308
    assert plain.headers["Location"] == f"https://{BY_HOST[0]}/topics/1?page=1"
    assert deployed.browser("nobody.example").get("/").status == 404
    assert deployed.browser().get("/healthz").status == 200
    assert deployed.browser().get("/metrics").status == 404, "monitoring is not for visitors"
    secure = deployed.browser().get("/")
    assert secure.headers["Strict-Transport-Security"]
    assert secure.headers["Content-Security-Policy"]


def test_what_a_visitor_claims_about_itself_is_not_believed(deployed: Deployed) -> None:
    claims = {
        "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "forum.kronoby.example", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": f"/{towns.NEIGHBOUR}", "Forwarded": "host=forum.kronoby.example;for=127.0.0.1", "X-Original-URL": "/metrics",
        "X-HTTP-Method-Override": "POST",
    }  # fmt: skip
    honest, forged = deployed.browser().get(f"/{towns.TOWN}/"), deployed.browser().get(f"/{towns.TOWN}/", **claims)
    assert forged.status == 200
    assert forged.body == honest.body
    assert towns.MARK not in forged.text


def test_text_is_compressed_static_files_are_kept_and_unchanged_pages_are_not_sent_again(deployed: Deployed) -> None:
    guest = deployed.browser(BY_HOST[0])
    page = guest.get("/", **{"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(page.body).decode()
    again = guest.get("/", **{"Accept-Encoding": "gzip", "If-None-Match": page.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")

    sheet = unescape(re.findall(r'<link rel="stylesheet" href="(/static/[^"]+)"', html)[0])
    answers = [guest.get(sheet, **{"Accept-Encoding": "gzip"}) for _ in range(2)]
    assert [a.headers["X-Static-Cache"] for a in answers] == ["MISS", "HIT"]
    assert "max-age=31536000" in answers[1].headers["Cache-Control"]
    assert answers[1].headers["Content-Encoding"] == "gzip"


def test_no_log_holds_what_a_mailed_link_holds(deployed: Deployed) -> None:
    """Whoever reads a log could open the link instead of the person it was mailed to."""
    newcomer, email = deployed.browser(), "uusi.loki@example.fi"
    newcomer.submit(f"/{towns.TOWN}/sign-up", email=email, password=PASSWORD, name="Uusi Loki", terms="y")
    link = deployed.browser().path_of(_link_in_mailbox(deployed, newcomer, f"/{towns.TOWN}/mailbox", email))
    secret = link.rpartition("/")[2]
    reader = deployed.browser()
    assert reader.submit(link, password=PASSWORD).status == 303
    assert reader.get(f"{link}?x=1").status == 200
    proxy = deployed.site.folder / "nginx"

    def written() -> str:
        return deployed.web.said() + "".join(path.read_text() for path in proxy.glob("*.log"))

    servers.wait_until(lambda: f'"GET /{towns.TOWN}/confirm/..." 200' in written(), deployed.web, "nginx to write")
    assert '"path": "/confirm/<token>"' in written()
    assert secret not in written()
    assert secret.rpartition(".")[2] not in written()


def test_nor_does_nginx_write_it_into_its_error_log(tmp_path: Path) -> None:
    """While the application is away, every request is an error."""
    secret = "eyJwZXJzb24iOiJ4In0.aGVsbG8.abcdefghijklmnopqrstuvwxyz1"
    with servers.nginx(tmp_path / "nginx", servers.free_port()) as (proxy, _):
        guest = Browser(proxy.port, secure=True)
        answers = [guest.get(path) for path in (f"/{towns.TOWN}/new-password/{secret}", f"/{towns.TOWN}/")]
        assert [(answer.status, answer.headers["Retry-After"]) for answer in answers] == [(503, "10")] * 2
        servers.wait_until(lambda: f'"GET /{towns.TOWN}/" 503' in _logs(proxy), proxy, "nginx to write")
        assert f'upstream, client: 127.0.0.1, server: _, request: "GET /{towns.TOWN}/ ' in _logs(proxy), (
            "others are told"
        )
        assert secret not in _logs(proxy)


def _logs(proxy: servers.Server) -> str:
    return "".join(path.read_text() for path in proxy.log.parent.glob("*.log"))


def test_a_body_over_two_megabytes_is_refused_by_the_proxy(deployed: Deployed) -> None:
    guest = deployed.browser(BY_HOST[0])
    assert guest.post("/sign-in", {"email": "a" * 2_100_000}).status == 413


def test_a_backup_restored_elsewhere_holds_the_same(deployed: Deployed, cluster: Cluster, tmp_path: Path) -> None:
    site, elsewhere = deployed.site, f"restored_{os.getpid()}"
    (site.folder / "uploads").mkdir(exist_ok=True)
    (site.folder / "uploads" / "picture.txt").write_text("a picture")
    source = f"deployed_{os.getpid()}"
    for attempt in range(3):  # again when the worker's clock has struck meanwhile
        counts = _counts(cluster, source)
        backup = _script(
            "talkoot-backup", TALKOOT_INSTANCE=site.folder, TALKOOT_BACKUPS=tmp_path / f"backups-{attempt}",
            TALKOOT_BACKUP_URL=cluster.url(source, BACKUP_ROLE),
        ).strip()  # fmt: skip
        if _counts(cluster, source) == counts:
            break
    cluster.create(elsewhere)
    target = {"TALKOOT_INSTANCE": tmp_path / "instance", "TALKOOT_RESTORE_URL": cluster.owner_url(elsewhere)}
    _script("talkoot-restore", backup, **target)

    assert _counts(cluster, elsewhere) == counts
    assert counts["post"] > 5
    assert (tmp_path / "instance" / "uploads" / "picture.txt").read_text() == "a picture"
    settings = load(
        tmp_path / "instance", database_url=cluster.url(elsewhere), owner_database_url=cluster.owner_url(elsewhere)
    )
    assert settings.secret_key == site.settings.secret_key
    migrate.upgrade(settings, registry.load())  # as the script says at its end
    database = Database(settings)
    with database.connect() as connection:
        assert isolation.lint_database(connection) == [], "the rows are as well guarded as before"
    database.dispose()
    with servers.gunicorn(tmp_path / "instance", TALKOOT_DATABASE_URL=settings.database_url) as web:
        assert "first post" in Browser(web.port).get(site.topic).text
    with pytest.raises(subprocess.CalledProcessError):
        _script("talkoot-restore", backup, **target)


def test_sqlite_is_backed_up_while_it_is_used(tmp_path: Path, furnishers: list[Furnish]) -> None:
    site = sites.make(tmp_path / "instance", furnishers, None)
    with servers.gunicorn(site.folder) as web:
        resident = site.resident(web.port)
        assert resident.submit(f"{site.topic}/reply", text="Ennen varmuuskopiota.").status == 303
        backup = _script("talkoot-backup", TALKOOT_INSTANCE=site.folder, TALKOOT_BACKUPS=tmp_path / "backups").strip()
        assert resident.submit(f"{site.topic}/reply", text="Sen jälkeen.").status == 303
    _script("talkoot-restore", backup, TALKOOT_INSTANCE=tmp_path / "elsewhere")
    with servers.gunicorn(tmp_path / "elsewhere") as web:
        page = Browser(web.port).get(site.topic).text
    assert "Ennen varmuuskopiota." in page
    assert "Sen jälkeen." not in page
    site.app.database.dispose()


def _link_in_mailbox(deployed: Deployed, browser: Browser, path: str, email: str) -> str:
    """The address in the mail to this person, once the worker has sent it."""
    found: list[str] = []

    def look() -> bool:
        for mail in re.split(r"<article|<section", browser.get(path).text):
            if email in mail and (link := re.search(r'href="(https://[^"]+/confirm/[^"]+)"', mail)):
                found.append(unescape(link[1]))
        return bool(found)

    servers.wait_until(look, deployed.web, "the mail to be in the mailbox")
    return found[0]


def _script(name: str, *arguments: str, **environment: Any) -> str:
    place = postgres.binaries()
    path = f"{place}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(DEPLOY / "backup" / name), *arguments], env={**os.environ, "PATH": path, **{k: str(v) for k, v in environment.items()}},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, name, done.stdout, done.stderr)
    return done.stdout


def _counts(cluster: Cluster, database: str) -> dict[str, int]:
    """Rows of every table, as who sees all tenants'."""
    with psycopg.connect(cluster.url(database, BACKUP_ROLE)) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        count = sql.SQL("SELECT count(*) FROM {}")
        return {name: connection.execute(count.format(sql.Identifier(name))).fetchone()[0] for name in names}  # type: ignore[index]
